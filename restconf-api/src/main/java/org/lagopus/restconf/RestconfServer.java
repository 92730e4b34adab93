package org.lagopus.restconf;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.Users;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// A RESTCONF server on one address.
public final class RestconfServer implements AutoCloseable {
    /// How and where to serve.
    ///
    /// @param listen `https://HOST:PORT`, or `http://` on a loopback address; port 0 is chosen by
    ///   the kernel
    /// @param stateDirectory where the server's key and certificate are kept
    /// @param root of the resources, `{+restconf}` of RFC 8040
    /// @param maxBody bytes a request's body may have, and those of all requests at a time together
    /// @param bodyTime within which it has to arrive
    /// @param idleTime after which a silent connection is closed
    /// @param rememberPassword how long a password that was right is not checked again
    /// @param accounts path of the configured accounts: a change below it makes all passwords
    ///   checked again; null where they are not configured, and then each request is checked
    public record Settings(
            URI listen,
            Path stateDirectory,
            String root,
            long maxBody,
            Duration bodyTime,
            Duration idleTime,
            Duration rememberPassword,
            @Nullable String accounts) {
        public static Settings of(URI listen, Path stateDirectory) {
            return new Settings(
                    listen,
                    stateDirectory,
                    "/restconf",
                    32L << 20,
                    Duration.ofSeconds(120),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(60),
                    "/openconfig-system:system/aaa/authentication/users");
        }

        public Settings withMaxBody(long bytes) {
            return withLimits(bytes, bodyTime, idleTime);
        }

        Settings withLimits(long maxBody, Duration bodyTime, Duration idleTime) {
            return new Settings(
                    listen,
                    stateDirectory,
                    root,
                    maxBody,
                    bodyTime,
                    idleTime,
                    rememberPassword,
                    accounts);
        }

        public Settings withAccounts(@Nullable String path) {
            return new Settings(
                    listen,
                    stateDirectory,
                    root,
                    maxBody,
                    bodyTime,
                    idleTime,
                    rememberPassword,
                    path);
        }
    }

    private static final int HEADERS = 32 * 1024;

    private final Server jetty;
    private final Front front;
    private final URI url;
    private volatile Settings settings;

    private RestconfServer(Settings settings, Server jetty, Front front, URI url) {
        this.settings = settings;
        this.jetty = jetty;
        this.front = front;
        this.url = url;
    }

    /// Starts to serve.
    ///
    /// @throws IllegalArgumentException telling what is wrong with the address
    /// @throws IOException when the address cannot be had, or the certificate
    public static RestconfServer start(Settings settings, Datastore datastore, Users users)
            throws IOException {
        var listen = settings.listen();
        boolean tls = tls(listen);
        var host = host(listen);
        var address = address(listen).getAddress();
        var jetty = jetty();
        var protocols =
                tls ? secure(context(certificate(settings, address))) : plain(configuration());
        var connector = new ServerConnector(jetty, 1, 1, protocols);
        connector.setHost(host);
        connector.setPort(listen.getPort());
        connector.setIdleTimeout(settings.idleTime().toMillis());
        jetty.addConnector(connector);
        var front = front(settings, datastore, users);
        jetty.setHandler(front);
        try {
            jetty.start();
        } catch (Exception e) {
            stop(jetty);
            throw new IOException("cannot serve " + listen + ": " + e.getMessage(), e);
        }
        Capabilities.publish(datastore);
        return new RestconfServer(
                settings,
                jetty,
                front,
                URI.create(
                        "%s://%s:%d"
                                .formatted(
                                        listen.getScheme(),
                                        listen.getHost(),
                                        connector.getLocalPort())));
    }

    /// Where a URL asks to listen.
    ///
    /// @throws IllegalArgumentException telling what is wrong with it
    public static InetSocketAddress address(URI listen) throws IOException {
        var address = InetAddress.getByName(host(listen));
        if (!tls(listen) && !address.isLoopbackAddress()) {
            throw new IllegalArgumentException(
                    "%s: http would show passwords to the network; it is for loopback addresses, use https"
                            .formatted(listen));
        }
        return new InetSocketAddress(address, listen.getPort());
    }

    /// A server that listens nowhere: connections come by its doors.
    public static RestconfServer open(Settings settings, Datastore datastore, Users users) {
        var jetty = jetty();
        var front = front(settings, datastore, users);
        jetty.setHandler(front);
        try {
            jetty.start();
        } catch (Exception e) {
            stop(jetty);
            throw new IllegalStateException("HTTP cannot be served", e);
        }
        Capabilities.publish(datastore);
        return new RestconfServer(settings, jetty, front, settings.listen());
    }

    /// What it grants to the requests that come next.
    public void grant(long maxBody, Duration bodyTime, Duration idleTime) {
        settings = settings.withLimits(maxBody, bodyTime, idleTime);
        front.grant(settings);
    }

    /// What `GET /healthz` answers by.
    ///
    /// @param components tells, at once, the name of each component that the box needs and whether
    ///   it is there; without this call none is needed
    public void requires(Supplier<Map<String, Boolean>> components) {
        front.requires(components);
    }

    /// Serves `/metrics` to every user; without this call there is no such resource.
    public void metrics(MetricsPage page) {
        front.metrics(page);
    }

