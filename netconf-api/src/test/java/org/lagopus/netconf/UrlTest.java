package org.lagopus.netconf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Configurations by URL: files of the box, and those of a server with a certificate of its own.
@Tag("R10")
@Timeout(120)
class UrlTest {
    private static final String HOSTNAME = "<hostname xmlns=\"urn:example:network\">%s</hostname>";
    private static final String NAME = HOSTNAME.formatted("");

    @TempDir Path directory;
    private Box box;
    private Client client;
    private Path files;

    @BeforeEach
    void start() throws Exception {
        box = Box.at(directory);
        client = Client.admin(box);
        files = directory.resolve("state/files");
        client.ok(client.edit("running", HOSTNAME.formatted("box")));
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        box.close();
    }

    private static String copy(String source, String target) {
        return "<copy-config><target>%s</target><source>%s</source></copy-config>"
                .formatted(target, source);
    }

    private static String url(String url) {
        return "<url>" + url + "</url>";
    }

    private void file(String name, String content) throws Exception {
        Files.createDirectories(files);
        Files.writeString(files.resolve(name), content);
    }

    @Test
    void keepsAConfigurationInAFileAndTakesItBack() throws Exception {
        assertThat(client.hello()).contains("capability:url:1.0?scheme=file,https<");
        client.ok(copy("<running/>", url("file:///saved.xml")));
        assertThat(Files.readString(files.resolve("saved.xml")))
                .startsWith("<?xml")
                .contains("<config xmlns=\"" + Names.BASE + "\">", ">box</hostname>");

        client.ok(client.edit("running", HOSTNAME.formatted("other")));
        client.ok("<validate><source>" + url("file:///saved.xml") + "</source></validate>");
        client.ok(copy(url("file:///saved.xml"), "<running/>"));
        assertThat(client.running(NAME)).contains(">box<");

        client.ok(copy(url("file:///saved.xml"), url("file:second.xml")));
        assertThat(Files.readString(files.resolve("second.xml"))).contains(">box<");
        client.ok(
                "<delete-config><target>" + url("file:///saved.xml") + "</target></delete-config>");
        assertThat(files.resolve("saved.xml")).doesNotExist();
        assertThat(client.refused(copy(url("file:///saved.xml"), "<running/>")))
                .isEqualTo("data-missing");
        try (var left = Files.list(files)) {
            assertThat(left)
                    .as("nothing half-written")
                    .containsExactly(files.resolve("second.xml"));
        }
    }

    @Test
    void showsDefaultsInAFileWhereThatIsAskedFor() throws Exception {
        client.ok(
                "<copy-config><target>%s</target><source><running/></source><with-defaults xmlns=\"%s\">report-all-tagged</with-defaults></copy-config>"
                        .formatted(url("file:///all.xml"), Names.WITH_DEFAULTS));
        assertThat(Files.readString(files.resolve("all.xml"))).contains("wd:default=\"true\"");

        client.ok(copy(url("file:///all.xml"), "<candidate/>"));
        assertThat(client.candidate("<settings xmlns=\"urn:example:defaults\"/>"))
                .as("what is marked as default is not set")
                .doesNotContain("auto");
    }

