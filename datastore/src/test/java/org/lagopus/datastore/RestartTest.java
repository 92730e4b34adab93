package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lagopus.datastore.Shop.ALICE;
import static org.lagopus.datastore.Shop.merge;
import static org.lagopus.datastore.Shop.path;
import static org.lagopus.datastore.Shop.remove;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.UserMapNode;

@Tag("R10")
@Tag("R35")
class RestartTest {
    @TempDir Path directory;

    private Datastore open(long compactAfterBytes) throws IOException, DatastoreException {
        return open(Shop.MODEL, compactAfterBytes);
    }

    private Datastore open(Model model, long compactAfterBytes)
            throws IOException, DatastoreException {
        return Datastore.open(
                model,
                new Datastore.Settings(
                        directory,
                        Clock.systemUTC(),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(1),
                        compactAfterBytes));
    }

    private static ContainerNode running(Datastore datastore) {
        return Crasher.running(datastore);
    }

    @Test
    void everyKindOfChangeComesBack() throws Exception {
        ContainerNode expected;
        try (var datastore = open(1 << 20)) {
            for (var edits :
                    List.of(
                            List.of(
                                    merge(
                                            """
                                            {'shop:name':'n','shop:motto':['a','b'],'shop:drawer':3,
                                             'shop:stock':{'shelf':[
                                               {'name':'a/b','tag':['z','y','x'],'shop-ext:color':'red',
                                                'item':[{'kind':'shop:food','id':1,'price':'1.50'}]}],
                                              'sign':[{'id':3},{'id':1},{'id':2}]},
                                             'shop:rules':{'how':{'walk':[null]},'kinds':{'a1':'x'}}}\
                                            """)),
                            List.of(
                                    merge(
                                            "{'shop:rules':{'kinds':{'b':{'b1':'y'}}},'shop:terminal':'t','shop:bank':'b'}"),
                                    remove("/shop:motto[.='a']"),
                                    remove("/shop:stock/sign[id='1']"),
                                    merge("{'shop:stock':{'sign':[{'id':1}]}}")),
                            List.of(
                                    remove(
                                            "/shop:stock/shelf[name='a/b']/item[kind='shop:food'][id='1']")))) {
                datastore.edit(Face.RUNNING, edits, ALICE);
            }
            expected = running(datastore);
        }
        try (var datastore = open(1)) {
            assertThat(running(datastore)).isEqualTo(expected);
            assertThat(Nodes.find(running(datastore), path("/shop:stock/sign")))
                    .isEqualTo(Nodes.find(expected, path("/shop:stock/sign")));
            assertThat(datastore.generation()).isEqualTo(3);
            assertThat(datastore.last().orElseThrow().by()).isEqualTo(ALICE);
            datastore.edit(Face.RUNNING, List.of(merge("{'shop:name':'m'}")), ALICE);
            expected = running(datastore);
        }
        assertThat(directory.resolve("snapshot.1")).as("made by the last commit").exists();
        try (var datastore = open(1 << 20)) {
            assertThat(running(datastore)).isEqualTo(expected);
            assertThat(datastore.generation()).isEqualTo(4);
            assertThat(datastore.findings()).isEmpty();
        }
    }

    /// Whatever was cut off at whatever byte: what boots is what was before or after a commit.
    @Test
    void whatWasLoadedIsForgottenOnceItIsRemoved() throws Exception {
        try (var datastore = open(1 << 20)) {
            datastore.edit(
                    Face.RUNNING, List.of(merge("{'shop:stock':{'shelf':[{'name':'a'}]}}")), ALICE);
        }
        try (var datastore = open(1 << 20)) {
            var loaded =
                    new WeakReference<>(
                            datastore
                                    .read(Face.RUNNING)
                                    .readNode(path("/shop:stock"))
                                    .orElseThrow());
            datastore.edit(Face.RUNNING, List.of(remove("/shop:stock")), ALICE);
            for (int i = 0; i < 200 && loaded.get() != null; i++) {
                System.gc();
                Thread.sleep(10);
            }
            assertThat(loaded.get()).isNull();
        }
    }

    @Test
    void aLogCutOffAnywhereBootsACommittedConfiguration() throws Exception {
        var states = new ArrayList<ContainerNode>();
        var log = directory.resolve("log.0");
        try (var datastore = open(1 << 20)) {
            states.add(running(datastore));
            datastore.attach(new FakeComponent("all", 2, true, new ArrayList<>(), "/"));
            for (int i = 1; i <= 3; i++) {
                datastore.edit(
                        Face.RUNNING,
                        List.of(
                                merge(
                                        "{'shop:name':'%d','shop:routes':{'route':[{'id':%d}]}}"
                                                .formatted(i, i))),
                        ALICE);
                states.add(running(datastore));
            }
        }
        var whole = Files.readAllBytes(log);
        for (int cut = whole.length; cut >= 8; cut--) {
            Files.write(log, Arrays.copyOf(whole, cut));
            try (var datastore = open(1 << 20)) {
                var generation = (int) datastore.generation();
                assertThat(running(datastore))
                        .as("cut at %d", cut)
                        .isEqualTo(states.get(generation));
                if (cut == whole.length) {
                    assertThat(generation).isEqualTo(3);
                }
            }
        }
    }

