package org.lagopus.netconf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// anydata and anyxml: what no model describes is kept as it came (RFC 7950 §7.10, §7.11).
@Tag("R12")
@Timeout(60)
class AnydataTest {
    private static final String INTERFACES = "<interfaces xmlns=\"urn:example:network\"/>";
    private static final String EXTRA =
            "<extra xmlns:p=\"urn:example:people\" xmlns:q=\"urn:q\">"
                    + "\n  <p:person><p:kind>q:tall &amp; <![CDATA[<thin>]]></p:kind></p:person>"
                    + "\n  <list xmlns=\"urn:l\"><a>1</a><a> </a></list></extra>";
    private static final String SHOWN =
            "<extra><p:person xmlns:p=\"urn:example:people\"><p:kind xmlns:q=\"urn:q\">q:tall &amp;"
                    + " &lt;thin&gt;</p:kind></p:person><list xmlns=\"urn:l\"><a>1</a><a>"
                    + " </a></list></extra>";

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

    private void restart() throws Exception {
        stop();
        start();
    }

    private static String eth0(String content) {
        return "<interfaces xmlns=\"urn:example:network\"><interface><name>eth0</name>"
                + content
                + "</interface></interfaces>";
    }

    @Test
    void keepsAnydataThroughCommitAndRestart() throws Exception {
        client.ok(client.edit("candidate", eth0(EXTRA)));
        assertThat(client.candidate(INTERFACES)).contains(SHOWN);
        client.ok("<commit/>");
        assertThat(client.running(INTERFACES)).contains(SHOWN);

        restart();
        assertThat(client.running(INTERFACES)).contains(SHOWN);
        long generation = box.datastore.generation();
        client.ok(client.edit("running", eth0(EXTRA)));
        assertThat(box.datastore.generation()).as("nothing is new").isEqualTo(generation);
        client.ok(client.edit("running", eth0("<extra nc:operation=\"delete\"/>")));
        assertThat(client.running(INTERFACES)).contains("eth0").doesNotContain("extra");
        assertThat(client.refused(client.edit("running", eth0("<extra nc:operation=\"delete\"/>"))))
                .isEqualTo("data-missing");
    }

    @Test
    void keepsAnyxmlWithItsAttributesAndTexts() throws Exception {
        var page =
                "<page><h:b xmlns:h=\"urn:h\" h:style=\"x\" id=\"1\">bold</h:b> and\n"
                        + " <i xmlns=\"\" nc:operation=\"delete\"/> plain</page>";
        client.ok(client.edit("running", eth0(page)));

        restart();
        assertThat(client.running(INTERFACES))
                .contains("bold</h:b> and\n <i xmlns=\"\"")
                .contains(
                        "h:style=\"x\"", "id=\"1\"", ":operation=\"delete\"", "</i> plain</page>");
        client.ok(client.edit("running", eth0("<page>only text</page>")));
        assertThat(client.running(INTERFACES)).contains("<page>only text</page>");
    }

    @Test
    void showsItInTheHistory() throws Exception {
        client.ok(client.edit("running", eth0("")));
        client.ok(client.edit("running", eth0(EXTRA)));
        var shown =
                client.ok("<show-commit xmlns=\"" + Names.HISTORY + "\"><id>2</id></show-commit>");
        assertThat(shown)
                .contains("/example-network:interfaces/interface[name='eth0']/extra")
                .contains("\"example-network:extra\":{\"example-people:person\":{\"kind\":");

        client.ok("<rollback xmlns=\"" + Names.HISTORY + "\"><to>1</to></rollback>");
        assertThat(client.running(INTERFACES)).doesNotContain("extra");
        client.ok(
                client.edit(
                        "running",
                        "<interfaces xmlns=\"urn:example:network\" nc:operation=\"delete\"/>"));
        client.ok(client.edit("running", eth0(EXTRA)));
        assertThat(
                        client.ok(
                                "<show-commit xmlns=\""
                                        + Names.HISTORY
                                        + "\"><id>5</id></show-commit>"))
                .as("an entry is shown without the anydata in it")
                .contains("eth0");
    }

    @Test
    void choosesItWhole() throws Exception {
        client.ok(client.edit("running", eth0(EXTRA)));

        assertThat(
                        client.ok(
                                "<get-config><source><running/></source><filter type=\"xpath\""
                                        + " xmlns:n=\"urn:example:network\""
                                        + " select=\"//n:extra\"/></get-config>"))
                .contains("<name>eth0</name>" + SHOWN);
        assertThat(
                        client.running(
                                "<interfaces"
                                        + " xmlns=\"urn:example:network\"><interface><extra/></interface></interfaces>"))
                .contains("<name>eth0</name>" + SHOWN);
    }
}
