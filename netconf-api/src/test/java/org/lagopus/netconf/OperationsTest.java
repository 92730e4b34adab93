package org.lagopus.netconf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lagopus.datastore.Audit;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Participant;
import org.lagopus.datastore.Transaction;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.Uint8;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;

/// The operations, asked for by a real client over SSH.
@Tag("R2")
@Timeout(60)
class OperationsTest {
    private static final String NETWORK = "urn:example:network";
    private static final String NAME = "<hostname xmlns=\"" + NETWORK + "\"/>";
    private static final String INTERFACES = "<interfaces xmlns=\"" + NETWORK + "\"/>";

    @TempDir Path directory;
    private Box box;
    private Client client;

    @BeforeEach
    void start() throws Exception {
        box = Box.at(directory);
        client = Client.admin(box);
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        box.close();
    }

    @Test
    void saysWhatItCan() {
        assertThat(client.hello())
                .contains(
                        "<capability>urn:ietf:params:netconf:base:1.0</capability>",
                        "<capability>urn:ietf:params:netconf:base:1.1</capability>",
                        ":candidate:1.0<",
                        ":writable-running:1.0<",
                        ":validate:1.1<",
                        ":rollback-on-error:1.0<",
                        ":yang-library:1.1?revision=2019-01-04&amp;content-id=",
                        ">urn:example:people?module=example-people&amp;revision=2026-01-01<")
                .contains(
                        ":xpath:1.0<",
                        ":with-defaults:1.0?basic-mode=explicit&amp;also-supported=report-all,report-all-tagged,trim<")
                .doesNotContain(":startup", "module=example-network");
    }

    @Test
    @Tag("R17")
    void changesTheCandidateAndThenRunning() throws Exception {
        client.ok(client.edit("candidate", name("box")));

        assertThat(client.candidate(NAME)).contains(">box<");
        assertThat(client.running(NAME)).doesNotContain("box");
        client.ok("<commit/>");
        assertThat(client.running(NAME)).contains(">box<");
    }

    @Test
    @Tag("R17")
    void showsOneCandidateToAll() throws Exception {
        try (var other = Client.admin(box)) {
            client.ok(client.edit("candidate", name("mine")));
            assertThat(other.candidate(NAME)).contains(">mine<");

            other.ok("<discard-changes/>");
            assertThat(client.candidate(NAME)).doesNotContain("mine");
        }
    }

    @Test
    @Tag("R17")
    void keepsOthersOutOfALockedCandidate() throws Exception {
        client.ok("<lock><target><candidate/></target></lock>");
        try (var other = Client.admin(box)) {
            var refusal = other.rpc("<lock><target><candidate/></target></lock>");
            assertThat(Client.tag(refusal)).isEqualTo("lock-denied");
            assertThat(refusal).contains("<session-id>" + client.session() + "</session-id>");
            assertThat(other.refused(other.edit("candidate", name("no")))).isEqualTo("in-use");

            client.ok(client.edit("candidate", name("yes")));
            client.ok("<commit/>");
            client.ok("<unlock><target><candidate/></target></unlock>");
            other.ok("<lock><target><candidate/></target></lock>");
        }
    }

    @Test
    @Tag("R17")
    void theEndOfASessionFreesItsLocksAndItsCandidate() throws Exception {
        try (var other = Client.admin(box)) {
            other.ok("<lock><target><candidate/></target></lock>");
            other.ok(other.edit("candidate", name("half-done")));
            other.ok("<close-session/>");
            assertThat(other.closed()).isTrue();
        }

        eventually(
                () -> client.rpc("<lock><target><candidate/></target></lock>").contains("<ok/>"));
        assertThat(client.candidate(NAME)).doesNotContain("half-done");
    }

    @Test
    void editsRunningAtOnce() throws Exception {
        client.ok(client.edit("running", name("now")));

        assertThat(client.running(NAME)).contains(">now<");
        assertThat(client.candidate(NAME)).contains(">now<");
    }

    private static String rules(String... rules) {
        return "<rules xmlns=\"%s\" xmlns:n=\"%s\" xmlns:y=\"%s\">%s</rules>"
                .formatted(NETWORK, NETWORK, Names.YANG, String.join("", rules));
    }

