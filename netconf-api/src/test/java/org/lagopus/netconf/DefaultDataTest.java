package org.lagopus.netconf;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R12")
class DefaultDataTest {
    private static final String NAMESPACE = "urn:example:defaults";
    private static final String SETTINGS = "<settings xmlns=\"" + NAMESPACE + "\">%s</settings>";

    /// What is below `settings`, with the content there.
    private static String shown(
            DefaultData.Mode mode, @Nullable String content, @Nullable String filter)
            throws Exception {
        var root = Fixture.whole(content == null ? "" : SETTINGS.formatted(content));
        var wanted =
                Fixture.filter(
                        filter == null ? SETTINGS.formatted("") : SETTINGS.formatted(filter));
        var text =
                Fixture.written(
                        DefaultData.of(mode, Fixture.DEFAULTS, root),
                        writer -> writer.write(Fixture.ROOT, root, null, wanted));
        return text.replaceAll("<kind .*</kind>", "<kind/>")
                .replace("<settings xmlns=\"" + NAMESPACE + "\">", "")
                .replace("</settings>", "");
    }

    private static String all(@Nullable String content) throws Exception {
        return shown(DefaultData.Mode.REPORT_ALL, content, null);
    }

    @Test
    void explicitShowsWhatWasSet() throws Exception {
        assertThat(shown(DefaultData.Mode.EXPLICIT, "<mode>auto</mode>", null))
                .isEqualTo("<mode>auto</mode>");
        assertThat(shown(DefaultData.Mode.EXPLICIT, null, null)).isEmpty();
    }

    @Test
    void reportAllShowsTheDefaultsInUse() throws Exception {
        assertThat(all(null))
                .isEqualTo(
                        "<mode>auto</mode><server>a</server><server>b</server><kind/>"
                                + "<inner><deep>7</deep></inner><one>1</one>");
    }

    @Test
    void reportAllShowsDefaultsInEveryEntryAndPresentContainer() throws Exception {
        assertThat(all("<item><name>i</name></item><there/><server>c</server>"))
                .contains("<item><name>i</name><size>5</size></item>", "<there><in>x</in></there>")
                .contains("<server>c</server>")
                .doesNotContain("<server>a</server>", "oper");
    }

    @Test
    void aDefaultIsInUseWhereItsConditionHolds() throws Exception {
        assertThat(all("<mode>manual</mode>")).contains("<speed>100</speed>");
        assertThat(all("<mode>auto</mode>")).doesNotContain("speed");
    }

    @Test
    void aDefaultIsInUseInTheCaseThatIsThere() throws Exception {
        assertThat(all("<two>x</two>"))
                .contains("<two>x</two>", "<more>2</more>")
                .doesNotContain("one");
        assertThat(all("<one>x</one>")).contains("<one>x</one>").doesNotContain("more");
    }

    @Test
    void taggedSaysWhatNobodyHasSet() throws Exception {
        var text = shown(DefaultData.Mode.REPORT_ALL_TAGGED, "<mode>auto</mode>", null);

        assertThat(text)
                .startsWith("<mode>auto</mode>")
                .contains(
                        "<deep xmlns:wd=\"urn:ietf:params:xml:ns:netconf:default:1.0\""
                                + " wd:default=\"true\">7</deep>");
    }

    @Test
    void trimLeavesOutWhatIsAsByDefault() throws Exception {
        assertThat(
                        shown(
                                DefaultData.Mode.TRIM,
                                "<mode>auto</mode><server>a</server><server>b</server><inner><deep>7</deep></inner>"
                                        + "<item><name>i</name><size>5</size></item><item><name>j</name><size>6</size></item>",
                                null))
                .isEqualTo("<item><name>i</name></item><item><name>j</name><size>6</size></item>");
        assertThat(shown(DefaultData.Mode.TRIM, "<server>a</server>", null))
                .as("one of two is another value")
                .isEqualTo("<server>a</server>");
        assertThat(shown(DefaultData.Mode.TRIM, "<more>2</more>", null))
                .as("it says which case is there")
                .isEqualTo("<more>2</more>");
    }

    @Test
    void filtersFindDefaults() throws Exception {
        var mode = DefaultData.Mode.REPORT_ALL;

        assertThat(shown(mode, null, "<mode/>")).isEqualTo("<mode>auto</mode>");
        assertThat(shown(mode, null, "<speed/>")).isEmpty();
        assertThat(shown(mode, null, "<inner><deep/></inner>"))
                .isEqualTo("<inner><deep>7</deep></inner>");
        assertThat(
                        shown(
                                mode,
                                "<item><name>i</name></item><item><name>j</name><size>6</size></item>",
                                "<item><size>5</size></item>"))
                .isEqualTo("<item><name>i</name><size>5</size></item>");
        assertThat(shown(DefaultData.Mode.EXPLICIT, null, "<mode/>")).isEmpty();
    }

    @Test
    void defaultsAreAtTheTopAsWell() throws Exception {
        var root = Fixture.whole("");
        var all = DefaultData.of(DefaultData.Mode.REPORT_ALL, Fixture.DEFAULTS, root);

        assertThat(Fixture.written(all, writer -> writer.write(Fixture.ROOT, root, null, null)))
                .contains("<top xmlns=\"urn:example:defaults\">t</top>");
    }
}
