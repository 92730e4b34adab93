package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.lagopus.datastore.Acme.ANDY;
import static org.lagopus.datastore.Acme.MODEL;
import static org.lagopus.datastore.Acme.ROOT;
import static org.lagopus.datastore.Acme.WILMA;
import static org.lagopus.datastore.Acme.deny;
import static org.lagopus.datastore.Acme.nacm;
import static org.lagopus.datastore.Acme.permit;
import static org.lagopus.datastore.Acme.q;
import static org.lagopus.datastore.Acme.rule;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lagopus.datastore.events.Event;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.model.api.stmt.SchemaNodeIdentifier;

/// Access control by `/nacm` (RFC 8341) at the datastore: whoever asks, and by whatever northbound.
@Tag("R4")
class AccessTest {
    private static final String DATA =
            """
            'acme:interfaces': {'interface': [
              {'name': 'eth0', 'mtu': 1500, 'secret': 's0', 'acme-more:color': 'red',
               'acme-more:light': {'watts': 5}, 'tag': ['x', 'y'],
               'address': [{'family': 4, 'ip': '10.0.0.1', 'label': 'l'}]},
              {'name': 'eth1', 'mtu': 9000, 'up': [null]}]},
            'acme:order': {'step': [{'id': 1}, {'id': 2}, {'id': 3}]},
            'acme:vault': {'key': 'k', 'shelf': {'box': 'b'}}
            """;

    @TempDir Path directory;
    private Datastore datastore;

    @BeforeEach
    void open() throws Exception {
        datastore = Datastore.open(MODEL, directory, Clock.systemUTC());
    }

    @AfterEach
    void close() throws Exception {
        datastore.close();
    }

    private void given(String nacm) throws Exception {
        datastore.replace(Face.RUNNING, root(DATA + "," + nacm), ROOT);
    }

    private static ContainerNode root(String json) {
        return Shop.root(MODEL, "{" + json + "}");
    }

    private static YangInstanceIdentifier path(String text) {
        return MODEL.parse(text);
    }

    private Optional<NormalizedNode> read(Actor by, String path) {
        return datastore.view(by).read(Face.RUNNING).readNode(path(path));
    }

    private boolean sees(Actor by, String path) {
        return read(by, path).isPresent();
    }

    private void edit(Actor by, Edit... edits) throws DatastoreException {
        datastore.edit(Face.RUNNING, List.of(edits), by);
    }

    private static Edit merge(String json) {
        return Edit.merge(YangInstanceIdentifier.of(), root(json));
    }

    private static Edit create(String path, String json) {
        var at = path(path);
        return Edit.create(at, Objects.requireNonNull(Nodes.find(root(json), at)));
    }

    private static Edit delete(String path) {
        return Edit.delete(path(path));
    }

    private DataError refused(Actor by, Edit... edits) {
        return refusal(() -> edit(by, edits));
    }

    private static DataError refusal(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable attempt) {
        var refusal =
                Objects.requireNonNull(catchThrowableOfType(DatastoreException.class, attempt));
        return refusal.errors().getFirst();
    }

    private void assertDenied(DataError error, String path) {
        assertThat(error.tag()).isEqualTo(ErrorTag.ACCESS_DENIED);
        assertThat(error.path()).isEqualTo(path(path));
    }

    @Test
    void whatIsNotUniqueIsNotNamedWhereItIsNotRead() throws Exception {
        given(
                "'acme:refs':{'badge':[{'holder':'wilma','number':1}]},"
                        + nacm(
                                "'read-default': 'permit', 'write-default': 'permit',",
                                deny("read", "/acme:refs/badge[holder='wilma']")));
        var same = merge("'acme:refs':{'badge':[{'holder':'andy','number':1}]}");

        var all = refused(WILMA, same);
        assertThat(all.nonUnique())
                .containsExactlyInAnyOrder(
                        path("/acme:refs/badge[holder='andy']/number"),
                        path("/acme:refs/badge[holder='wilma']/number"));
        assertThat(all.message()).contains("wilma");

        var seen = refused(ANDY, same);
        assertThat(seen.appTag()).isEqualTo("data-not-unique");
        assertThat(seen.nonUnique())
                .containsExactly(path("/acme:refs/badge[holder='andy']/number"));
        assertThat(seen.message()).doesNotContain("wilma").contains("andy");
    }