    @Test
    @Tag("R17")
    void putsEntriesWhereTheUserWantsThem() throws Exception {
        client.ok(
                client.edit(
                        "candidate",
                        rules(
                                "<rule><id>1</id></rule><rule><id>2</id></rule><rule><id>3</id></rule>")));
        client.ok("<commit/>");
        client.ok(
                client.edit(
                        "candidate",
                        rules(
                                "<rule y:insert=\"before\" y:key=\"[n:id='1']\"><id>3</id></rule>",
                                "<rule nc:operation=\"create\" y:insert=\"after\""
                                        + " y:key=\"[n:id='3']\"><id>4</id></rule>")));
        client.ok("<commit/>");

        assertThat(client.running("<rules xmlns=\"" + NETWORK + "\"/>"))
                .containsSubsequence("<id>3<", "<id>4<", "<id>1<", "<id>2<");
        var refusal =
                client.rpc(
                        client.edit(
                                "running",
                                rules(
                                        "<rule y:insert=\"after\""
                                                + " y:key=\"[n:id='8']\"><id>3</id></rule>")));
        assertThat(Client.tag(refusal)).isEqualTo("bad-attribute");
        assertThat(refusal)
                .contains(
                        "<error-app-tag>missing-instance</error-app-tag>",
                        "<bad-attribute>key</bad-attribute>",
                        "/n:rules/n:rule[n:id='3']</error-path>");
    }

    @Test
    @Tag("R12")
    void saysWhereDataExistsOrIsMissing() throws Exception {
        client.ok(client.edit("candidate", eth0("")));

        var exists =
                client.rpc(
                        client.edit(
                                "candidate",
                                "<interfaces xmlns=\"urn:example:network\"><interface"
                                        + " nc:operation=\"create\">"
                                        + "<name>eth0</name></interface></interfaces>"));
        assertThat(Client.tag(exists)).isEqualTo("data-exists");
        assertThat(exists)
                .containsPattern(
                        "<error-path xmlns:n=\"urn:example:network\">"
                                + "/n:interfaces/n:interface\\[n:name='eth0'\\]</error-path>");
        assertThat(client.refused(client.edit("candidate", eth0("<mtu nc:operation=\"delete\"/>"))))
                .isEqualTo("data-missing");
        client.ok(client.edit("candidate", eth0("<mtu nc:operation=\"remove\"/>")));
    }

    private static String edit(String options, String config) {
        return "<edit-config><target><candidate/></target>%s<config>%s</config></edit-config>"
                .formatted(options, config);
    }

    @ParameterizedTest
    @ValueSource(strings = {"stop-on-error", "rollback-on-error"})
    void allOfAnEditOrNothing(String option) throws Exception {
        var refusal =
                client.refused(
                        edit(
                                "<error-option>" + option + "</error-option>",
                                name("first") + eth0("<mtu nc:operation=\"delete\"/>")));

        assertThat(refusal).isEqualTo("data-missing");
        assertThat(client.candidate(NAME)).doesNotContain("first");
    }

    @Test
    @Tag("R12")
    void continuesOnErrorWithTheRest() throws Exception {
        var refusal =
                client.rpc(
                        edit(
                                "<error-option>continue-on-error</error-option>",
                                name("first")
                                        + eth0(
                                                "<mtu>many</mtu><tag>t</tag><tunnel"
                                                        + " nc:operation=\"delete\"/><bogus><x/></bogus>")
                                        + "<route xmlns=\"urn:example:network\"><vrf>no"
                                        + " prefix</vrf></route>"));

        assertThat(Pattern.compile("<error-tag>([^<]*)").matcher(refusal).results())
                .extracting(found -> found.group(1))
                .containsExactly(
                        "invalid-value", "unknown-element", "missing-element", "data-missing");
        assertThat(client.candidate(NAME)).contains(">first<");
        assertThat(client.candidate(INTERFACES)).contains("<name>eth0</name><tag>t</tag>");
    }

    @Test
    void testsTheCandidateWhereThatIsAskedFor() throws Exception {
        var invalid = eth0("<parent>nobody</parent>");
        assertThat(client.refused(edit("<test-option>test-only</test-option>", invalid)))
                .isEqualTo("data-missing");
        assertThat(client.refused(edit("<test-option>test-then-set</test-option>", invalid)))
                .isEqualTo("data-missing");
        assertThat(client.candidate(INTERFACES)).doesNotContain("eth0");
        client.ok(edit("<test-option>test-only</test-option>", eth0("<mtu>100</mtu>")));
        assertThat(client.candidate(INTERFACES)).doesNotContain("eth0");

        client.ok(edit("<test-option>set</test-option>", invalid));
        client.ok(edit("", eth0("<mtu>100</mtu>")));
        assertThat(client.candidate(INTERFACES)).contains("nobody", "100");
    }

