package org.lagopus.controller.northbound;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.nio.channels.DatagramChannel;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lagopus.controller.northbound.Credentials.Identity;
import org.lagopus.controller.northbound.Credentials.Unusable;
import org.lagopus.netconf.CallHome;
import org.lagopus.netconf.Entry;
import org.lagopus.netconf.Keepalives;
import org.lagopus.netconf.NetconfServer;
import org.lagopus.netconf.Settings;
import org.lagopus.restconf.Door;
import org.lagopus.restconf.RestconfServer;

/// From the configuration to a [Plan]. What is wrong with one listener is noted there and leaves
/// the others alone.
final class Reader {
    private static final int NETCONF_SSH = 830;
    private static final int NETCONF_TLS = 6513;
    private static final int RESTCONF = 443;
    private static final int CALL_HOME_SSH = 4334;
    private static final int CALL_HOME_TLS = 4335;

    private final NetconfServer netconf;
    private final RestconfServer restconf;
    private final Own own;
    private Fallback fallback;

    /// Where to listen while nothing is configured.
    record Fallback(Optional<InetSocketAddress> netconf, Optional<Web> restconf) {}

    /// @param secure whether it is HTTPS
    record Web(InetSocketAddress address, boolean secure) {}

    /// By what clients know the box unless something else is configured.
    record Own(KeyPair hostKey, Identity certificate) {}

    Reader(NetconfServer netconf, RestconfServer restconf, Own own, Fallback fallback) {
        this.netconf = netconf;
        this.restconf = restconf;
        this.own = own;
        this.fallback = fallback;
    }

    /// The address of the command line is known now, with the port that the kernel chose.
    void listens(String server, InetSocketAddress at) {
        fallback =
                server.equals("netconf")
                        ? new Fallback(Optional.of(at), fallback.restconf())
                        : new Fallback(
                                fallback.netconf(),
                                fallback.restconf().map(web -> new Web(at, web.secure())));
    }

    Plan plan(Roots roots) {
        var credentials = new Credentials(roots.keystore(), roots.truststore());
        var netconfRoot = roots.northbound().in("netconf");
        var restconfRoot = roots.northbound().in("restconf");
        var listeners = new ArrayList<Listener>();
        var doors = new ArrayList<Door>();
        var web = limits(restconfRoot.in("config"));
        for (var endpoint : enabled(netconfRoot.in("endpoints").entries("endpoint"))) {
            int usual = isTls(endpoint) ? NETCONF_TLS : NETCONF_SSH;
            listeners.add(
                    listener("netconf", endpoint, usual, () -> entry(endpoint, credentials, null)));
        }
        for (var endpoint : enabled(restconfRoot.in("endpoints").entries("endpoint"))) {
            listeners.add(
                    listener(
                            "restconf",
                            endpoint,
                            RESTCONF,
                            () -> through(secure(endpoint.in("tls"), credentials, web), doors)));
        }
        if (netconfRoot.in("endpoints").entries("endpoint").isEmpty()) {
            fallback.netconf()
                    .map(at ->
                            Listener.ofCommandLine(
                                    "netconf", at, netconf.ssh(List.of(own.hostKey()), null)))
                    .ifPresent(listeners::add);
        }
        if (restconfRoot.in("endpoints").entries("endpoint").isEmpty()) {
            fallback.restconf()
                    .map(at ->
                            Listener.ofCommandLine("restconf", at.address(), door(at, web, doors)))
                    .ifPresent(listeners::add);
        }
        return new Plan(
                settings(netconfRoot.in("config")),
                web,
                List.copyOf(listeners),
                List.copyOf(doors),
                callers(netconfRoot.in("call-home"), credentials));
    }

    private static List<Content> enabled(List<Content> entries) {
        return entries.stream().filter(one -> one.in("config").is("enabled")).toList();
    }

    static Settings settings(Content limits) {
        return new Settings(
                (int) limits.number("maximum-sessions"),
                limits.number("maximum-message-size"),
                (int) limits.number("maximum-elements"),
                (int) limits.number("maximum-value-length"),
                (int) limits.number("maximum-depth"),
                (int) limits.number("maximum-filter-elements"),
                seconds(limits, "idle-timeout"),
                seconds(limits, "hello-timeout"),
                seconds(limits, "read-timeout"),
                seconds(limits, "write-timeout"));
    }

    static Plan.WebLimits limits(Content limits) {
        return new Plan.WebLimits(
                limits.number("maximum-body-size"),
                seconds(limits, "body-timeout"),
                seconds(limits, "idle-timeout"));
    }

    private static Duration seconds(Content config, String leaf) {
        return Duration.ofSeconds(config.number(leaf));
    }

    private static boolean isTls(Content endpoint) {
        return endpoint.in("config").known("transport").equals("tls");
    }

    private interface Making {
        Entry make() throws Unusable;
    }

    private static Listener listener(String server, Content endpoint, int usual, Making entry) {
        var config = endpoint.in("config");
        var name = endpoint.known("name");
        var address = address(config, usual);
        try {
            return new Listener(
                    server, name, endpoint.path(), address, kept(config, entry.make()), null);
        } catch (Unusable e) {
            return new Listener(server, name, endpoint.path(), address, null, e.getMessage());
        }
    }

    private static Entry kept(Content config, Entry entry) {
        var keepalives = config.in("keepalives");
        return keepalives.exists()
                ? new Keepalives(
                                seconds(keepalives, "idle-time"),
                                (int) keepalives.number("max-probes"),
                                seconds(keepalives, "probe-interval"))
                        .on(entry)
                : entry;
    }

