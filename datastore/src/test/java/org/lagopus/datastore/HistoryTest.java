package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.lagopus.datastore.Shop.ALICE;
import static org.lagopus.datastore.Shop.BOB;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opendaylight.yangtools.yang.common.Empty;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.common.Uint64;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerChild;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;

@Tag("R9")
@Tag("R10")
@Tag("R35")
class HistoryTest {
    private static final Model MODEL = load();
    private static final QNameModule NS =
            MODEL.context().findModules("lagopus-history").iterator().next().getQNameModule();
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

    @TempDir Path directory;
    private @Nullable Datastore opened;

    private static Model load() {
        try {
            var shop = Objects.requireNonNull(HistoryTest.class.getResource("/yang"));
            return Model.load(
                    new ModelSources(List.of("lagopus-history"), List.of(Path.of(shop.toURI()))));
        } catch (ModelException | URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private void open(long compactAfterBytes) throws Exception {
        close();
        opened =
                Datastore.open(
                        MODEL,
                        new Datastore.Settings(
                                directory,
                                Clock.fixed(NOW, ZoneOffset.UTC),
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(1),
                                compactAfterBytes));
    }

    private Datastore datastore() {
        return Objects.requireNonNull(opened);
    }

    @AfterEach
    void close() throws IOException {
        if (opened != null) {
            opened.close();
        }
    }

    private void edit(String json) throws DatastoreException {
        edit(Edit.merge(YangInstanceIdentifier.of(), Shop.root(MODEL, json)));
    }

    private void edit(Edit... edits) throws DatastoreException {
        datastore().edit(Face.RUNNING, List.of(edits), ALICE);
    }

    private ContainerNode running() {
        return Crasher.running(datastore());
    }

    private static DataContainerChild leaf(String name, Object value) {
        return ImmutableNodes.leafNode(QName.create(NS, name), value);
    }

    private static DataContainerChild second(DataContainerChild leaf) {
        return ImmutableNodes.newChoiceBuilder()
                .withNodeIdentifier(NodeIdentifier.create(QName.create(NS, "second")))
                .withChild(leaf)
                .build();
    }

    private static DataContainerChild target(DataContainerChild leaf) {
        return ImmutableNodes.newChoiceBuilder()
                .withNodeIdentifier(NodeIdentifier.create(QName.create(NS, "target")))
                .withChild(leaf)
                .build();
    }

    private ContainerNode call(String rpc, DataContainerChild... input) throws DatastoreException {
        var node =
                ImmutableNodes.newContainerBuilder()
                        .withNodeIdentifier(NodeIdentifier.create(QName.create(NS, "input")));
        Arrays.stream(input).forEach(node::withChild);
        return datastore()
                .operations()
                .invoke(QName.create(NS, rpc), node.build(), BOB)
                .orElseGet(Nodes::emptyRoot);
    }

    /// A line for each change: operation, path, before, after.
    private static List<String> changes(ContainerNode output) {
        return entries(output, "change").stream()
                .map(change ->
                        "%s %s %s %s"
                                .formatted(
                                        text(change, "operation"),
                                        text(change, "path"),
                                        text(change, "before"),
                                        text(change, "after")))
                .toList();
    }

    private static List<MapEntryNode> entries(DataContainerNode in, String list) {
        var map = in.childByArg(NodeIdentifier.create(QName.create(NS, list)));
        return map == null
                ? List.of()
                : ((MapNode) map).body().stream().map(MapEntryNode.class::cast).toList();
    }

    private static String text(DataContainerNode node, String name) {
        var leaf = node.childByArg(NodeIdentifier.create(QName.create(NS, name)));
        return leaf == null ? "-" : leaf.body().toString();
    }

    private List<String> ids(DataContainerChild... input) throws DatastoreException {
        return entries(call("list-commits", input), "commit").stream()
                .map(commit -> text(commit, "id"))
                .toList();
    }

    private static Uint64 id(long number) {
        return Uint64.valueOf(number);
    }

    @Test
    void everyCommitTellsWhoMadeItWhenAndWhy() throws Exception {
        open(1 << 20);
        edit("{'shop:name':'a'}");
        datastore()
                .edit(
                        Face.CANDIDATE,
                        List.of(
                                Edit.merge(
                                        YangInstanceIdentifier.of(),
                                        Shop.root(MODEL, "{'shop:name':'b'}"))),
                        BOB);
        call("commit", leaf("comment", "better"));
        for (int round = 0; round < 2; round++) {
            var commits = entries(call("list-commits"), "commit");
            assertThat(commits).hasSize(2);
            assertThat(
                            List.of("id", "parent", "time", "user", "session", "origin", "comment")
                                    .stream()
                                    .map(name -> text(commits.getFirst(), name)))
                    .containsExactly("2", "1", NOW.toString(), "bob", "2", "netconf", "better");
            assertThat(text(commits.getLast(), "comment")).isEqualTo("-");
            open(1 << 20);
        }
    }

    /// A line for each step: phase, component, result, messages.
    private static List<String> steps(ContainerNode output) {
        return entries(output, "step").stream()
                .map(step ->
                        "%s %s %s %s"
                                .formatted(
                                        text(step, "phase"),
                                        text(step, "component"),
                                        text(step, "result"),
                                        entries(step, "error").stream()
                                                .map(error -> text(error, "message"))
                                                .toList()))
                .toList();
    }

    @Test
    @Tag("R34")
    void whatWasRefusedIsExplainedByEachAnswer() throws Exception {
        open(1 << 20);
        assertThatThrownBy(() -> call("explain-commit"))
                .isInstanceOf(DatastoreException.class)
                .hasMessageContaining("no commit has failed");
        var calls = new ArrayList<String>();
        datastore().attach(new FakeComponent("a", 2, true, calls, "/shop:name"));
        datastore()
                .attach(
                        new FakeComponent("b", 1, true, calls, "/shop:name")
                                .is(FakeComponent.Step.PREPARE, FakeComponent.Mood.REFUSING));
        assertThatThrownBy(() -> edit("{'shop:name':'a'}")).isInstanceOf(DatastoreException.class);

        var explained = call("explain-commit");

        assertThat(text(explained, "id")).isEqualTo("1");
        assertThat(text(explained, "user")).isEqualTo("alice");
        assertThat(text(explained, "outcome")).isEqualTo("refused");
        var why = steps(explained);
        assertThat(why).hasSize(6);
        assertThat(why.get(0)).isEqualTo("validate - done []");
        assertThat(why.get(1)).isEqualTo("prepare a done []");
        assertThat(why.get(2)).startsWith("prepare b refused [");
        assertThat(why.get(3)).isEqualTo("abort a told []");
        assertThat(why.get(4)).isEqualTo("abort b told []");
        assertThat(why.get(5)).startsWith("prepare - refused [b: ");
    }

    @Test
    @Tag("R65")
    void whatWasTakenBackIsExplainedByEachAnswer() throws Exception {
        open(1 << 20);
        var calls = new ArrayList<String>();
        datastore().attach(new FakeComponent("a", 1, true, calls, "/shop:name"));
        datastore()
                .attach(
                        new FakeComponent("b", 2, true, calls, "/shop:name")
                                .is(FakeComponent.Step.COMMIT, FakeComponent.Mood.SILENT));
        assertThatThrownBy(() -> edit("{'shop:name':'a'}")).isInstanceOf(DatastoreException.class);

        var explained = call("explain-commit", leaf("id", id(1)));

        assertThat(text(explained, "outcome")).isEqualTo("taken-back");
        assertThat(steps(explained))
                .containsExactly(
                        "validate - done []",
                        "prepare a done []",
                        "prepare b done []",
                        "prepare - done []",
                        "log - done []",
                        "commit a done []",
                        "commit b late []",
                        "commit - refused [b did not answer commit within 1000 ms]",
                        "abort a done []",
                        "abort b done []",
                        "abort - done []");
        long waited =
                entries(explained, "step").stream()
                        .filter(step -> text(step, "result").equals("late"))
                        .mapToLong(step -> Long.parseLong(text(step, "microseconds")))
                        .sum();
        assertThat(waited).isGreaterThanOrEqualTo(1_000_000);
        assertThatThrownBy(() -> call("explain-commit", leaf("id", id(7))))
                .hasMessageContaining("commit 7");
    }

    @Test
    void whatIsNotValidIsExplainedToo() throws Exception {
        open(1 << 20);
        assertThatThrownBy(() -> edit("{'shop:rules':{'bell':['a','b','c']}}"))
                .isInstanceOf(DatastoreException.class);

        var explained = call("explain-commit");

        assertThat(text(explained, "id")).isEqualTo("-");
        assertThat(text(explained, "outcome")).isEqualTo("refused");
        assertThat(steps(explained)).hasSize(1);
        assertThat(steps(explained).getFirst()).startsWith("validate - refused [");
        var error = entries(entries(explained, "step").getFirst(), "error").getFirst();
        assertThat(text(error, "path")).isEqualTo("/shop:rules/bell");
        assertThat(text(error, "tag")).isEqualTo("operation-failed");
    }

    @Test
    void aCommitShowsItsChangesAsPathsAndJson() throws Exception {
        open(1 << 20);
        edit("{'shop:name':'a','shop:motto':['x'],'shop:routes':{'route':[{'id':1,'metric':5}]}}");
        edit(
                Shop.merge(
                        "{'shop:routes':{'route':[{'id':1,'metric':6},{'id':2}]},'shop:drawer':1}"),
                Shop.delete("/shop:motto[.='x']"),
                Shop.delete("/shop:name"));
        assertThat(changes(call("show-commit", leaf("id", id(2)))))
                .containsExactlyInAnyOrder(
                        "replace /shop:routes/route[id='1']/metric {\"shop:metric\":5}"
                                + " {\"shop:metric\":6}",
                        "create /shop:routes/route[id='2'] - {\"shop:route\":[{\"id\":2}]}",
                        "delete /shop:motto[.='x'] {\"shop:motto\":[\"x\"]} -",
                        "delete /shop:name {\"shop:name\":\"a\"} -",
                        "create /shop:drawer - {\"shop:drawer\":1}");
    }

    /// In the commit, after a restart, and taken back.
    @Test
    void aMoveIsKept() throws Exception {
        open(1 << 20);
        var signs = Shop.path("/shop:stock/sign");
        edit("{'shop:stock':{'sign':[{'id':1},{'id':2},{'id':3}]}}");
        var before = Nodes.find(running(), signs);
        var last = "/shop:stock/sign[id='3']";
        edit(
                Edit.merge(
                                Shop.path(last),
                                Objects.requireNonNull(Nodes.find(running(), Shop.path(last))))
                        .at(new Edit.Position.First()));
        var moved = Nodes.find(running(), signs);
        assertThat(moved).isNotEqualTo(before);
        assertThat(changes(call("show-commit", leaf("id", id(2)))))
                .singleElement()
                .asString()
                .startsWith("replace /shop:stock/sign ");
        open(1 << 20);
        assertThat(Nodes.find(running(), signs)).isEqualTo(moved);
        call("rollback", target(leaf("to", id(1))));
        assertThat(Nodes.find(running(), signs)).isEqualTo(before);
    }

    @Test
    void twoOfThemAndTheCandidateAreCompared() throws Exception {
        open(1 << 20);
        edit("{'shop:name':'a'}");
        edit("{'shop:name':'b'}");
        edit("{'shop:name':'c'}");
        datastore().edit(Face.CANDIDATE, List.of(Shop.merge("{'shop:name':'d'}")), ALICE);
        assertThat(changes(call("diff", leaf("from", id(1)), second(leaf("to", id(2))))))
                .containsExactly("replace /shop:name {\"shop:name\":\"a\"} {\"shop:name\":\"b\"}");
        assertThat(changes(call("diff", leaf("from", id(2)), second(leaf("to", id(0))))))
                .containsExactly("delete /shop:name {\"shop:name\":\"b\"} -");
        assertThat(changes(call("diff", leaf("from", id(2)))))
                .containsExactly("replace /shop:name {\"shop:name\":\"b\"} {\"shop:name\":\"c\"}");
        assertThat(
                        changes(
                                call(
                                        "diff",
                                        leaf("from", id(3)),
                                        second(leaf("candidate", Empty.value())))))
                .containsExactly("replace /shop:name {\"shop:name\":\"c\"} {\"shop:name\":\"d\"}");
        assertThat(changes(call("diff", leaf("from", id(3))))).isEmpty();
    }

    /// Whatever was done, each of the configurations there were comes back, after a restart and
    /// across logs too.
    @Test
    void everyConfigurationThereWasComesBackByRollback() throws Exception {
        open(3000);
        var random = new Random(7);
        var states = new TreeMap<Long, ContainerNode>();
        states.put(0L, running());
        while (states.size() < 60) {
            random(random);
            states.put(datastore().generation(), running());
            if (states.size() % 20 == 0) {
                open(3000);
            }
        }
        try (var files = Files.list(directory)) {
            assertThat(files.filter(file -> file.getFileName().toString().startsWith("log.")))
                    .as("several logs are kept")
                    .hasSizeGreaterThan(3);
        }
        for (var state : new TreeMap<>(states).entrySet()) {
            call("rollback", target(leaf("to", id(state.getKey()))));
            assertThat(running()).as("%d", state.getKey()).isEqualTo(state.getValue());
            assertThat(Nodes.find(running(), Shop.path("/shop:stock/sign")))
                    .as("in the order of %d", state.getKey())
                    .isEqualTo(Nodes.find(state.getValue(), Shop.path("/shop:stock/sign")));
        }
    }

    private void random(Random random) throws DatastoreException {
        int one = random.nextInt(6);
        switch (random.nextInt(7)) {
            case 0 ->
                    edit(
                            "{'shop:routes':{'route':[{'id':%d,'metric':%d}]}}"
                                    .formatted(one, random.nextInt(100)));
            case 1 ->
                    edit(
                            "{'shop:stock':{'sign':[{'id':%d,'text':'%d'}]}}"
                                    .formatted(one, random.nextInt(100)));
            case 2 -> edit(Shop.remove("/shop:stock/sign[id='%d']".formatted(one)));
            case 3 ->
                    edit(
                            "{'shop:rules':{'kinds':{'%s':'%d'}}}"
                                    .formatted(
                                            List.of("a1", "a2", "c1", "c2").get(one % 4),
                                            random.nextInt(100)));
            case 4 -> edit(Shop.remove("/shop:routes/route[id='%d']".formatted(one)));
            case 5 -> edit(Shop.remove("/shop:stock"));
            default ->
                    edit(
                            "{'shop:stock':{'shelf':[{'name':'s%d','tag':['%d','x'],'item':[{'kind':'shop:food','id':%d}]}]}}"
                                    .formatted(one, random.nextInt(100), one));
        }
    }

    @Test
    @Tag("R64")
    void aRollbackIsACommitThatAComponentMayRefuse() throws Exception {
        open(1 << 20);
        edit("{'shop:name':'a'}");
        edit("{'shop:name':'b'}");
        var component =
                new FakeComponent("all", 2, true, new ArrayList<>(), "/")
                        .is(FakeComponent.Step.PREPARE, FakeComponent.Mood.REFUSING);
        datastore().attach(component);
        var refused =
                catchThrowableOfType(
                        DatastoreException.class,
                        () -> call("rollback", target(leaf("to", id(1)))));
        assertThat(refused).isNotNull();
        assertThat(datastore().generation()).isEqualTo(2);
        component.recovers();
        call("rollback", target(leaf("to", id(1))), leaf("comment", "back"));
        var newest = entries(call("list-commits", leaf("limit", Uint32.ONE)), "commit").getFirst();
        assertThat(text(newest, "parent")).isEqualTo("2");
        assertThat(text(newest, "comment")).isEqualTo("back");
        assertThat(changes(call("show-commit", leaf("id", id(datastore().generation())))))
                .containsExactly("replace /shop:name {\"shop:name\":\"b\"} {\"shop:name\":\"a\"}");
    }

    @Test
    void whatIsTooOldOrNeverWasIsRefused() throws Exception {
        open(1 << 20);
        edit("{'lagopus-history:history':{'config':{'maximum-commits':2}}}");
        edit("{'shop:name':'b'}");
        edit("{'shop:name':'c'}");
        assertThat(ids()).containsExactly("3", "2");
        for (long never : List.of(0L, 4L)) {
            var refused =
                    catchThrowableOfType(
                            DatastoreException.class,
                            () -> call("rollback", target(leaf("to", id(never)))));
            assertThat(refused).isNotNull();
            assertThat(refused.errors().getFirst().tag()).isEqualTo(ErrorTag.INVALID_VALUE);
        }
        open(1 << 20);
        assertThat(ids()).containsExactly("3", "2");
        assertThat(ids(leaf("before", id(3)))).containsExactly("2");
        call("rollback", target(leaf("to", id(1))));
    }

    @Test
    void filesWithNothingButOldCommitsGo() throws Exception {
        open(300);
        edit("{'lagopus-history:history':{'config':{'maximum-commits':3}}}");
        for (int i = 0; i < 40; i++) {
            edit("{'shop:name':'%d'}".formatted(i));
        }
        open(300);
        try (var files = Files.list(directory)) {
            assertThat(files.filter(file -> file.getFileName().toString().startsWith("log.")))
                    .hasSizeLessThan(15);
        }
        assertThat(ids()).containsExactly("41", "40", "39");
    }

    @Test
    void aLabelStaysWithItsCommitAndIsGoneBackTo() throws Exception {
        open(300);
        edit("{'shop:name':'a'}");
        edit("{'shop:name':'b'}");
        call("label", leaf("id", id(1)), leaf("label", "good"));
        call("label", leaf("id", id(2)), leaf("label", "fair"));
        call("label", leaf("id", id(2)));
        for (int i = 0; i < 10; i++) {
            edit("{'shop:name':'%d'}".formatted(i));
        }
        open(300);
        assertThat(text(call("show-commit", leaf("id", id(1))), "label")).isEqualTo("good");
        assertThat(text(call("show-commit", leaf("id", id(2))), "label")).isEqualTo("-");
        call("rollback", target(leaf("label", "good")));
        assertThat(running()).isEqualTo(Shop.root(MODEL, "{'shop:name':'a'}"));
        var refused =
                catchThrowableOfType(
                        DatastoreException.class,
                        () -> call("rollback", target(leaf("label", "fair"))));
        assertThat(refused).hasMessageContaining("fair");
    }

    @Test
    void theRescueConfigurationIsKeptApart() throws Exception {
        open(1 << 20);
        var rescue = target(leaf("rescue", Empty.value()));
        var none = catchThrowableOfType(DatastoreException.class, () -> call("rollback", rescue));
        assertThat(none.errors().getFirst().tag()).isEqualTo(ErrorTag.DATA_MISSING);
        edit("{'shop:name':'safe','shop:motto':['m']}");
        call("save-rescue");
        edit("{'shop:name':'daring','shop:drawer':1}");
        open(1 << 20);
        call("rollback", rescue);
        assertThat(running())
                .isEqualTo(Shop.root(MODEL, "{'shop:name':'safe','shop:motto':['m']}"));
        var file = directory.resolve("rescue");
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        assertThat(catchThrowableOfType(DatastoreException.class, () -> call("rollback", rescue)))
                .hasMessageContaining("damaged");
    }

    /// Cut at every byte: what is listed leads to running, whatever was lost.
    @Test
    void aTornLogHasTheHistoryOfWhatIsLeft() throws Exception {
        open(1 << 20);
        datastore().attach(new FakeComponent("all", 2, true, new ArrayList<>(), "/"));
        for (int i = 1; i <= 3; i++) {
            edit("{'shop:name':'%d'}".formatted(i));
        }
        close();
        var log = directory.resolve("log.0");
        var whole = Files.readAllBytes(log);
        for (int cut = whole.length; cut >= 8; cut -= 3) {
            Files.write(log, Arrays.copyOf(whole, cut));
            open(1 << 20);
            long generation = datastore().generation();
            assertThat(ids()).as("cut at %d", cut).hasSize((int) generation);
            if (generation > 0) {
                call("rollback", target(leaf("to", id(generation - 1))));
            }
        }
    }

    @Test
    void whatWasTakenBackIsNoHistory() throws Exception {
        open(1 << 20);
        edit("{'shop:name':'a'}");
        var component =
                new FakeComponent("all", 2, true, new ArrayList<>(), "/")
                        .is(FakeComponent.Step.COMMIT, FakeComponent.Mood.REFUSING);
        datastore().attach(component);
        assertThat(catchThrowableOfType(DatastoreException.class, () -> edit("{'shop:name':'b'}")))
                .isNotNull();
        component.recovers();
        edit("{'shop:name':'c'}");
        assertThat(ids()).containsExactly("3", "1");
        open(1 << 20);
        assertThat(ids()).containsExactly("3", "1");
        call("rollback", target(leaf("to", id(1))));
        assertThat(running()).isEqualTo(Shop.root(MODEL, "{'shop:name':'a'}"));
    }

    /// One leaf among many entries: what is written follows the leaf.
    @Test
    void theRecordOfACommitIsAsLongAsItsChange() throws Exception {
        open(64 << 20);
        var routes = new StringBuilder();
        for (int i = 0; i < 2000; i++) {
            routes.append(i == 0 ? "" : ",").append("{'id':%d,'metric':2}".formatted(i));
        }
        edit("{'shop:routes':{'route':[" + routes + "]}}");
        var log = directory.resolve("log.0");
        long before = Files.size(log);
        edit("{'shop:routes':{'route':[{'id':7,'metric':3}]}}");
        assertThat(Files.size(log) - before).isLessThan(1000);
    }
}