    private long counter(String name) throws Exception {
        var leaf = path("/ietf-netconf-acm:nacm/" + name);
        for (int i = 0; i < 500; i++) {
            var now = datastore.operational().readNode(leaf);
            if (now.isPresent() && ((Uint32) now.get().body()).longValue() > 0) {
                return ((Uint32) now.get().body()).longValue();
            }
            Thread.sleep(10);
        }
        return 0;
    }

    @Test
    void withoutRulesAllIsReadAndNothingWritten() throws Exception {
        given("'ietf-netconf-acm:nacm': {}");
        assertThat(sees(ANDY, "/acme:interfaces/interface[name='eth0']/mtu")).isTrue();
        assertThat(sees(ANDY, "/acme:interfaces/interface[name='eth0']/secret")).isFalse();
        assertThat(sees(ANDY, "/acme:vault/shelf/box")).isFalse();
        assertThat(sees(ANDY, "/ietf-netconf-acm:nacm")).isFalse();
        assertDenied(
                refused(ANDY, merge("'acme:interfaces':{'interface':[{'name':'eth0','mtu':1}]}")),
                "/acme:interfaces/interface[name='eth0']/mtu");
        assertThat(datastore.access().rights(ANDY).mayInvoke(q("ping"))).isTrue();
        assertThat(datastore.access().rights(ANDY).mayInvoke(q("reboot"))).isFalse();
        assertThat(datastore.access().rights(ANDY).mayReceive(q("alarm"))).isTrue();
        assertThat(datastore.access().rights(ANDY).mayReceive(q("theft"))).isFalse();
    }

    @Test
    void theBoxTheRecoveryUserAndEverybodyWhenItIsOffAreNeverRefused() throws Exception {
        given(nacm("", deny("*", "")));
        assertThat(sees(ANDY, "/acme:interfaces")).isFalse();
        assertThat(sees(Actor.SYSTEM, "/acme:vault/key")).isTrue();
        datastore.access().recoveryUser("andy");
        assertThat(sees(ANDY, "/acme:vault/key")).isTrue();
        edit(ANDY, delete("/acme:vault"));
        datastore.access().recoveryUser(null);
        assertThat(sees(ANDY, "/acme:interfaces")).isFalse();
        given(nacm("'enable-nacm': false,", deny("*", "")));
        assertThat(sees(ANDY, "/acme:vault/key")).isTrue();
        edit(ANDY, delete("/acme:vault"));
    }

    @Test
    void theFirstRuleThatMatchesDecidesAndAChangeHoldsAtOnce() throws Exception {
        given(
                nacm(
                        "",
                        permit("read", "/acme:interfaces/interface[name='eth0']"),
                        deny("read", "/acme:interfaces/interface")));
        assertThat(sees(ANDY, "/acme:interfaces/interface[name='eth0']/mtu")).isTrue();
        assertThat(sees(ANDY, "/acme:interfaces/interface[name='eth1']")).isFalse();
        var list = (DistinctNodeContainer<?, ?>) read(ANDY, "/acme:interfaces/interface").get();
        assertThat(list.size()).isEqualTo(1);
        assertThat(list.body()).hasSize(1);
        given(nacm("", deny("read", "/acme:interfaces/interface[name='eth0']/mtu")));
        assertThat(sees(ANDY, "/acme:interfaces/interface[name='eth0']")).isTrue();
        assertThat(sees(ANDY, "/acme:interfaces/interface[name='eth0']/mtu")).isFalse();
        assertThat(sees(ANDY, "/acme:interfaces/interface[name='eth1']/mtu")).isTrue();
    }

    @Test
    void modulesGroupsAndTheNameOfTheUserAreToldApart() throws Exception {
        given(
                nacm(
                        "",
                        rule("deny", "*", "'module-name': 'acme-more'"),
                        permit("*", "/acme:interfaces/interface[name=$USER]"),
                        deny("read", "/acme:order")));
        assertThat(sees(ANDY, "/acme:interfaces/interface[name='eth0']/acme-more:color")).isFalse();
        assertThat(sees(ANDY, "/acme:interfaces/interface[name='eth0']/mtu")).isTrue();
        edit(ANDY, merge("'acme:interfaces':{'interface':[{'name':'andy','secret':'mine'}]}"));
        assertThat(sees(ANDY, "/acme:interfaces/interface[name='andy']/secret")).isTrue();
        assertDenied(
                refused(ANDY, merge("'acme:interfaces':{'interface':[{'name':'bert'}]}")),
                "/acme:interfaces/interface[name='bert']");
        assertThat(sees(WILMA, "/acme:order")).isTrue();
        var stranger = new Actor(9, "fred", "restconf");
        assertThat(sees(stranger, "/acme:order")).isTrue();
        var brought = new Actor(9, "fred", "restconf", Set.of("limited"));
        assertThat(sees(brought, "/acme:order")).isFalse();
        given(nacm("'enable-external-groups': false,", deny("read", "/acme:order")));
        assertThat(sees(brought, "/acme:order")).isTrue();
    }