    /// @param idle what ends idle sessions, if it is not what the settings say
    private Entry entry(Content endpoint, Credentials credentials, @Nullable Duration idle)
            throws Unusable {
        if (!isTls(endpoint)) {
            var keys = new ArrayList<KeyPair>();
            for (var name : endpoint.in("ssh").in("config").texts("host-key")) {
                keys.add(credentials.hostKey(name));
            }
            return netconf.ssh(keys.isEmpty() ? List.of(own.hostKey()) : keys, idle);
        }
        var config = endpoint.in("tls").in("config");
        var key = config.text("key");
        if (key.isEmpty()) {
            throw new Unusable("NETCONF over TLS needs a key with a certificate: tls/config/key");
        }
        var tls = Tls.of(endpoint.in("tls"), identity(config, key.get(), credentials), credentials);
        if (!tls.clients()) {
            throw new Unusable(
                    "no client would be believed: tls/config/client-ca or client-certificate is"
                            + " needed");
        }
        if (tls.users().isEmpty()) {
            throw new Unusable(
                    "no client would have a user: tls/client-identities/cert-to-name is needed");
        }
        return netconf.tls(tls.context(), tls.versions(), tls.users()::user, idle);
    }

    private static Identity identity(Content config, String key, Credentials credentials)
            throws Unusable {
        return credentials.identity(key, config.text("certificate").orElse(null));
    }

    private Door secure(Content tls, Credentials credentials, Plan.WebLimits limits)
            throws Unusable {
        var key = tls.in("config").text("key");
        var identity =
                key.isEmpty()
                        ? own.certificate()
                        : identity(tls.in("config"), key.get(), credentials);
        var server = Tls.of(tls, identity, credentials);
        return restconf.secure(
                server.context(),
                server.versions(),
                server.clients(),
                server.users()::user,
                limits.idleTime());
    }

    private Entry door(Web web, Plan.WebLimits limits, List<Door> doors) {
        try {
            return through(
                    web.secure()
                            ? restconf.secure(
                                    Tls.context(own.certificate()),
                                    Tls.USUAL,
                                    false,
                                    _ -> Optional.empty(),
                                    limits.idleTime())
                            : restconf.plain(limits.idleTime()),
                    doors);
        } catch (Unusable e) {
            throw new IllegalStateException("the box's own certificate cannot be used", e);
        }
    }

    private static Entry through(Door door, List<Door> doors) {
        doors.add(door);
        return (connection, _) -> door.accept(connection);
    }

    private List<Caller> callers(Content callHome, Credentials credentials) {
        return enabled(callHome.entries("client")).stream()
                .map(client -> caller(client, credentials))
                .toList();
    }

    private Caller caller(Content client, Credentials credentials) {
        var config = client.in("config");
        boolean periodic = config.known("connection-type").equals("periodic");
        int usual = isTls(client) ? CALL_HOME_TLS : CALL_HOME_SSH;
        var terms =
                new CallHome.Terms(
                        periodic ? Duration.ofMinutes(config.number("period")) : null,
                        switch (config.known("start-with")) {
                            case "last-connected" -> CallHome.Start.LAST_CONNECTED;
                            case "random-selection" -> CallHome.Start.RANDOM_SELECTION;
                            default -> CallHome.Start.FIRST_LISTED;
                        },
                        (int) config.number("maximum-attempts"),
                        seconds(config, "maximum-wait"),
                        seconds(config, "retry-interval"),
                        seconds(config, "maximum-retry-interval"));
        var endpoints = new ArrayList<CallHome.Endpoint>();
        Entry entry = null;
        String wrong = null;
        try {
            for (var endpoint : client.in("endpoints").entries("endpoint")) {
                endpoints.add(endpoint(endpoint, usual));
            }
            if (endpoints.isEmpty()) {
                throw new Unusable("there is no endpoint to call");
            }
            var idle = periodic ? seconds(config, "idle-timeout") : null;
            entry = kept(config, entry(client, credentials, idle));
        } catch (Unusable e) {
            wrong = e.getMessage();
        }
        return new Caller(
                client.known("name"), client.path(), List.copyOf(endpoints), terms, entry, wrong);
    }

    private static CallHome.Endpoint endpoint(Content endpoint, int usual) throws Unusable {
        var config = endpoint.in("config");
        var name = endpoint.known("name");
        return new CallHome.Endpoint(
                name,
                config.text("address")
                        .orElseThrow(() -> new Unusable("endpoint " + name + " has no address")),
                config.text("port").map(Integer::parseInt).orElse(usual));
    }

    private static InetSocketAddress address(Content config, int usual) {
        int port = config.text("port").map(Integer::parseInt).orElse(usual);
        try {
            // A literal by its type, so nobody is asked.
            var literal = config.text("address");
            return new InetSocketAddress(
                    literal.isPresent() ? InetAddress.getByName(literal.get()) : everywhere(),
                    port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /// All addresses; those of IPv4 alone on a box without IPv6.
    private static InetAddress everywhere() throws UnknownHostException {
        return InetAddress.getByName(hasIpv6() ? "::" : "0.0.0.0");
    }

    private static boolean hasIpv6() {
        try (var socket = DatagramChannel.open(StandardProtocolFamily.INET6)) {
            return socket.isOpen();
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }
}
