package org.lagopus.component;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import java.io.EOFException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lagopus.component.wire.Message;
import org.lagopus.component.wire.MessageCodec;
import org.lagopus.component.wire.Severity;
import org.lagopus.component.wire.WireEdit;
import org.lagopus.component.wire.WireError;

@Tag("R32")
@Tag("R33")
@Timeout(60)
class ComponentTest {
    private static final WireEdit PUT =
            WireEdit.put(
                    "/a:list[name='x']", JsonNodeFactory.instance.objectNode().put("name", "x"));

    /// Writes down what it is called for, and answers what it is told.
    private static final class Recorder implements Handler {
        final BlockingQueue<String> calls = new LinkedBlockingQueue<>();
        volatile List<Refusal> prepare = List.of();
        volatile List<Refusal> commit = List.of();
        volatile List<Refusal> abort = List.of();
        volatile List<Refusal> replace = List.of();
        volatile boolean broken;
        volatile CountDownLatch hold = new CountDownLatch(0);
        final CountDownLatch begun = new CountDownLatch(1);

        @Override
        public List<Refusal> prepare(Change change) {
            begun.countDown();
            await();
            if (broken) {
                throw new IllegalStateException("broken");
            }
            calls.add("prepare " + change.generation() + " " + change.edits().size());
            return prepare;
        }

        @Override
        public List<Refusal> commit(long generation) {
            await();
            calls.add("commit " + generation);
            return commit;
        }

        @Override
        public List<Refusal> abort(long generation) {
            calls.add("abort " + generation);
            return abort;
        }

        @Override
        public List<Refusal> replace(long generation, List<Edit> edits) {
            calls.add("replace " + generation + " " + edits.size());
            return replace;
        }

        @Override
        public void changed(Change change) {
            calls.add("changed " + change.generation());
        }

        @Override
        public String grant(String api, String client, List<String> scopes)
                throws RefusedException {
            if (!api.equals("l3.rib")) {
                throw new RefusedException("invalid-value", "no such api");
            }
            return client + scopes;
        }

        @Override
        public void revoke(String api, String client) {
            calls.add("revoke " + api + " " + client);
        }

        @Override
        public @Nullable JsonNode invoke(String operation, JsonNode input, String user)
                throws RefusedException {
            return switch (operation) {
                case "/m:echo" -> input;
                case "/m:silent" -> null;
                case "/m:endless" ->
                        JsonNodeFactory.instance.textNode("x".repeat(MessageCodec.MAX_FRAME));
                case "/m:broken" -> throw new IllegalStateException("broken");
                default ->
                        throw new RefusedException(
                                List.of(Refusal.at(Path.parse("/m:a"), "in-use", user)));
            };
        }

        @Override
        public Optional<JsonNode> entry(String list, Map<String, JsonNode> keys) {
            var id = keys.getOrDefault("id", NullNode.getInstance());
            return id.asInt() > 9
                    ? Optional.empty()
                    : Optional.of(JsonNodeFactory.instance.objectNode().set("id", id));
        }

        @Override
        public Page page(String list, @Nullable String after, int most) throws RefusedException {
            if (list.equals("/m:endless")) {
                var text = "x".repeat(MessageCodec.MAX_FRAME);
                return new Page(List.of(JsonNodeFactory.instance.textNode(text)), null);
            }
            if (!list.equals("/m:list")) {
                throw new RefusedException("resource-denied", "locked");
            }
            var entry = JsonNodeFactory.instance.objectNode().put("id", most);
            return new Page(List.of(entry), after == null ? "more" : null);
        }

        @Override
        public void connected() {
            calls.add("connected");
        }

        @Override
        public void disconnected(String reason) {
            calls.add("disconnected");
        }

