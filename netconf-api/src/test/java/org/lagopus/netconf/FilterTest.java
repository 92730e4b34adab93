package org.lagopus.netconf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lagopus.datastore.DatastoreException;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;

/// Subtree filters, in the order of the examples of RFC 6241 §6.4, on data of our own.
@Tag("R2")
class FilterTest {
    private static final String DATA =
            """
            <top xmlns="urn:example:people"><users>
            <user><name>root</name><type>superuser</type><full-name>Charlie Root</full-name>
            <company-info><dept>1</dept><id>1</id></company-info></user>
            <user><name>fred</name><type>admin</type><full-name>Fred Flint</full-name>
            <company-info><dept>2</dept><id>2</id></company-info></user>
            <user><name>barney</name><type>admin</type></user>
            </users></top>
            <hostname xmlns="urn:example:network">box</hostname>
            <dns xmlns="urn:example:network">1.1</dns><dns xmlns="urn:example:network">2.2</dns>
            <full xmlns="urn:example:network"><level>7</level></full>
            <route xmlns="urn:example:network"><prefix>10/8</prefix><vrf>red</vrf><metric>1</metric></route>
            <route xmlns="urn:example:network"><prefix>10/8</prefix><vrf>blue</vrf></route>
            <interfaces xmlns="urn:example:network"><interface><name>eth0</name><mtu>1500</mtu>
            <color xmlns="urn:example:augment">red</color><ip>::1</ip><tag>x</tag><tag>y</tag>
            <type>ethernet</type></interface></interfaces>
            """;

    private static final String ROOT_USER =
            "<user><name>root</name><type>superuser</type><full-name>Charlie Root</full-name>"
                    + "<company-info><dept>1</dept><id>1</id></company-info></user>";
    private static final String FRED =
            "<user><name>fred</name><type>admin</type><full-name>Fred Flint</full-name>"
                    + "<company-info><dept>2</dept><id>2</id></company-info></user>";
    private static final String BARNEY = "<user><name>barney</name><type>admin</type></user>";

    @Test
    void everythingWithoutAFilterAndNothingWithAnEmptyOne() throws Exception {
        assertSame(null, DATA);
        assertSame("", "");
    }

    @Test
    void wholeSubtrees() throws Exception {
        assertSame(
                "<top xmlns='urn:example:people'><users/></top>", users(ROOT_USER + FRED + BARNEY));
        assertSame(
                "<top xmlns='urn:example:people'><users><user/></users></top>",
                users(ROOT_USER + FRED + BARNEY));
    }

    @Test
    void oneLeafOfEveryEntry() throws Exception {
        assertSame(
                "<top xmlns='urn:example:people'><users><user><name/></user></users></top>",
                users(
                        "<user><name>root</name></user><user><name>fred</name></user>"
                                + "<user><name>barney</name></user>"));
    }

    @Test
    void oneEntryByItsKey() throws Exception {
        assertSame(
                "<top xmlns='urn:example:people'><users><user><name>fred</name></user></users></top>",
                users(FRED));
        assertSame(
                "<top xmlns='urn:example:people'><users><user><name> fred\n</name></user></users></top>",
                users(FRED));
    }

    @Test
    void someLeavesOfOneEntry() throws Exception {
        assertSame(
                "<top xmlns='urn:example:people'><users><user><name>fred</name><type/><full-name/>"
                        + "</user></users></top>",
                users(
                        "<user><name>fred</name><type>admin</type>"
                                + "<full-name>Fred Flint</full-name></user>"));
    }

    @Test
    void severalBranches() throws Exception {
        assertSame(
                "<top xmlns='urn:example:people'><users>"
                        + "<user><name>root</name><company-info/></user>"
                        + "<user><name>fred</name><company-info><id/></company-info></user>"
                        + "<user><name>barney</name><type>superuser</type><company-info/></user>"
                        + "</users></top>",
                users(
                        "<user><name>root</name><company-info><dept>1</dept><id>1</id></company-info></user>"
                                + "<user><name>fred</name><company-info><id>2</id></company-info></user>"));
    }

    @Test
    void severalRoots() throws Exception {
        assertSame(
                "<hostname xmlns='urn:example:network'/><full xmlns='urn:example:network'/>"
                        + "<top xmlns='urn:example:people'><users><user><name>barney</name></user></users></top>",
                "<hostname xmlns='urn:example:network'>box</hostname>"
                        + "<full xmlns='urn:example:network'><level>7</level></full>"
                        + users(BARNEY));
    }

    @Test
    void contentThatIsNoKey() throws Exception {
        assertSame(
                "<top xmlns='urn:example:people'><users><user><type>admin</type></user></users></top>",
                users(FRED + BARNEY));
        assertSame(
                "<top xmlns='urn:example:people'><users><user><type>admin</type><full-name/></user></users></top>",
                users(
                        "<user><name>fred</name><type>admin</type><full-name>Fred Flint</full-name></user>"
                                + "<user><name>barney</name><type>admin</type></user>"));
    }

    @Test
    void keysComeWithWhatIsSelectedOfAnEntry() throws Exception {
        assertSame(
                "<top xmlns='urn:example:people'><users><user><full-name/></user></users></top>",
                users(
                        "<user><name>root</name><full-name>Charlie Root</full-name></user>"
                                + "<user><name>fred</name><full-name>Fred Flint</full-name></user>"));
    }

