package org.lagopus.netconf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lagopus.datastore.DatastoreException;
import org.opendaylight.yangtools.yang.common.ErrorTag;

@Tag("R12")
class XPathFilterTest {
    private static final Schemas.Schema SCHEMA =
            new Schemas.Schema(
                    Fixture.MODEL, Fixture.DEFAULTS, Fixture.ROOT, Fixture.ROOT, List.of(), false);
    private static final String CONTENT =
            "<hostname xmlns=\"urn:example:network\">box</hostname><interfaces"
                    + " xmlns=\"urn:example:network\"><interface><name>a</name><mtu>100</mtu><type"
                    + " xmlns:n=\"urn:example:network\">n:ethernet</type><ip>10</ip></interface>"
                    + "<interface><name>b</name><mtu>200</mtu><tag>x</tag><tag>y</tag></interface>"
                    + "<interface><name>c</name><tunnel><remote>r</remote></tunnel></interface>"
                    + "</interfaces><rules xmlns=\"urn:example:network\"><rule><id>3</id></rule>"
                    + "<rule><id>1</id></rule></rules>";

    private static XPathFilter filter(String select) throws Exception {
        var in = Fixture.xml("<filter xmlns:n=\"urn:example:network\"/>");
        return XPathFilter.of(SCHEMA, in.namespaces(), select);
    }