    @Test
    void ofWhatIsClosedOnlyThatIsOpenedWhichARuleNames() throws Exception {
        given(
                nacm(
                        "'read-default': 'deny',",
                        permit("read", "/acme:vault/shelf"),
                        permit("read", "/acme:interfaces/interface[name='eth0']/mtu")));
        assertThat(sees(ANDY, "/acme:vault/shelf/box")).isTrue();
        assertThat(sees(ANDY, "/acme:vault/key")).isFalse();
        var seen = datastore.view(ANDY).read(Face.RUNNING).readNode(YangInstanceIdentifier.of());
        assertThat(Nodes.copy((ContainerNode) seen.orElseThrow()))
                .isEqualTo(
                        root(
                                "'acme:vault':{'shelf':{'box':'b'}},"
                                        + "'acme:interfaces':{'interface':[{'name':'eth0','mtu':1500}]}"));
        edit(ROOT, delete("/acme:interfaces/interface[name='eth0']/mtu"));
        assertThat(sees(ANDY, "/acme:interfaces")).isFalse();
    }

    @Test
    void anEditNeedsWhatItDoesAndNoMore() throws Exception {
        given(
                nacm(
                        "",
                        permit("update", "/acme:interfaces/interface/mtu"),
                        permit("create", "/acme:interfaces/interface/acme-more:light"),
                        permit("delete", "/acme:interfaces/interface[name='eth1']")));
        edit(ANDY, merge("'acme:interfaces':{'interface':[{'name':'eth0','mtu':1400}]}"));
        assertDenied(
                refused(ANDY, delete("/acme:interfaces/interface[name='eth0']/mtu")),
                "/acme:interfaces/interface[name='eth0']/mtu");
        edit(
                ANDY,
                merge(
                        "'acme:interfaces':{'interface':[{'name':'eth1','acme-more:light':{'watts':1}}]}"));
        assertDenied(
                refused(
                        ANDY,
                        merge(
                                "'acme:interfaces':{'interface':[{'name':'eth1','acme-more:light':{'watts':2}}]}")),
                "/acme:interfaces/interface[name='eth1']/acme-more:light/watts");
        edit(ANDY, delete("/acme:interfaces/interface[name='eth1']"));
        assertDenied(
                refused(ANDY, delete("/acme:interfaces")),
                "/acme:interfaces/interface[name='eth0']");
        assertThat(counter("denied-data-writes")).isGreaterThan(0);
    }

    @Test
    void whatIsClosedForWritingNeedsARuleOfItsOwn() throws Exception {
        given(nacm("'write-default': 'permit',", permit("read", "/acme:vault")));
        edit(ANDY, merge("'acme:interfaces':{'interface':[{'name':'eth0','limits':{}}]}"));
        assertThat(
                        refused(
                                        ANDY,
                                        merge(
                                                "'acme:interfaces':{'interface':[{'name':'eth0','limits':{'rate':1}}]}"))
                                .tag())
                .isEqualTo(ErrorTag.ACCESS_DENIED);
        assertDenied(refused(ANDY, merge("'acme:vault':{'key':'other'}")), "/acme:vault/key");
        // What a deviation says holds as well.
        edit(ROOT, merge("'acme:interfaces':{'interface':[{'name':'eth0','limits':{'rate':1}}]}"));
        assertThat(sees(ANDY, "/acme:interfaces/interface[name='eth0']/limits/rate")).isFalse();
        assertThat(sees(ANDY, "/acme:interfaces/interface[name='eth0']/limits")).isTrue();
    }

    @Test
    void movingAnEntryIsUpdatingIt() throws Exception {
        given(
                nacm(
                        "",
                        permit("create delete", "/acme:order"),
                        permit("update", "/acme:order/step[id='3']")));
        var moved = root("'acme:order':{'step':[{'id':3},{'id':1},{'id':2}]}");
        assertDenied(
                refused(
                        ANDY,
                        Edit.replace(
                                path("/acme:order"),
                                Objects.requireNonNull(Nodes.find(moved, path("/acme:order"))))),
                "/acme:order/step[id='1']");
        edit(ANDY, delete("/acme:order/step[id='3']"));
    }