    /// RFC 6243 §4.5.2: who sends back a default that was shown as one does not set it.
    @Test
    void aValueThatIsMarkedAsDefaultIsNotSet() throws Exception {
        var settings = "<settings xmlns=\"urn:example:defaults\"/>";
        var marked =
                "<settings xmlns=\"urn:example:defaults\" xmlns:wd=\"%s\"><mode wd:default=\"%s\""
                        + " %s>%s</mode></settings>";
        client.ok(client.edit("candidate", marked.formatted(Names.DEFAULT, "false", "", "auto")));
        assertThat(client.candidate(settings)).contains(">auto<");

        client.ok(client.edit("candidate", marked.formatted(Names.DEFAULT, "true", "", "auto")));
        assertThat(client.candidate(settings)).doesNotContain("auto");
        client.ok(
                client.edit(
                        "candidate",
                        marked.formatted(Names.DEFAULT, "1", "nc:operation=\"create\"", "auto")));
        assertThat(client.candidate(settings)).doesNotContain("auto");
        assertThat(
                        client.refused(
                                client.edit(
                                        "candidate",
                                        marked.formatted(Names.DEFAULT, "true", "", "manual"))))
                .isEqualTo("invalid-value");
        assertThat(
                        client.refused(
                                client.edit(
                                        "candidate",
                                        marked.formatted(Names.DEFAULT, "yes", "", "auto"))))
                .isEqualTo("bad-attribute");
    }

    @Test
    void choosesByXPathAndShowsDefaults() throws Exception {
        client.ok(client.edit("running", eth0("<mtu>100</mtu>") + name("box")));
        var chosen =
                client.ok(
                        "<get-config><source><running/></source><filter type=\"xpath\""
                                + " xmlns:n=\"urn:example:network\""
                                + " select=\"//n:interface[n:name='eth0']/n:mtu\"/></get-config>");
        assertThat(chosen).contains("<name>eth0</name><mtu>100</mtu>").doesNotContain("box");
        var all =
                client.ok(
                        "<get><filter><settings xmlns=\"urn:example:defaults\"/></filter>"
                                + "<with-defaults xmlns=\"%s\">report-all-tagged</with-defaults></get>"
                                        .formatted(Names.WITH_DEFAULTS));
        assertThat(all).contains("wd:default=\"true\">auto</mode>");
    }

    @Test
    void theAuditLogIsToldWhatRequestsAreAbout() throws Exception {
        var told = new ConcurrentLinkedQueue<String>();
        box.datastore.audit(event -> {
            if (event.what().equals("request")) {
                told.add(event.operation() + " " + event.target());
            }
        });
        client.ok(client.edit("candidate", name("box")));
        client.ok("<commit/>");
        client.ok("<get-config><source><running/></source></get-config>");
        client.ok("<validate><source><candidate/></source></validate>");
        client.refused("<delete-config><target><url>file:///none</url></target></delete-config>");
        client.ok("<lock><target><running/></target></lock>");
        client.ok(
                "<get-data xmlns=\"%s\"><datastore xmlns:ds=\"%s\">ds:operational</datastore></get-data>"
                        .formatted(Names.NMDA, Names.DATASTORES));
        client.ok("<close-session/>");
        while (told.size() < 8) {
            Thread.onSpinWait();
        }
        box.datastore.audit(Audit.NONE);
        assertThat(told)
                .containsExactly(
                        "edit-config candidate",
                        "commit null",
                        "get-config running",
                        "validate candidate",
                        "delete-config file:///none",
                        "lock running",
                        "get-data operational",
                        "close-session null");
    }

