package org.lagopus.controller;

import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What the command line says. It only bootstraps: everything else is configuration.
///
/// @param yang directories whose modules are implemented beside the box's own
/// @param state where the configuration, keys and certificates are kept
/// @param run where sockets are
/// @param netconf where NETCONF listens while no endpoint is configured, empty when it does not
/// @param restconf the same for RESTCONF, `http` (loopback only) or `https`
/// @param bootstrap users to be made while there is none
/// @param recoveryUser who may do all whatever the rules of access control are
/// @param components whether components may attach, and required ones are waited for
record Options(
        List<Path> yang,
        Path state,
        Path run,
        Optional<InetSocketAddress> netconf,
        Optional<URI> restconf,
        Optional<Path> bootstrap,
        Optional<String> recoveryUser,
        boolean components) {

    static final String HELP =
            """
            lagopusd - the Lagopus controller: datastore, NETCONF, RESTCONF, components

              --state DIR           configuration, keys, certificates (default /var/lib/lagopus)
              --run DIR             sockets (default /run/lagopus; with --state alone, run inside it)
              --netconf HOST:PORT   NETCONF over SSH (default 0.0.0.0:830; none to leave it out)
              --restconf URL        RESTCONF, https://HOST:PORT (default https://0.0.0.0:443; none to
                                    leave it out); http:// is accepted on loopback addresses only
              --bootstrap FILE      first users, read only while no user is configured:
                                    {"users": [{"name": "admin", "password": "...",
                                                "authorized-keys": ["ssh-ed25519 ..."]}]}
              --recovery-user NAME  a configured user whom no access rule refuses anything, for a box
                                    that has locked everybody out (default: none)
              --yang DIR            implement every module in DIR as well; may be repeated
              --no-components       serve the datastore alone, without a dataplane
              --verify-audit [PATH] checks an audit log and its chain of hashes, and ends: 0 if it is
                                    whole, 1 with the first line that is not (default
                                    /var/lib/lagopus/audit; a directory or one file of it)
              --help, --version

            Where to listen holds while running configures no endpoint of that server.
            Port 0 is chosen by the kernel. When it serves, one line on standard output says where:
              ready netconf=HOST:PORT restconf=URL
            """;

    /// The command line was not understood; the message says where and what would be right.
    static final class UsageException extends Exception {
        private static final long serialVersionUID = 1;

        UsageException(String message) {
            super(message);
        }
    }

    static Options parse(String... arguments) throws UsageException {
        var yang = new ArrayList<Path>();
        Path state = null;
        Path run = null;
        Path bootstrap = null;
        String recoveryUser = null;
        var netconf = "0.0.0.0:830";
        var restconf = "https://0.0.0.0:443";
        var components = true;
        var rest = new ArrayDeque<>(List.of(arguments));
        for (var option = rest.poll(); option != null; option = rest.poll()) {
            switch (option) {
                case "--yang" -> yang.add(directory(option, value(option, rest.poll())));
                case "--state" -> state = Path.of(value(option, rest.poll()));
                case "--run" -> run = Path.of(value(option, rest.poll()));
                case "--netconf" -> netconf = value(option, rest.poll());
                case "--restconf" -> restconf = value(option, rest.poll());
                case "--bootstrap" -> bootstrap = Path.of(value(option, rest.poll()));
                case "--recovery-user" -> recoveryUser = value(option, rest.poll());
                case "--no-components" -> components = false;
                default ->
                        throw new UsageException(
                                "unknown option " + option + "; lagopusd --help lists them");
            }
        }
        if (run == null) {
            run = state == null ? Path.of("/run/lagopus") : state.resolve("run");
        }
        return new Options(
                List.copyOf(yang),
                state == null ? Path.of("/var/lib/lagopus") : state,
                run,
                netconf.equals("none") ? Optional.empty() : Optional.of(address(netconf)),
                restconf.equals("none") ? Optional.empty() : Optional.of(restconf(restconf)),
                Optional.ofNullable(bootstrap),
                Optional.ofNullable(recoveryUser),
                components);
    }

    private static String value(String option, @Nullable String value) throws UsageException {
        if (value == null) {
            throw new UsageException(option + " needs a value");
        }
        return value;
    }

    private static Path directory(String option, String value) throws UsageException {
        var directory = Path.of(value);
        if (!Files.isDirectory(directory)) {
            throw new UsageException(option + " " + value + ": no such directory");
        }
        return directory;
    }

    /// `HOST:PORT` or `[IPV6]:PORT`.
    private static InetSocketAddress address(String text) throws UsageException {
        int colon = text.lastIndexOf(':');
        if (colon <= 0) {
            throw new UsageException("--netconf " + text + ": HOST:PORT expected");
        }
        var host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        try {
            var address = new InetSocketAddress(host, Integer.parseInt(text.substring(colon + 1)));
            if (address.isUnresolved()) {
                throw new UsageException("--netconf " + text + ": unknown host " + host);
            }
            return address;
        } catch (IllegalArgumentException e) {
            throw new UsageException("--netconf " + text + ": the port is 0 to 65535");
        }
    }

    private static URI restconf(String text) throws UsageException {
        try {
            var uri = URI.create(text);
            var scheme = uri.getScheme();
            if (("http".equals(scheme) || "https".equals(scheme))
                    && uri.getHost() != null
                    && uri.getPort() >= 0
                    && uri.getPort() <= 65535
                    && (uri.getPath().isEmpty() || uri.getPath().equals("/"))) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new UsageException(
                "--restconf " + text + ": https://HOST:PORT expected (http:// on loopback)");
    }
}