    @Test
    void theCandidateIsCheckedAsItIsEditedAndForWhatTheCommitChanges() throws Exception {
        given(nacm("", permit("*", "/acme:interfaces/interface[name='eth0']/mtu")));
        var denied = merge("'acme:interfaces':{'interface':[{'name':'eth1','mtu':1}]}");
        assertDenied(
                refusal(() -> datastore.edit(Face.CANDIDATE, List.of(denied), ANDY)),
                "/acme:interfaces/interface[name='eth1']/mtu");
        datastore.edit(Face.CANDIDATE, List.of(denied), WILMA);
        // The candidate is everybody's: who commits has to be allowed all of it.
        assertDenied(
                refusal(() -> datastore.commit(ANDY, null)),
                "/acme:interfaces/interface[name='eth1']/mtu");
        datastore.discard(ANDY);
        datastore.edit(
                Face.CANDIDATE,
                List.of(merge("'acme:interfaces':{'interface':[{'name':'eth0','mtu':1}]}")),
                ANDY);
        assertThat(datastore.commit(ANDY, null).changed()).isTrue();
    }

    @Test
    void aCopyLeavesOutWhatMayNotBeRead() throws Exception {
        given(nacm("", permit("*", "/acme:interfaces"), permit("read", "/")));
        datastore.copy(Face.RUNNING, Face.CANDIDATE, WILMA);
        datastore.edit(
                Face.CANDIDATE,
                List.of(merge("'acme:interfaces':{'interface':[{'name':'eth9'}]}")),
                ANDY);
        // ANDY reads all, so the copy differs in what he may write alone.
        datastore.copy(Face.RUNNING, Face.CANDIDATE, ANDY);
        assertThat(
                        datastore
                                .read(Face.CANDIDATE)
                                .readNode(path("/acme:interfaces/interface[name='eth9']")))
                .isEmpty();
        given(nacm("'write-default': 'permit',", deny("read", "/acme:order")));
        datastore.copy(Face.RUNNING, Face.CANDIDATE, WILMA);
        assertThat(refusal(() -> datastore.copy(Face.RUNNING, Face.CANDIDATE, ANDY)).tag())
                .isEqualTo(ErrorTag.ACCESS_DENIED);
    }

    @Test
    void aRefusalDoesNotTellWhetherWhatIsHiddenIsThere() throws Exception {
        given(
                nacm(
                        "",
                        deny("*", "/acme:interfaces/interface[name='eth1']"),
                        deny("*", "/acme:interfaces/interface[name='eth2']")));
        var there =
                refused(
                        ANDY,
                        create(
                                "/acme:interfaces/interface[name='eth1']",
                                "'acme:interfaces':{'interface':[{'name':'eth1'}]}"));
        var notThere =
                refused(
                        ANDY,
                        create(
                                "/acme:interfaces/interface[name='eth2']",
                                "'acme:interfaces':{'interface':[{'name':'eth2'}]}"));
        assertThat(there).isEqualTo(notThere);
        assertThat(refused(ANDY, delete("/acme:interfaces/interface[name='eth1']")))
                .isEqualTo(refused(ANDY, delete("/acme:interfaces/interface[name='eth2']")));
        assertThat(there.path()).isEqualTo(path("/acme:interfaces"));
        assertThat(there.message()).doesNotContain("eth");
    }

    @Test
    void aRuleThatWasBrokenInHiddenDataIsToldWithoutIt() throws Exception {
        given(nacm("'write-default': 'permit',", deny("read", "/acme:refs")));
        edit(ROOT, merge("'acme:refs':{'to':'eth1'}"));
        var error = refused(ANDY, delete("/acme:interfaces/interface[name='eth1']"));
        assertThat(error.path()).isEqualTo(YangInstanceIdentifier.of());
        assertThat(error.message()).doesNotContain("eth1");
        assertThat(refused(WILMA, delete("/acme:interfaces/interface[name='eth1']")).message())
                .contains("eth1");
    }

    @Test
    void conditionsOfAnEditSeeWhatTheClientSees() throws Exception {
        given(nacm("'write-default': 'permit',", deny("read", "/acme:order")));
        assertThat(
                        datastore.editIf(
                                (running, _) -> running.readNode(path("/acme:order")).isEmpty(),
                                List.of(delete("/acme:order/step[id='1']")),
                                ANDY))
                .isTrue();
    }