    @Test
    void defaultOperations() throws Exception {
        client.ok(client.edit("candidate", name("box") + eth0("<mtu>100</mtu>")));

        client.ok(
                "<edit-config><target><candidate/></target><default-operation>none</default-operation>"
                        + "<config>"
                        + eth0("<mtu nc:operation=\"replace\">200</mtu>")
                        + "</config></edit-config>");
        assertThat(client.candidate(INTERFACES)).contains("<mtu>200</mtu>");
        assertThat(
                        client.refused(
                                "<edit-config><target><candidate/></target>"
                                        + "<default-operation>none</default-operation><config><interfaces"
                                        + " xmlns=\"urn:example:network\"><interface><name>eth7</name><mtu"
                                        + " nc:operation=\"merge\">200</mtu></interface></interfaces>"
                                        + "</config></edit-config>"))
                .isEqualTo("data-missing");

        client.ok(
                "<edit-config><target><candidate/></target><default-operation>replace</default-operation>"
                        + "<config>"
                        + name("alone")
                        + "</config></edit-config>");
        assertThat(client.candidate(NAME)).contains(">alone<");
        assertThat(client.candidate(INTERFACES)).doesNotContain("eth0");
    }

    @Test
    @Tag("R64")
    void keepsARefusedCandidateForRepair() throws Exception {
        client.ok(client.edit("candidate", eth0("<parent>eth9</parent>")));

        var refusal = client.rpc("<commit/>");
        assertThat(refusal).contains("n:parent</error-path>");
        assertThat(client.running(INTERFACES)).doesNotContain("eth0");
        assertThat(client.rpc("<validate><source><candidate/></source></validate>"))
                .contains("<rpc-error>");

        client.ok(client.edit("candidate", eth0("<parent>eth0</parent>")));
        client.ok("<validate><source><candidate/></source></validate>");
        client.ok("<commit/>");
        assertThat(client.running(INTERFACES)).contains("<parent>eth0</parent>");
    }

    @Test
    @Tag("R34")
    void tellsEverythingTheComponentsSay() throws Exception {
        var at =
                YangInstanceIdentifier.of(
                        NodeIdentifier.create(QName.create(NETWORK, "2026-02-02", "hostname")));
        box.datastore.attach(
                component(_ ->
                        CompletableFuture.completedFuture(
                                List.of(
                                        DataError.at(at, ErrorTag.RESOURCE_DENIED, "no room"),
                                        DataError.of(ErrorTag.OPERATION_FAILED, "and no will")))));
        client.ok(client.edit("candidate", name("box")));

        var refusal = client.rpc("<commit/>");

        assertThat(Client.tag(refusal)).isEqualTo("resource-denied");
        assertThat(refusal)
                .contains(">/n:hostname</error-path>", "no room", "and no will")
                .containsOnlyOnce("<error-tag>operation-failed</error-tag>");
        assertThat(client.running(NAME)).doesNotContain("box");
    }

    @Test
    @Tag("R35")
    void finishesTheCommitOfASessionThatIsKilled() throws Exception {
        var asked = new CountDownLatch(1);
        var answer = new CompletableFuture<List<DataError>>();
        box.datastore.attach(
                component(_ -> {
                    asked.countDown();
                    return answer;
                }));
        client.ok(client.edit("candidate", name("decided")));
        client.send("<rpc xmlns=\"" + Names.BASE + "\" message-id=\"c\"><commit/></rpc>");
        assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();

        try (var killer = Client.admin(box)) {
            killer.send(
                    "<rpc xmlns=\"%s\" message-id=\"k\"><kill-session><session-id>%d</session-id></kill-session></rpc>"
                            .formatted(Names.BASE, client.session()));
            assertThat(client.closed()).isTrue();
            answer.complete(List.of());
            assertThat(killer.receive()).contains("<ok/>");
            assertThat(killer.running(NAME)).contains(">decided<");
        }
    }

    @Test
    void killsOtherSessionsOnly() throws Exception {
        try (var victim = Client.admin(box)) {
            victim.ok("<lock><target><running/></target></lock>");

            assertThat(client.refused(kill(client.session()))).isEqualTo("invalid-value");
            assertThat(client.refused(kill(4711))).isEqualTo("invalid-value");
            client.ok(kill(victim.session()));

            assertThat(victim.closed()).isTrue();
            client.ok("<lock><target><running/></target></lock>");
        }
    }