    /// In by HTTP as it is, which shows passwords to whoever listens.
    ///
    /// @param idle after which a silent connection is closed
    public Door plain(Duration idle) {
        return new Door(jetty, _ -> Optional.empty(), plain(configuration())).open(idle);
    }

    /// In by HTTPS.
    ///
    /// @param context has the server's certificate
    /// @param versions of TLS, as the JDK names them
    /// @param clients whether clients are asked for certificates, which they need not have
    /// @param users tells the user by the certificates that a client has shown, its own first
    /// @param idle after which a silent connection is closed
    public Door secure(
            SSLContext context,
            List<String> versions,
            boolean clients,
            Function<List<X509Certificate>, Optional<String>> users,
            Duration idle) {
        var tls = new SslContextFactory.Server();
        tls.setSslContext(context);
        tls.setIncludeProtocols(versions.toArray(String[]::new));
        tls.setWantClientAuth(clients);
        tls.setSniRequired(false);
        return new Door(jetty, users, secure(tls)).open(idle);
    }

    /// The key store with the certificate that the box has made itself, or makes now.
    ///
    /// @param address that it is for, beside those of the loopback
    public static KeyStore ownCertificate(Path stateDirectory, InetAddress address)
            throws IOException {
        try {
            return Certificate.load(stateDirectory.resolve("restconf.p12"), address);
        } catch (GeneralSecurityException e) {
            throw new IOException("no certificate: " + e.getMessage(), e);
        }
    }

    /// Opens [#ownCertificate].
    public static char[] ownPassword() {
        return Certificate.PASSWORD.toCharArray();
    }

    private static Server jetty() {
        var pool = new QueuedThreadPool(32, 4);
        pool.setName("restconf");
        pool.setVirtualThreadsExecutor(
                Executors.newThreadPerTaskExecutor(
                        Thread.ofVirtual().name("restconf-", 0).factory()));
        return new Server(pool);
    }

    private static Front front(Settings settings, Datastore datastore, Users users) {
        var accounts =
                new Accounts(
                        users,
                        accounts(settings.accounts(), datastore),
                        settings.rememberPassword());
        return new Front(settings, datastore, accounts);
    }

    /// Where it serves, with the port it got.
    public URI url() {
        return url;
    }

    @Override
    public void close() {
        stop(jetty);
    }

    private static void stop(Server jetty) {
        try {
            jetty.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the server does not stop", e);
        }
    }

    private static boolean tls(URI listen) {
        return switch (listen.getScheme()) {
            case "https" -> true;
            case "http" -> false;
            case null, default ->
                    throw new IllegalArgumentException(
                            listen + ": RESTCONF is served on https://HOST:PORT");
        };
    }

    private static String host(URI listen) {
        var host = listen.getHost();
        if (host == null || listen.getPort() < 0) {
            throw new IllegalArgumentException(listen + ": a host and a port are needed");
        }
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private static KeyStore certificate(Settings settings, InetAddress address) throws IOException {
        return ownCertificate(settings.stateDirectory(), address);
    }

    /// The accounts as one object. Trees share what did not change, so the same object means the
    /// same accounts.
    private static Supplier<@Nullable Object> accounts(@Nullable String path, Datastore datastore) {
        if (path == null) {
            return () -> null;
        }
        YangInstanceIdentifier parsed;
        try {
            parsed = datastore.model().parse(path);
        } catch (IllegalArgumentException _) {
            return () -> null;
        }
        return () -> datastore.read(Face.RUNNING).readNode(parsed).orElse(null);
    }

    private static ConnectionFactory[] plain(HttpConfiguration http) {
        return new ConnectionFactory[] {
            new HttpConnectionFactory(http), new HTTP2CServerConnectionFactory(http)
        };
    }

    private static SslContextFactory.Server context(KeyStore certificate) {
        var context = new SslContextFactory.Server();
        context.setKeyStore(certificate);
        context.setKeyStorePassword(Certificate.PASSWORD);
        context.setIncludeProtocols("TLSv1.3", "TLSv1.2");
        context.setSniRequired(false);
        return context;
    }

    private static ConnectionFactory[] secure(SslContextFactory.Server context) {
        var http = configuration();
        http.addCustomizer(new SecureRequestCustomizer(false));
        var alpn = new ALPNServerConnectionFactory();
        alpn.setDefaultProtocol("http/1.1");
        return new ConnectionFactory[] {
            new SslConnectionFactory(context, alpn.getProtocol()),
            alpn,
            new HTTP2ServerConnectionFactory(http),
            new HttpConnectionFactory(http)
        };
    }

    private static HttpConfiguration configuration() {
        var http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setSendDateHeader(true);
        http.setRequestHeaderSize(HEADERS);
        // Keys of list entries may hold a slash or a percent sign, and may be empty.
        http.setUriCompliance(
                UriCompliance.RFC3986.with(
                        "RESTCONF",
                        UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR,
                        UriCompliance.Violation.AMBIGUOUS_PATH_ENCODING,
                        UriCompliance.Violation.AMBIGUOUS_EMPTY_SEGMENT,
                        UriCompliance.Violation.AMBIGUOUS_PATH_SEGMENT));
        return http;
    }
}
