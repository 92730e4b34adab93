package org.lagopus.netconf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.lagopus.netconf.Parameters.PROTOCOL;

import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Face;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;

/// Configurations by URL (RFC 6241 §8.8): `file:` in one flat directory below the state directory,
/// and `https:` where the configuration of the box (lagopus-url) allows it.
///
/// A file appears whole or not at all. Nothing is held in memory: what is read goes through the
/// limits of messages, what is written through a file of its own.
final class Urls {
    /// Gets what a URL stands for.
    @FunctionalInterface
    interface Reading<T> {
        T read(InputStream content) throws IOException, DatastoreException;
    }

    /// Writes what a URL is to stand for.
    @FunctionalInterface
    interface Writing {
        void write(OutputStream to) throws IOException, DatastoreException;
    }

    /// One name, which begins with a letter, a digit or an underscore: it cannot lead elsewhere,
    /// and it is none of the files that are being written.
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");

    private static final long MAX_WRITTEN = 1L << 30;
    private static final int MAX_FILES = 1000;

    private final Datastore datastore;
    private final Path directory;
    private final LongSupplier maxRead;

    /// Transfers at a time: each may wait for somebody else.
    private final Semaphore transfers = new Semaphore(4);

    Urls(Datastore datastore, LongSupplier maxRead) {
        this.datastore = datastore;
        this.maxRead = maxRead;
        directory = datastore.directory().resolve("files");
    }

    /// The URL in a parameter, if it is one that can be allowed.
    static URI parse(String text) throws DatastoreException {
        try {
            var uri = new URI(text.strip());
            var scheme = uri.getScheme();
            if (scheme != null && scheme.equals("file")) {
                name(uri);
                return uri;
            }
            if (scheme != null
                    && scheme.equals("https")
                    && uri.getHost() != null
                    && uri.getUserInfo() == null
                    && uri.getRawFragment() == null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // told below
        }
        throw Errors.invalidValue(
                PROTOCOL,
                null,
                "url",
                Errors.quoted(text) + " is no URL of file:///NAME or https://HOST/PATH");
    }

    private static String name(URI uri) throws DatastoreException {
        var path = uri.isOpaque() ? uri.getSchemeSpecificPart() : uri.getPath();
        var name = path != null && path.startsWith("/") ? path.substring(1) : path;
        boolean isHere =
                (uri.getRawAuthority() == null || uri.getRawAuthority().equals("localhost"))
                        && uri.getRawQuery() == null
                        && uri.getRawFragment() == null;
        if (name == null || !isHere || !NAME.matcher(name).matches()) {
            throw Errors.invalidValue(
                    PROTOCOL,
                    null,
                    "url",
                    "a file is file:///NAME, of at most 128 letters, digits, dots, dashes and"
                            + " underscores, in the directory \"files\" of this box");
        }
        return name;
    }

    <T> T read(URI url, Reading<T> reading) throws DatastoreException {
        return transfer(
                url,
                () -> {
                    if (url.getScheme().equals("file")) {
                        try (var in = open(directory.resolve(name(url)))) {
                            return reading.read(in);
                        }
                    }
                    var rules = https();
                    try (var client = client(rules)) {
                        var response =
                                client.send(
                                        request(url, rules).GET().build(),
                                        BodyHandlers.ofInputStream());
                        try (var in = response.body();
                                var _ = deadline(client, in, rules)) {
                            expect(response.statusCode(), 200);
                            return reading.read(in);
                        }
                    }
                });
    }

    void write(URI url, Writing writing) throws DatastoreException {
        transfer(
                url,
                () -> {
                    boolean isFile = url.getScheme().equals("file");
                    var rules = isFile ? null : https();
                    Files.createDirectories(
                            directory,
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rwx------")));
                    var made = Files.createTempFile(directory, ".", ".part");
                    try {
                        try (var channel = FileChannel.open(made, StandardOpenOption.WRITE);
                                var out =
                                        new BufferedOutputStream(
                                                new Bounded(Channels.newOutputStream(channel)))) {
                            writing.write(out);
                            out.flush();
                            channel.force(true);
                        }
                        if (rules == null) {
                            keep(made, directory.resolve(name(url)));
                        } else {
                            put(url, made, rules);
                        }
                    } finally {
                        Files.deleteIfExists(made);
                    }
                    return true;
                });
    }

    void delete(URI url) throws DatastoreException {
        transfer(
                url,
                () -> {
                    if (url.getScheme().equals("file")) {
                        var file = directory.resolve(name(url));
                        // What is not an ordinary file is none of ours.
                        open(file).close();
                        Files.delete(file);
                        sync();
                    } else {
                        var rules = https();
                        try (var client = client(rules)) {
                            var response =
                                    client.send(
                                            request(url, rules).DELETE().build(),
                                            BodyHandlers.discarding());
                            expect(response.statusCode(), 200, 202, 204);
                        }
                    }
                    return true;
                });
    }

    private interface Transfer<T> {
        T run() throws IOException, InterruptedException, DatastoreException;
    }

    private <T> T transfer(URI url, Transfer<T> transfer) throws DatastoreException {
        if (!transfers.tryAcquire()) {
            throw Errors.refuse(
                    ErrorType.APPLICATION,
                    ErrorTag.RESOURCE_DENIED,
                    null,
                    "other transfers are under way: try again later",
                    Map.of());
        }
        try {
            return transfer.run();
        } catch (NoSuchFileException e) {
            throw Errors.refuse(
                    ErrorType.APPLICATION,
                    ErrorTag.DATA_MISSING,
                    null,
                    url + " does not exist",
                    Map.of());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed(url, "interrupted");
        } catch (IOException e) {
            throw failed(url, String.valueOf(e.getMessage()));
        } finally {
            transfers.release();
        }
    }

    private static DatastoreException failed(URI url, String why) {
        return Errors.refuse(
                ErrorType.APPLICATION, ErrorTag.OPERATION_FAILED, null, url + ": " + why, Map.of());
    }

    private InputStream open(Path file) throws IOException, DatastoreException {
        if (Files.isSymbolicLink(file) || Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException("not an ordinary file");
        }
        var channel =
                Files.newByteChannel(
                        file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        if (channel.size() > maxRead.getAsLong()) {
            channel.close();
            throw Errors.tooBig(ErrorType.APPLICATION, file.getFileName() + " is too large");
        }
        return Channels.newInputStream(channel);
    }

    private void keep(Path made, Path file) throws IOException, DatastoreException {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            try (var there = Files.list(directory)) {
                if (there.count() > MAX_FILES) {
                    throw Errors.refuse(
                            ErrorType.APPLICATION,
                            ErrorTag.RESOURCE_DENIED,
                            null,
                            "there are %d files already: delete some".formatted(MAX_FILES),
                            Map.of());
                }
            }
        } else if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException("not an ordinary file");
        }
        Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
        sync();
    }

    private void sync() throws IOException {
        try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static final class Bounded extends OutputStream {
        private final OutputStream to;
        private long written;

        Bounded(OutputStream to) {
            this.to = to;
        }

        @Override
        public void write(int octet) throws IOException {
            write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            written += length;
            if (written > MAX_WRITTEN) {
                throw new IOException("more than " + MAX_WRITTEN + " octets");
            }
            to.write(from, offset, length);
        }
    }

    /// What the configuration says of https.
    private record Rules(Duration timeout, List<String> anchors) {}

    /// Asked anew for each transfer, so that a change of the configuration counts at once.
    private Rules https() throws DatastoreException {
        var module =
                Names.modules(datastore.model().context(), Names.URL).stream()
                        .map(found -> found.getQNameModule())
                        .filter(datastore.model()::implemented)
                        .findFirst()
                        .orElse(null);
        var config =
                module == null
                        ? null
                        : datastore
                                .read(Face.RUNNING)
                                .readNode(
                                        YangInstanceIdentifier.of(
                                                NodeIdentifier.create(QName.create(module, "urls")),
                                                NodeIdentifier.create(
                                                        QName.create(module, "config"))))
                                .map(ContainerNode.class::cast)
                                .orElse(null);
        if (module == null
                || config == null
                || !(leaf(config, QName.create(module, "https")) instanceof Boolean allowed)
                || !allowed) {
            throw Errors.refuse(
                    ErrorType.APPLICATION,
                    ErrorTag.ACCESS_DENIED,
                    null,
                    "https is not allowed: set /lagopus-url:urls/config/https",
                    Map.of());
        }
        var timeout = leaf(config, QName.create(module, "timeout"));
        var anchors =
                config.childByArg(NodeIdentifier.create(QName.create(module, "trust-anchor")));
        return new Rules(
                Duration.ofSeconds(timeout instanceof Uint16 seconds ? seconds.toJava() : 30),
                anchors instanceof LeafSetNode<?> set
                        ? set.body().stream().map(one -> one.body().toString()).toList()
                        : List.of());
    }

    private static @Nullable Object leaf(ContainerNode config, QName name) {
        return config.childByArg(NodeIdentifier.create(name)) instanceof LeafNode<?> leaf
                ? leaf.body()
                : null;
    }

    private static HttpClient client(Rules rules) throws IOException {
        try {
            return HttpClient.newBuilder()
                    .connectTimeout(rules.timeout)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .sslContext(trusting(rules.anchors))
                    .build();
        } catch (GeneralSecurityException e) {
            throw new IOException("the trust anchors cannot be used: " + e.getMessage(), e);
        }
    }

    private static SSLContext trusting(List<String> anchors)
            throws GeneralSecurityException, IOException {
        if (anchors.isEmpty()) {
            return SSLContext.getDefault();
        }
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        var reader = CertificateFactory.getInstance("X.509");
        for (var anchor : anchors) {
            store.setCertificateEntry(
                    "anchor-" + store.size(),
                    reader.generateCertificate(
                            new ByteArrayInputStream(anchor.strip().getBytes(UTF_8))));
        }
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), new SecureRandom());
        return context;
    }

