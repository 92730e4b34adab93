package org.lagopus.netconf;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// NETCONF over TLS (RFC 7589): both sides show certificates, and that of the client tells the
/// user. The JDK's blocking sockets have the protocol; each connection is one session on the thread
/// that it came on.
final class TlsEntry implements Entry {
    private static final Logger LOG = LoggerFactory.getLogger(TlsEntry.class);
    private static final Duration LINGER = Duration.ofSeconds(5);

    private final SSLContext context;
    private final List<String> versions;
    private final Function<List<X509Certificate>, Optional<String>> users;
    private final Supplier<Settings> settings;
    private final Sink sessions;
    private final ScheduledExecutorService watch;

    /// @param versions of TLS, as the JDK names them
    /// @param users tells the user by the certificates that a client has shown, its own first
    TlsEntry(
            SSLContext context,
            List<String> versions,
            Function<List<X509Certificate>, Optional<String>> users,
            Supplier<Settings> settings,
            Sink sessions,
            ScheduledExecutorService watch) {
        this.context = context;
        this.versions = List.copyOf(versions);
        this.users = users;
        this.settings = settings;
        this.sessions = sessions;
        this.watch = watch;
    }

    @Override
    public void serve(SocketChannel connection, Runnable begun) {
        var peer = "unknown";
        try (connection) {
            peer = Entry.words(connection.getRemoteAddress());
            connection.setOption(StandardSocketOptions.TCP_NODELAY, true);
            var limit = settings.get().helloTimeout();
            var late = closing(connection, limit);
            var socket = handshake(connection);
            boolean inTime = late.cancel(false);
            var shown =
                    Arrays.stream(socket.getSession().getPeerCertificates())
                            .map(X509Certificate.class::cast)
                            .toList();
            var user = users.apply(shown);
            if (inTime && user.isPresent()) {
                begun.run();
                var transport = TlsTransport.of(user.get(), peer, connection, socket);
                sessions.serve(transport, settings.get());
            } else if (inTime) {
                LOG.warn(
                        "TLS from {} refused: no entry of cert-to-name gives a user to {}",
                        peer,
                        shown.getFirst().getSubjectX500Principal());
            }
            // Leaving in order waits for a peer that may not read.
            var linger = closing(connection, LINGER);
            socket.close();
            linger.cancel(false);
        } catch (SSLException e) {
            LOG.warn("TLS from {} refused: {}", peer, e.getMessage());
        } catch (IOException e) {
            LOG.info("TLS from {} not established: {}", peer, e.getMessage());
        }
    }

    private ScheduledFuture<?> closing(SocketChannel connection, Duration after) {
        return watch.schedule(() -> close(connection), after.toMillis(), TimeUnit.MILLISECONDS);
    }

    private SSLSocket handshake(SocketChannel connection) throws IOException {
        var plain = connection.socket();
        var host = plain.getInetAddress().getHostAddress();
        var socket =
                (SSLSocket)
                        context.getSocketFactory().createSocket(plain, host, plain.getPort(), true);
        socket.setUseClientMode(false);
        socket.setNeedClientAuth(true);
        socket.setEnabledProtocols(versions.toArray(String[]::new));
        socket.startHandshake();
        return socket;
    }

    private static void close(SocketChannel connection) {
        try {
            connection.close();
        } catch (IOException e) {
            LOG.debug("connection", e);
        }
    }

    private record TlsTransport(
            String user,
            String peer,
            SocketChannel connection,
            InputStream input,
            OutputStream output)
            implements Transport {
        static TlsTransport of(String user, String peer, SocketChannel connection, SSLSocket socket)
                throws IOException {
            return new TlsTransport(
                    user, peer, connection, socket.getInputStream(), socket.getOutputStream());
        }

        @Override
        public String name() {
            return "netconf-tls";
        }

        /// The connection below, for TLS would say goodbye to a peer that may not read.
        @Override
        public void abort() {
            close(connection);
        }
    }
}