        private void await() {
            try {
                assertThat(hold.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        String next() throws InterruptedException {
            return String.valueOf(calls.poll(10, TimeUnit.SECONDS));
        }
    }

    @TempDir java.nio.file.Path directory;
    private java.nio.file.Path socket;
    private FakeDatastore datastore;
    private Component component;
    private final Recorder recorder = new Recorder();

    @BeforeEach
    void start() throws Exception {
        socket = directory.resolve("components.sock");
        datastore = new FakeDatastore(socket);
        component =
                Component.connect(
                        Settings.of(socket, "test", "1", List.of("/a:list"))
                                .withRequired(true)
                                .withFaces(1)
                                .withWatches(List.of("/b:c")),
                        recorder);
    }

    @AfterEach
    void stop() throws Exception {
        recorder.hold.countDown();
        component.close();
        datastore.close();
    }

    private FakeDatastore.Peer served() throws Exception {
        var peer = datastore.accept();
        peer.greet(7, "i");
        assertThat(recorder.next()).isEqualTo("connected");
        peer.send(new Message.Replace(1, 7, 0, true, List.of()));
        assertThat(peer.expect(Message.Answer.class).ok()).isTrue();
        assertThat(recorder.next()).isEqualTo("replace 7 0");
        return peer;
    }

    private static Message.Prepare prepare(long id, long generation) {
        return new Message.Prepare(id, generation, 7, 0, true, List.of(PUT), "admin", null, null);
    }

    private static Message.Answer ask(FakeDatastore.Peer peer, Message request) throws Exception {
        peer.send(request);
        return peer.expect(Message.Answer.class);
    }

    @Test
    void saysHelloAndTakesTheWholeConfigurationInParts() throws Exception {
        try (var peer = datastore.accept()) {
            var hello = peer.greet(7, "i");
            assertThat(hello.name()).isEqualTo("test");
            assertThat(hello.protocol()).isEqualTo(1);
            assertThat(hello.faces()).isEqualTo(1);
            assertThat(hello.required()).isTrue();
            assertThat(hello.subscriptions()).containsExactly("/a:list");
            assertThat(hello.watches()).containsExactly("/b:c");
            assertThat(hello.generation()).isZero();
            peer.send(new Message.Replace(1, 7, 0, false, List.of(PUT, PUT)));
            peer.send(new Message.Replace(1, 7, 1, true, List.of(PUT)));
            assertThat(peer.expect(Message.Answer.class))
                    .isEqualTo(new Message.Answer(1, true, List.of()));
            assertThat(recorder.calls).containsExactly("connected", "replace 7 3");
            assertThat(component.generation()).isEqualTo(7);
            assertThat(component.connected()).isTrue();
        }
    }

    @Test
    @Tag("R34")
    @Tag("R35")
    void preparesAndCommits() throws Exception {
        try (var peer = served()) {
            assertThat(ask(peer, prepare(2, 8)).ok()).isTrue();
            assertThat(component.generation()).isEqualTo(7);
            assertThat(ask(peer, new Message.Commit(3, 8)).ok()).isTrue();
            assertThat(component.generation()).isEqualTo(8);
            assertThat(recorder.calls).containsExactly("prepare 8 1", "commit 8");
        }
    }

    @Test
    @Tag("R34")
    void refusesWithThePath() throws Exception {
        recorder.prepare =
                List.of(
                        Refusal.at(
                                Path.parse("/a:list[name='x']/mtu"), "invalid-value", "too big"));
        try (var peer = served()) {
            assertThat(ask(peer, prepare(2, 8)))
                    .isEqualTo(
                            new Message.Answer(
                                    2,
                                    false,
                                    List.of(
                                            new WireError(
                                                    "/a:list[name='x']/mtu",
                                                    "invalid-value",
                                                    "too big"))));
            assertThat(ask(peer, new Message.Abort(3, 8)).ok()).isTrue();
            assertThat(component.generation()).isEqualTo(7);
        }
    }

    @Test
    @Tag("R65")
    void goesBackAfterACommit() throws Exception {
        try (var peer = served()) {
            ask(peer, prepare(2, 8));
            ask(peer, new Message.Commit(3, 8));
            assertThat(ask(peer, new Message.Abort(4, 8)).ok()).isTrue();
            assertThat(component.generation()).isEqualTo(7);
            assertThat(recorder.calls).containsExactly("prepare 8 1", "commit 8", "abort 8");
        }
    }

    @Test
    @Tag("R65")
    void whoCannotGoBackAsksForEverythingAgain() throws Exception {
        recorder.abort = List.of(Refusal.of("rollback-failed", "stuck"));
        try (var peer = served()) {
            ask(peer, prepare(2, 8));
            ask(peer, new Message.Commit(3, 8));
            assertThat(ask(peer, new Message.Abort(4, 8)).ok()).isFalse();
        }
        try (var peer = datastore.accept()) {
            assertThat(peer.greet(7, "i").generation()).isZero();
        }
    }

    @Test
    void aRepeatedRequestGetsTheSameAnswerAndIsDoneOnce() throws Exception {
        try (var peer = served()) {
            ask(peer, prepare(2, 8));
            var first = ask(peer, new Message.Commit(3, 8));
            var second = ask(peer, new Message.Commit(3, 8));
            assertThat(second).isEqualTo(first);
            assertThat(recorder.calls).containsExactly("prepare 8 1", "commit 8");
        }
        try (var peer = datastore.accept()) {
            assertThat(peer.greet(8, "i").generation()).isEqualTo(8);
            assertThat(ask(peer, new Message.Commit(3, 8)).ok()).isTrue();
            assertThat(recorder.calls).filteredOn("commit 8"::equals).hasSize(1);
        }
    }

    @Test
    void aCommitOfWhatWasNotPreparedIsRefused() throws Exception {
        try (var peer = served()) {
            var answer = ask(peer, new Message.Commit(2, 9));
            assertThat(answer.ok()).isFalse();
            assertThat(answer.errors().getFirst().message()).contains("9 was not prepared");
            assertThat(recorder.calls).isEmpty();
        }
    }

    @Test
    void aHandlerThatThrowsHasRefused() throws Exception {
        recorder.broken = true;
        try (var peer = served()) {
            var answer = ask(peer, prepare(2, 8));
            assertThat(answer.ok()).isFalse();
            assertThat(answer.errors().getFirst().tag()).isEqualTo("operation-failed");
            assertThat(answer.errors().getFirst().message()).isEqualTo("broken");
        }
    }

    @Test
    @Tag("R20")
    void whatWasPreparedIsForgottenWhenTheDatastoreIsLost() throws Exception {
        try (var peer = served()) {
            ask(peer, prepare(2, 8));
        }
        assertThat(recorder.next()).isEqualTo("prepare 8 1");
        assertThat(recorder.next()).isEqualTo("abort 8");
        assertThat(recorder.next()).isEqualTo("disconnected");
        try (var peer = datastore.accept()) {
            assertThat(peer.greet(7, "i").generation()).isEqualTo(7);
        }
    }

    @Test
    void whatWasAskedBeforeTheLossIsNotDoneAfterIt() throws Exception {
        var peer = served();
        recorder.hold = new CountDownLatch(1);
        peer.send(prepare(2, 8));
        peer.send(new Message.Commit(3, 8));
        assertThat(recorder.begun.await(10, TimeUnit.SECONDS)).isTrue();
        peer.close();
        recorder.hold.countDown();
        assertThat(recorder.next()).isEqualTo("prepare 8 1");
        var then = recorder.next();
        if (then.equals("commit 8")) {
            // It was quick enough to be done before the loss was seen; then it counts.
            assertThat(recorder.next()).isEqualTo("disconnected");
        } else {
            assertThat(then).isEqualTo("abort 8");
            assertThat(recorder.next()).isEqualTo("disconnected");
            assertThat(component.generation()).isEqualTo(7);
        }
    }

    @Test
    @Tag("R30")
    void connectsAgainWhenTheDatastoreReturns() throws Exception {
        served().close();
        assertThat(recorder.next()).isEqualTo("disconnected");
        datastore.stop();
        assertThat(component.state(List.of())).isFalse();
        datastore.start();
        try (var peer = datastore.accept()) {
            var hello = peer.greet(9, "i");
            assertThat(hello.generation()).isEqualTo(7);
            assertThat(hello.instance()).isEqualTo("i");
            assertThat(recorder.next()).isEqualTo("connected");
        }
    }

    @Test
    void aGenerationOfAnotherHistoryMeansNothing() throws Exception {
        served().close();
        try (var peer = datastore.accept()) {
            assertThat(peer.greet(7, "other").instance()).isEqualTo("i");
            assertThat(recorder.next()).isEqualTo("disconnected");
            assertThat(recorder.next()).isEqualTo("connected");
            assertThat(component.generation()).isZero();
        }
    }

    @Test
    @Tag("R29")
    void aSilentDatastoreIsLeft() throws Exception {
        try (var peer = served()) {
            assertThat(recorder.next()).isEqualTo("disconnected");
            assertThatThrownBy(
                            () -> {
                                while (true) {
                                    assertThat(peer.next()).isInstanceOf(Message.Heartbeat.class);
                                }
                            })
                    .hasRootCauseInstanceOf(EOFException.class);
        }
    }

    @Test
    @Tag("R29")
    void aSlowHandlerStillShowsLife() throws Exception {
        try (var peer = served()) {
            recorder.hold = new CountDownLatch(1);
            peer.send(prepare(2, 8));
            for (int beat = 0; beat < 6; beat++) {
                peer.expect(Message.Heartbeat.class);
                peer.send(new Message.Heartbeat());
            }
            recorder.hold.countDown();
            assertThat(peer.expect(Message.Answer.class).ok()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"type\":\"hello\"}", "{\"type\":\"commit\",\"id\":[]}", "x"})
    void nonsenseEndsTheConnectionWithAReason(String body) throws Exception {
        try (var peer = served()) {
            var bytes = body.getBytes(StandardCharsets.UTF_8);
            peer.raw(ByteBuffer.allocate(4 + bytes.length).putInt(bytes.length).put(bytes).flip());
            assertThat(peer.expect(Message.Bye.class).reason()).isNotEmpty();
        }
        assertThat(recorder.next()).isEqualTo("disconnected");
        datastore.accept().close();
    }

    @Test
    void anOversizedFrameEndsTheConnectionWithAReason() throws Exception {
        try (var peer = served()) {
            peer.raw(ByteBuffer.allocate(4).putInt(MessageCodec.MAX_FRAME + 1).flip());
            assertThat(peer.expect(Message.Bye.class).reason()).contains("16777217");
        }
    }

    @Test
    void aMissingPartEndsTheConnection() throws Exception {
        try (var peer = served()) {
            peer.send(new Message.Replace(5, 8, 0, false, List.of()));
            peer.send(new Message.Replace(5, 8, 2, true, List.of()));
            assertThat(peer.expect(Message.Bye.class).reason()).contains("out of turn");
        }
    }

    @Test
    @Tag("R6")
    void standingAlarmsAreToldAgainBeforeTheFirstHeartbeat() throws Exception {
        try (var peer = served()) {
            component.raise("/a:list", "absent", Severity.MAJOR, "gone");
            component.raise("/a:list", "absent", Severity.MAJOR, "gone");
            component.raise("/a:other", "absent", Severity.MINOR, "gone");
            component.clear("/a:other", "absent");
            component.clear("/a:unknown", "absent");
            assertThat(peer.expect(Message.Alarm.class).cleared()).isFalse();
            assertThat(peer.expect(Message.Alarm.class).cleared()).isFalse();
            assertThat(peer.expect(Message.Alarm.class).cleared()).isTrue();
        }
        try (var peer = datastore.accept()) {
            peer.greet(7, "i");
            assertThat(peer.next())
                    .isEqualTo(
                            new Message.Alarm("/a:list", "absent", Severity.MAJOR, "gone", false));
            assertThat(peer.next()).isInstanceOf(Message.Heartbeat.class);
        }
    }

    @Test
    @Tag("R37")
    void looksUpApis() throws Exception {
        try (var peer = served()) {
            var answer = component.lookup("l3.rib").toCompletableFuture();
            var question = peer.expect(Message.LookupApi.class);
            assertThat(question.name()).isEqualTo("l3.rib");
            var offer =
                    new Message.Offer(
                            "dataplane",
                            new Message.Api("l3.rib", "1", "/run/x", "ring", List.of()));
            peer.send(new Message.Apis(question.id(), List.of(offer)));
            assertThat(answer.get(10, TimeUnit.SECONDS)).containsExactly(offer);
            var lost = component.lookup("l3.rib").toCompletableFuture();
            peer.close();
            assertThatThrownBy(() -> lost.get(10, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class);
        }
    }

    @Test
    @Tag("R4")
    @Tag("R37")
    void asksForGrants() throws Exception {
        try (var peer = served()) {
            var answer =
                    component.requestGrant("l3.rib", List.of("rib-write")).toCompletableFuture();
            var question = peer.expect(Message.RequestGrant.class);
            assertThat(question.api()).isEqualTo("l3.rib");
            assertThat(question.scopes()).containsExactly("rib-write");
            var granted = new Message.Granted(question.id(), "secret", "/run/x", List.of());
            peer.send(granted);
            assertThat(answer.get(10, TimeUnit.SECONDS)).isEqualTo(granted);
            assertThat(granted.toString()).doesNotContain("secret");

            var refused = component.requestGrant("l3.rib", List.of()).toCompletableFuture();
            var id = peer.expect(Message.RequestGrant.class).id();
            peer.send(
                    new Message.Granted(
                            id, null, null, List.of(new WireError(null, "access-denied", "no"))));
            assertThatThrownBy(() -> refused.get(10, TimeUnit.SECONDS))
                    .hasMessageContaining("l3.rib is not granted: no");
        }
    }

    @Test
    @Tag("R4")
    @Tag("R36")
    void grantsAndDoesOperationsWhileACommitTakesItsTime() throws Exception {
        try (var peer = served()) {
            recorder.hold = new CountDownLatch(1);
            peer.send(new Message.Prepare(2, 8, 7, 0, true, List.of(PUT), "admin", null, null));
            recorder.begun.await(10, TimeUnit.SECONDS);

            peer.send(new Message.Grant(3, "l3.rib", "bgpd", List.of("rib-write")));
            assertThat(peer.expect(Message.Granted.class).token()).isEqualTo("bgpd[rib-write]");
            peer.send(new Message.Grant(4, "other", "bgpd", List.of()));
            assertThat(peer.expect(Message.Granted.class).errors())
                    .containsExactly(new WireError(null, "invalid-value", "no such api"));
            peer.send(new Message.Revoke("l3.rib", "bgpd"));
            assertThat(recorder.next()).isEqualTo("revoke l3.rib bgpd");

            var input = JsonNodeFactory.instance.objectNode().put("x", 1);
            peer.send(new Message.Invoke(5, "/m:echo", input, "admin"));
            assertThat(peer.expect(Message.Result.class))
                    .isEqualTo(new Message.Result(5, input, List.of()));
            peer.send(new Message.Invoke(6, "/m:silent", input, "admin"));
            assertThat(peer.expect(Message.Result.class))
                    .isEqualTo(new Message.Result(6, null, List.of()));
            peer.send(new Message.Invoke(7, "/m:broken", input, "admin"));
            assertThat(peer.expect(Message.Result.class).errors())
                    .containsExactly(new WireError(null, "operation-failed", "broken"));
            peer.send(new Message.Invoke(8, "/m:other", input, "admin"));
            assertThat(peer.expect(Message.Result.class).errors())
                    .containsExactly(new WireError("/m:a", "in-use", "admin"));
            var nine = Map.of("id", (JsonNode) IntNode.valueOf(9));
            peer.send(new Message.Read(10, "/m:list", nine, null, 5));
            assertThat(peer.expect(Message.Rows.class).entries()).hasToString("[{\"id\":9}]");
            peer.send(new Message.Read(11, "/m:list", Map.of("id", IntNode.valueOf(10)), null, 5));
            assertThat(peer.expect(Message.Rows.class))
                    .isEqualTo(new Message.Rows(11, List.of(), null, List.of()));
            peer.send(new Message.Read(12, "/m:list", null, null, 5));
            assertThat(peer.expect(Message.Rows.class).after()).isEqualTo("more");
            peer.send(new Message.Read(13, "/m:list", null, "more", 5));
            assertThat(peer.expect(Message.Rows.class).after()).isNull();
            peer.send(new Message.Read(14, "/m:other", null, null, 5));
            assertThat(peer.expect(Message.Rows.class).errors())
                    .containsExactly(new WireError(null, "resource-denied", "locked"));
            peer.send(new Message.Read(15, "/m:endless", null, null, 5));
            assertThat(peer.expect(Message.Rows.class).errors())
                    .extracting(WireError::tag)
                    .containsExactly("too-big");
            peer.send(new Message.Invoke(9, "/m:endless", input, "admin"));
            assertThat(peer.expect(Message.Result.class).errors())
                    .extracting(WireError::tag)
                    .containsExactly("too-big");
            recorder.hold.countDown();
            assertThat(peer.expect(Message.Answer.class).ok()).isTrue();
        }
    }

    @Test
    void longStateGoesInSeveralMessages() throws Exception {
        try (var peer = served()) {
            var edits = new ArrayList<Edit>();
            for (int i = 0; i < 40; i++) {
                var value = JsonNodeFactory.instance.objectNode().put("x", "y".repeat(100_000));
                edits.add(new Edit.Put(Path.parse("/a:list[name='" + i + "']"), value));
            }
            assertThat(component.state(edits)).isTrue();
            int received = 0;
            int messages = 0;
            while (received < edits.size()) {
                received += peer.expect(Message.State.class).edits().size();
                messages++;
            }
            assertThat(received).isEqualTo(40);
            assertThat(messages).isBetween(4, 5);
        }
    }

    @Test
    @Tag("R11")
    void hearsOfWatchedChanges() throws Exception {
        try (var peer = served()) {
            peer.send(new Message.Notify(8, 0, true, List.of(PUT), "admin", "c"));
            assertThat(recorder.next()).isEqualTo("changed 8");
        }
    }

    @Test
    void resynchronisesWhenAsked() throws Exception {
        try (var peer = served()) {
            component.resynchronise();
            assertThat(peer.expect(Message.Bye.class)).isNotNull();
        }
        try (var peer = datastore.accept()) {
            assertThat(peer.greet(7, "i").generation()).isZero();
        }
    }

    @Test
    @Tag("R1")
    void startsBeforeTheDatastoreAndEndsWithoutIt() throws Exception {
        datastore.stop();
        Files.deleteIfExists(socket);
        var early =
                Component.connect(
                        Settings.of(directory.resolve("other.sock"), "early", "1", List.of()),
                        recorder);
        assertThat(early.connected()).isFalse();
        try (var late = new FakeDatastore(directory.resolve("other.sock"))) {
            try (var peer = late.accept()) {
                assertThat(peer.greet(1, "i").name()).isEqualTo("early");
            }
        }
        early.close();
        assertThat(early.connected()).isFalse();
    }

    @Test
    void goodbyeIsSaidAtTheEnd() throws Exception {
        try (var peer = served()) {
            component.close();
            assertThat(peer.expect(Message.Bye.class)).isNotNull();
            assertThatThrownBy(peer::next).hasRootCauseInstanceOf(EOFException.class);
        }
    }
}
