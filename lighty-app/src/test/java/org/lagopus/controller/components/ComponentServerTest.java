package org.lagopus.controller.components;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lagopus.component.Change;
import org.lagopus.component.Component;
import org.lagopus.component.Edit;
import org.lagopus.component.Handler;
import org.lagopus.component.Refusal;
import org.lagopus.component.Settings;
import org.lagopus.component.wire.Message;
import org.lagopus.component.wire.MessageCodec;
import org.lagopus.component.wire.Severity;
import org.lagopus.component.wire.WireError;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.Commit;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.UnreadableException;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.model.api.stmt.SchemaNodeIdentifier.Absolute;

@Tag("R32")
@Tag("R33")
@Timeout(60)
class ComponentServerTest {
    private static final Actor ADMIN = new Actor(1, "admin", "netconf");
    private static final String INTERFACES = "/box:interfaces";
    private static final String E0 = "/box:interfaces/interface[name='e0']";

    /// Holds what it is told, and answers what the test wants.
    private static final class Follower implements Handler {
        final Map<String, ObjectNode> held = new TreeMap<>();
        final BlockingQueue<String> calls = new LinkedBlockingQueue<>();
        volatile List<Refusal> onPrepare = List.of();
        volatile List<Refusal> onCommit = List.of();
        volatile List<Refusal> onAbort = List.of();
        volatile List<Refusal> onReplace = List.of();
        volatile CountDownLatch hold = new CountDownLatch(0);
        private List<Edit> prepared = List.of();
        private Map<String, ObjectNode> before = Map.of();

        @Override
        public synchronized List<Refusal> prepare(Change change) {
            calls.add("prepare " + change.generation());
            prepared = change.edits();
            return onPrepare;
        }