    private static HttpRequest.Builder request(URI url, Rules rules) {
        return HttpRequest.newBuilder(url).timeout(rules.timeout);
    }

    private static void expect(int status, Integer... wanted) throws IOException {
        if (!List.of(wanted).contains(status)) {
            throw new IOException("the other side answers with status " + status);
        }
    }

    private static void put(URI url, Path content, Rules rules)
            throws IOException, InterruptedException {
        try (var client = client(rules)) {
            var request =
                    request(url, rules)
                            .header("Content-Type", "application/xml")
                            .PUT(HttpRequest.BodyPublishers.ofFile(content))
                            .build();
            expect(
                    client.send(request, BodyHandlers.discarding()).statusCode(),
                    200,
                    201,
                    202,
                    204);
        }
    }

    /// Ends a transfer whose time is over: the timeout of a request is over with its headers.
    private static AutoCloseableQuietly deadline(HttpClient client, InputStream in, Rules rules) {
        var watch =
                Thread.ofVirtual()
                        .name("url-deadline")
                        .start(() -> {
                            try {
                                Thread.sleep(rules.timeout);
                                client.shutdownNow();
                                in.close();
                            } catch (InterruptedException e) {
                                // in time
                            } catch (IOException e) {
                                // ended all the same
                            }
                        });
        return watch::interrupt;
    }

    private interface AutoCloseableQuietly extends AutoCloseable {
        @Override
        void close();
    }
}