    @Test
    void copies() throws Exception {
        client.ok(client.edit("candidate", name("box")));
        client.ok(
                "<copy-config><target><running/></target><source><candidate/></source></copy-config>");
        assertThat(client.running(NAME)).contains(">box<");

        client.ok(client.edit("candidate", name("other")));
        client.ok(
                "<copy-config><target><candidate/></target><source><running/></source></copy-config>");
        assertThat(client.candidate(NAME)).contains(">box<");

        client.ok(
                "<copy-config><target><candidate/></target><source><config>"
                        + eth0("")
                        + "</config></source></copy-config>");
        assertThat(client.candidate("<hostname/>" + INTERFACES))
                .contains("eth0")
                .doesNotContain(">box<");
        assertThat(
                        client.refused(
                                "<copy-config><target><running/></target><source><running/></source></copy-config>"))
                .isEqualTo("invalid-value");
    }

    @Test
    @Tag("R12")
    void validatesContentOfTheRequest() throws Exception {
        client.ok(
                "<validate><source><config>"
                        + eth0("<mtu>99</mtu>")
                        + "</config></source></validate>");
        assertThat(
                        client.rpc(
                                "<validate><source><config>"
                                        + eth0("<parent>no</parent>")
                                        + "</config></source></validate>"))
                .contains("<rpc-error>", "n:parent</error-path>");
        assertThat(client.running(INTERFACES)).doesNotContain("eth0");
    }

    @Test
    @Tag("R12")
    void testsAnEditWithoutDoingIt() throws Exception {
        var edit =
                "<edit-config><target><candidate/></target><test-option>test-only</test-option>"
                        + "<config>%s</config></edit-config>";

        client.ok(edit.formatted(eth0("<mtu>99</mtu>")));
        assertThat(client.rpc(edit.formatted(eth0("<parent>no</parent>"))))
                .contains("<rpc-error>", "n:parent</error-path>");
        assertThat(client.refused(edit.formatted(eth0("<mtu nc:operation=\"delete\"/>"))))
                .isEqualTo("data-missing");

        assertThat(client.candidate(INTERFACES)).doesNotContain("eth0");
    }

    @Test
    void givesSchemas() throws Exception {
        var get = "<get-schema xmlns=\"%s\"><identifier>%s</identifier>%s</get-schema>";

        assertThat(
                        client.ok(
                                get.formatted(
                                        Names.MONITORING,
                                        "example-people",
                                        "<version>2026-01-01</version><format>yang</format>")))
                .contains(
                        "module example-people {",
                        "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring\">");
        assertThat(
                        client.refused(
                                get.formatted(
                                        Names.MONITORING,
                                        "example-people",
                                        "<version>2020-01-01</version>")))
                .isEqualTo("invalid-value");
        assertThat(
                        client.refused(
                                get.formatted(
                                        Names.MONITORING,
                                        "example-people",
                                        "<format>yin</format>")))
                .isEqualTo("invalid-value");
        assertThat(client.refused("<get-schema xmlns=\"" + Names.MONITORING + "\"/>"))
                .isEqualTo("missing-element");
    }

    @Test
    void showsSessionsAndLocksAsState() throws Exception {
        client.ok("<lock><target><running/></target></lock>");
        var get =
                "<get><filter><netconf-state xmlns=\"%s\"><sessions/><datastores/></netconf-state></filter></get>"
                        .formatted(Names.MONITORING);
        var lock = "<locked-by-session>" + client.session() + "</locked-by-session>";

        assertThat(client.ok(get)).contains(lock, "<username>admin</username>");
        assertThat(client.ok("<get/>")).contains("<identifier>example-network</identifier>");

        client.ok("<unlock><target><running/></target></unlock>");
        assertThat(client.ok(get)).doesNotContain("locked-by-session");
    }

    @Test
    @Tag("R14")
    void carriesOutOperationsOfModules() throws Exception {
        var ping = QName.create(NETWORK, "2026-02-02", "ping");
        var answers = NodeIdentifier.create(QName.create(ping, "answers"));
        box.datastore
                .operations()
                .register(
                        ping,
                        (input, by) -> {
                            assertThat(by.user()).isEqualTo("admin");
                            assertThat(String.valueOf(input)).contains("far-away");
                            return Optional.of(
                                    ImmutableNodes.newContainerBuilder()
                                            .withNodeIdentifier(
                                                    NodeIdentifier.create(
                                                            QName.create(ping, "output")))
                                            .withChild(
                                                    ImmutableNodes.leafNode(
                                                            answers, Uint8.valueOf(3)))
                                            .build());
                        });
        box.datastore
                .operations()
                .register(QName.create(ping, "nothing"), (_, _) -> Optional.empty());

        assertThat(client.ok("<ping xmlns=\"urn:example:network\"><host>far-away</host></ping>"))
                .contains("<answers xmlns=\"urn:example:network\">3</answers>");
        assertThat(client.ok("<nothing xmlns=\"urn:example:network\"/>")).contains("<ok/>");
        assertThat(client.refused("<ping xmlns=\"urn:example:network\"/>"))
                .isEqualTo("missing-element");
        assertThat(
                        client.refused(
                                "<ping"
                                        + " xmlns=\"urn:example:network\"><host>a</host><count>x</count></ping>"))
                .isEqualTo("invalid-value");
        assertThat(client.refused("<unwilling xmlns=\"urn:example:network\"/>"))
                .isEqualTo("operation-not-supported");
    }

