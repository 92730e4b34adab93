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
import org.lagopus.controller.northbound.Credentials.Unusable;
import org.lagopus.netconf.Entry;
import org.lagopus.netconf.NetconfServer;
import org.lagopus.netconf.Settings;

/// From the configuration to a [Plan]. What is wrong with one listener is noted there and leaves
/// the others alone.
final class Reader {
    private static final int NETCONF_SSH = 830;

    private final NetconfServer netconf;
    private final KeyPair ownHostKey;
    private final Fallback fallback;

    /// Where to listen while nothing is configured.
    record Fallback(Optional<InetSocketAddress> netconf) {}

    Reader(NetconfServer netconf, KeyPair ownHostKey, Fallback fallback) {
        this.netconf = netconf;
        this.ownHostKey = ownHostKey;
        this.fallback = fallback;
    }

    Plan plan(Roots roots) {
        var credentials = new Credentials(roots.keystore(), roots.truststore());
        var server = roots.northbound().in("netconf");
        var listeners = new ArrayList<Listener>();
        var endpoints = server.in("endpoints").entries("endpoint");
        for (var endpoint : endpoints) {
            if (endpoint.in("config").is("enabled")) {
                listeners.add(netconf(endpoint, credentials));
            }
        }
        if (endpoints.isEmpty() && fallback.netconf().isPresent()) {
            listeners.add(
                    new Listener(
                            "netconf",
                            "of the command line",
                            null,
                            fallback.netconf().get(),
                            netconf.ssh(List.of(ownHostKey)),
                            null));
        }
        return new Plan(settings(server.in("config")), List.copyOf(listeners));
    }

    static Settings settings(Content limits) {
        return new Settings(
                (int) limits.number("maximum-sessions"),
                limits.number("maximum-message-size"),
                (int) limits.number("maximum-elements"),
                (int) limits.number("maximum-value-length"),
                (int) limits.number("maximum-depth"),
                (int) limits.number("maximum-filter-elements"),
                Duration.ofSeconds(limits.number("idle-timeout")),
                Duration.ofSeconds(limits.number("hello-timeout")),
                Duration.ofSeconds(limits.number("read-timeout")),
                Duration.ofSeconds(limits.number("write-timeout")));
    }

    private Listener netconf(Content endpoint, Credentials credentials) {
        var name = endpoint.known("name");
        var address = address(endpoint.in("config"), NETCONF_SSH);
        try {
            var entry = ssh(endpoint.in("ssh").in("config"), credentials);
            return new Listener("netconf", name, endpoint.path(), address, entry, null);
        } catch (Unusable e) {
            return new Listener("netconf", name, endpoint.path(), address, null, e.getMessage());
        }
    }

    private Entry ssh(Content config, Credentials credentials) throws Unusable {
        var keys = new ArrayList<KeyPair>();
        for (var name : config.texts("host-key")) {
            keys.add(credentials.hostKey(name));
        }
        return netconf.ssh(keys.isEmpty() ? List.of(ownHostKey) : keys);
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