    @Test
    @Tag("R65")
    void whatWasTakenBackDoesNotComeBackAndWhatWasDecidedIsDone() throws Exception {
        var component =
                new FakeComponent("all", 2, true, new ArrayList<>(), "/")
                        .is(FakeComponent.Step.COMMIT, FakeComponent.Mood.REFUSING);
        try (var datastore = open(1 << 20)) {
            datastore.attach(component);
            assertThatThrownBy(() ->
                            datastore.edit(
                                    Face.RUNNING, List.of(merge("{'shop:name':'bad'}")), ALICE))
                    .isInstanceOf(DatastoreException.class);
            component.recovers();
            datastore.edit(Face.RUNNING, List.of(merge("{'shop:name':'good'}")), ALICE);
        }
        var log = directory.resolve("log.0");
        var whole = Files.readAllBytes(log);
        // Without the last record, "applied", the box died between decision and confirmation.
        Files.write(log, Arrays.copyOf(whole, lastRecord(whole)));
        try (var datastore = open(1 << 20)) {
            assertThat(running(datastore)).isEqualTo(root("{'shop:name':'good'}"));
            assertThat(datastore.findings())
                    .containsExactly("commit 2 was decided and not confirmed: it is done");
        }
    }

    private static int lastRecord(byte[] log) {
        int last = 8;
        for (int at = 8; at < log.length; ) {
            last = at;
            at += 12 + ByteBuffer.wrap(log).getInt(at + 4);
        }
        return last;
    }

    @Test
    void damageInTheMiddleBootsWhatIsBeforeItAndIsToldAndTheNumbersGoOn() throws Exception {
        try (var datastore = open(1 << 20)) {
            for (int i = 1; i <= 5; i++) {
                datastore.edit(
                        Face.RUNNING, List.of(merge("{'shop:name':'%d'}".formatted(i))), ALICE);
            }
        }
        var log = directory.resolve("log.0");
        var bytes = Files.readAllBytes(log);
        bytes[bytes.length / 2] ^= 1;
        Files.write(log, bytes);
        long survived;
        try (var datastore = open(1 << 20)) {
            assertThat(datastore.findings()).isNotEmpty();
            survived = datastore.generation();
            assertThat(survived).isBetween(1L, 4L);
            assertThat(running(datastore))
                    .isEqualTo(root("{'shop:name':'%d'}".formatted(survived)));
        }
        try (var datastore = open(1 << 20)) {
            assertThat(datastore.findings()).as("told once").isEmpty();
            assertThat(datastore.generation()).isEqualTo(survived);
            datastore.edit(Face.RUNNING, List.of(merge("{'shop:name':'new'}")), ALICE);
            assertThat(datastore.generation()).as("no number is used twice").isGreaterThan(5);
        }
    }

    private static ContainerNode root(String json) {
        return Shop.root(json);
    }

    /// A process of its own is killed in the middle of its work, again and again.
    @Test
    @Timeout(120)
    void killedAtAnyMomentItComesBackWithWhatItHadConfirmed() throws Exception {
        var random = new Random();
        long confirmed = 0;
        for (int round = 0; round < 5; round++) {
            confirmed = Math.max(confirmed, runAndKill(random.nextInt(400)));
            try (var datastore = open(1 << 20)) {
                assertThat(datastore.generation())
                        .as("round %d", round)
                        .isGreaterThanOrEqualTo(confirmed);
                Crasher.check(datastore);
                confirmed = datastore.generation();
            }
        }
        assertThat(confirmed).as("it did work").isGreaterThan(20);
    }

