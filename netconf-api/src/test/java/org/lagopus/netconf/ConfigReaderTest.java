package org.lagopus.netconf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Edit;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.model.api.EffectiveModelContext;

@Tag("R14")
class ConfigReaderTest {
    private static final String INTERFACES =
            "<interfaces xmlns=\"urn:example:network\">%s</interfaces>";

    @Test
    void makesOneEditOfEachTopLevelNode() throws Exception {
        var edits =
                Fixture.edits(
                        """
                        <hostname xmlns="urn:example:network">box</hostname>
                        <dns xmlns="urn:example:network">b</dns>
                        <dns xmlns="urn:example:network">a</dns>
                        <full xmlns="urn:example:network"><level>3</level></full>
                        <route xmlns="urn:example:network"><vrf>red</vrf><prefix>10/8</prefix></route>
                        """);

        assertThat(shown(edits))
                .containsExactlyInAnyOrder(
                        "MERGE /example-network:hostname",
                        "MERGE /example-network:dns",
                        "MERGE /", // the choice that full is of
                        "MERGE /example-network:route");
    }

    @Test
    void readsBackWhatItWrote() throws Exception {
        var content =
                "<hostname xmlns=\"urn:example:network\">box</hostname>"
                        + "<dns xmlns=\"urn:example:network\">b</dns>"
                        + "<dns xmlns=\"urn:example:network\">a</dns>"
                        + INTERFACES.formatted(
                                "<interface><name>e&lt;0</name><mtu>1500</mtu>"
                                        + "<color xmlns=\"urn:example:augment\">blue</color>"
                                        + "<tunnel/></interface>")
                        + "<rules xmlns=\"urn:example:network\"><rule><id>9</id></rule>"
                        + "<rule><id>1</id></rule><rule><id>5</id></rule></rules>"
                        + "<simple xmlns=\"urn:example:network\"></simple>";

        var written = Fixture.written(Fixture.whole(content), null, null);

        assertThat(Fixture.whole(written)).isEqualTo(Fixture.whole(content));
        assertThat(written).contains("<dns xmlns=\"urn:example:network\">b</dns><dns");
        assertThat(written.replaceAll("<[^>]*>", " ")).containsSubsequence("9", "1", "5");
    }

    @Test
    void understandsIdentitiesByTheirPrefixWhereverItIsBound() throws Exception {
        var config =
                Fixture.whole(
                        INTERFACES.formatted(
                                "<interface><name>a</name><type"
                                        + " xmlns:x=\"urn:example:augment\">x:tunnel</type></interface>"
                                        + "<interface><name>b</name><type>ethernet</type></interface>"
                                        + "<interface><name>c</name><where"
                                        + " xmlns:y=\"urn:example:network\">/y:hostname</where></interface>"));

        var written = Fixture.written(config, null, null);

        assertThat(Fixture.whole(written)).isEqualTo(config);
        assertThat(written).contains("xmlns:a=\"urn:example:augment\">a:tunnel</type>");
    }

    @Test
    void keepsEveryCharacterThatXmlHas() throws Exception {
        var name = "a&#13;\n\t&#128039;ü]]&gt;&amp;&lt;";
        var config =
                Fixture.whole(
                        INTERFACES.formatted("<interface><name>" + name + "</name></interface>"));

        assertThat(Fixture.whole(Fixture.written(config, null, null))).isEqualTo(config);
        assertThat(String.valueOf(config)).contains("\r", "\ud83d\udc27");
    }

    @Test
    void showsCharactersThatXmlHasNotAsMissing() throws Exception {
        var id =
                NodeIdentifier.create(
                        QName.create("urn:example:network", "2026-02-02", "hostname"));
        var root =
                ImmutableNodes.newContainerBuilder()
                        .withNodeIdentifier(NodeIdentifier.create(EffectiveModelContext.NAME))
                        .withChild(ImmutableNodes.leafNode(id, "a\u0001b\ud800"))
                        .build();

        assertThat(Fixture.written(root, null, null)).contains(">a\ufffdb\ufffd</hostname>");
    }

    @Test
    void cutsNestedOperationsOutOfTheNodeAboveThem() throws Exception {
        var edits =
                Fixture.edits(
                        INTERFACES.formatted(
                                """
                                <interface>
                                  <name>eth0</name>
                                  <mtu>1500</mtu>
                                  <tag nc:operation="create">x</tag>
                                  <tag nc:operation="delete">y</tag>
                                  <tunnel nc:operation="replace"><remote>r</remote></tunnel>
                                  <ip nc:operation="remove"/>
                                </interface>
                                <interface nc:operation="delete"><name>eth1</name><mtu>nonsense</mtu></interface>
                                """));

        var eth0 = "/example-network:interfaces/interface[name='eth0']";
        assertThat(shown(edits))
                .containsExactly(
                        "MERGE /example-network:interfaces",
                        "CREATE " + eth0 + "/tag[.='x']",
                        "DELETE " + eth0 + "/tag[.='y']",
                        "REPLACE " + eth0 + "/tunnel",
                        "REMOVE " + eth0 + "/ip",
                        "DELETE /example-network:interfaces/interface[name='eth1']");
        var merged = String.valueOf(edits.getFirst().data());
        assertThat(merged).contains("1500").doesNotContain("eth1", "remote");
    }