    @Test
    void operationsAreRefusedByRuleAndCounted() throws Exception {
        datastore.operations().register(q("ping"), (_, _) -> Optional.empty());
        given(
                nacm(
                        "",
                        rule("deny", "exec", "'rpc-name': 'ping'"),
                        rule("permit", "exec", "'rpc-name': 'reboot', 'module-name': 'acme'")));
        var input = Nodes.container(q("input"));
        var error = refusal(() -> datastore.operations().invoke(q("ping"), input, ANDY));
        assertThat(error.tag()).isEqualTo(ErrorTag.ACCESS_DENIED);
        assertThat(counter("denied-operations")).isEqualTo(1);
        var andy = datastore.access().rights(ANDY);
        assertThat(andy.mayInvoke(q("reboot"))).isTrue();
        assertThat(datastore.operations().invoke(q("ping"), input, WILMA)).isEmpty();
        var base = MODEL.context().findModules("ietf-netconf").iterator().next().getQNameModule();
        assertThat(andy.mayInvoke(QName.create(base, "kill-session"))).isFalse();
        assertThat(andy.mayInvoke(QName.create(base, "delete-config"))).isFalse();
        assertThat(andy.mayInvoke(QName.create(base, "get"))).isTrue();
        given(nacm("'exec-default': 'deny',", rule("deny", "*", "'rpc-name': '*'")));
        andy = datastore.access().rights(ANDY);
        assertThat(andy.mayInvoke(QName.create(base, "get"))).isFalse();
        assertThat(andy.mayInvoke(QName.create(base, "close-session"))).isTrue();
    }

    @Test
    void actionsAndNotificationsInDataGoByThePathTheyStandAt() throws Exception {
        var eth0 = path("/acme:interfaces/interface[name='eth0']");
        var eth1 = path("/acme:interfaces/interface[name='eth1']");
        given(
                nacm(
                        "",
                        deny("exec", "/acme:interfaces/interface[name='eth1']/reset"),
                        permit("exec", "/acme:interfaces/interface[name='eth1']/wipe"),
                        deny("read", "/acme:interfaces/interface/flap")));
        var andy = datastore.access().rights(ANDY);
        assertThat(andy.mayInvoke(eth0, q("reset"))).isTrue();
        assertThat(andy.mayInvoke(eth1, q("reset"))).isFalse();
        assertThat(andy.mayInvoke(eth0, q("wipe"))).isFalse();
        assertThat(andy.mayInvoke(eth1, q("wipe"))).isTrue();
        assertThat(andy.mayReceive(eth0, q("flap"))).isFalse();
        assertThat(datastore.access().rights(WILMA).mayReceive(eth0, q("flap"))).isTrue();
        given(nacm("", deny("read", "/acme:interfaces")));
        assertThat(datastore.access().rights(ANDY).mayInvoke(eth0, q("reset"))).isFalse();
    }

    @Test
    void anActionIsRefusedWhereItIsCarriedOut() throws Exception {
        var action = SchemaNodeIdentifier.Absolute.of(q("interfaces"), q("interface"), q("reset"));
        datastore.operations().register(action, (_, _, _) -> Optional.empty());
        given(nacm("", deny("exec", "/acme:interfaces/interface[name='eth1']/reset")));
        var input = Nodes.container(q("input"));
        var eth0 = path("/acme:interfaces/interface[name='eth0']");
        var eth1 = path("/acme:interfaces/interface[name='eth1']");
        assertThat(datastore.operations().invoke(action, eth0, input, ANDY)).isEmpty();
        assertDenied(
                refusal(() -> datastore.operations().invoke(action, eth1, input, ANDY)),
                "/acme:interfaces/interface[name='eth1']");
    }

    @Test
    void ofManyEditsThoseThatAreAllowedGo() throws Exception {
        given(nacm("", permit("*", "/acme:interfaces/interface/mtu")));
        var errors =
                datastore.editWhatGoes(
                        Face.RUNNING,
                        List.of(
                                merge("'acme:interfaces':{'interface':[{'name':'eth0','mtu':1}]}"),
                                delete("/acme:order"),
                                merge("'acme:interfaces':{'interface':[{'name':'eth1','mtu':2}]}")),
                        ANDY);
        assertThat(errors).isNotEmpty().allMatch(e -> e.tag().equals(ErrorTag.ACCESS_DENIED));
        assertThat(read(ANDY, "/acme:interfaces/interface[name='eth1']/mtu").orElseThrow().body())
                .hasToString("2");
    }

