package org.lagopus.restconf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.net.URI;
import java.net.http.HttpClient.Version;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.ModelSources;
import org.lagopus.datastore.Participant;
import org.lagopus.datastore.Transaction;
import org.lagopus.datastore.Users;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RestconfServerTest {
    private static final QName SHELF = QName.create("urn:test:shelf", "2026-01-01", "shelf");
    private static final String DATA = "/restconf/data";
    private static final String TOP = DATA + "/shelf:shelf";
    private static final String XML = "application/yang-data+xml";

    private Path state;
    private Datastore datastore;
    private RestconfServer server;
    private Client client;
    private final CountingUsers users = new CountingUsers();

    /// One user, and how often somebody asked for the password.
    private static final class CountingUsers implements Users {
        final AtomicInteger asked = new AtomicInteger();

        @Override
        public boolean password(String user, String password) {
            asked.incrementAndGet();
            return user.equals("admin") && password.equals("s:cret");
        }

        @Override
        public boolean key(String user, PublicKey key) {
            return false;
        }
    }

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        state = directory;
        var model = Model.load(new ModelSources(List.of(), List.of(InstancesTest.yang())));
        datastore = Datastore.open(model, state, Clock.systemUTC());
        datastore
                .operations()
                .register(QName.create(SHELF, "shake"), (input, _) -> Optional.of(shaken(input)));
        datastore.operations().register(QName.create(SHELF, "dust"), (_, _) -> Optional.empty());
        server = RestconfServer.start(settings("https://127.0.0.1:0"), datastore, users);
        client = client(server, Version.HTTP_2);
    }

    private static org.opendaylight.yangtools.yang.data.api.schema.ContainerNode shaken(
            org.opendaylight.yangtools.yang.data.api.schema.ContainerNode input) {
        var times = input.getChildByArg(new NodeIdentifier(QName.create(SHELF, "times"))).body();
        return ImmutableNodes.newContainerBuilder()
                .withNodeIdentifier(new NodeIdentifier(QName.create(SHELF, "output")))
                .withChild(
                        ImmutableNodes.leafNode(
                                QName.create(SHELF, "fallen"), Uint32.valueOf(times.toString())))
                .build();
    }

    private RestconfServer.Settings settings(String listen) {
        return RestconfServer.Settings.of(URI.create(listen), state)
                .withAccounts("/shelf:shelf/tag")
                .withMaxBody(4 << 20);
    }

    private Client client(RestconfServer server, Version version) throws Exception {
        return new Client(server.url(), state, version, "admin:s:cret");
    }

    @AfterAll
    void stop() throws Exception {
        client.close();
        server.close();
        datastore.close();
    }

    @BeforeEach
    void empty() throws Exception {
        var answer = client.put(DATA, "{\"ietf-restconf:data\":{}}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(204);
    }

    /// RFC 7951 §5.5, §5.6.
    @Test
    void anydataAndAnyxmlAreKeptAsTheyCameAndTranslated() throws Exception {
        var given =
                "{\"shelf:shelf\":{\"note\":{\"shelf:box\":[{\"id\":1},{\"id\":\"x\"}],\"deep\":{\"a\":null}},\"page\":[1,true,\"<\"]}}";
        assertThat(client.put(TOP, given).statusCode()).isEqualTo(201);
        assertThat(json(client.get(TOP).body())).isEqualTo(json(given));
        assertThat(client.get(TOP, "Accept", XML).body())
                .contains(
                        "<note><box xmlns=\"urn:test:shelf\"><id>1</id></box><box"
                                + " xmlns=\"urn:test:shelf\"><id>x</id></box>",
                        "<page>1true&lt;</page>");

        var xml =
                "<shelf xmlns=\"urn:test:shelf\"><note>\n"
                        + "<box><id>1</id></box><box><id>2</id></box></note></shelf>";
        assertThat(client.send("PUT", TOP, xml, "Content-Type", XML).statusCode()).isEqualTo(204);
        assertThat(json(client.get(TOP).body()))
                .isEqualTo(
                        json(
                                "{\"shelf:shelf\":{\"note\":{\"shelf:box\":[{\"id\":\"1\"},{\"id\":\"2\"}]}}}"));
        refused(client.put(TOP, "{\"shelf:shelf\":{\"note\":5}}"), 400, "invalid-value");
    }

    private static JsonElement json(String text) {
        return JsonParser.parseString(text);
    }

    private JsonElement read(String path) throws Exception {
        var answer = client.get(path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json(answer.body());
    }

    private void box(String id) throws Exception {
        var answer = client.send("POST", TOP, "{\"shelf:box\":[{\"id\":\"%s\"}]}".formatted(id));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    }

    private static void refused(HttpResponse<String> answer, int status, String tag) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("content-type"))
                .hasValue("application/yang-data+json");
        assertThat(error(answer, "error-tag")).isEqualTo(tag);
        assertThat(error(answer, "error-message")).isNotEmpty();
    }

    private static String error(HttpResponse<String> answer, String field) {
        return json(answer.body())
                .getAsJsonObject()
                .getAsJsonObject("ietf-restconf:errors")
                .getAsJsonArray("error")
                .get(0)
                .getAsJsonObject()
                .get(field)
                .getAsString();
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    @Tag("R2")
    void aResourceIsCreatedReadChangedAndDeleted(Version version) throws Exception {
        try (var client = client(server, version)) {
            var created =
                    client.put(
                            TOP + "/box=a%2Fb", "{\"shelf:box\":[{\"id\":\"a/b\",\"weight\":1}]}");
            assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
            assertThat(created.version()).isEqualTo(version);
            assertThat(created.headers().firstValue("location"))
                    .hasValue(server.url() + TOP + "/box=a%2Fb");
            var read = client.get(TOP + "/box=a%2Fb");
            assertThat(read.statusCode()).isEqualTo(200);
            assertThat(read.headers().firstValue("cache-control")).hasValue("no-cache");
            assertThat(json(read.body()))
                    .isEqualTo(json("{\"shelf:box\":[{\"id\":\"a/b\",\"weight\":1}]}"));
            assertThat(
                            client.send(
                                            "PATCH",
                                            TOP + "/box=a%2Fb",
                                            "{\"shelf:box\":[{\"id\":\"a/b\",\"like\":\"a/b\"}]}")
                                    .statusCode())
                    .isEqualTo(204);
            assertThat(json(client.get(TOP + "/box=a%2Fb").body()))
                    .isEqualTo(
                            json(
                                    "{\"shelf:box\":[{\"id\":\"a/b\",\"weight\":1,\"like\":\"a/b\"}]}"));
            assertThat(
                            client.put(TOP + "/box=a%2Fb", "{\"shelf:box\":[{\"id\":\"a/b\"}]}")
                                    .statusCode())
                    .isEqualTo(204);
            assertThat(json(client.get(TOP + "/box=a%2Fb").body()))
                    .isEqualTo(json("{\"shelf:box\":[{\"id\":\"a/b\"}]}"));
            assertThat(client.send("DELETE", TOP + "/box=a%2Fb", null).statusCode()).isEqualTo(204);
            refused(client.get(TOP + "/box=a%2Fb"), 404, "invalid-value");
        }
    }

    @Test
    @Tag("R2")
    void postCreatesAndTellsWhere() throws Exception {
        var answer = client.send("POST", DATA, "{\"shelf:shelf\":{\"small\":1}}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        assertThat(answer.headers().firstValue("location")).hasValue(server.url() + TOP);
        answer = client.send("POST", TOP, "{\"shelf:box\":[{\"id\":\"é,/ %\"}]}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        var location = answer.headers().firstValue("location").orElseThrow();
        assertThat(location).isEqualTo(server.url() + TOP + "/box=%C3%A9%2C%2F%20%25");
        assertThat(read(URI.create(location).getRawPath()))
                .isEqualTo(json("{\"shelf:box\":[{\"id\":\"é,/ %\"}]}"));
        answer =
                client.send(
                        "POST",
                        TOP + "/box=%C3%A9%2C%2F%20%25",
                        "<item"
                                + " xmlns='urn:test:shelf'><row>7</row><column>c</column><what>w</what></item>",
                        "Content-Type",
                        XML);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        assertThat(answer.headers().firstValue("location").orElseThrow()).endsWith("/item=7,c");
        refused(
                client.send("POST", TOP, "{\"shelf:box\":[{\"id\":\"é,/ %\"}]}"),
                409,
                "data-exists");
        refused(
                client.send("POST", TOP + "/box=none", "{\"shelf:weight\":1}"),
                404,
                "data-missing");
        refused(
                client.send("POST", TOP, "{\"shelf:box\":[{\"id\":\"x\"},{\"id\":\"y\"}]}"),
                400,
                "malformed-message");
    }

    @Test
    @Tag("R2")
    void everyKindOfNodeIsAResource() throws Exception {
        assertThat(client.put(TOP + "/small", "{\"shelf:small\":7}").statusCode()).isEqualTo(201);
        assertThat(client.put(TOP + "/small", "{\"shelf:small\":8}").statusCode()).isEqualTo(204);
        assertThat(client.put(TOP + "/step=a%2Cb", "{\"shelf:step\":[\"a,b\"]}").statusCode())
                .isEqualTo(201);
        assertThat(client.put(TOP + "/ship/name", "{\"shelf:name\":\"Argo\"}").statusCode())
                .isEqualTo(201);
        box("x");
        box("y");
        assertThat(read(TOP + "/small")).isEqualTo(json("{\"shelf:small\":8}"));
        assertThat(read(TOP + "/step=a%2Cb")).isEqualTo(json("{\"shelf:step\":[\"a,b\"]}"));
        assertThat(read(TOP + "/step")).isEqualTo(json("{\"shelf:step\":[\"a,b\"]}"));
        assertThat(read(TOP + "/ship")).isEqualTo(json("{\"shelf:ship\":{\"name\":\"Argo\"}}"));
        assertThat(read(TOP + "/box").getAsJsonObject().getAsJsonArray("shelf:box")).hasSize(2);
        assertThat(
                        read(DATA)
                                .getAsJsonObject()
                                .getAsJsonObject("ietf-restconf:data")
                                .getAsJsonObject("shelf:shelf")
                                .get("small")
                                .getAsInt())
                .isEqualTo(8);
        assertThat(client.get(TOP + "/box=x", "Accept", XML).body())
                .isEqualTo("<box xmlns=\"urn:test:shelf\"><id>x</id></box>");
        refused(
                client.get(
                        TOP + "/box", "Accept", XML + ";q=0.9, application/yang-data+json;q=0.1"),
                400,
                "invalid-value",
                XML);
        assertThat(client.send("DELETE", TOP + "/step=a%2Cb", null).statusCode()).isEqualTo(204);
        assertThat(client.get(TOP + "/step").statusCode()).isEqualTo(404);
        refused(client.put(TOP + "/small", "{\"shelf:small\":[8]}"), 400, "invalid-value");
    }

    private static void refused(HttpResponse<String> answer, int status, String tag, String type) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("content-type")).hasValue(type);
        assertThat(answer.body())
                .contains("<errors xmlns=\"urn:ietf:params:xml:ns:yang:ietf-restconf\">")
                .contains("<error-tag>" + tag + "</error-tag>");
    }

    @Test
    @Tag("R2")
    void theWholeDatastoreIsReplacedAndMerged() throws Exception {
        box("x");
        assertThat(
                        client.put(DATA, "{\"ietf-restconf:data\":{\"shelf:shelf\":{\"small\":1}}}")
                                .statusCode())
                .isEqualTo(204);
        assertThat(client.get(TOP + "/box=x").statusCode()).isEqualTo(404);
        assertThat(
                        client.send(
                                        "PATCH",
                                        DATA,
                                        "<data"
                                                + " xmlns='urn:ietf:params:xml:ns:yang:ietf-restconf'><shelf"
                                                + " xmlns='urn:test:shelf'><open>true</open></shelf></data>",
                                        "Content-Type",
                                        XML)
                                .statusCode())
                .isEqualTo(204);
        assertThat(read(TOP)).isEqualTo(json("{\"shelf:shelf\":{\"small\":1,\"open\":true}}"));
        refused(client.send("DELETE", DATA, null), 405, "operation-not-supported");
    }

    @Test
    @Tag("R2")
    void stateAndConfigurationAreReadTogetherOrApart() throws Exception {
        box("x");
        var temperature = datastore.model().parse("/shelf:shelf/state/temperature");
        datastore.writeState(
                List.of(
                        Edit.merge(
                                temperature,
                                ImmutableNodes.leafNode(QName.create(SHELF, "temperature"), 21))));
        var state = "{\"shelf:shelf\":{\"state\":{\"temperature\":21}}}";
        await(() -> datastore.operational().readNode(temperature).isPresent());
        assertThat(read(TOP + "?content=nonconfig")).isEqualTo(json(state));
        assertThat(read(TOP + "?content=config"))
                .isEqualTo(json("{\"shelf:shelf\":{\"box\":[{\"id\":\"x\"}]}}"));
        assertThat(read(TOP))
                .isEqualTo(
                        json(
                                "{\"shelf:shelf\":{\"box\":[{\"id\":\"x\"}],\"state\":{\"temperature\":21}}}"));
        assertThat(read(TOP + "?content=all&fields=state/temperature")).isEqualTo(json(state));
        assertThat(read(TOP + "?depth=1")).isEqualTo(json("{\"shelf:shelf\":{}}"));
        assertThat(read(TOP + "/box=x?content=nonconfig"))
                .isEqualTo(json("{\"shelf:box\":[{\"id\":\"x\"}]}"));
        refused(client.get(TOP + "/state?content=config"), 404, "invalid-value");
        datastore.writeState(List.of(Edit.remove(temperature)));
        await(() -> datastore.operational().readNode(temperature).isEmpty());
        refused(client.put(TOP + "/state", "{\"shelf:state\":{}}"), 405, "operation-not-supported");
    }

    private static void await(java.util.function.BooleanSupplier condition)
            throws InterruptedException {
        long end = System.nanoTime() + 10_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.sleep(5);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "with-defaults=report-all",
                "depth=0",
                "depth=many",
                "content=some",
                "fields=none",
                "fields=a(",
                "depth=1&depth=2",
                "mood=good",
                "insert=first"
            })
    void aParameterThatIsNotUnderstoodIsNamed(String parameter) throws Exception {
        box("x");
        var answer = client.get(TOP + "?" + parameter.replace("(", "%28"));
        refused(answer, 400, "invalid-value");
        assertThat(error(answer, "error-message")).contains(parameter.split("=")[0]);
        answer = client.send("POST", TOP + "?insert=first", "{\"shelf:step\":[\"a\"]}");
        refused(answer, 400, "invalid-value");
        assertThat(error(answer, "error-message")).contains("insert");
    }

    @Test
    void fieldsNestOnlySoDeep() throws Exception {
        box("x");
        var deep = client.get(TOP + "?fields=" + "a%28".repeat(2000));
        refused(deep, 400, "invalid-value");
        assertThat(error(deep, "error-message")).contains("deeper than 100");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                                PUT    | /shelf:shelf/box=x            | {"shelf:box":[{"id":"y"}]}              | 400 | invalid-value
                                PUT    | /shelf:shelf/box=x            | {"shelf:box":[{"id":"x","weight":"1"}]} | 400 | invalid-value
                                PUT    | /shelf:shelf/box=x            | {"shelf:box":[{"id":"x","none":1}]}     | 400 | unknown-element
                                PUT    | /shelf:shelf/box=x            | {"shelf:box":[{"id":"x"                 | 400 | malformed-message
                                PUT    | /shelf:shelf                  | {"shelf:shelf":{"few":["a","b"]}}       | 412 | operation-failed
                    POST   | /shelf:shelf/box=x            | {"shelf:item":[{"row":1,"column":"c"}]} | 409 | data-missing
                    PUT    | /shelf:shelf/none             | {}                                      | 400 | unknown-element
                                PUT    | /none:shelf                   | {}                                      | 400 | unknown-namespace
                                PUT    | /shelf:shelf/box              | {}                                      | 405 | operation-not-supported
                                PUT    | /shelf:shelf/box=none/weight  | {"shelf:weight":1}                      | 409 | data-missing
                                PATCH  | /shelf:shelf/box=none         | {"shelf:box":[{"id":"none"}]}           | 404 | data-missing
                                DELETE | /shelf:shelf/box=none         |                                         | 404 | data-missing
                                DELETE | /shelf:shelf/box=x/id         |                                         | 405 | operation-not-supported
                                GET    | /shelf:shelf/box=none         |                                         | 404 | invalid-value
                                TRACE  | /shelf:shelf                  |                                         | 405 | operation-not-supported
                    """)
    @Tag("R64")
    void whatIsWrongIsToldWithStatusAndTag(
            String method, String path, String body, int status, String tag) throws Exception {
        box("x");
        refused(client.send(method, DATA + path, body), status, tag);
        assertThat(read(TOP)).isEqualTo(json("{\"shelf:shelf\":{\"box\":[{\"id\":\"x\"}]}}"));
    }

    @Test
    @Tag("R12")
    void aReferenceToNothingIsRefusedWithItsPath() throws Exception {
        box("x");
        var answer = client.put(TOP + "/box=x/like", "{\"shelf:like\":\"nobody\"}");
        refused(answer, 409, "data-missing");
        assertThat(error(answer, "error-path")).isEqualTo("/shelf:shelf/box[id='x']/like");
        assertThat(error(answer, "error-app-tag")).isEqualTo("instance-required");
    }

    @Test
    void methodsAndMediaThatDoNotFitAreRefused() throws Exception {
        box("x");
        var options = client.send("OPTIONS", TOP + "/box=x", null);
        assertThat(options.statusCode()).isEqualTo(200);
        assertThat(options.headers().firstValue("allow"))
                .hasValue("DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
        assertThat(options.headers().firstValue("accept-patch").orElseThrow())
                .contains("application/yang-data+json");
        var refusal = client.send("POST", TOP + "/small", "{}");
        refused(refusal, 405, "operation-not-supported");
        assertThat(refusal.headers().firstValue("allow"))
                .hasValue("DELETE, GET, HEAD, OPTIONS, PATCH, PUT");
        assertThat(client.get(TOP, "Accept", "text/html").statusCode()).isEqualTo(406);
        assertThat(client.send("PUT", TOP, "x", "Content-Type", "text/plain").statusCode())
                .isEqualTo(415);
        assertThat(
                        client.send(
                                        "PATCH",
                                        TOP,
                                        "{}",
                                        "Content-Type",
                                        "application/yang-patch+json")
                                .statusCode())
                .isEqualTo(415);
        assertThat(client.get("/nowhere").statusCode()).isEqualTo(404);
        assertThat(client.get("/restconf/nothing").statusCode()).isEqualTo(404);
    }

    @Test
    void aBodyBeyondTheLimitIsRefused() throws Exception {
        var long5 = "x".repeat(5 << 20);
        var answer = client.put(TOP + "/name", "{\"shelf:name\":\"" + long5 + "\"}");
        refused(answer, 413, "too-big");
    }

    @Test
    void headTellsWhatGetWould() throws Exception {
        box("x");
        var get = client.get(TOP);
        var head = client.send("HEAD", TOP, null);
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        for (var name : List.of("content-type", "content-length", "etag", "last-modified")) {
            assertThat(head.headers().firstValue(name))
                    .as(name)
                    .isPresent()
                    .isEqualTo(get.headers().firstValue(name));
        }
        assertThat(client.send("HEAD", TOP + "/box=none", null).statusCode()).isEqualTo(404);
    }

    @Test
    void anEditCanDependOnTheVersion() throws Exception {
        box("x");
        var tag = client.get(TOP).headers().firstValue("etag").orElseThrow();
        assertThat(client.get(TOP + "?content=config", "If-None-Match", tag).statusCode())
                .isEqualTo(304);
        var body = "{\"shelf:small\":1}";
        assertThat(client.send("PUT", TOP + "/small", body, "If-Match", tag).statusCode())
                .isEqualTo(201);
        refused(client.send("PUT", TOP + "/small", body, "If-Match", tag), 412, "operation-failed");
        refused(
                client.send("PUT", TOP + "/small", body, "If-None-Match", "*"),
                412,
                "operation-failed");
        assertThat(client.get(TOP).headers().firstValue("etag").orElseThrow()).isNotEqualTo(tag);
    }

    @Test
    void ofManyEditsThatDependOnOneVersionOneWins() throws Exception {
        box("x");
        var tag = client.get(TOP).headers().firstValue("etag").orElseThrow();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers =
                    IntStream.range(0, 16)
                            .mapToObj(i -> threads.submit(() -> versioned(tag, i)))
                            .toList();
            int won = 0;
            for (var answer : answers) {
                if (answer.get().statusCode() != 412) {
                    assertThat(answer.get().statusCode()).isEqualTo(201);
                    won++;
                }
            }
            assertThat(won).isEqualTo(1);
        }
    }

    private HttpResponse<String> versioned(String tag, int i) throws Exception {
        return client.send(
                "PUT", TOP + "/small", "{\"shelf:small\":%d}".formatted(i), "If-Match", tag);
    }

    @Test
    @Tag("R34")
    void aLockOfASessionHoldsEditsOff() throws Exception {
        var session = new Actor(7, "other", "netconf");
        datastore.locks().lock(Face.RUNNING, session);
        try {
            var answer = client.put(TOP, "{\"shelf:shelf\":{\"small\":1}}");
            assertThat(answer.statusCode()).isEqualTo(409);
            assertThat(error(answer, "error-tag")).isEqualTo("in-use");
        } finally {
            datastore.locks().unlock(Face.RUNNING, session);
        }
        assertThat(client.put(TOP, "{\"shelf:shelf\":{\"small\":1}}").statusCode()).isEqualTo(201);
    }

    /// Refuses what it is told to refuse.
    private static final class Grumbler implements Participant {
        volatile List<DataError> refusal = List.of();

        @Override
        public String name() {
            return "grumbler";
        }

        @Override
        public int faces() {
            return 2;
        }

        @Override
        public boolean required() {
            return true;
        }

        @Override
        public Collection<YangInstanceIdentifier> subscriptions() {
            return List.of(YangInstanceIdentifier.of(SHELF));
        }

        @Override
        public CompletionStage<List<DataError>> prepare(Transaction t) {
            return CompletableFuture.completedFuture(refusal);
        }

        @Override
        public CompletionStage<List<DataError>> commit(Transaction t) {
            return CompletableFuture.completedFuture(List.of());
        }

        @Override
        public CompletionStage<List<DataError>> abort(Transaction t) {
            return CompletableFuture.completedFuture(List.of());
        }
    }

    @Test
    @Tag("R34")
    @Tag("R64")
    void aComponentThatRefusesIsHeardByTheClientAndNothingChanges() throws Exception {
        var grumbler = new Grumbler();
        datastore.attach(grumbler);
        try {
            grumbler.refusal =
                    List.of(
                            DataError.at(
                                    datastore.model().parse("/shelf:shelf/small"),
                                    ErrorTag.RESOURCE_DENIED,
                                    "no room"));
            var answer = client.put(TOP, "{\"shelf:shelf\":{\"small\":1}}");
            refused(answer, 409, "resource-denied");
            assertThat(error(answer, "error-path")).isEqualTo("/shelf:shelf/small");
            assertThat(error(answer, "error-message")).contains("no room");
            assertThat(client.get(TOP).statusCode()).isEqualTo(404);
            grumbler.refusal = List.of();
            assertThat(client.put(TOP, "{\"shelf:shelf\":{\"small\":1}}").statusCode())
                    .isEqualTo(201);
        } finally {
            datastore.detach(grumbler);
        }
    }

    @Test
    @Tag("R13")
    @Tag("R14")
    void operationsOfTheModulesAreResources() throws Exception {
        var operations = "/restconf/operations";
        assertThat(
                        read(operations)
                                .getAsJsonObject()
                                .getAsJsonObject("ietf-restconf:operations")
                                .keySet())
                .contains("shelf:shake", "shelf:dust");
        var answer =
                client.send("POST", operations + "/shelf:shake", "{\"shelf:input\":{\"times\":3}}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(json(answer.body())).isEqualTo(json("{\"shelf:output\":{\"fallen\":3}}"));
        answer =
                client.send(
                        "POST",
                        operations + "/shelf:shake",
                        "<input xmlns='urn:test:shelf'><times>4</times></input>",
                        "Content-Type",
                        XML,
                        "Accept",
                        XML);
        assertThat(answer.body())
                .isEqualTo("<output xmlns=\"urn:test:shelf\"><fallen>4</fallen></output>");
        assertThat(client.send("POST", operations + "/shelf:dust", null).statusCode())
                .isEqualTo(204);
        refused(
                client.send("POST", operations + "/shelf:shake", "{\"shelf:input\":{}}"),
                400,
                "missing-element");
        refused(
                client.send(
                        "POST", operations + "/shelf:shake", "{\"shelf:input\":{\"times\":300}}"),
                400,
                "invalid-value");
        refused(
                client.send("POST", operations + "/shelf:paint", null),
                501,
                "operation-not-supported");
        refused(client.send("POST", operations + "/shelf:none", null), 404, "unknown-element");
        refused(client.get(operations + "/shelf:shake"), 405, "operation-not-supported");
    }

    @Test
    void thousandsOfEntriesFlowBothWays() throws Exception {
        int count = 20_000;
        var body =
                IntStream.range(0, count)
                        .mapToObj("{\"id\":\"box-%d\",\"weight\":1}"::formatted)
                        .collect(Collectors.joining(",", "{\"shelf:shelf\":{\"box\":[", "]}}"));
        assertThat(client.put(TOP, body).statusCode()).isEqualTo(201);
        var answer = client.get(TOP);
        assertThat(
                        json(answer.body())
                                .getAsJsonObject()
                                .getAsJsonObject("shelf:shelf")
                                .getAsJsonArray("box"))
                .hasSize(count);
        assertThat(answer.headers().firstValue("content-length")).isEmpty();
        assertThat(client.send("HEAD", TOP, null).statusCode()).isEqualTo(200);
    }

    @Test
    @Tag("R5")
    void healthAndDiscoveryNeedNoPassword() throws Exception {
        try (var anyone = new Client(server.url(), state, Version.HTTP_1_1, "")) {
            var health = anyone.get("/health");
            assertThat(health.statusCode()).isEqualTo(200);
            assertThat(health.body()).isEqualTo("ok\n");
            assertThat(anyone.get("/.well-known/host-meta").body()).contains("href=\"/restconf\"");
            assertThat(
                            json(anyone.get("/.well-known/host-meta.json").body())
                                    .getAsJsonObject()
                                    .getAsJsonArray("links"))
                    .hasSize(1);
            assertThat(anyone.get("/restconf").statusCode()).isEqualTo(401);
        }
        assertThat(
                        read("/restconf")
                                .getAsJsonObject()
                                .getAsJsonObject("ietf-restconf:restconf")
                                .keySet())
                .containsExactlyInAnyOrder("data", "operations", "yang-library-version");
        assertThat(read("/restconf/yang-library-version"))
                .isEqualTo(json("{\"ietf-restconf:yang-library-version\":\"2019-01-04\"}"));
    }

    @Test
    @Tag("R5")
    void aComponentThatIsNeededAndAwayIsNoHealth() throws Exception {
        try (var anyone = new Client(server.url(), state, Version.HTTP_1_1, "")) {
            assertThat(anyone.get("/healthz").statusCode()).isEqualTo(200);
            server.requires(() -> Map.of("routing", true, "dataplane", false));
            var sick = anyone.get("/healthz");
            assertThat(sick.statusCode()).isEqualTo(503);
            assertThat(json(sick.body()))
                    .isEqualTo(
                            json(
                                    "{'live':true,'ready':false,'components':{'dataplane':false,'routing':true}}"));
            server.requires(() -> Map.of("dataplane", true));
            var well = anyone.get("/healthz");
            assertThat(well.statusCode()).isEqualTo(200);
            assertThat(json(well.body()))
                    .isEqualTo(json("{'live':true,'ready':true,'components':{'dataplane':true}}"));
            assertThat(anyone.send("POST", "/healthz", "{}").statusCode()).isEqualTo(405);
        } finally {
            server.requires(Map::of);
        }
    }

    @Test
    void onlyWhoProvesItIsLetIn() throws Exception {
        for (var credentials : List.of("", "admin:wrong", "nobody:s:cret", "admin")) {
            try (var stranger = new Client(server.url(), state, Version.HTTP_2, credentials)) {
                var answer = stranger.get(TOP);
                refused(answer, 401, "access-denied");
                assertThat(answer.headers().firstValue("www-authenticate").orElseThrow())
                        .startsWith("Basic ");
            }
        }
    }

    @Test
    void aPasswordThatWasRightIsRememberedUntilTheAccountsChange() throws Exception {
        client.put(TOP + "/tag=one", "{\"shelf:tag\":[\"one\"]}");
        client.get(TOP);
        int before = users.asked.get();
        for (int i = 0; i < 5; i++) {
            assertThat(client.put(TOP + "/small", "{\"shelf:small\":%d}".formatted(i)).statusCode())
                    .isLessThan(300);
        }
        assertThat(users.asked).hasValue(before);
        client.put(TOP + "/tag=two", "{\"shelf:tag\":[\"two\"]}");
        client.get(TOP);
        assertThat(users.asked).hasValue(before + 1);
    }

    @Test
    void theCertificateIsKeptAndIsTheOwnersAlone(@TempDir Path fresh) throws Exception {
        var listen = URI.create("https://localhost:0");
        var settings = RestconfServer.Settings.of(listen, fresh);
        byte[] first;
        try (var one = RestconfServer.start(settings, datastore, users);
                var trusting = new Client(one.url(), fresh, Version.HTTP_2, "admin:s:cret")) {
            assertThat(trusting.get("/health").statusCode()).isEqualTo(200);
            first = Files.readAllBytes(fresh.resolve("restconf.p12"));
        }
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(fresh.resolve("restconf.p12"))))
                .isEqualTo("rw-------");
        try (var _ = RestconfServer.start(settings, datastore, users)) {
            assertThat(Files.readAllBytes(fresh.resolve("restconf.p12"))).isEqualTo(first);
        }
        var store =
                Certificate.load(
                        fresh.resolve("restconf.p12"), java.net.InetAddress.getLoopbackAddress());
        var certificate = (X509Certificate) store.getCertificate("restconf");
        assertThat(certificate.getSubjectAlternativeNames().toString())
                .contains("localhost")
                .contains("127.0.0.1");
    }

    @Test
    void withoutTlsItIsServedToTheMachineItselfOnly() throws Exception {
        try (var plain = RestconfServer.start(settings("http://127.0.0.1:0"), datastore, users);
                var client = client(plain, Version.HTTP_2)) {
            var answer = client.get("/health");
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.version()).isEqualTo(Version.HTTP_2);
            try (var old = client(plain, Version.HTTP_1_1)) {
                assertThat(old.get(DATA).statusCode()).isEqualTo(200);
            }
        }
        for (var listen : List.of("http://0.0.0.0:0", "http://192.0.2.1:0", "http://[::]:0")) {
            assertThatThrownBy(() -> RestconfServer.start(settings(listen), datastore, users))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("loopback");
        }
        assertThatThrownBy(
                        () -> RestconfServer.start(settings("ftp://127.0.0.1:0"), datastore, users))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anAddressInUseIsToldAtOnce() {
        var taken = settings("https://127.0.0.1:" + server.url().getPort());
        assertThatThrownBy(() -> RestconfServer.start(taken, datastore, users))
                .isInstanceOf(java.io.IOException.class)
                .hasMessageContaining("cannot serve");
    }
}