    @Test
    void cutsOutOfWhatWasCutOut() throws Exception {
        var edits =
                Fixture.edits(
                        "<interfaces xmlns=\"urn:example:network\""
                                + " nc:operation=\"replace\"><interface><name>a</name><mtu"
                                + " nc:operation=\"merge\">99</mtu></interface></interfaces>");

        assertThat(shown(edits))
                .containsExactly(
                        "REPLACE /example-network:interfaces",
                        "MERGE /example-network:interfaces/interface[name='a']/mtu");
    }

    @Test
    void takesKeysWhereverTheyStand() throws Exception {
        var edits =
                Fixture.edits(
                        "<route xmlns=\"urn:example:network\"><metric nc:operation=\"delete\"/>"
                                + "<vrf>red</vrf><prefix>10/8</prefix></route>");

        assertThat(shown(edits).getLast())
                .isEqualTo("DELETE /example-network:route[prefix='10/8'][vrf='red']/metric");
    }

    @Test
    void asksOnlyForExistenceUnderNone() throws Exception {
        var edits =
                Fixture.edits(
                        Edit.Operation.NONE,
                        INTERFACES.formatted(
                                "<interface><name>a</name><tunnel/>"
                                        + "<mtu nc:operation=\"merge\">99</mtu></interface>"));

        assertThat(shown(edits))
                .containsExactly(
                        "NONE /example-network:interfaces/interface[name='a']",
                        "NONE /example-network:interfaces/interface[name='a']/tunnel",
                        "MERGE /example-network:interfaces/interface[name='a']/mtu");
    }

    @Test
    void replacesEverythingWhereReplaceIsTheDefault() throws Exception {
        var edits =
                Fixture.edits(
                        Edit.Operation.REPLACE,
                        "<hostname xmlns=\"urn:example:network\">a</hostname>");

        assertThat(edits).hasSize(1);
        assertThat(edits.getFirst().path().isEmpty()).isTrue();
        assertThat(edits.getFirst().operation()).isEqualTo(Edit.Operation.REPLACE);
    }

    @Test
    void takesATopLevelContainerTwice() throws Exception {
        assertThat(
                        shown(
                                Fixture.edits(
                                        INTERFACES.formatted(
                                                        "<interface><name>a</name></interface>")
                                                + INTERFACES.formatted(
                                                        "<interface><name>b</name></interface>"))))
                .containsExactly(
                        "MERGE /example-network:interfaces", "MERGE /example-network:interfaces");
    }

