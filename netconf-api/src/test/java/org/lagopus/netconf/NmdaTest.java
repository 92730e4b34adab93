package org.lagopus.netconf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Face;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;

/// The datastores of RFC 8342 by the operations of RFC 8526, asked for by a real client.
@Tag("R2")
@Timeout(60)
class NmdaTest {
    private static final String NETWORK = "urn:example:network";
    private static final String DEFAULTS = "urn:example:defaults";
    private static final Map<String, String> INTERFACES =
            Map.of("subtree", "<interfaces xmlns=\"" + NETWORK + "\"/>");
    private static final Map<String, String> SETTINGS =
            Map.of("subtree", "<settings xmlns=\"" + DEFAULTS + "\"/>");

    @TempDir Path directory;
    private Box box;
    private Client client;

    /// eth0 is configured and up; eth1 is there without being configured.
    @BeforeEach
    void start() throws Exception {
        box = Box.at(directory);
        client = Client.admin(box);
        client.ok(
                client.edit(
                        "running",
                        "<interfaces xmlns=\"%s\"><interface><name>eth0</name><mtu>1500</mtu></interface></interfaces>"
                                .formatted(NETWORK)));
        box.datastore.writeState(List.of(oper("eth0", "up"), oper("eth1", "down")));
        long deadline = System.nanoTime() + Client.PATIENCE.toNanos();
        while (!operational(INTERFACES, "").contains("eth1")) {
            assertThat(System.nanoTime()).as("waited in vain").isLessThan(deadline);
            Thread.sleep(20);
        }
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        box.close();
    }

    private static Edit oper(String name, String value) {
        var path =
                Fixture.MODEL.parse(
                        "/example-network:interfaces/interface[name='%s']/oper".formatted(name));
        var leaf = (NodeIdentifier) path.getLastPathArgument();
        return Edit.merge(path, ImmutableNodes.leafNode(leaf, value));
    }

    private static String getData(String datastore, Map<String, String> filter, String more) {
        var chosen =
                filter.containsKey("subtree")
                        ? "<subtree-filter>%s</subtree-filter>".formatted(filter.get("subtree"))
                        : filter.containsKey("xpath")
                                ? "<xpath-filter xmlns:n=\"%s\">%s</xpath-filter>"
                                        .formatted(NETWORK, filter.get("xpath"))
                                : "";
        return "<get-data xmlns=\"%s\" xmlns:ds=\"%s\" xmlns:or=\"%s\"><datastore>ds:%s</datastore>%s%s</get-data>"
                .formatted(Names.NMDA, Names.DATASTORES, Names.ORIGIN, datastore, chosen, more);
    }

    private String operational(Map<String, String> filter, String more) throws Exception {
        return data(client.ok(getData("operational", filter, more)));
    }

    private static String data(String reply) {
        return reply.replaceAll("(?s).*?<data [^>]*>|</data>.*", "")
                .replace(" xmlns=\"" + NETWORK + "\"", "")
                .replace(" xmlns=\"" + DEFAULTS + "\"", "");
    }

    private static String editData(String datastore, String config) {
        return "<edit-data xmlns=\"%s\" xmlns:ds=\"%s\"><datastore>ds:%s</datastore><config>%s</config></edit-data>"
                .formatted(Names.NMDA, Names.DATASTORES, datastore, config);
    }

    private static String name(String name) {
        return "<hostname xmlns=\"%s\">%s</hostname>".formatted(NETWORK, name);
    }

    @Test
    void showsEveryDatastoreByItsName() throws Exception {
        client.ok(editData("candidate", name("next")));
        var filter = Map.of("subtree", "<hostname xmlns=\"" + NETWORK + "\"/>");
        assertThat(data(client.ok(getData("candidate", filter, ""))))
                .isEqualTo("<hostname>next</hostname>");
        assertThat(data(client.ok(getData("running", filter, "")))).isEmpty();
        client.ok("<commit/>");
        for (var datastore : List.of("running", "intended", "operational")) {
            assertThat(data(client.ok(getData(datastore, filter, ""))))
                    .as(datastore)
                    .isEqualTo("<hostname>next</hostname>");
        }
    }

    @Test
    void showsWhatIsAppliedWithTheStateBesideIt() throws Exception {
        assertThat(operational(INTERFACES, ""))
                .isEqualTo(
                        "<interfaces><interface><name>eth0</name><mtu>1500</mtu><oper>up</oper></interface>"
                                + "<interface><name>eth1</name><oper>down</oper></interface></interfaces>");
        assertThat(operational(INTERFACES, "<config-filter>true</config-filter>"))
                .isEqualTo(
                        "<interfaces><interface><name>eth0</name><mtu>1500</mtu></interface>"
                                + "<interface><name>eth1</name></interface></interfaces>");
        assertThat(
                        operational(
                                INTERFACES,
                                "<config-filter>true</config-filter><origin-filter>or:intended</origin-filter>"))
                .isEqualTo(
                        "<interfaces><interface><name>eth0</name><mtu>1500</mtu></interface></interfaces>");
        assertThat(operational(INTERFACES, "<config-filter>false</config-filter>"))
                .isEqualTo(
                        "<interfaces><interface><name>eth0</name><oper>up</oper></interface>"
                                + "<interface><name>eth1</name><oper>down</oper></interface></interfaces>");
        assertThat(
                        data(
                                client.ok(
                                        getData(
                                                "running",
                                                INTERFACES,
                                                "<config-filter>false</config-filter>"))))
                .isEmpty();
    }

