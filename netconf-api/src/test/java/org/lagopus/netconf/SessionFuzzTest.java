package org.lagopus.netconf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Face;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// Whatever a client says, every request of it has an answer that is defined, and the session its
/// end.
class SessionFuzzTest {
    private static final String HELLO =
            "<hello"
                    + " xmlns=\"%s\"><capabilities><capability>%s</capability></capabilities></hello>]]>]]>";
    private static final Actor TIDY = new Actor(0, "tidy", "test");

    @TempDir static Path directory;
    private static Box box;
    private static Edit tidied;

    @BeforeAll
    static void open() throws Exception {
        box = Box.at(directory);
        var content =
                Fixture.whole(
                        """
                        <interfaces xmlns="urn:example:network"><interface><name>eth0</name><mtu>1500</mtu>
                        <tag>a</tag><tag>b</tag></interface></interfaces>
                        <dns xmlns="urn:example:network">a</dns>
                        <rules xmlns="urn:example:network"><rule><id>2</id></rule><rule><id>1</id></rule></rules>
                        """);
        tidied = Edit.replace(YangInstanceIdentifier.of(), content);
    }

    @AfterAll
    static void close() throws Exception {
        box.close();
    }

    @DictionaryEntries({
        "<rpc message-id=\"1\" xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\">",
        "</rpc>]]>]]>",
        "<edit-config><target><candidate/></target><config>",
        "<interfaces xmlns=\"urn:example:network\">",
        "<interface><name>eth0</name>",
        " nc:operation=\"delete\"",
        " xmlns:nc=\"urn:ietf:params:xml:ns:netconf:base:1.0\"",
        "<get-config><source><running/></source>",
        "<filter type=\"subtree\">",
        "<!DOCTYPE a [<!ENTITY b \"c\">]>",
        "<![CDATA[",
        "&#x0;",
        "<commit/>"
    })
    @FuzzTest
    void whateverIsAskedIsAnswered(byte[] messages) throws Exception {
        answered("urn:ietf:params:netconf:base:1.0", messages);
    }

    @FuzzTest
    void whateverIsInChunksIsAnswered(byte[] octets) throws Exception {
        answered("urn:ietf:params:netconf:base:1.1", octets);
    }

    private static void answered(String base, byte[] said) throws Exception {
        var wire = new Wire(base, said);
        box.server.serve(wire, box.server.settings());
        assertThat(wire.heard.toString(UTF_8)).doesNotContain("internal error");
        try {
            box.datastore.discard(TIDY);
            box.datastore.edit(Face.RUNNING, List.of(tidied), TIDY);
        } catch (DatastoreException e) {
            // A confirmed commit waits for a word that only the input knows: a restart ends it.
            box.close();
            box = Box.at(directory);
        }
    }

    private static final class Wire implements Transport {
        final ByteArrayOutputStream heard = new ByteArrayOutputStream();
        private final InputStream said;

        Wire(String base, byte[] said) {
            var hello = HELLO.formatted(Names.BASE, base).getBytes(UTF_8);
            this.said =
                    new SequenceInputStream(
                            new ByteArrayInputStream(hello), new ByteArrayInputStream(said));
        }

        @Override
        public InputStream input() {
            return said;
        }

        @Override
        public OutputStream output() {
            return heard;
        }

        @Override
        public String user() {
            return "admin";
        }

        @Override
        public String peer() {
            return "test";
        }

        @Override
        public String name() {
            return "netconf-ssh";
        }

        @Override
        public void abort() {}
    }
}