    @Test
    @Tag("R17")
    @Tag("R35")
    void aConfirmedCommitIsConfirmedCancelledOrEndsWithItsSession() throws Exception {
        var h = "xmlns='urn:lagopus:yang:lagopus-history'";
        var filter = "<history %s/>".formatted(h);
        var edit =
                client.edit(
                        "candidate",
                        "<history %s><config><maximum-size>9</maximum-size></config></history>"
                                .formatted(h));
        assertThat(client.hello()).contains(":confirmed-commit:1.1");
        client.ok(edit);
        client.ok("<commit><confirmed/><confirm-timeout>600</confirm-timeout></commit>");
        assertThat(client.running(filter)).contains("maximum-size");
        try (var other = Client.admin(box)) {
            assertThat(other.refused("<commit/>")).isEqualTo("in-use");
            assertThat(other.refused("<cancel-commit/>")).isEqualTo("operation-failed");
        }
        client.ok("<cancel-commit/>");
        assertThat(client.running(filter)).doesNotContain("maximum-size");
        client.ok("<discard-changes/>");
        client.ok(edit);
        client.ok("<commit><confirmed/><persist>a word</persist></commit>");
        try (var other = Client.admin(box)) {
            assertThat(other.refused("<commit><persist-id>no</persist-id></commit>"))
                    .isEqualTo("invalid-value");
            other.ok("<commit><persist-id>a word</persist-id></commit>");
            other.ok(
                    other.edit(
                            "candidate",
                            "<history %s><config><maximum-size>8</maximum-size></config></history>"
                                    .formatted(h)));
            other.ok("<commit><confirmed/></commit>");
            assertThat(client.running(filter)).contains(">8<");
            other.ok("<close-session/>");
            assertThat(other.closed()).isTrue();
        }
        assertThat(client.running(filter)).contains(">9<");
    }

