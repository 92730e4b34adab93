package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lagopus.datastore.Shop.ALICE;
import static org.lagopus.datastore.Shop.BOB;
import static org.lagopus.datastore.Shop.REST;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lagopus.datastore.events.Event;
import org.lagopus.datastore.events.Events;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNodeContainer;

/// RFC 6470, from what happens to what stands in the log of the stream.
@Tag("R16")
@Timeout(60)
class BaseNotificationsTest {
    private static final Model MODEL =
            Shop.load(List.of("ietf-netconf-notifications", "lagopus-events"), "/yang");

    @TempDir Path directory;
    private Datastore store;

    @BeforeEach
    void open() throws Exception {
        store = Datastore.open(MODEL, directory, Clock.systemUTC());
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private void edit(String json, Actor by) throws DatastoreException {
        var edits = new ArrayList<Edit>();
        for (var child : Shop.root(MODEL, json).body()) {
            edits.add(Edit.merge(YangInstanceIdentifier.of(child.name()), child));
        }
        store.edit(Face.RUNNING, edits, by);
    }

    private void settle() throws InterruptedException, DatastoreException {
        // Who listens later is told later.
        var told = new CountDownLatch(1);
        try (var _ = store.onCommit((_, _) -> told.countDown())) {
            edit("{'shop:motto':['%s']}".formatted(System.nanoTime()), Actor.SYSTEM);
            assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    private List<String> log() {
        return store.events().stream(Events.NETCONF).orElseThrow().log().stream()
                .map(Event::content)
                .map(content -> content.name().getNodeType().getLocalName() + words(content))
                .toList();
    }

    private static String words(ContainerNode content) {
        return content.body().stream()
                .map(BaseNotificationsTest::word)
                .sorted()
                .collect(Collectors.joining(" ", " ", ""));
    }

    private static String word(NormalizedNode node) {
        if (node instanceof NormalizedNodeContainer<?> container) {
            return node.name().getNodeType().getLocalName()
                    + container.body().stream()
                            .map(BaseNotificationsTest::word)
                            .sorted()
                            .collect(Collectors.joining(" ", "(", ")"));
        }
        return node.name().getNodeType().getLocalName()
                + "="
                + (node.body() instanceof YangInstanceIdentifier path
                        ? MODEL.format(path)
                        : node.body());
    }

    private static String changed(String edits) {
        return "netconf-config-change changed-by(server-or-user(session-id=1 username=alice))"
                + " datastore=running edit("
                + edits
                + ")";
    }

    @Test
    void tellsOfACommitWhoMadeItAndWhatItChanged() throws Exception {
        edit("{'shop:name':'one'}", ALICE);
        edit("{'shop:name':'two','shop:routes':{'route':[{'id':1,'prefix':'p'}]}}", ALICE);
        edit("{'shop:routes':{'route':[{'id':1,'prefix':'q'},{'id':2}]}}", ALICE);
        store.edit(
                Face.RUNNING,
                List.of(Edit.delete(MODEL.parse("/shop:routes/route[id='2']"))),
                ALICE);
        settle();

        assertThat(log())
                .startsWith(
                        changed("edit(operation=create target=/shop:name)"),
                        changed(
                                "edit(operation=create target=/shop:routes)"
                                        + " edit(operation=replace target=/shop:name)"),
                        changed(
                                "edit(operation=create target=/shop:routes/route[id='2'])"
                                        + " edit(operation=replace"
                                        + " target=/shop:routes/route[id='1']/prefix)"),
                        changed("edit(operation=delete target=/shop:routes/route[id='2'])"));
    }

    @Test
    void tellsOfTheServerWhereNobodyAsked() throws Exception {
        edit("{'shop:name':'x'}", Actor.SYSTEM);
        edit("{'shop:name':'y'}", REST);
        settle();

        assertThat(log().get(0)).contains("changed-by(server-or-user(server=empty))");
        assertThat(log().get(1)).contains("server-or-user(session-id=0 username=rest)");
    }

    @Test
    void namesThePartThatHoldsALargeChange() throws Exception {
        edit("{'shop:routes':{'route':[{'id':0}]}}", ALICE);
        var many =
                IntStream.rangeClosed(1, BaseNotifications.EDITS + 1)
                        .mapToObj("{'id':%d}"::formatted)
                        .collect(Collectors.joining(","));
        edit("{'shop:name':'n','shop:routes':{'route':[%s]}}".formatted(many), ALICE);
        settle();

        assertThat(log().get(1))
                .isEqualTo(
                        changed(
                                "edit(operation=merge target=/shop:name)"
                                        + " edit(operation=merge target=/shop:routes)"));
    }

    @Test
    void tellsWhatBecomesOfAConfirmedCommit() throws Exception {
        var soon = new Datastore.Confirmed(Duration.ofSeconds(100), null);
        var word = new Datastore.Confirmed(Duration.ofSeconds(50), "word");
        tried("a");
        store.commit(ALICE, null, soon, null);
        tried("b");
        store.commit(ALICE, null, word, null);
        store.commit(BOB, null, null, "word");
        tried("c");
        store.commit(ALICE, null, soon, null);
        store.cancelCommit(ALICE, null);
        tried("d");
        store.commit(ALICE, null, soon, null);
        store.ended(ALICE.session());
        settle();

        assertThat(log().stream().filter(line -> line.startsWith("netconf-confirmed")))
                .containsExactly(
                        confirm("start", " session-id=1 timeout=100 username=alice"),
                        confirm("extend", " session-id=1 timeout=50 username=alice"),
                        confirm("complete", " session-id=2 username=bob"),
                        confirm("start", " session-id=1 timeout=100 username=alice"),
                        confirm("cancel", " session-id=1 username=alice"),
                        confirm("start", " session-id=1 timeout=100 username=alice"),
                        confirm("cancel", " session-id=1 username=alice"));
    }

    @Test
    void tellsThatNobodyConfirmedInTime() throws Exception {
        var back = new CountDownLatch(2);
        try (var _ = store.onCommit((_, _) -> back.countDown())) {
            tried("a");
            store.commit(ALICE, null, new Datastore.Confirmed(Duration.ofMillis(50), null), null);
            assertThat(back.await(20, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(log()).contains(confirm("timeout", ""));
    }

    private void tried(String name) throws DatastoreException {
        store.edit(
                Face.CANDIDATE,
                List.of(
                        Edit.merge(
                                MODEL.parse("/shop:name"),
                                Shop.root(MODEL, "{'shop:name':'%s'}".formatted(name))
                                        .body()
                                        .iterator()
                                        .next())),
                ALICE);
    }

    private static String confirm(String event, String rest) {
        return "netconf-confirmed-commit confirm-event=" + event + rest;
    }

    @Test
    void tellsOfSessions() {
        store.told().sessionStarted(ALICE, "192.0.2.1");
        store.told().sessionEnded(ALICE, null, BaseNotifications.Reason.BAD_HELLO, null);
        store.told().sessionEnded(ALICE, null, BaseNotifications.Reason.KILLED, 7L);

        assertThat(log())
                .containsExactly(
                        "netconf-session-start session-id=1 source-host=192.0.2.1 username=alice",
                        "netconf-session-end session-id=1 termination-reason=bad-hello"
                                + " username=alice",
                        "netconf-session-end killed-by=7 session-id=1 termination-reason=killed"
                                + " username=alice");
    }

    @Test
    void tellsWhichCapabilitiesAreOthers() {
        store.told()
                .capabilitiesChanged(
                        List.of("urn:a", "urn:b?x=1", "urn:c"),
                        List.of("urn:c", "urn:b?x=2", "urn:d"),
                        Actor.SYSTEM);
        store.told().capabilitiesChanged(List.of("urn:a"), List.of("urn:a"), Actor.SYSTEM);

        assertThat(log())
                .containsExactly(
                        "netconf-capability-change added-capability(added-capability=urn:d)"
                                + " changed-by(server-or-user(server=empty))"
                                + " deleted-capability(deleted-capability=urn:a)"
                                + " modified-capability(modified-capability=urn:b?x=2)");
    }

    @Test
    void theLogIsAsLongAsIsConfigured() throws Exception {
        edit("{'lagopus-events:events':{'log':{'events':2}}}", ALICE);
        settle();
        for (int i = 0; i < 5; i++) {
            edit("{'shop:name':'%d'}".formatted(i), ALICE);
        }
        settle();

        assertThat(log()).hasSize(2);
    }
}