    @Test
    void groupsThatALoginBroughtAlongCount() throws Exception {
        given(nacm("", deny("read", "/acme:order")));
        var fred = new Actor(9, "fred", "netconf");
        assertThat(sees(fred, "/acme:order")).isTrue();
        var brought = new Actor(10, "fred", "netconf", Set.of("limited"));
        assertThat(sees(brought, "/acme:order")).isFalse();
    }

    @Test
    void whoMayNotReceiveAnEventIsCounted() throws Exception {
        given(nacm("", rule("deny", "read", "'notification-name': 'alarm'")));
        var event = Event.of(Instant.EPOCH, Nodes.container(q("alarm")));
        assertThat(datastore.mayReceive(WILMA, event)).isTrue();
        assertThat(datastore.mayReceive(ANDY, event)).isFalse();
        assertThat(counter("denied-notifications")).isEqualTo(1);
    }

    @Test
    void notificationsAreToldApartByNameAndModule() throws Exception {
        given(
                nacm(
                        "",
                        rule("deny", "read", "'notification-name': 'alarm'"),
                        rule("permit", "read", "'module-name': 'acme', 'notification-name': '*'")));
        var andy = datastore.access().rights(ANDY);
        assertThat(andy.mayReceive(q("alarm"))).isFalse();
        assertThat(andy.mayReceive(q("theft"))).isTrue();
        var always = QName.create("urn:ietf:params:xml:ns:netmod:notification", "replayComplete");
        given(nacm("'read-default': 'deny',", deny("*", "")));
        andy = datastore.access().rights(ANDY);
        assertThat(andy.mayReceive(always)).isTrue();
        assertThat(andy.mayReceive(q("alarm"))).isFalse();
        andy.dropped();
        assertThat(counter("denied-notifications")).isEqualTo(1);
    }

    @Test
    void aPathThatLeadsNowhereIsRefusedWithTheRuleThatHasIt() {
        for (var bad :
                List.of(
                        "/acme:nonsense",
                        "/none:x",
                        "interfaces",
                        "/acme:interfaces/interface[mtu='1']",
                        "/acme:order/step[1]",
                        "/acme:order/step[id='x']")) {
            var error = refusal(() -> given(nacm("", deny("*", bad))));
            assertThat(error.tag()).as(bad).isEqualTo(ErrorTag.INVALID_VALUE);
            assertThat(MODEL.format(Objects.requireNonNull(error.path()))).endsWith("/path");
        }
    }

    @Test
    void goingBackFromAConfirmedCommitNeedsNoMoreThanToBeAllowedToAsk() throws Exception {
        given(nacm("", permit("create", "/acme:order/step")));
        datastore.edit(Face.CANDIDATE, List.of(merge("'acme:order':{'step':[{'id':9}]}")), ANDY);
        datastore.commit(ANDY, null, new Datastore.Confirmed(Duration.ofMinutes(5), null), null);
        assertThat(sees(ANDY, "/acme:order/step[id='9']")).isTrue();
        datastore.cancelCommit(ANDY, null);
        assertThat(sees(ANDY, "/acme:order/step[id='9']")).isFalse();
    }

    @Test
    void stateIsFilteredAsConfigurationIs() throws Exception {
        given(nacm("", deny("read", "/acme:health/event")));
        datastore.writeState(
                List.of(
                        Edit.merge(
                                YangInstanceIdentifier.of(q("health")),
                                Objects.requireNonNull(
                                        Nodes.find(
                                                root(
                                                        "'acme:health':{'ok':true,'event':[{'text':'t'}]}"),
                                                path("/acme:health"))))));
        for (int i = 0;
                i < 500 && datastore.operational().readNode(path("/acme:health")).isEmpty();
                i++) {
            Thread.sleep(10);
        }
        var seen = (ContainerNode) datastore.view(ANDY).readAll(path("/acme:health")).orElseThrow();
        assertThat(seen.body()).hasSize(1);
        assertThat(
                        ((ContainerNode)
                                        datastore
                                                .view(WILMA)
                                                .readAll(path("/acme:health"))
                                                .orElseThrow())
                                .body())
                .hasSize(2);
        assertThatThrownBy(() -> datastore.view(ANDY).read(Face.RUNNING).newModification())
                .isInstanceOf(UnsupportedOperationException.class);
    }
}