    @Test
    @Tag("R10")
    void aCommitMayHaveACommentAndIsListedAndTakenBack() throws Exception {
        var h = "xmlns='urn:lagopus:yang:lagopus-history'";
        client.ok(
                client.edit(
                        "candidate",
                        "<history %s><config><maximum-size>9</maximum-size></config></history>"
                                .formatted(h)));
        client.ok("<commit><comment %s>why not</comment></commit>".formatted(h));
        assertThat(client.ok("<list-commits %s><limit>1</limit></list-commits>".formatted(h)))
                .contains("<comment>why not</comment>", "<user>admin</user>", "<id>1</id>");
        assertThat(client.ok("<show-commit %s><id>1</id></show-commit>".formatted(h)))
                .contains("<operation>create</operation>", "maximum-size");
        client.ok("<rollback %s><to>0</to></rollback>".formatted(h));
        assertThat(client.running("<history %s/>".formatted(h))).doesNotContain("maximum-size");
        assertThat(client.refused("<rollback %s><to>99</to></rollback>".formatted(h)))
                .isEqualTo("invalid-value");
        assertThat(client.refused("<rollback %s/>".formatted(h))).isEqualTo("missing-element");
        assertThat(client.refused("<show-commit %s/>".formatted(h))).isEqualTo("missing-element");
        assertThat(client.refused("<commit><comment %s/></commit>".formatted(h)))
                .isEqualTo("invalid-value");
        assertThat(client.refused("<commit><comment>x</comment></commit>"))
                .isEqualTo("unknown-element");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "missing-element | confirmed |"
                        + " <commit><confirm-timeout>3</confirm-timeout></commit>",
                "missing-element | confirmed | <commit><persist>3</persist></commit>",
                "invalid-value | confirm-timeout |"
                        + " <commit><confirmed/><confirm-timeout>0</confirm-timeout></commit>",
                "invalid-value | confirm-timeout |"
                        + " <commit><confirmed/><confirm-timeout>x</confirm-timeout></commit>",
                "invalid-value | persist-id | <commit><persist-id>1</persist-id></commit>",
                "invalid-value | persist-id |"
                        + " <cancel-commit><persist-id>1</persist-id></cancel-commit>",
                "unknown-element | startup | <cancel-commit><startup/></cancel-commit>",
                "unknown-element | startup | <get-config><source><startup/></source></get-config>",
                "data-missing | |"
                        + " <copy-config><target><running/></target><source><url>file:///x</url></source></copy-config>",
                "unknown-element | url |"
                        + " <get-config><source><url>file:///x</url></source></get-config>",
                "bad-element | config |"
                        + " <edit-config><target><running/></target><url>file:///x</url><config/></edit-config>",
                "invalid-value | with-defaults | <get><with-defaults"
                        + " xmlns='urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults'>none</with-defaults></get>",
                "bad-attribute | type | <get><filter type='json' select='/a'/></get>",
                "missing-attribute | select | <get><filter type='xpath'/></get>",
                "invalid-value | filter | <get><filter type='xpath' select='1'/></get>",
                "unknown-attribute | select | <get><filter select='/a'/></get>",
                "unknown-attribute | x | <commit x='1'/>",
                "missing-element | target | <edit-config><config/></edit-config>",
                "missing-element | config | <edit-config><target><running/></target></edit-config>",
                "missing-element | source | <get-config/>",
                "missing-element | source | <get-config><source/></get-config>",
                "missing-element | rpc | <!-- nothing -->",
                "unknown-attribute | get | <get odd='1'/>",
                "unknown-namespace | odd | <edit-config><target><candidate/></target><config><odd"
                        + " xmlns='no uri %% at all'/></config></edit-config>",
                "bad-element | candidate | <lock><target><running/><candidate/></target></lock>",
                "bad-element | target |"
                        + " <lock><target><running/></target><target><running/></target></lock>",
                "bad-element | default-operation |"
                        + " <edit-config><target><candidate/></target><config/><default-operation>none</default-operation></edit-config>",
                "invalid-value | default-operation |"
                        + " <edit-config><target><candidate/></target><default-operation>delete</default-operation><config/></edit-config>",
                "invalid-value | test-option |"
                        + " <edit-config><target><candidate/></target><test-option>no</test-option><config/></edit-config>",
                "operation-not-supported | |"
                        + " <delete-config><target><running/></target></delete-config>",
                "operation-not-supported | | <delta xmlns='urn:example:unknown'/>",
                "operation-failed | | <cancel-commit/>",
                "missing-element | action | <action xmlns='urn:ietf:params:xml:ns:yang:1'/>",
                "unknown-element | lock | <commit/><lock/>",
            })
    void refusesWhatItDoesNotSupport(String tag, @Nullable String info, String operation)
            throws Exception {
        var refusal = client.rpc(operation);

        assertThat(Client.tag(refusal)).isEqualTo(tag);
        if (info != null) {
            assertThat(refusal).containsPattern("<bad-(element|attribute)>" + info + "</");
        }
        client.ok("<get-config><source><running/></source><filter/></get-config>");
    }

    @Test
    void returnsTheAttributesOfTheRequest() throws Exception {
        var reply =
                client.raw(
                        "<n:rpc xmlns:n=\"%s\" message-id=\"a&lt;1\" xmlns:ex=\"urn:ex\" ex:user=\"fred\" more=\"x\"><n:discard-changes/></n:rpc>"
                                .formatted(Names.BASE));

        assertThat(reply)
                .contains(
                        "message-id=\"a&lt;1\"",
                        "ex:user=\"fred\"",
                        "xmlns:ex=\"urn:ex\"",
                        "more=\"x\"",
                        "<ok/>");
    }

    @Test
    void answersWhatItCannotReadAndGoesOn() throws Exception {
        assertThat(Client.tag(client.raw("<rpc xmlns=\"" + Names.BASE + "\"><get/></rpc>")))
                .isEqualTo("missing-attribute");
        assertThat(Client.tag(client.raw("<rpc"))).isEqualTo("malformed-message");
        var half =
                client.raw(
                        "<rpc xmlns=\"%s\" message-id=\"7\"><discard-changes></rpc>"
                                .formatted(Names.BASE));
        assertThat(Client.tag(half)).isEqualTo("malformed-message");
        assertThat(half).contains("message-id=\"7\"");
        assertThat(
                        Client.tag(
                                client.raw(
                                        "<!DOCTYPE x [<!ENTITY e \"boo\">]><rpc xmlns=\"%s\" message-id=\"8\"><get/></rpc>"
                                                .formatted(Names.BASE))))
                .isIn("operation-failed", "malformed-message");
        assertThat(Client.tag(client.raw("<hello xmlns=\"" + Names.BASE + "\"/>")))
                .isEqualTo("unknown-element");
        client.ok("<discard-changes/>");
    }

    @Test
    void leavesEverythingAloneWhenTheEndOfAMessageIsWrong() throws Exception {
        assertThat(
                        Client.tag(
                                client.raw(
                                        "<rpc xmlns=\"%s\" message-id=\"7\">%s</rpc><more/>"
                                                .formatted(
                                                        Names.BASE,
                                                        client.edit("candidate", name("wrong"))))))
                .isEqualTo("malformed-message");

        assertThat(client.candidate(NAME)).doesNotContain("wrong");
    }

    @Test
    void speaksTheOldProtocolToo() throws Exception {
        try (var old =
                Client.ssh(
                        box.address(),
                        "admin",
                        "secret",
                        null,
                        "urn:ietf:params:netconf:base:1.0")) {
            old.ok(
                    old.edit(
                            "candidate",
                            "<interfaces"
                                    + " xmlns=\"urn:example:network\"><interface><name>]]&gt;]]</name></interface></interfaces>"));
            assertThat(old.candidate(INTERFACES)).contains("<name>]]&gt;]]</name>");
            assertThat(Client.tag(old.raw("<rpc"))).isEqualTo("operation-failed");
        }
    }

    @Test
    void streamsALargeConfigurationBothWays() throws Exception {
        int entries = 20_000;
        var config = new StringBuilder();
        for (int i = 0; i < entries; i++) {
            config.append("<route xmlns=\"urn:example:network\"><prefix>p")
                    .append(i)
                    .append("</prefix><vrf>v</vrf><metric>")
                    .append(i)
                    .append("</metric></route>");
        }
        client.ok(client.edit("candidate", config.toString()));
        client.ok("<commit/>");

        var reply = client.running("<route xmlns=\"urn:example:network\"/>");

        assertThat(reply.split("</route>", -1)).hasSize(entries + 1);
        assertThat(reply).contains("<prefix>p19999</prefix><vrf>v</vrf><metric>19999</metric>");
    }

    private static String kill(long session) {
        return "<kill-session><session-id>" + session + "</session-id></kill-session>";
    }

    private static String name(String name) {
        return "<hostname xmlns=\"urn:example:network\">" + name + "</hostname>";
    }

    private static String eth0(String content) {
        return "<interfaces xmlns=\"urn:example:network\"><interface><name>eth0</name>"
                + content
                + "</interface></interfaces>";
    }

    private interface Check {
        boolean holds() throws Exception;
    }

    /// Some things are told a little later.
    private static void eventually(Check check) throws Exception {
        long deadline = System.nanoTime() + Client.PATIENCE.toNanos();
        while (!check.holds()) {
            assertThat(System.nanoTime()).as("waited in vain").isLessThan(deadline);
            Thread.sleep(20);
        }
    }

    private static Participant component(
            Function<Transaction, CompletionStage<List<DataError>>> prepare) {
        return new Participant() {
            @Override
            public String name() {
                return "test";
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
            public List<YangInstanceIdentifier> subscriptions() {
                return List.of(
                        YangInstanceIdentifier.of(
                                NodeIdentifier.create(
                                        QName.create(NETWORK, "2026-02-02", "hostname"))));
            }

            @Override
            public CompletionStage<List<DataError>> prepare(Transaction transaction) {
                return prepare.apply(transaction);
            }

            @Override
            public CompletionStage<List<DataError>> commit(Transaction transaction) {
                return CompletableFuture.completedFuture(List.of());
            }

            @Override
            public CompletionStage<List<DataError>> abort(Transaction transaction) {
                return CompletableFuture.completedFuture(List.of());
            }
        };
    }
}
