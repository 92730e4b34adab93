package org.lagopus.component.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;

/// What comes over the channel is a message or refused, and nothing else happens.
class FrameFuzzTest {
    @FuzzTest
    void aStreamInPiecesBecomesMessagesOrIsRefused(byte[] stream) {
        var reader = new FrameReader();
        var rest = ByteBuffer.wrap(stream);
        try {
            while (rest.hasRemaining()) {
                int length = Math.min(rest.remaining(), 1 + (rest.get(rest.position()) & 0x3f));
                reader.add(rest.slice(rest.position(), length));
                rest.position(rest.position() + length);
                for (var message = reader.next(); message != null; ) {
                    survives(message);
                    message = reader.next();
                }
            }
        } catch (ProtocolException _) {
            // the defined end
        }
    }

    @DictionaryEntries({
        "\"type\":\"hello\"",
        "\"type\":\"prepare\"",
        "\"type\":\"state\"",
        "\"id\":",
        "\"generation\":",
        "\"edits\":[",
        "\"op\":\"put\"",
        "\"path\":",
        "\"value\":",
        "\"errors\":["
    })
    @FuzzTest
    void aBodyIsAMessageOrRefused(byte[] body) {
        try {
            survives(MessageCodec.parse(body));
        } catch (ProtocolException _) {
            // the defined end
        }
    }

    private static void survives(Message message) throws ProtocolException {
        var body = MessageCodec.body(message);
        assertThat(MessageCodec.body(MessageCodec.parse(body))).isEqualTo(body);
    }
}