    @Tag("R12")
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "unknown-element | <bogus/> | bad-element=bogus | ",
                "unknown-element | <interface><name>a</name><bogus/></interface> |"
                        + " bad-element=bogus | [name='a']",
                "unknown-namespace | <x xmlns='urn:nowhere'/> | bad-namespace=urn:nowhere | ",
                "invalid-value | <interface><name>a</name><mtu>x</mtu></interface> |"
                        + " bad-element=mtu | /mtu",
                "invalid-value | <interface><name>a</name><mtu>10</mtu></interface> |"
                        + " bad-element=mtu | [name='a']/mtu",
                "invalid-value | <interface><name>a</name><type>n:none</type></interface> |"
                        + " bad-element=type | /type",
                "missing-element | <interface><mtu>99</mtu></interface> | bad-element=name |"
                        + " /interface",
                "missing-element | <interface nc:operation='delete'/> | bad-element=name |"
                        + " /interface",
                "bad-element | <interface><name>a</name><name>b</name></interface> |"
                        + " bad-element=name | /name",
                "bad-element |"
                        + " <interface><name>a</name></interface><interface><name>a</name></interface>"
                        + " | bad-element=interface | ",
                "bad-element | <interface><name>a</name><ip>1</ip><dhcp/></interface> |"
                        + " bad-element=dhcp | ",
                "bad-element | <interface><name>a</name><v4/><v6/></interface> | bad-element=v6 | ",
                "bad-element | text | bad-element=text | /example-network:interfaces",
                "bad-element | <interface><name><b/></name></interface> | bad-element=b | /name",
                "bad-attribute | <interface nc:operation='explode'><name>a</name></interface> |"
                        + " bad-attribute=operation | ",
                "bad-attribute | <interface><name nc:operation='delete'>a</name></interface> |"
                        + " bad-attribute=operation | ",
                "bad-attribute | <interface nc:operation='delete'><name>a</name><tunnel"
                        + " nc:operation='merge'/></interface> | bad-attribute=operation | ",
                "unknown-attribute | <interface operation='delete'><name>a</name></interface> |"
                        + " bad-attribute=operation | ",
                "unknown-element | <interface><name>a</name><oper>up</oper></interface> |"
                        + " bad-element=oper | /oper",
                "unknown-attribute | <interface xmlns:y='urn:ietf:params:xml:ns:yang:1'"
                        + " y:insert='first'><name>a</name></interface> | bad-attribute=insert | ",
            })
    void refusesWith(String tag, String content, @Nullable String info, @Nullable String path) {
        var error = refused(INTERFACES.formatted(content));

        assertThat(error.tag().elementBody()).isEqualTo(tag);
        if (info != null) {
            assertThat(error.info().entrySet().stream().map(Object::toString)).contains(info);
        }
        var at = Fixture.MODEL.format(Objects.requireNonNull(error.path()));
        if (path != null) {
            assertThat(at).endsWith(path);
        }
        assertThat(error.message()).isNotBlank().doesNotContain("%n", "Exception", "org.");
    }

    private static String rule(String attributes, int id) {
        return "<rule xmlns:y='%s' xmlns:n='urn:example:network' %s><id>%d</id></rule>"
                .formatted(Names.YANG, attributes, id);
    }

    @Test
    void readsWhereEntriesGo() throws Exception {
        var edits =
                Fixture.edits(
                        "<rules xmlns=\"urn:example:network\">"
                                + rule("", 1)
                                + rule("y:insert='first'", 2)
                                + rule("y:insert='after' y:key=\" [ n:id = '1' ] \"", 3)
                                + rule("", 4)
                                + "</rules>"
                                + "<dns xmlns=\"urn:example:network\" xmlns:y=\"%s\" y:insert=\"before\" y:value=\"b\">a</dns>"
                                        .formatted(Names.YANG));

        assertThat(shown(edits))
                .as("entries behind one with a place come after it")
                .containsExactly(
                        "MERGE /example-network:rules",
                        "MERGE /example-network:rules/rule[id='2']",
                        "MERGE /example-network:rules/rule[id='3']",
                        "MERGE /example-network:rules/rule[id='4']",
                        "MERGE /example-network:dns[.='a']");
        assertThat(edits.stream().map(Edit::position))
                .containsExactly(
                        null,
                        new Edit.Position.First(),
                        new Edit.Position.After(
                                Fixture.MODEL
                                        .parse("/example-network:rules/rule[id='1']")
                                        .getLastPathArgument()),
                        null,
                        new Edit.Position.Before(
                                Fixture.MODEL
                                        .parse("/example-network:dns[.='b']")
                                        .getLastPathArgument()));
    }

    @Tag("R12")
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "bad-attribute     | y:insert='middle' | insert",
                "bad-attribute     | y:insert='first' nc:operation='delete' | insert",
                "missing-attribute | y:insert='before' | key",
                "unknown-attribute | y:insert='first' y:key=\"[n:id='1']\" | key",
                "unknown-attribute | y:key=\"[n:id='1']\" | key",
                "unknown-attribute | y:insert='after' y:value='1' | value",
                "bad-attribute     | y:insert='after' y:key='' | key",
                "bad-attribute     | y:insert='after' y:key='1' | key",
                "bad-attribute     | y:insert='after' y:key=\"[n:id='one']\" | key",
                "bad-attribute     | y:insert='after' y:key=\"[n:name='1']\" | key",
                "bad-attribute     | y:insert='after' y:key=\"[m:id='1']\" | key",
                "bad-attribute     | y:insert='after' y:key=\"[n:id='1'][n:id='1']\" | key",
                "bad-attribute     | y:insert='after' y:key=\"[n:id='1'] x\" | key",
            })
    void refusesAPlaceThatIsNone(String tag, String attributes, String attribute) {
        var error =
                refused("<rules xmlns=\"urn:example:network\">" + rule(attributes, 2) + "</rules>");

        assertThat(error.tag().elementBody()).isEqualTo(tag);
        assertThat(error.info())
                .containsEntry("bad-attribute", attribute)
                .containsEntry("bad-element", "rule");
    }

    @Tag("R12")
    @Test
    void passesOnTheAppTagOfTheModule() {
        var error =
                refused(
                        INTERFACES.formatted(
                                "<interface><name>a</name><mtu>9001</mtu></interface>"));

        assertThat(error.appTag()).isEqualTo("mtu-range");
    }

    @Test
    void limitsTextAndDepth() {
        assertThat(
                        refused(
                                        "<hostname xmlns=\"urn:example:network\">"
                                                + "a".repeat(1001)
                                                + "</hostname>")
                                .tag()
                                .elementBody())
                .isEqualTo("too-big");
        assertThat(
                        refused(
                                        "<interfaces xmlns=\"urn:example:network\""
                                                + " nc:operation=\"delete\">"
                                                + "<a>".repeat(30)
                                                + "</a>".repeat(30)
                                                + "</interfaces>")
                                .tag()
                                .elementBody())
                .isEqualTo("too-big");
    }

    private static DataError refused(String content) {
        var caught = new DataError[1];
        assertThatExceptionOfType(DatastoreException.class)
                .isThrownBy(() -> Fixture.edits(content))
                .satisfies(e -> caught[0] = e.errors().getFirst());
        return caught[0];
    }

    private static List<String> shown(List<Edit> edits) {
        return edits.stream()
                .map(edit -> edit.operation() + " " + Fixture.MODEL.format(edit.path()))
                .toList();
    }
}