    @Test
    void editsByAFile() throws Exception {
        file(
                "edit.xml",
                Fixture.config(
                        "<hostname xmlns=\"urn:example:network\" nc:operation=\"delete\"/>"));
        var edit =
                "<edit-config><target><candidate/></target>"
                        + url("file:///edit.xml")
                        + "</edit-config>";

        client.ok(edit);
        assertThat(client.candidate(NAME)).doesNotContain("box");
        assertThat(client.refused(edit)).isEqualTo("data-missing");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///../secret",
                "file:///a/../../secret",
                "file:///%2e%2e/secret",
                "file:///%2e%2e%2fsecret",
                "file:///a/b",
                "file:///.hidden",
                "file:////etc/passwd",
                "file://elsewhere/a",
                "file:///a?b",
                "file:///",
                "file:",
                "ftp://127.0.0.1/a",
                "http://127.0.0.1/a",
                "https://user@127.0.0.1/a",
                "https:///a",
                "a",
                "not a url",
            })
    void refusesUrlsThatLeadElsewhere(String url) throws Exception {
        var refusal = client.rpc(copy("<running/>", url(url)));

        assertThat(Client.tag(refusal)).isEqualTo("invalid-value");
        assertThat(refusal).contains("<bad-element>url</bad-element>");
    }

    @Test
    void followsNoLinks() throws Exception {
        var secret = Files.writeString(directory.resolve("secret"), Fixture.config(NAME));
        Files.createDirectories(files);
        Files.createSymbolicLink(files.resolve("link"), secret);
        Files.createDirectory(files.resolve("directory"));

        for (var name : List.of("link", "directory")) {
            var url = url("file:///" + name);
            assertThat(client.refused(copy(url, "<candidate/>"))).isEqualTo("operation-failed");
            assertThat(client.refused(copy("<running/>", url))).isEqualTo("operation-failed");
            assertThat(
                            client.refused(
                                    "<delete-config><target>" + url + "</target></delete-config>"))
                    .isEqualTo("operation-failed");
        }
        assertThat(secret).content().doesNotContain("box");
    }

    @Test
    void refusesWhatIsNoConfiguration() throws Exception {
        file("text", "hello");
        file("other", "<a/>");
        file("wrong", Fixture.config("<hostname xmlns=\"urn:example:network\">NO</hostname>"));
        assertThat(client.refused(copy(url("file:///text"), "<candidate/>")))
                .isEqualTo("operation-failed");
        assertThat(client.refused(copy(url("file:///other"), "<candidate/>")))
                .isEqualTo("bad-element");
        assertThat(client.refused(copy(url("file:///wrong"), "<candidate/>")))
                .isEqualTo("invalid-value");
        assertThat(client.refused(copy(url("file:///a"), url("file:///a"))))
                .isEqualTo("invalid-value");
    }

    @Test
    void refusesMoreThanAMessageMayHave() throws Exception {
        client.close();
        box.close();
        box = Box.at(directory, Box.tight());
        client = Client.admin(box);
        file("large", Fixture.config("<!--" + "x".repeat(600_000) + "-->"));

        assertThat(client.refused(copy(url("file:///large"), "<candidate/>"))).isEqualTo("too-big");
        assertThat(client.running(NAME)).contains(">box<");
    }

    @Test
    void httpsIsForThoseWhoAreAllowed() throws Exception {
        var refusal = client.rpc(copy("<running/>", url("https://127.0.0.1:1/a")));

        assertThat(Client.tag(refusal)).isEqualTo("access-denied");
        assertThat(refusal).contains("/lagopus-url:urls/config/https");
    }

    @Test
    void fetchesAndStoresByHttps() throws Exception {
        var stored = new ConcurrentHashMap<String, String>();
        var store = keys();
        var server = server(store, stored);
        try {
            var where = "https://127.0.0.1:%d/saved".formatted(server.getAddress().getPort());
            client.ok(client.edit("running", allowed("")));
            assertThat(client.refused(copy("<running/>", url(where))))
                    .as("nobody vouches for its certificate")
                    .isEqualTo("operation-failed");

            client.ok(client.edit("running", allowed(pem(store))));
            client.ok(copy("<running/>", url(where)));
            assertThat(stored.get("/saved")).contains(">box<");
            client.ok(client.edit("running", HOSTNAME.formatted("other")));
            client.ok(copy(url(where), "<running/>"));
            assertThat(client.running(NAME)).contains(">box<");
            client.ok("<delete-config><target>" + url(where) + "</target></delete-config>");
            assertThat(stored).isEmpty();
            assertThat(client.refused(copy(url(where), "<running/>")))
                    .isEqualTo("operation-failed");
        } finally {
            server.stop(0);
        }
    }

    private static String allowed(String anchor) {
        return "<urls xmlns=\"%s\"><config><https>true</https><timeout>10</timeout>%s</config></urls>"
                .formatted(
                        Names.URL,
                        anchor.isEmpty() ? "" : "<trust-anchor>" + anchor + "</trust-anchor>");
    }

    private KeyStore keys() throws Exception {
        var file = directory.resolve("keys.p12");
        var made =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-alias",
                                "server",
                                "-keyalg",
                                "EC",
                                "-dname",
                                "CN=127.0.0.1",
                                "-ext",
                                "san=ip:127.0.0.1",
                                "-storetype",
                                "PKCS12",
                                "-keystore",
                                file.toString(),
                                "-storepass",
                                "changeit")
                        .inheritIO()
                        .start();
        assertThat(made.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return KeyStore.getInstance(file.toFile(), "changeit".toCharArray());
    }

    private static String pem(KeyStore store) throws Exception {
        return "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder()
                        .encodeToString(store.getCertificate("server").getEncoded())
                        .replace("\r", "")
                + "\n-----END CERTIFICATE-----";
    }

    private static HttpsServer server(KeyStore store, ConcurrentHashMap<String, String> stored)
            throws Exception {
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, "changeit".toCharArray());
        var tls = SSLContext.getInstance("TLS");
        tls.init(keys.getKeyManagers(), null, null);
        var server =
                HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        server.createContext(
                "/",
                exchange -> {
                    try (exchange) {
                        var path = exchange.getRequestURI().getPath();
                        byte[] answer = {};
                        int status = 204;
                        switch (exchange.getRequestMethod()) {
                            case "PUT" ->
                                    stored.put(
                                            path,
                                            new String(
                                                    exchange.getRequestBody().readAllBytes(),
                                                    UTF_8));
                            case "DELETE" -> stored.remove(path);
                            default -> {
                                var text = stored.get(path);
                                status = text == null ? 404 : 200;
                                answer = text == null ? answer : text.getBytes(UTF_8);
                            }
                        }
                        exchange.sendResponseHeaders(
                                status, answer.length == 0 ? -1 : answer.length);
                        exchange.getResponseBody().write(answer);
                    }
                });
        server.start();
        return server;
    }
}