    /// @return the last generation it said was committed
    private long runAndKill(int afterMillis) throws Exception {
        var process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty(
                                        "surefire.test.class.path",
                                        Objects.requireNonNull(
                                                System.getProperty("java.class.path"))),
                                Crasher.class.getName(),
                                directory.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try (var lines = process.inputReader()) {
            var first = lines.readLine();
            assertThat(first).as("it started").isNotNull();
            var killer =
                    Thread.ofVirtual()
                            .start(() -> {
                                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(afterMillis));
                                // Process.destroyForcibly would close what it has said.
                                process.toHandle().destroyForcibly();
                            });
            long last = 0;
            for (var line = first; line != null; line = lines.readLine()) {
                if (line.endsWith(";")) {
                    last = Long.parseLong(line.substring(0, line.length() - 1));
                }
            }
            killer.join();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            return last;
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aLongLogBecomesASnapshotBesideTheCommits() throws Exception {
        var json =
                IntStream.range(0, 500)
                        .mapToObj("{'id':%d,'prefix':'10.0.0.0/8'}"::formatted)
                        .collect(Collectors.joining(",", "{'shop:routes':{'route':[", "]}}"));
        try (var datastore = open(2000)) {
            datastore.edit(Face.RUNNING, List.of(merge(json)), ALICE);
            for (int i = 0; i < 100; i++) {
                datastore.edit(
                        Face.RUNNING,
                        List.of(
                                merge(
                                        "{'shop:routes':{'route':[{'id':%d,'metric':9}]}}"
                                                .formatted(i))),
                        ALICE);
            }
        }
        try (var files = Files.list(directory)) {
            var names = files.map(f -> f.getFileName().toString()).sorted().toList();
            assertThat(names).anyMatch(n -> n.startsWith("snapshot."));
            assertThat(names)
                    .filteredOn(n -> n.startsWith("snapshot."))
                    .hasSizeLessThanOrEqualTo(2);
        }
        try (var datastore = open(2000)) {
            assertThat(datastore.generation()).isEqualTo(101);
            var metrics =
                    IntStream.range(0, 500)
                            .filter(i ->
                                    Nodes.find(
                                                    running(datastore),
                                                    path(
                                                            "/shop:routes/route[id='%d']/metric"
                                                                    .formatted(i)))
                                            != null)
                            .count();
            assertThat(metrics).isEqualTo(100);
        }
    }

    /// Three ways to the same data: what the edits make of a tree, what yangtools makes of their
    /// difference, and what is read back from the files.
    @Test
    @Tag("R17")
    void editsTreeAndFilesAgree() throws Exception {
        long seed = System.nanoTime();
        var random = new Random(seed);
        var expected = Nodes.emptyRoot();
        for (int restart = 0; restart < 5; restart++) {
            try (var datastore = open(1500)) {
                assertThat(running(datastore)).as("seed %d", seed).isEqualTo(expected);
                for (int i = 0; i < 60; i++) {
                    var edits = List.of(edit(random), edit(random), edit(random));
                    var draft = new Draft(Shop.SCHEMA, expected);
                    draft.apply(edits);
                    expected = draft.root();
                    if (random.nextBoolean()) {
                        datastore.edit(Face.RUNNING, edits, ALICE);
                    } else {
                        datastore.edit(Face.CANDIDATE, edits.subList(0, 1), ALICE);
                        datastore.edit(Face.CANDIDATE, edits.subList(1, 3), ALICE);
                        datastore.commit(ALICE, null);
                    }
                    assertThat(running(datastore))
                            .as("seed %d, %d.%d: %s", seed, restart, i, edits)
                            .isEqualTo(expected);
                    assertThat(signs(running(datastore))).isEqualTo(signs(expected));
                }
            }
        }
    }

    /// Equality of nodes does not look at order.
    private static List<Object> signs(ContainerNode root) {
        var list = Nodes.find(root, path("/shop:stock/sign"));
        return list instanceof UserMapNode signs
                ? signs.body().stream().<Object>map(entry -> entry.name()).toList()
                : List.of();
    }

    private static Edit edit(Random random) {
        int id = 1 + random.nextInt(4);
        return switch (random.nextInt(12)) {
            case 0 -> merge("{'shop:name':'%d'}".formatted(id));
            case 1 -> remove("/shop:name");
            case 2 -> merge("{'shop:motto':['%d']}".formatted(id));
            case 3 -> remove("/shop:motto[.='%d']".formatted(id));
            case 4 -> merge("{'shop:stock':{'sign':[{'id':%d,'text':'t'}]}}".formatted(id));
            case 5 -> remove("/shop:stock/sign[id='%d']".formatted(id));
            case 6 -> merge("{'shop:rules':{'kinds':{'a%d':'x'}}}".formatted(1 + id % 2));
            case 7 -> merge("{'shop:rules':{'kinds':{'b':{'b1':'%d'}}}}".formatted(id));
            case 8 -> merge("{'shop:rules':{'kinds':{'c%d':'x'}}}".formatted(1 + id % 2));
            case 9 ->
                    merge(
                            "{'shop:stock':{'shelf':[{'name':'%d','tag':['%d'],'shop-ext:light':{'watts':%d}}]}}"
                                    .formatted(id, random.nextInt(3), id));
            case 10 ->
                    Shop.replace(
                            "/shop:stock/shelf[name='%d']".formatted(id),
                            "{'shop:stock':{'shelf':[{'name':'%d','label':'r'}]}}".formatted(id));
            default -> remove(random.nextBoolean() ? "/shop:rules" : "/shop:stock/shelf");
        };
    }
}