    @Test
    void saysWhereWhatIsInUseIsFrom() throws Exception {
        assertThat(operational(INTERFACES, "<with-origin/>"))
                .isEqualTo(
                        "<interfaces"
                                + " or:origin=\"or:intended\"><interface><name>eth0</name><mtu>1500</mtu><oper>up</oper></interface><interface"
                                + " or:origin=\"or:system\"><name>eth1</name><oper>down</oper></interface></interfaces>");
        client.ok(
                client.edit(
                        "running",
                        "<settings xmlns=\"%s\"><speed>3</speed><mode>manual</mode></settings>"
                                .formatted(DEFAULTS)));
        assertThat(operational(SETTINGS, "<with-origin/>"))
                .startsWith("<settings or:origin=\"or:intended\">")
                .contains(
                        "<speed>3</speed>",
                        "<server or:origin=\"or:default\">a</server>",
                        "<inner or:origin=\"or:default\"><deep>7</deep></inner>");
    }

    @Test
    void showsWhatIsOfSomeOrigins() throws Exception {
        assertThat(operational(SETTINGS, "<origin-filter>or:intended</origin-filter>")).isEmpty();
        assertThat(
                        operational(
                                SETTINGS,
                                "<origin-filter>or:intended</origin-filter><origin-filter>or:default</origin-filter>"))
                .contains("<deep>7</deep>");
        assertThat(
                        operational(
                                SETTINGS,
                                "<negated-origin-filter>or:default</negated-origin-filter>"))
                .isEmpty();
        assertThat(
                        operational(
                                INTERFACES,
                                "<origin-filter>or:learned</origin-filter><config-filter>true</config-filter>"))
                .isEmpty();
        assertThat(operational(INTERFACES, "<origin-filter>or:learned</origin-filter>"))
                .as("state is of no origin")
                .contains("<oper>up</oper>")
                .doesNotContain("mtu");
    }

    @Test
    void countsLevelsFromWhatIsChosen() throws Exception {
        assertThat(operational(INTERFACES, "<max-depth>1</max-depth>"))
                .isEqualTo("<interfaces></interfaces>");
        assertThat(operational(INTERFACES, "<max-depth>2</max-depth>"))
                .isEqualTo(
                        "<interfaces><interface><name>eth0</name></interface><interface><name>eth1</name></interface></interfaces>");
        assertThat(
                        operational(
                                Map.of(
                                        "xpath",
                                        "/n:interfaces/n:interface[n:mtu > 1000] |"
                                                + " /n:interfaces/n:interface/n:oper"),
                                "<max-depth>1</max-depth>"))
                .isEqualTo(
                        "<interfaces><interface><name>eth0</name></interface><interface><name>eth1</name><oper>down</oper></interface></interfaces>");
    }

    @ParameterizedTest
    @CsvSource({
        "startup, ''",
        "dynamic, ''",
        "running, <with-origin/>",
        "running, <origin-filter>or:system</origin-filter>",
        "operational, <origin-filter>or:made-up</origin-filter>",
        "operational, <max-depth>0</max-depth>",
        "operational, <config-filter>maybe</config-filter>"
    })
    void refusesWhatCannotBe(String datastore, String more) throws Exception {
        assertThat(client.refused(getData(datastore, INTERFACES, more))).isEqualTo("invalid-value");
    }

    @Test
    void writesWhatCanBeWritten() throws Exception {
        client.ok(editData("running", name("now")));
        assertThat(client.running("<hostname xmlns=\"" + NETWORK + "\"/>")).contains(">now<");
        for (var datastore : List.of("intended", "operational", "startup")) {
            assertThat(client.refused(editData(datastore, name("no")))).isEqualTo("invalid-value");
        }
    }

    @Test
    void locksAndValidatesDatastoresByTheirNames() throws Exception {
        var running =
                "<datastore xmlns=\"%s\" xmlns:ds=\"%s\">ds:running</datastore>"
                        .formatted(Names.NMDA, Names.DATASTORES);
        client.ok("<lock><target>" + running + "</target></lock>");
        assertThat(box.datastore.locks().holder(Face.RUNNING)).isPresent();
        client.ok("<unlock><target>" + running + "</target></unlock>");
        client.ok("<validate><source>" + running + "</source></validate>");
        assertThat(
                        client.refused(
                                "<lock><target>"
                                        + running.replace("running", "operational")
                                        + "</target></lock>"))
                .isEqualTo("invalid-value");
    }
}