    private static String chosen(String select) throws Exception {
        var root = Fixture.whole(CONTENT);
        var nodes = filter(select).choose(Fixture.ROOT, root, null, DefaultData.explicit());
        return Fixture.written(DefaultData.explicit(), writer -> writer.write(nodes))
                .replaceAll(" xmlns(:\\w+)?=\"[^\"]*\"", "");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "/n:hostname ; <hostname>box</hostname>",
                "/n:interfaces/n:interface[n:name='b']/n:mtu ;"
                        + " <interfaces><interface><name>b</name><mtu>200</mtu></interface></interfaces>",
                "//n:mtu[. > 150] ;"
                        + " <interfaces><interface><name>b</name><mtu>200</mtu></interface></interfaces>",
                "//n:interface[2]/n:tag[. = 'y'][last()] ;"
                        + " <interfaces><interface><name>b</name><tag>y</tag></interface></interfaces>",
                "/n:interfaces/n:interface[n:type='n:ethernet']/n:name ;"
                        + " <interfaces><interface><name>a</name></interface></interfaces>",
                "//n:interface[starts-with(n:name, 'c')] ;"
                        + " <interfaces><interface><name>c</name><tunnel><remote>r</remote></tunnel></interface></interfaces>",
                "//n:remote/../../n:name ;"
                        + " <interfaces><interface><name>c</name></interface></interfaces>",
                "/n:hostname/text() ; <hostname>box</hostname>",
                "/n:rules/n:rule[n:id=1] | /n:hostname ;"
                        + " <hostname>box</hostname><rules><rule><id>1</id></rule></rules>",
                "/n:rules ; <rules><rule><id>3</id></rule><rule><id>1</id></rule></rules>",
                "/n:interfaces/n:interface[n:name='b' and n:mtu=200]/n:mtu ;"
                        + " <interfaces><interface><name>b</name><mtu>200</mtu></interface></interfaces>",
                "//*[n:ip] ;"
                        + " <interfaces><interface><name>a</name><mtu>100</mtu><type>n:ethernet</type><ip>10</ip></interface></interfaces>",
                "/n:nothing ; ``",
                "/hostname ; ``",
                "/n:interfaces/n:interface[n:name='z'] ; ``",
            })
    void chooses(String select, String wanted) throws Exception {
        assertThat(chosen(select)).isEqualTo(wanted);
    }

    @Test
    void theRootIsEverything() throws Exception {
        assertThat(chosen("/")).contains("box", "<id>3", "<name>c");
    }

    @Test
    void seesStateAndConfigurationAsOne() throws Exception {
        var configuration =
                Fixture.whole(
                        "<interfaces"
                                + " xmlns=\"urn:example:network\"><interface><name>a</name></interface></interfaces>");
        var other =
                Fixture.whole(
                        "<interfaces"
                                + " xmlns=\"urn:example:network\"><interface><name>a</name><mtu>99</mtu></interface>"
                                + "<interface><name>b</name></interface></interfaces>");
        var nodes =
                filter("//n:name")
                        .choose(Fixture.ROOT, configuration, other, DefaultData.explicit());
        var one =
                filter("//n:interface[n:name='a']/n:mtu")
                        .choose(Fixture.ROOT, configuration, other, DefaultData.explicit());

        assertThat(nodes).hasSize(2);
        assertThat(Fixture.written(DefaultData.explicit(), writer -> writer.write(one)))
                .contains("<name>a</name><mtu>99</mtu>");
    }

    private static String settings(DefaultData.Mode mode, String content, String select)
            throws Exception {
        var root =
                Fixture.whole(
                        "<settings xmlns=\"urn:example:defaults\">" + content + "</settings>");
        var defaults = DefaultData.of(mode, Fixture.DEFAULTS, root);
        var in = Fixture.xml("<filter xmlns:d=\"urn:example:defaults\"/>");
        var nodes =
                XPathFilter.of(SCHEMA, in.namespaces(), select)
                        .choose(Fixture.ROOT, root, null, defaults);
        return Fixture.written(defaults, writer -> writer.write(nodes))
                .replaceAll(" xmlns(:\\w+)?=\"[^\"]*\"", "")
                .replace("<settings>", "")
                .replace("</settings>", "");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "/d:settings/d:mode ; ; <mode>auto</mode>",
                "//d:deep ; ; <inner><deep>7</deep></inner>",
                "//d:inner ; ; <inner><deep>7</deep></inner>",
                "//d:server[. = 'b'] ; ; <server>b</server>",
                "//d:server[. = 'b'] ; <server>c</server> ; ``",
                "//d:speed ; ; ``",
                "//d:speed ; <mode>manual</mode> ; <speed>100</speed>",
                "//d:more ; ; ``",
                "//d:more ; <two>x</two> ; <more>2</more>",
                "//d:item[d:size = 5]/d:name ; <item><name>i</name></item>"
                        + "<item><name>j</name><size>6</size></item> ; <item><name>i</name></item>",
                "//d:item ; <item><name>i</name></item> ;"
                        + " <item><name>i</name><size>5</size></item>",
                "/d:top | //d:mode ; <mode>manual</mode> ; <top>t</top><mode>manual</mode>",
            })
    void seesTheDefaultsInUseWhereTheyAreReported(
            String select, @Nullable String content, String wanted) throws Exception {
        var there = content == null ? "" : content;
        assertThat(settings(DefaultData.Mode.REPORT_ALL, there, select)).isEqualTo(wanted);
    }

    @Test
    void tagsDefaultsAndSeesNoneWhereTheyAreNotReported() throws Exception {
        assertThat(settings(DefaultData.Mode.REPORT_ALL_TAGGED, "", "//d:mode"))
                .isEqualTo("<mode wd:default=\"true\">auto</mode>");
        assertThat(settings(DefaultData.Mode.EXPLICIT, "<two>x</two>", "//d:mode")).isEmpty();
        assertThat(settings(DefaultData.Mode.TRIM, "<mode>manual</mode>", "//d:speed")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/n:hostname[",
                "1 + 1",
                "count(//n:interface)",
                "/m:hostname",
                "$x",
                "nothing()"
            })
    void refusesWhatChoosesNoNodes(String select) {
        assertThatExceptionOfType(DatastoreException.class)
                .isThrownBy(() -> chosen(select))
                .satisfies(e -> {
                    var error = e.errors().getFirst();
                    assertThat(error.tag()).isEqualTo(ErrorTag.INVALID_VALUE);
                    assertThat(error.message()).contains("XPath 1.0");
                });
    }
}
