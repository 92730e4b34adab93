package org.lagopus.restconf;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A way in for connections that others have accepted, which can be closed while what came in by it
/// goes on.
public final class Door implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Door.class);

    private final Connector connector;

    Door(
            Server jetty,
            Function<List<X509Certificate>, Optional<String>> users,
            ConnectionFactory... protocols) {
        connector = new Connector(jetty, users, protocols);
        jetty.addBean(connector, true);
    }

    Door open(Duration idle) {
        connector.setIdleTimeout(idle.toMillis());
        try {
            connector.start();
        } catch (Exception e) {
            throw new IllegalStateException("HTTP cannot be served", e);
        }
        return this;
    }

    /// Takes a connection over; returns at once.
    public void accept(SocketChannel connection) {
        try {
            connector.take(connection);
        } catch (IOException | RuntimeException e) {
            LOG.debug("connection", e);
            try {
                connection.close();
            } catch (IOException more) {
                LOG.debug("connection", more);
            }
        }
    }

    /// Ends the connections that came in here once they are idle, and then itself.
    @Override
    public void close() {
        Thread.ofVirtual().name("restconf-close").start(connector::leave);
    }

    /// The user whose certificate a request came with.
    static Optional<String> user(Request request) {
        return request.getAttribute(EndPoint.SslSessionData.ATTRIBUTE)
                                instanceof EndPoint.SslSessionData tls
                        && tls.peerCertificates() instanceof X509Certificate[] shown
                        && shown.length > 0
                        && request.getConnectionMetaData().getConnector() instanceof Connector by
                ? by.users.apply(List.of(shown))
                : Optional.empty();
    }

    /// A connector of Jetty's without a socket of its own.
    private static final class Connector extends ServerConnector {
        private static final long LOOK_MILLIS = 500;

        private final Function<List<X509Certificate>, Optional<String>> users;
        private final CountDownLatch end = new CountDownLatch(1);

        Connector(
                Server jetty,
                Function<List<X509Certificate>, Optional<String>> users,
                ConnectionFactory... protocols) {
            super(jetty, 1, 1, protocols);
            this.users = users;
            addBean(
                    new SslHandshakeListener() {
                        @Override
                        public void handshakeFailed(Event event, Throwable why) {
                            LOG.info("TLS of a client of RESTCONF failed: {}", why.getMessage());
                        }
                    });
        }

        void take(SocketChannel connection) throws IOException {
            connection.configureBlocking(false);
            connection.socket().setTcpNoDelay(true);
            getSelectorManager().accept(connection);
        }

        @Override
        public void open() {}

        @Override
        public boolean isOpen() {
            return isRunning();
        }

        /// Nobody comes this way.
        @Override
        public void accept(int acceptor) throws IOException {
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        /// HTTP ends connections that are idle by itself.
        private void leave() {
            try {
                for (var left = getConnectedEndPoints(); !left.isEmpty() && isRunning(); ) {
                    Thread.sleep(LOOK_MILLIS);
                    left = getConnectedEndPoints();
                }
                end.countDown();
                stop();
                getServer().removeBean(this);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                LOG.warn("a connector does not stop", e);
            }
        }
    }
}