        @Override
        public List<Refusal> commit(long generation) {
            try {
                assertThat(hold.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            synchronized (this) {
                calls.add("commit " + generation);
                if (onCommit.isEmpty()) {
                    before = new TreeMap<>(held);
                    prepared.forEach(this::apply);
                }
                return onCommit;
            }
        }

        @Override
        public synchronized List<Refusal> abort(long generation) {
            if (calls.contains("commit " + generation) && onCommit.isEmpty()) {
                held.clear();
                held.putAll(before);
            }
            calls.add("abort " + generation);
            return onAbort;
        }

        @Override
        public synchronized List<Refusal> replace(long generation, List<Edit> edits) {
            held.clear();
            edits.forEach(this::apply);
            calls.add("replace " + generation);
            return onReplace;
        }

        @Override
        public void changed(Change change) {
            calls.add("changed " + change.generation() + " by " + change.user());
        }

        @Override
        public void restart(String reason) {
            calls.add("restart " + reason);
        }

        private void apply(Edit edit) {
            switch (edit) {
                case Edit.Put(var path, var value) -> held.put(path.toString(), value);
                case Edit.Removed(var path) ->
                        held.keySet()
                                .removeIf(
                                        p -> p.equals(path.toString()) || p.startsWith(path + "/"));
            }
        }

        synchronized Set<String> paths() {
            return Set.copyOf(held.keySet());
        }

        String next() throws InterruptedException {
            return String.valueOf(calls.poll(10, TimeUnit.SECONDS));
        }

        /// The next call of this kind.
        String next(String kind) throws InterruptedException {
            var call = next();
            while (!call.startsWith(kind) && !call.equals("null")) {
                call = next();
            }
            return call;
        }
    }

    @TempDir Path directory;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private Path socket;
    private Datastore datastore;
    private ComponentServer server;

    @BeforeEach
    void start() throws Exception {
        socket = directory.resolve("components.sock");
        datastore = Datastore.open(BoxModel.MODEL, directory.resolve("state"), Clock.systemUTC());
        server = ComponentServer.start(settings(Map.of()), datastore);
    }

    private ComponentSettings settings(Map<String, List<String>> expected) {
        return new ComponentSettings(
                socket,
                "history",
                Set.of(),
                directory.resolve("components.json"),
                expected,
                200,
                1500,
                1500,
                3000,
                (component, topic, data) -> events.add(component + " " + topic + " " + data));
    }

    @AfterEach
    void stop() throws Exception {
        for (var each : opened.reversed()) {
            each.close();
        }
        server.close();
        datastore.close();
    }

    private <T extends AutoCloseable> T keep(T each) {
        opened.add(each);
        return each;
    }

    private Component component(String name, Handler handler, String... subscriptions) {
        return keep(
                Component.connect(Settings.of(socket, name, "1", List.of(subscriptions)), handler));
    }

    private Follower follower(String name) throws Exception {
        var follower = new Follower();
        var component = component(name, follower, INTERFACES);
        until(() -> component.generation() == datastore.generation() && component.connected());
        until(() -> server.connected().contains(name));
        follower.next("replace");
        return follower;
    }

    private static void until(Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
        while (!condition.call()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            Thread.sleep(10);
        }
    }

    private void merge(String path, String json) throws DatastoreException {
        datastore.edit(
                Face.RUNNING,
                List.of(
                        org.lagopus.datastore.Edit.merge(
                                BoxModel.MODEL.parse(path), BoxModel.node(path, json))),
                ADMIN);
    }

    private void mtu(String name, int mtu) throws DatastoreException {
        merge(
                "/box:interfaces/interface[name='" + name + "']",
                "{\"name\":\"" + name + "\",\"config\":{\"mtu\":" + mtu + "}}");
    }

    private Optional<NormalizedNode> running(String path) {
        return datastore.read(Face.RUNNING).readNode(BoxModel.MODEL.parse(path));
    }

    private Optional<String> state(String path) {
        return datastore
                .operational()
                .readNode(BoxModel.MODEL.parse(path))
                .map(node -> String.valueOf(node.body()));
    }

    private Optional<String> componentState(String name, String leaf) {
        return state("/lagopus-components:components/component[name='" + name + "']/state/" + leaf);
    }

    private Optional<String> alarm(String name, String resource, String type, String leaf) {
        return componentState(
                name, "alarm[resource=\"" + resource + "\"][type-id='" + type + "']/" + leaf);
    }

    private void untilAlarm(String name, String resource, String type, boolean cleared)
            throws Exception {
        until(() ->
                alarm(name, resource, type, "is-cleared")
                        .equals(Optional.of(String.valueOf(cleared))));
    }

    private DatastoreException refused(Callable<?> work) {
        var refusal = catchThrowableOfType(DatastoreException.class, work::call);
        assertThat(refusal).isNotNull();
        return refusal;
    }

    private DatastoreException mtuRefused(String name, int mtu) {
        return refused(() -> {
            mtu(name, mtu);
            return null;
        });
    }

    private CompletableFuture<String> mtuLater(String name, int mtu) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                mtu(name, mtu);
                return "done";
            } catch (DatastoreException e) {
                return e.errors().getFirst().message();
            }
        });
    }

    // --- commits ------------------------------------------------------------------------------

    @Test
    @Tag("R34")
    @Tag("R35")
    @Tag("R66")
    void aCommitIsPreparedAndCommittedByWhomItTouches() throws Exception {
        mtu("e0", 1500);
        var follower = follower("a");
        assertThat(follower.paths()).containsExactly(E0);
        mtu("e1", 9000);
        long generation = datastore.generation();
        assertThat(follower.next()).isEqualTo("prepare " + generation);
        assertThat(follower.next()).isEqualTo("commit " + generation);
        assertThat(follower.paths())
                .containsExactlyInAnyOrder(E0, "/box:interfaces/interface[name='e1']");
        until(() ->
                componentState("a", "generation").equals(Optional.of(Long.toString(generation))));
        merge("/box:other", "{\"text\":\"x\"}");
        assertThat(follower.calls).isEmpty();
    }

    @Test
    @Tag("R34")
    @Tag("R64")
    void aRefusalReachesTheClientWithItsPathAndNothingChanges() throws Exception {
        var good = follower("good");
        var bad = follower("bad");
        bad.onPrepare =
                List.of(
                        Refusal.at(
                                org.lagopus.component.Path.parse(E0 + "/config/mtu"),
                                "invalid-value",
                                "too big"));
        var refusal = mtuRefused("e0", 9999);
        assertThat(refusal.errors())
                .singleElement()
                .satisfies(error -> {
                    assertThat(error.tag()).isEqualTo(ErrorTag.INVALID_VALUE);
                    assertThat(error.message()).contains("bad").contains("too big");
                    assertThat(error.path()).isEqualTo(BoxModel.MODEL.parse(E0 + "/config/mtu"));
                });
        assertThat(running(E0)).isEmpty();
        assertThat(good.next("abort")).startsWith("abort");
        assertThat(good.paths()).isEmpty();
        bad.onPrepare = List.of();
        mtu("e0", 1500);
        assertThat(good.paths()).containsExactly(E0);
        assertThat(bad.paths()).containsExactly(E0);
    }

    @Test
    @Tag("R34")
    void allErrorsOfAllComponentsComeTogether() throws Exception {
        var one = follower("one");
        var two = follower("two");
        one.onPrepare = List.of(Refusal.of("in-use", "first"), Refusal.of("what", "second"));
        two.onPrepare = List.of(Refusal.of("resource-denied", "third"));
        assertThat(mtuRefused("e0", 1).errors())
                .extracting(e -> e.tag().elementBody())
                .containsExactlyInAnyOrder("in-use", "operation-failed", "resource-denied");
    }

    @Test
    @Tag("R34")
    void whoDoesNotAnswerPrepareHasRefusedAndALateAnswerIsHarmless() throws Exception {
        try (var late = RawComponent.serving(socket, RawComponent.hello("late", INTERFACES))) {
            var commit = mtuLater("e0", 1500);
            var prepare = late.expect(Message.Prepare.class);
            assertThat(commit.get(10, TimeUnit.SECONDS)).contains("did not answer prepare");
            assertThat(running(E0)).isEmpty();
            var abort = late.expect(Message.Abort.class);
            late.yes(prepare.id());
            late.yes(abort.id());
            var next = mtuLater("e0", 1500);
            var again = late.expect(Message.Prepare.class);
            assertThat(again.generation()).isGreaterThan(prepare.generation());
            late.yes(again.id());
            late.yes(late.expect(Message.Commit.class).id());
            assertThat(next.get(10, TimeUnit.SECONDS)).isEqualTo("done");
        }
    }

    @Test
    @Tag("R65")
    void aFailureWhileApplyingBringsEverybodyBack() throws Exception {
        var good = follower("good");
        var bad = follower("bad");
        mtu("e0", 1500);
        bad.onCommit = List.of(Refusal.of("operation-failed", "no memory"));
        assertThat(mtuRefused("e1", 1500).errors())
                .anySatisfy(e -> assertThat(e.message()).contains("no memory"));
        assertThat(running("/box:interfaces/interface[name='e1']")).isEmpty();
        assertThat(good.next("abort")).startsWith("abort");
        assertThat(good.paths()).containsExactly(E0);
        assertThat(bad.paths()).containsExactly(E0);
        bad.onCommit = List.of();
        mtu("e1", 1500);
        assertThat(good.paths()).hasSize(2);
    }

    @Test
    @Tag("R35")
    @Tag("R30")
    void whoDoesNotAnswerCommitIsSentAwayAndBroughtInStepWhenItReturns() throws Exception {
        var slow = follower("slow");
        slow.hold = new CountDownLatch(1);
        assertThat(mtuRefused("e0", 1500).errors())
                .anySatisfy(e -> assertThat(e.message()).contains("slow"));
        assertThat(running(E0)).isEmpty();
        until(() -> !server.connected().contains("slow"));
        untilAlarm("slow", Roster.resource("slow"), Roster.OUT_OF_STEP, false);
        slow.hold.countDown();
        assertThat(slow.next("replace")).isEqualTo("replace " + datastore.generation());
        assertThat(slow.paths()).isEmpty();
        untilAlarm("slow", Roster.resource("slow"), Roster.OUT_OF_STEP, true);
        mtu("e0", 1500);
        assertThat(slow.paths()).containsExactly(E0);
    }

    @Test
    @Tag("R65")
    void whoCannotGoBackIsSentAwayAndToldEverythingAgain() throws Exception {
        var stuck = follower("stuck");
        var bad = follower("zbad");
        stuck.onAbort = List.of(Refusal.of("rollback-failed", "stuck"));
        bad.onCommit = List.of(Refusal.of("operation-failed", "no"));
        mtuRefused("e0", 1500);
        until(() ->
                alarm("stuck", Roster.resource("stuck"), Roster.OUT_OF_STEP, "count")
                        .equals(Optional.of("1")));
        assertThat(stuck.next("replace")).isEqualTo("replace " + datastore.generation());
        assertThat(stuck.paths()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"prepare", "commit", "abort"})
    @Tag("R31")
    void whoGoesInAnyPhaseFailsThatPhaseAndNotTheBox(String phase) throws Exception {
        var bystander = follower("bystander");
        var hello = RawComponent.required("leaver", INTERFACES);
        var commit = new CompletableFuture<String>();
        try (var leaver = RawComponent.serving(socket, hello)) {
            if (phase.equals("abort")) {
                bystander.onCommit = List.of(Refusal.of("operation-failed", "no"));
            }
            mtuLater("e0", 1500).thenAccept(commit::complete);
            var prepare = leaver.expect(Message.Prepare.class);
            if (!phase.equals("prepare")) {
                leaver.yes(prepare.id());
                var second = leaver.expect(Message.Commit.class);
                if (phase.equals("abort")) {
                    leaver.yes(second.id());
                    leaver.expect(Message.Abort.class);
                }
            }
        }
        assertThat(commit.get(10, TimeUnit.SECONDS)).isNotEqualTo("done");
        assertThat(running(E0)).isEmpty();
        bystander.onCommit = List.of();
        assertThat(mtuRefused("e0", 1500).errors().getFirst().message()).contains("leaver");
        try (var back = RawComponent.serving(socket, hello)) {
            var again = mtuLater("e0", 1500);
            back.yes(back.expect(Message.Prepare.class).id());
            back.yes(back.expect(Message.Commit.class).id());
            assertThat(again.get(10, TimeUnit.SECONDS)).isEqualTo("done");
        }
        assertThat(bystander.paths()).containsExactly(E0);
    }

    @Test
    void answersThatNobodyAskedForAreHarmless() throws Exception {
        try (var odd = RawComponent.serving(socket, RawComponent.hello("odd", INTERFACES))) {
            odd.yes(1);
            odd.send(
                    new Message.Answer(
                            Long.MAX_VALUE, false, List.of(new WireError(null, "x", "y"))));
            var commit = mtuLater("e0", 1500);
            var prepare = odd.expect(Message.Prepare.class);
            odd.yes(prepare.id());
            odd.send(new Message.Answer(prepare.id(), false, List.of()));
            odd.yes(prepare.id());
            var second = odd.expect(Message.Commit.class);
            odd.yes(second.id());
            odd.yes(second.id());
            assertThat(commit.get(10, TimeUnit.SECONDS)).isEqualTo("done");
        }
    }

    @Test
    void aRefusalWithoutAReasonAndOneAtNoPathAreRefusalsToo() throws Exception {
        try (var odd = RawComponent.serving(socket, RawComponent.hello("odd", INTERFACES))) {
            var commit = mtuLater("e0", 1500);
            odd.send(new Message.Answer(odd.expect(Message.Prepare.class).id(), false, List.of()));
            assertThat(commit.get(10, TimeUnit.SECONDS)).contains("without a reason");
            odd.yes(odd.expect(Message.Abort.class).id());
            commit = mtuLater("e0", 1500);
            odd.send(
                    new Message.Answer(
                            odd.expect(Message.Prepare.class).id(),
                            false,
                            List.of(new WireError("/no:where", "in-use", "busy"))));
            assertThat(commit.get(10, TimeUnit.SECONDS)).contains("busy (at /no:where)");
        }
    }

    @Test
    void aLongChangeComesInParts() throws Exception {
        var follower = follower("a");
        var all = new ArrayList<String>();
        for (int i = 0; i < 1500; i++) {
            all.add("{\"name\":\"" + "n".repeat(1000) + i + "\"}");
        }
        merge(INTERFACES, "{\"interface\":" + all + "}");
        assertThat(follower.paths()).hasSize(1500);
        var late = follower("late");
        assertThat(late.paths()).hasSize(1500);
        try (var raw = new RawComponent(socket)) {
            raw.send(RawComponent.hello("raw", INTERFACES));
            raw.expect(Message.Welcome.class);
            assertThat(raw.takeReplace().part()).isGreaterThan(1);
        }
    }

    // --- coming and going ---------------------------------------------------------------------

    @Test
    @Tag("R29")
    void whoGivesNoSignOfLifeIsGoneAndAnAlarmSaysSo() throws Exception {
        var silent = RawComponent.serving(socket, RawComponent.required("silent", INTERFACES));
        keep(silent);
        until(() -> componentState("silent", "connected").equals(Optional.of("true")));
        long before = System.nanoTime();
        silent.fallSilent();
        until(() -> !server.connected().contains("silent"));
        assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(3));
        silent.expectEnd();
        untilAlarm("silent", Roster.resource("silent"), Roster.ABSENT, false);
        assertThat(componentState("silent", "connected")).contains("false");
        keep(RawComponent.serving(socket, RawComponent.required("silent", INTERFACES)));
        untilAlarm("silent", Roster.resource("silent"), Roster.ABSENT, true);
    }

    @Test
    @Tag("R29")
    @Tag("R34")
    void whoFallsSilentWhilePreparingFailsTheCommit() throws Exception {
        var silent = keep(RawComponent.serving(socket, RawComponent.required("s", INTERFACES)));
        var commit = mtuLater("e0", 1500);
        silent.expect(Message.Prepare.class);
        silent.fallSilent();
        assertThat(commit.get(10, TimeUnit.SECONDS)).isNotEqualTo("done");
        assertThat(running(E0)).isEmpty();
    }

    @Test
    @Tag("R6")
    void aRequiredComponentThatIsAbsentRefusesWhatTouchesItByName() throws Exception {
        RawComponent.serving(socket, RawComponent.required("needed", INTERFACES)).close();
        until(() -> !server.connected().contains("needed"));
        assertThat(mtuRefused("e0", 1500).errors().getFirst().message()).contains("needed");
        merge("/box:other", "{\"text\":\"x\"}");
    }

    @Test
    @Tag("R6")
    void whoIsNeededIsWaitedForAfterARestartToo() throws Exception {
        RawComponent.serving(socket, RawComponent.required("needed", INTERFACES)).close();
        until(() -> !server.connected().contains("needed"));
        server.close();
        server = ComponentServer.start(settings(Map.of()), datastore);

        assertThat(mtuRefused("e0", 1500).errors().getFirst().message()).contains("needed");

        keep(RawComponent.serving(socket, RawComponent.hello("needed", INTERFACES))).close();
        until(() -> !server.connected().contains("needed"));
        server.close();
        server = ComponentServer.start(settings(Map.of()), datastore);
        mtu("e0", 1500);
    }

    // --- by hand ------------------------------------------------------------------------------

    private void act(String action, String component) throws DatastoreException {
        var module = BoxModel.MODEL.context().findModules("lagopus-components").iterator().next();
        var place =
                Absolute.of(
                        Stream.of("components", "component", action)
                                .map(name -> QName.create(module.getQNameModule(), name))
                                .toList());
        var input =
                ImmutableNodes.newContainerBuilder()
                        .withNodeIdentifier(
                                NodeIdentifier.create(
                                        QName.create(module.getQNameModule(), "input")))
                        .build();
        assertThat(
                        datastore
                                .operations()
                                .invoke(
                                        place,
                                        BoxModel.MODEL.parse(Roster.resource(component)),
                                        input,
                                        ADMIN))
                .isEmpty();
    }

    private String refused(String action, String component) {
        return catchThrowableOfType(DatastoreException.class, () -> act(action, component))
                .errors()
                .getFirst()
                .message();
    }

    @Test
    @Tag("R30")
    void aComponentIsAskedToRestartAlsoWhileItHangs() throws Exception {
        var follower = follower("a");
        follower.hold = new CountDownLatch(1);
        var commit = mtuLater("e0", 1500);
        follower.next("prepare");

        act("restart", "a");

        assertThat(follower.next("restart")).isEqualTo("restart for admin");
        follower.hold.countDown();
        assertThat(commit.get(10, TimeUnit.SECONDS)).isEqualTo("done");
        assertThat(refused("restart", "b")).isEqualTo("component b is not connected");
    }

    @Test
    @Tag("R30")
    void aComponentIsToldEverythingAgainWhenAsked() throws Exception {
        var follower = follower("a");
        mtu("e0", 1500);
        follower.next("commit");
        follower.held.clear();

        act("resynchronise", "a");

        assertThat(follower.next("replace")).isEqualTo("replace " + datastore.generation());
        assertThat(follower.paths()).containsExactly(E0);
        follower.onReplace = List.of(Refusal.of("resource-denied", "no such device"));
        assertThat(refused("resynchronise", "a")).contains("no such device");
        follower.onReplace = List.of();
        mtu("e0", 1400);
        assertThat(follower.next("commit")).isEqualTo("commit " + datastore.generation());
    }

    @Test
    @Tag("R30")
    @Tag("R35")
    void whoIsToldEverythingAgainInTheMiddleOfACommitHearsOfItFirst() throws Exception {
        var slow = new Follower();
        keep(
                Component.connect(
                        Settings.of(socket, "slow", "1", List.of(INTERFACES)).withFaces(1), slow));
        var follower = follower("a");
        until(() -> server.connected().contains("slow"));
        slow.hold = new CountDownLatch(1);
        var commit = mtuLater("e0", 1500);
        follower.next("prepare");

        var again =
                CompletableFuture.runAsync(() -> {
                    try {
                        act("resynchronise", "a");
                    } catch (DatastoreException e) {
                        throw new AssertionError(e);
                    }
                });
        Thread.sleep(300);
        assertThat(again).isNotDone();
        slow.hold.countDown();

        assertThat(commit.get(10, TimeUnit.SECONDS)).isEqualTo("done");
        again.get(10, TimeUnit.SECONDS);
        assertThat(follower.next()).isEqualTo("commit " + datastore.generation());
        assertThat(follower.next()).isEqualTo("replace " + datastore.generation());
        assertThat(follower.paths()).containsExactly(E0);
    }

    @Test
    @Tag("R31")
    void whoIsIsolatedIsShutOutUntilReleasedAndCommitsDoWithoutIt() throws Exception {
        var hello = RawComponent.required("odd", INTERFACES);
        var odd = keep(RawComponent.serving(socket, hello));

        act("isolate", "odd");

        odd.expectEnd();
        mtu("e0", 1500);
        untilAlarm("odd", Roster.resource("odd"), Roster.ISOLATED, false);
        assertThat(componentState("odd", "isolated")).contains("true");
        server.close();
        server = ComponentServer.start(settings(Map.of()), datastore);
        mtu("e0", 1400);
        try (var again = new RawComponent(socket)) {
            again.send(hello);
            assertThat(again.expect(Message.Bye.class).reason()).contains("isolated");
        }

        act("release", "odd");

        assertThat(mtuRefused("e0", 1300).errors().getFirst().message()).contains("odd");
        keep(RawComponent.serving(socket, hello));
        untilAlarm("odd", Roster.resource("odd"), Roster.ISOLATED, true);
        assertThat(refused("release", "odd")).contains("is not isolated");
    }

    @Test
    @Tag("R37")
    void whoDoesNotComeBackCanBeForgotten() throws Exception {
        var gone = RawComponent.serving(socket, RawComponent.required("gone", INTERFACES));
        assertThat(refused("forget", "gone")).contains("is connected");
        gone.close();
        untilAlarm("gone", Roster.resource("gone"), Roster.ABSENT, false);

        act("forget", "gone");

        mtu("e0", 1500);
        assertThat(componentState("gone", "connected")).isEmpty();
        server.close();
        server = ComponentServer.start(settings(Map.of()), datastore);
        mtu("e0", 1400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[{\"name\":", "null", "[{}]", "[{\"name\":\"a\"}]"})
    void whatIsKnownOfComponentsAndCannotBeReadIsPutAside(String content) throws Exception {
        server.close();
        var file = directory.resolve("components.json");
        Files.writeString(file, content);

        server = ComponentServer.start(settings(Map.of()), datastore);

        mtu("e0", 1500);
        assertThat(directory.resolve("components.json.damaged")).hasContent(content);
    }

    @Test
    @Tag("R29")
    void whoDoesNotTakeTheConfigurationInTimeIsClosedWithAnAlarm() throws Exception {
        mtu("e0", 1500);
        try (var stuck = new RawComponent(socket)) {
            stuck.send(RawComponent.hello("stuck", INTERFACES));
            stuck.expect(Message.Welcome.class);
            stuck.expect(Message.Replace.class);

            stuck.expectEnd();
        }
        untilAlarm("stuck", Roster.resource("stuck"), Roster.OUT_OF_STEP, false);
        keep(RawComponent.serving(socket, RawComponent.hello("stuck", INTERFACES)));
        untilAlarm("stuck", Roster.resource("stuck"), Roster.OUT_OF_STEP, true);
    }

    @Test
    @Tag("R6")
    @Tag("R30")
    void anOptionalComponentThatIsAbsentLetsItPassAndIsBroughtInStepLater() throws Exception {
        var follower = follower("spare");
        opened.removeLast().close();
        untilAlarm("spare", Roster.resource("spare"), Roster.ABSENT, false);
        mtu("e0", 1500);
        assertThat(follower.paths()).isEmpty();
        component("spare", follower, INTERFACES);
        assertThat(follower.next("replace")).isEqualTo("replace " + datastore.generation());
        assertThat(follower.paths()).containsExactly(E0);
    }

    @Test
    void whatIsExpectedIsWaitedForUnlessConfigurationSaysOtherwise() throws Exception {
        server.close();
        server =
                ComponentServer.start(
                        settings(Map.of("dataplane", List.of(INTERFACES))), datastore);
        assertThat(mtuRefused("e0", 1500).errors().getFirst().message()).contains("dataplane");
        merge(
                "/lagopus-components:components/component[name='dataplane']",
                "{\"name\":\"dataplane\",\"config\":{\"name\":\"dataplane\",\"required\":false}}");
        mtu("e0", 1500);
        assertThat(running(E0)).isPresent();
    }

    @Test
    @Tag("R35")
    void whoRunsTheSameGenerationIsNotToldAgain() throws Exception {
        var follower = follower("a");
        mtu("e0", 1500);
        follower.next("commit");
        server.close();
        until(() -> opened.stream().noneMatch(c -> c instanceof Component k && k.connected()));
        server = ComponentServer.start(settings(Map.of()), datastore);
        until(() -> server.connected().contains("a"));
        mtu("e1", 1500);
        assertThat(follower.next()).startsWith("prepare");
        assertThat(follower.paths()).hasSize(2);
    }

    @Test
    @Tag("R30")
    void whoReturnsAgainAndAgainEndsWithTheSameState() throws Exception {
        mtu("e0", 1500);
        var follower = new Follower();
        var component = component("a", follower, INTERFACES);
        for (int i = 0; i < 50; i++) {
            follower.next("replace");
            mtu("e" + i % 5, 1000 + i);
            component.resynchronise();
        }
        follower.next("replace");
        until(() -> component.connected() && component.generation() == datastore.generation());
        assertThat(follower.paths()).hasSize(5);
        assertThat(follower.held.get("/box:interfaces/interface[name='e4']"))
                .hasToString("{\"name\":\"e4\",\"config\":{\"mtu\":1049}}");
    }

    @Test
    @Tag("R20")
    void whatIsRefusedOnReplaceIsAnAlarmUntilItIsAccepted() throws Exception {
        mtu("e0", 1500);
        var follower = new Follower();
        follower.onReplace =
                List.of(
                        Refusal.at(
                                org.lagopus.component.Path.parse(E0), "in-use", "no such device"));
        component("a", follower, INTERFACES);
        untilAlarm("a", E0, Roster.REFUSED, false);
        assertThat(alarm("a", E0, Roster.REFUSED, "text")).contains("no such device");
        mtu("e0", 1400);
        untilAlarm("a", E0, Roster.REFUSED, true);
    }

    @Test
    void aNameIsTakenOnce() throws Exception {
        keep(RawComponent.serving(socket, RawComponent.hello("a", INTERFACES)));
        try (var second = new RawComponent(socket)) {
            second.send(RawComponent.hello("a", INTERFACES));
            assertThat(second.expect(Message.Bye.class).reason()).contains("connected already");
            second.expectEnd();
        }
        assertThat(server.connected()).containsExactly("a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/no:where", "/box:other/text", "nonsense", "/box:interfaces/none"})
    void aSubscriptionToNothingIsRefusedWithAReason(String path) throws Exception {
        try (var component = new RawComponent(socket)) {
            component.send(RawComponent.hello("a", path));
            assertThat(component.expect(Message.Bye.class).reason()).contains(path);
        }
        assertThat(server.connected()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "x",
                "{\"type\":\"heartbeat\"}",
                "{\"type\":\"hello\",\"protocol\":2,\"name\":\"a\",\"version\":\"1\",\"faces\":2}",
                "{\"type\":\"hello\",\"protocol\":1,\"name\":\"../a\",\"version\":\"1\",\"faces\":2}",
            })
    void nonsenseEndsTheConnectionWithAReasonAndNobodyElses(String body) throws Exception {
        var follower = follower("good");
        try (var bad = new RawComponent(socket)) {
            var bytes = body.getBytes(StandardCharsets.UTF_8);
            bad.raw(ByteBuffer.allocate(4 + bytes.length).putInt(bytes.length).put(bytes).flip());
            assertThat(bad.expect(Message.Bye.class).reason()).isNotEmpty();
            bad.expectEnd();
        }
        mtu("e0", 1500);
        assertThat(follower.paths()).containsExactly(E0);
    }

    @Test
    void oversizedAndTornFramesEndTheConnection() throws Exception {
        try (var bad = RawComponent.serving(socket, RawComponent.hello("a", INTERFACES))) {
            bad.raw(ByteBuffer.allocate(4).putInt(MessageCodec.MAX_FRAME + 1).flip());
            assertThat(bad.expect(Message.Bye.class).reason()).contains("16777217");
        }
        var torn = RawComponent.serving(socket, RawComponent.hello("b", INTERFACES));
        torn.fallSilent();
        torn.raw(ByteBuffer.allocate(6).putInt(100).put((byte) '{').put((byte) '"').flip());
        torn.close();
        until(() -> componentState("b", "last-error").orElse("").contains("within a frame"));
    }

    @Test
    @Tag("R4")
    void theSocketIsForItsUserAndGroupAndTellsWhoConnects() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo("rw-rw----");
        keep(RawComponent.serving(socket, RawComponent.hello("a", INTERFACES)));
        until(() ->
                componentState("a", "process-id")
                        .equals(Optional.of("" + ProcessHandle.current().pid())));
    }

    @Test
    @Tag("R4")
    void aStrangerIsTurnedAway() throws Exception {
        org.junit.jupiter.api.Assumptions.assumeTrue(
                "root".equals(System.getProperty("user.name")), "only root can become another");
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
        for (var up = directory; up != null && !up.equals(Path.of("/tmp")); up = up.getParent()) {
            Files.setPosixFilePermissions(up, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        var script =
                "import os,socket,sys; os.setuid(65534); s=socket.socket(socket.AF_UNIX);"
                        + " s.connect(sys.argv[1]); d=s.recv(4096); print(d[4:].decode())";
        var process =
                new ProcessBuilder("/usr/bin/python3", "-c", script, socket.toString())
                        .redirectErrorStream(true)
                        .start();
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(said).contains("bye").contains("user 65534 may not connect");
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aSecondServerDoesNotTakeTheSocketOfTheFirst() {
        assertThatThrownBy(() -> ComponentServer.start(settings(Map.of()), datastore))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("listens");
    }

    // --- state, alarms, events, registry ------------------------------------------------------

    private Component sender(String name) throws Exception {
        var component = component(name, new Follower(), INTERFACES);
        until(() -> server.connected().contains(name) && component.connected());
        return component;
    }

    private static Edit.Put put(String path, String json) throws Exception {
        return new Edit.Put(
                org.lagopus.component.Path.parse(path),
                MessageCodec.mapper().readValue(json, ObjectNode.class));
    }

    @Test
    @Tag("R67")
    void stateIsWrittenAndAPutLeavesNothingOldBehind() throws Exception {
        var component = sender("a");
        component.state(
                List.of(
                        put(
                                E0 + "/state",
                                "{\"packets\":\"7\",\"status\":\"up\",\"seen\":[\"first\"]}"),
                        put("/box:interfaces/interface[name='e1']/state", "{\"packets\":\"1\"}")));
        until(() -> state(E0 + "/state/packets").equals(Optional.of("7")));
        component.state(List.of(put(E0 + "/state", "{\"packets\":\"8\",\"seen\":[\"second\"]}")));
        until(() -> state(E0 + "/state/packets").equals(Optional.of("8")));
        assertThat(state(E0 + "/state/status")).isEmpty();
        assertThat(state(E0 + "/state/seen").orElseThrow())
                .contains("second")
                .doesNotContain("first");
        component.state(
                List.of(
                        new Edit.Removed(
                                org.lagopus.component.Path.parse(
                                        "/box:interfaces/interface[name='e1']"))));
        until(() -> state("/box:interfaces/interface[name='e1']/state/packets").isEmpty());
        assertThat(state(E0 + "/state/packets")).contains("8");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"packets\":\"many\"}",
                "{\"packets\":[]}",
                "{\"unknown\":1}",
                "{\"status\":\"sideways\"}",
                "{\"packets\":{\"a\":1}}"
            })
    @Tag("R67")
    void badStateIsRefusedAndTheRestGoesOn(String bad) throws Exception {
        var component = sender("a");
        component.state(
                List.of(
                        put(E0 + "/state", bad),
                        put("/box:interfaces/interface[name='e1']/state", "{\"packets\":\"1\"}")));
        until(() ->
                state("/box:interfaces/interface[name='e1']/state/packets")
                        .equals(Optional.of("1")));
        until(() -> componentState("a", "last-error").orElse("").contains("bad state"));
        assertThat(component.connected()).isTrue();
        assertThat(state(E0 + "/state/packets")).isEmpty();
    }

    @Test
    @Tag("R67")
    void stateAtNoPathIsRefused() throws Exception {
        var component = sender("a");
        component.state(
                List.of(
                        put("/no:where", "{}"),
                        put("/box:interfaces/interface[name='e1']", "{\"name\":\"e2\"}")));
        until(() -> componentState("a", "last-error").orElse("").contains("keys"));
        assertThat(component.connected()).isTrue();
    }

    @Test
    @Tag("R6")
    void alarmsAreRaisedAndClearedAndThoseNotToldAgainAreOver() throws Exception {
        var component = sender("a");
        component.raise(E0, "port-gone", Severity.MAJOR, "no carrier");
        untilAlarm("a", E0, "port-gone", false);
        assertThat(alarm("a", E0, "port-gone", "count")).contains("1");
        component.clear(E0, "port-gone");
        untilAlarm("a", E0, "port-gone", true);
        component.raise(E0, "port-gone", Severity.MINOR, "again");
        component.raise("/box:other", "kept", Severity.MINOR, "kept");
        until(() -> alarm("a", E0, "port-gone", "count").equals(Optional.of("2")));
        component.close();
        until(() -> !server.connected().contains("a"));
        var next = sender("a");
        next.raise("/box:other", "kept", Severity.MINOR, "kept");
        untilAlarm("a", E0, "port-gone", true);
    }

    @Test
    @Tag("R37")
    void aComponentFindsTheApiOfAnotherAndNotOfOneThatIsGone() throws Exception {
        var api = new Message.Api("l3.rib", "1", "/run/worker.sock", "ring", List.of("rib.write"));
        var offering =
                Component.connect(
                        Settings.of(socket, "offers", "1", List.of()).withApis(List.of(api)),
                        new Follower());
        keep(offering);
        until(() -> server.connected().contains("offers"));
        var asking = sender("asks");
        assertThat(asking.lookup("l3.rib").toCompletableFuture().get(10, TimeUnit.SECONDS))
                .containsExactly(new Message.Offer("offers", api));
        assertThat(asking.lookup("none").toCompletableFuture().get(10, TimeUnit.SECONDS)).isEmpty();
        until(() ->
                componentState("offers", "api[name='l3.rib']/endpoint")
                        .equals(Optional.of("/run/worker.sock")));
        offering.close();
        until(() -> !server.connected().contains("offers"));
        assertThat(asking.lookup("l3.rib").toCompletableFuture().get(10, TimeUnit.SECONDS))
                .isEmpty();
    }

    @Test
    void eventsReachTheHub() throws Exception {
        sender("a").event("link", JsonNodeFactory.instance.objectNode().put("up", true));
        assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("a link {\"up\":true}");
    }

    @Test
    @Tag("R11")
    @Tag("R16")
    @Tag("R66")
    void watchersHearOfEachCommitOnceAndInOrder() throws Exception {
        var watchers = List.of(new Follower(), new Follower(), new Follower());
        var places = List.of(INTERFACES, INTERFACES + "/interface/config/mtu", E0 + "/config/mtu");
        for (int i = 0; i < 3; i++) {
            var name = "w" + i;
            keep(
                    Component.connect(
                            Settings.of(socket, name, "1", List.of())
                                    .withWatches(List.of(places.get(i))),
                            watchers.get(i)));
            until(() -> server.connected().contains(name));
        }
        var expected = new ArrayList<String>();
        for (int i = 0; i < 20; i++) {
            mtu("e0", 1000 + i);
            merge("/box:other", "{\"text\":\"" + i + "\"}");
            expected.add("changed " + (datastore.generation() - 1) + " by admin");
        }
        for (var watcher : watchers) {
            var heard = new ArrayList<String>();
            while (heard.size() < expected.size()) {
                heard.add(watcher.next("changed"));
            }
            assertThat(heard).isEqualTo(expected);
            assertThat(watcher.calls).noneMatch(call -> call.startsWith("changed"));
        }
    }

    @Test
    @Tag("R3")
    @Tag("R19")
    void aComponentCannotConfigure() throws Exception {
        var component = sender("a");
        component.state(List.of(put(E0 + "/config", "{\"mtu\":1}")));
        component.state(List.of(put(E0 + "/state", "{\"packets\":\"1\"}")));
        until(() -> state(E0 + "/state/packets").equals(Optional.of("1")));
        assertThat(running(E0)).isEmpty();
    }

    @Test
    @Tag("R1")
    void nothingIsLeftOfAServerThatEnds() throws Exception {
        var peer = keep(RawComponent.serving(socket, RawComponent.required("a", INTERFACES)));
        server.close();
        peer.expect(Message.Bye.class);
        assertThat(socket).doesNotExist();
        mtu("e0", 1500);
        assertThat(datastore.last().map(Commit::changed)).contains(true);
    }

    private static Message.Hello offering(String name, List<String> operations) {
        var api =
                new Message.Api("box.api", "1", "/run/box.sock", "ring", List.of("read", "write"));
        return hello(name, List.of(api), operations, List.of());
    }

    private static Message.Hello hello(
            String name, List<Message.Api> apis, List<String> operations, List<String> lists) {
        return new Message.Hello(
                1,
                name,
                "1",
                2,
                false,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                apis,
                operations,
                lists,
                0,
                null);
    }

    private RawComponent offering(List<String> operations) throws Exception {
        var raw = keep(new RawComponent(socket));
        raw.send(offering("offering", operations));
        raw.expect(Message.Welcome.class);
        raw.takeReplace();
        return raw;
    }

    @Test
    @Tag("R4")
    @Tag("R37")
    void aGrantIsMadeByWhoOffersTheApi() throws Exception {
        var offering = offering(List.of());
        var client = component("client", new Follower());
        until(client::connected);

        var granted = client.requestGrant("box.api", List.of("read")).toCompletableFuture();
        var asked = offering.expect(Message.Grant.class);
        assertThat(asked)
                .isEqualTo(new Message.Grant(asked.id(), "box.api", "client", List.of("read")));
        offering.send(new Message.Granted(asked.id(), "token", null, List.of()));
        assertThat(granted.get(10, TimeUnit.SECONDS).token()).isEqualTo("token");
        assertThat(granted.get().endpoint()).isEqualTo("/run/box.sock");
        until(() ->
                componentState("client", "grant[api='box.api']/component")
                        .equals(Optional.of("offering")));

        assertThat(refusal(client.requestGrant("no.api", List.of()))).contains("offers no.api");
        assertThat(refusal(client.requestGrant("box.api", List.of("all"))))
                .contains("box.api has no scope all");
        var refused = client.requestGrant("box.api", List.of("write"));
        offering.send(
                new Message.Granted(
                        offering.expect(Message.Grant.class).id(),
                        null,
                        null,
                        List.of(new WireError(null, "resource-denied", "full"))));
        assertThat(refusal(refused)).contains("full");
        var late = client.requestGrant("box.api", List.of("write"));
        offering.expect(Message.Grant.class);
        assertThat(refusal(late)).contains("did not answer grant in time");
        var lost = client.requestGrant("box.api", List.of("write"));
        offering.expect(Message.Grant.class);
        offering.close();
        assertThat(refusal(lost)).contains("offering is gone");
        until(() -> componentState("client", "refused-grants").equals(Optional.of("5")));
    }

    private static String refusal(CompletionStage<Message.Granted> grant) {
        return String.valueOf(
                catchThrowable(() -> grant.toCompletableFuture().get(10, TimeUnit.SECONDS))
                        .getMessage());
    }

    @Test
    @Tag("R4")
    void whoIsNotTrustedIsGrantedWhatIsConfiguredAlone() throws Exception {
        var offering = offering(List.of());
        var stranger = new Peer(1, 65534, false);
        var asked = new Message.RequestGrant(1, "box.api", List.of("read"));

        var refused =
                server.grants().request("client", stranger, asked).toCompletableFuture().get();
        assertThat(refused.token()).isNull();
        assertThat(refused.errors().getFirst().tag()).isEqualTo("access-denied");
        assertThat(refused.errors().getFirst().message()).contains("user 65534", "config/grant");

        merge(
                "/lagopus-components:components/component[name='client']",
                "{\"name\":\"client\",\"config\":{\"name\":\"client\",\"grant\":[{\"api\":\"box.api\",\"scope\":[\"read\"]}]}}");
        var granted = server.grants().request("client", stranger, asked).toCompletableFuture();
        var id = offering.expect(Message.Grant.class).id();
        offering.send(new Message.Granted(id, "token", null, List.of()));
        assertThat(granted.get(10, TimeUnit.SECONDS).token()).isEqualTo("token");
        var more = new Message.RequestGrant(2, "box.api", List.of("read", "write"));
        assertThat(
                        server.grants()
                                .request("client", stranger, more)
                                .toCompletableFuture()
                                .get()
                                .token())
                .isNull();

        server.grants().revoke("client");
        assertThat(offering.expect(Message.Revoke.class))
                .isEqualTo(new Message.Revoke("box.api", "client"));
    }

    @Test
    @Tag("R36")
    void anOperationIsCarriedOutByTheComponentThatSaysItDoes() throws Exception {
        var rpc = BoxModel.MODEL.operation("/box:reverse");
        var input =
                ImmutableNodes.newContainerBuilder()
                        .withNodeIdentifier(NodeIdentifier.create(QName.create(rpc, "input")))
                        .withChild(ImmutableNodes.leafNode(QName.create(rpc, "text"), "abc"))
                        .build();
        assertThatThrownBy(() -> datastore.operations().invoke(rpc, input, ADMIN))
                .hasMessageContaining("nobody carries out reverse");

        var offering = offering(List.of("/box:reverse"));
        var done = CompletableFuture.supplyAsync(() -> invoke(rpc, input));
        var asked = offering.expect(Message.Invoke.class);
        assertThat(asked.operation()).isEqualTo("/box:reverse");
        assertThat(asked.input()).hasToString("{\"text\":\"abc\"}");
        assertThat(asked.user()).isEqualTo("admin");
        var output = JsonNodeFactory.instance.objectNode().put("text", "cba");
        offering.send(new Message.Result(asked.id(), output, List.of()));
        assertThat(done.get(10, TimeUnit.SECONDS)).contains("cba");

        var refused = CompletableFuture.supplyAsync(() -> invoke(rpc, input));
        offering.send(
                new Message.Result(
                        offering.expect(Message.Invoke.class).id(),
                        null,
                        List.of(new WireError(null, "invalid-value", "not this"))));
        assertThat(refused.get(10, TimeUnit.SECONDS)).isEqualTo("not this");
        var wrong = CompletableFuture.supplyAsync(() -> invoke(rpc, input));
        offering.send(
                new Message.Result(
                        offering.expect(Message.Invoke.class).id(),
                        JsonNodeFactory.instance.objectNode().put("other", 1),
                        List.of()));
        assertThat(wrong.get(10, TimeUnit.SECONDS)).contains("no output of /box:reverse");

        var endless =
                ImmutableNodes.newContainerBuilder()
                        .withNodeIdentifier(NodeIdentifier.create(QName.create(rpc, "input")))
                        .withChild(
                                ImmutableNodes.leafNode(
                                        QName.create(rpc, "text"),
                                        "x".repeat(MessageCodec.MAX_FRAME)))
                        .build();
        assertThat(invoke(rpc, endless)).contains("the input of /box:reverse").contains("longer");

        var second = keep(new RawComponent(socket));
        second.send(offering("second", List.of("/box:reverse")));
        assertThat(second.expect(Message.Bye.class).reason()).contains("has a handler already");
        offering.close();
        until(() -> String.valueOf(invoke(rpc, input)).contains("nobody carries out"));
    }

    @Test
    @Tag("R67")
    void aListThatAComponentProvidesIsReadThroughIt() throws Exception {
        var offering = keep(new RawComponent(socket));
        offering.send(providing("offering", "/box:table/row"));
        offering.expect(Message.Welcome.class);
        offering.takeReplace();
        var rows = BoxModel.MODEL.parse("/box:table/row");
        var all = CompletableFuture.supplyAsync(() -> read(rows));
        var first = offering.expect(Message.Read.class);
        assertThat(first.list()).isEqualTo("/box:table/row");
        assertThat(first.keys()).isNull();
        assertThat(first.after()).isNull();
        offering.send(new Message.Rows(first.id(), List.of(row(1), row(2)), "here", List.of()));
        var second = offering.expect(Message.Read.class);
        assertThat(second.after()).isEqualTo("here");
        offering.send(new Message.Rows(second.id(), List.of(row(3)), null, List.of()));
        assertThat(all.get(10, TimeUnit.SECONDS)).isEqualTo("1 2 3 ");

        var path = BoxModel.MODEL.parse("/box:table/row[kind='box:round'][id='2']");
        var one = CompletableFuture.supplyAsync(() -> read(path));
        var keyed = offering.expect(Message.Read.class);
        assertThat(keyed.keys())
                .containsOnly(
                        Map.entry("kind", TextNode.valueOf("box:round")),
                        Map.entry("id", TextNode.valueOf("2")));
        offering.send(new Message.Rows(keyed.id(), List.of(row(2)), null, List.of()));
        assertThat(one.get(10, TimeUnit.SECONDS)).isEqualTo("2 ");

        for (var answer :
                List.of(
                        new Message.Rows(
                                0,
                                List.of(),
                                null,
                                List.of(new WireError(null, "resource-denied", "not now"))),
                        new Message.Rows(
                                0,
                                List.of(JsonNodeFactory.instance.objectNode().put("no", 1)),
                                null,
                                List.of()))) {
            var failed = CompletableFuture.supplyAsync(() -> read(rows));
            var asked = offering.expect(Message.Read.class);
            offering.send(new Message.Rows(asked.id(), answer.entries(), null, answer.errors()));
            assertThat(failed.get(10, TimeUnit.SECONDS)).startsWith("component offering");
        }
        var other = keep(new RawComponent(socket));
        other.send(providing("second", "/box:table/row"));
        assertThat(other.expect(Message.Bye.class).reason()).contains("provided already");
        var third = keep(new RawComponent(socket));
        third.send(providing("third", "/box:interfaces/interface"));
        assertThat(third.expect(Message.Bye.class).reason()).contains("no list of state");

        var lost = CompletableFuture.supplyAsync(() -> read(rows));
        offering.expect(Message.Read.class);
        offering.close();
        assertThat(lost.get(10, TimeUnit.SECONDS)).contains("component offering is gone");
        until(() -> read(rows).equals("nothing"));
    }

    private static Message.Hello providing(String name, String list) {
        return hello(name, List.of(), List.of(), List.of(list));
    }

    private static JsonNode row(int id) {
        return JsonNodeFactory.instance.objectNode().put("kind", "round").put("id", "" + id);
    }

    /// The ids of what is read, or why they are not.
    private String read(YangInstanceIdentifier path) {
        try {
            var found = datastore.view(ADMIN).readAll(path);
            if (found.isEmpty()) {
                return "nothing";
            }
            var entries =
                    found.get() instanceof MapNode map
                            ? map.body()
                            : List.of((MapEntryNode) found.get());
            var text = new StringBuilder();
            for (var entry : entries) {
                text.append(
                                entry.name()
                                        .getValue(
                                                QName.create(
                                                        path.getLastPathArgument().getNodeType(),
                                                        "id")))
                        .append(' ');
            }
            return text.toString();
        } catch (UnreadableException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /// The output, or why there is none.
    private String invoke(QName rpc, ContainerNode input) {
        try {
            return String.valueOf(datastore.operations().invoke(rpc, input, ADMIN));
        } catch (DatastoreException e) {
            return e.errors().getFirst().message();
        }
    }
}