    @Test
    void listsWithTwoKeysAtTheTop() throws Exception {
        assertSame(
                "<route xmlns='urn:example:network'><vrf>red</vrf><prefix>10/8</prefix></route>",
                "<route xmlns='urn:example:network'><prefix>10/8</prefix><vrf>red</vrf><metric>1</metric></route>");
        assertSame(
                "<route xmlns='urn:example:network'><vrf>blue</vrf></route>",
                "<route xmlns='urn:example:network'><prefix>10/8</prefix><vrf>blue</vrf></route>");
    }

    @Test
    void nodesInsideChoicesAndOfOtherModules() throws Exception {
        assertSame(
                "<interfaces xmlns='urn:example:network'><interface><ip/>"
                        + "<color xmlns='urn:example:augment'>red</color></interface></interfaces>",
                "<interfaces xmlns='urn:example:network'><interface><name>eth0</name><ip>::1</ip>"
                        + "<color xmlns='urn:example:augment'>red</color></interface></interfaces>");
    }

    @Test
    void anElementWithoutNamespaceMeansAny() throws Exception {
        assertSame(
                "<top xmlns=''><users><user><name>barney</name></user></users></top>",
                users(BARNEY));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "<top xmlns='urn:example:people'><users><user><name>wilma</name></user></users></top>",
                "<top xmlns='urn:example:people'><users><user><type>none</type></user></users></top>",
                "<top xmlns='urn:example:people'><users><user><bogus/></user></users></top>",
                "<top xmlns='urn:example:people'><users><user><bogus>1</bogus><name/></user></users></top>",
                "<top xmlns='urn:example:people'><users><user>text</user></users></top>",
                "<top xmlns='urn:example:people'><users><user><name><x/></name></user></users></top>",
                "<top xmlns='urn:example:people' shape='round'><users/></top>",
                "<top xmlns='urn:nowhere'/>",
                "<top/>",
                "<simple xmlns='urn:example:network'/>",
                "<interfaces xmlns='urn:example:network'><interface><oper/></interface></interfaces>",
                "<interfaces xmlns='urn:example:network'><interface><tag>z</tag></interface></interfaces>",
            })
    void matchesNothing(String filter) throws Exception {
        assertSame(filter, "");
    }

    @Test
    void contentOfLeafListsAndIdentities() throws Exception {
        assertThat(
                        filtered(
                                "<interfaces xmlns='urn:example:network'><interface><tag>y</tag>"
                                        + "<type xmlns:q='urn:example:network'>q:ethernet</type><mtu/></interface></interfaces>"))
                .contains("<mtu>1500</mtu>", "<tag>y</tag>");
    }

    @Test
    void configurationAndStateAreShownAsOne() throws Exception {
        var config =
                Fixture.whole(interfaces("<interface><name>a</name><mtu>100</mtu></interface>"));
        var state =
                ConfigReader.input(
                        Fixture.xml(
                                Fixture.config(
                                        interfaces(
                                                "<interface><name>a</name><oper>up</oper></interface>"
                                                        + "<interface><name>b</name><oper>down</oper></interface>"))),
                        Fixture.ROOT);

        assertThat(Fixture.written(config, state, null))
                .isEqualTo(
                        "<interfaces xmlns=\"urn:example:network\"><interface><name>a</name><mtu>100</mtu>"
                                + "<oper>up</oper></interface><interface><name>b</name><oper>down</oper>"
                                + "</interface></interfaces>");
        assertThat(
                        Fixture.written(
                                config,
                                state,
                                Fixture.filter(
                                        interfaces("<interface><name>b</name></interface>")
                                                + interfaces(
                                                        "<interface><name>a</name><oper/></interface>"))))
                .isEqualTo(
                        "<interfaces xmlns=\"urn:example:network\"><interface><name>b</name><oper>down</oper>"
                                + "</interface><interface><name>a</name><oper>up</oper></interface></interfaces>");
        assertThat(
                        Fixture.written(
                                config,
                                state,
                                Fixture.filter(
                                        interfaces("<interface><oper>up</oper></interface>"))))
                .contains("<name>a</name>", "<mtu>100</mtu>")
                .doesNotContain("<name>b</name>");
    }

    @Test
    void limitsTheSizeOfAFilter() {
        assertThatExceptionOfType(DatastoreException.class)
                .isThrownBy(() -> Fixture.filter("<a/>".repeat(101)))
                .satisfies(e ->
                        assertThat(e.errors().getFirst().tag().elementBody()).isEqualTo("too-big"));
    }

    private static String interfaces(String content) {
        return "<interfaces xmlns='urn:example:network'>" + content + "</interfaces>";
    }

    private static String users(String content) {
        return "<top xmlns=\"urn:example:people\"><users>" + content + "</users></top>";
    }

    private static String filtered(@Nullable String filter) throws Exception {
        return Fixture.written(
                Fixture.whole(DATA), null, filter == null ? null : Fixture.filter(filter));
    }

    private static void assertSame(@Nullable String filter, String expected) throws Exception {
        var written = filtered(filter);
        ContainerNode is = Fixture.whole(written);
        assertThat(is).as(written).isEqualTo(Fixture.whole(expected));
    }
}
