package org.lagopus.netconf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.xml.stream.XMLStreamException;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Edit;

/// The readers of a session one by one, where a fuzzer gets further than through all of it.
class ReadFuzzTest {
    private static final int LIMIT = 1 << 12;

    @FuzzTest
    void octetsAreCutIntoMessagesOrTheFramingIsBroken(byte[] octets) throws IOException {
        if (octets.length == 0) {
            return;
        }
        var in = new FramedInput(new ByteArrayInputStream(octets, 1, octets.length - 1), LIMIT);
        if ((octets[0] & 1) != 0) {
            in.chunked();
        }
        var messages = new ByteArrayOutputStream();
        var out = new FramedOutput(messages, 64);
        try {
            while (in.next()) {
                var message = in.readAllBytes();
                assertThat(message.length).isLessThanOrEqualTo(LIMIT);
                out.chunked();
                out.write(message);
                out.end();
                var back = new FramedInput(new ByteArrayInputStream(messages.toByteArray()), LIMIT);
                back.chunked();
                assertThat(back.next()).isTrue();
                assertThat(back.readAllBytes()).isEqualTo(message);
                messages.reset();
            }
        } catch (IOException _) {
            // the defined end
        }
    }

    @DictionaryEntries({
        " nc:operation=\"replace\"",
        " nc:operation=\"remove\"",
        "<interface>",
        "<name>a</name>",
        "<tag>x</tag>",
        "<tunnel/>",
        "<dhcp/>",
        "<ip>1</ip>",
        "<where>/n:hostname</where>"
    })
    @FuzzTest
    void aConfigurationBecomesEditsOrIsRefused(byte[] octets) {
        var content = new String(octets, UTF_8);
        for (var operation :
                new Edit.Operation[] {
                    Edit.Operation.MERGE, Edit.Operation.REPLACE, Edit.Operation.NONE
                }) {
            try {
                var _ = Fixture.edits(operation, content);
            } catch (DatastoreException | XMLStreamException _) {
                // the defined ends
            }
        }
    }

    @FuzzTest
    void whatWasReadIsWrittenSoThatItIsReadAgain(byte[] octets) throws Exception {
        var content = new String(octets, UTF_8);
        try {
            var _ = Fixture.whole(content);
        } catch (DatastoreException | XMLStreamException _) {
            return;
        }
        var tree = Fixture.whole(content);
        assertThat(Fixture.whole(Fixture.written(tree, null, null))).isEqualTo(tree);
    }

    @FuzzTest
    void aFilterSelectsOrIsRefused(byte[] octets) throws XMLStreamException {
        var content = new String(octets, UTF_8);
        try {
            var config =
                    Fixture.whole(
                            "<interfaces"
                                    + " xmlns=\"urn:example:network\"><interface><name>a</name><mtu>99</mtu>"
                                    + "<tag>x</tag><tunnel/><dhcp/></interface></interfaces>");
            var _ = Fixture.written(config, config, Fixture.filter(content));
        } catch (DatastoreException _) {
            // the defined end
        } catch (XMLStreamException e) {
            assertThat(e.getStackTrace()[0].getClassName()).doesNotContain("Writer");
        }
    }
}
