package org.lagopus.restconf;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// Asks a server, trusting only the certificate it made.
final class Client implements AutoCloseable {
    private final URI url;
    private final HttpClient http;
    private final String credentials;

    Client(URI url, Path stateDirectory, HttpClient.Version version, String credentials)
            throws IOException, GeneralSecurityException {
        this.url = url;
        this.credentials = credentials;
        var builder =
                HttpClient.newBuilder().version(version).connectTimeout(Duration.ofSeconds(20));
        if (url.getScheme().equals("https")) {
            builder.sslContext(trusting(stateDirectory.resolve("restconf.p12")));
        }
        http = builder.build();
    }

    private static SSLContext trusting(Path file) throws IOException, GeneralSecurityException {
        var own = KeyStore.getInstance("PKCS12");
        try (var in = Files.newInputStream(file)) {
            own.load(in, Certificate.PASSWORD.toCharArray());
        }
        var trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("server", own.getCertificate("restconf"));
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    HttpResponse<String> get(String path, String... headers) throws Exception {
        return send("GET", path, null, headers);
    }

    HttpResponse<String> put(String path, String json) throws Exception {
        return send("PUT", path, json);
    }

    /// A body goes as JSON unless a header says otherwise.
    HttpResponse<String> send(String method, String path, @Nullable String body, String... headers)
            throws Exception {
        var request =
                HttpRequest.newBuilder(url.resolve(path))
                        .timeout(Duration.ofSeconds(60))
                        .method(
                                method,
                                body == null
                                        ? BodyPublishers.noBody()
                                        : BodyPublishers.ofString(body));
        if (!credentials.isEmpty()) {
            request.header(
                    "Authorization",
                    "Basic "
                            + Base64.getEncoder()
                                    .encodeToString(credentials.getBytes(StandardCharsets.UTF_8)));
        }
        if (body != null) {
            request.setHeader("Content-Type", "application/yang-data+json");
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    @Override
    public void close() {
        http.close();
    }
}
