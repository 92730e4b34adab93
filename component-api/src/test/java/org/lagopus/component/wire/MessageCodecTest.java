package org.lagopus.component.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("R32")
class MessageCodecTest {
    private static final WireEdit PUT =
            WireEdit.put(
                    "/a:list[name='é\"']",
                    JsonNodeFactory.instance.objectNode().put("name", "é\""));

    static Stream<Message> messages() {
        var api = new Message.Api("l3.rib", "1", "worker.sock", "ring", List.of("rib.write"));
        return Stream.of(
                new Message.Hello(
                        1,
                        "dataplane",
                        "0.1.0",
                        2,
                        true,
                        List.of("faults"),
                        List.of(new Message.YangModule("a", "2026-11-01", List.of("f"))),
                        List.of("/a:list"),
                        List.of("/b:c"),
                        List.of(api),
                        List.of("/m:rpc"),
                        List.of("/m:a/list"),
                        7,
                        "i"),
                new Message.Welcome(7, 1000, 5000, 10000, 120000, "i"),
                new Message.Replace(1, 7, 0, true, List.of(PUT)),
                new Message.Prepare(
                        2,
                        8,
                        7,
                        0,
                        true,
                        List.of(WireEdit.remove("/a:b")),
                        "admin",
                        null,
                        "00ff00ff00ff00ff"),
                new Message.Commit(3, 8),
                new Message.Abort(4, 8),
                new Message.Answer(2, false, List.of(new WireError("/a:b", "in-use", "busy"))),
                new Message.Notify(8, 0, true, List.of(PUT), "admin", "why"),
                new Message.Heartbeat(),
                new Message.State(List.of(PUT)),
                new Message.Event("link", JsonNodeFactory.instance.objectNode().put("up", true)),
                new Message.Alarm("/a:b", "absent", Severity.MAJOR, "gone", false),
                new Message.LookupApi(5, "l3.rib"),
                new Message.Apis(5, List.of(new Message.Offer("dataplane", api))),
                new Message.RequestGrant(6, "l3.rib", List.of("rib.write")),
                new Message.Grant(7, "l3.rib", "bgpd", List.of("rib.write")),
                new Message.Granted(7, "00ff", "/run/x", List.of()),
                new Message.Granted(
                        7, null, null, List.of(new WireError(null, "access-denied", "no"))),
                new Message.Revoke("l3.rib", "bgpd"),
                new Message.Invoke(
                        8, "/m:rpc", JsonNodeFactory.instance.objectNode().put("x", 1), "admin"),
                new Message.Result(8, JsonNodeFactory.instance.objectNode().put("y", 2), List.of()),
                new Message.Result(8, null, List.of(new WireError("/m:a", "invalid-value", "no"))),
                new Message.Read(9, "/m:a/list", null, "here", 10),
                new Message.Read(9, "/m:a/list", Map.of("id", IntNode.valueOf(4)), null, 10),
                new Message.Rows(
                        9,
                        List.of(JsonNodeFactory.instance.objectNode().put("id", 4)),
                        "there",
                        List.of()),
                new Message.Restart("for admin"),
                new Message.Bye("end"));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void everyMessageComesBackAsItWas(Message message) throws Exception {
        var reader = new FrameReader();
        reader.add(MessageCodec.frame(message));
        assertThat(reader.next()).isEqualTo(message);
        assertThat(reader.next()).isNull();
        assertThat(reader.torn()).isFalse();
    }

    /// What the page does not call optional has to be there.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'commit','generation':8}",
                "{'type':'commit','id':8}",
                "{'type':'commit','id':null,'generation':8}",
                "{'type':'answer','id':8}",
                "{'type':'replace','id':1,'generation':8,'last':true,'edits':[]}",
                "{'type':'replace','id':1,'generation':8,'part':0,'edits':[]}",
                "{'type':'hello','protocol':1,'name':'a','version':'1'}",
                "{'type':'hello','name':'a','version':'1','faces':2}",
                "{'type':'read','id':1,'list':'/a:b'}",
                "{'type':'invoke','id':1,'operation':'/a:b','user':'u'}"
            })
    void aMemberThatIsNotOptionalIsMissed(String body) {
        var bytes = body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> MessageCodec.parse(bytes)).isInstanceOf(ProtocolException.class);
    }

    @Test
    void aHelloNeedsNoMore() throws Exception {
        var body = "{'type':'hello','protocol':1,'name':'a','version':'1','faces':2}";
        var hello =
                (Message.Hello)
                        MessageCodec.parse(
                                body.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
        assertThat(hello.required()).isFalse();
        assertThat(hello.generation()).isZero();
        assertThat(hello.lists()).isEmpty();
    }

    @Test
    void namesOnTheWireAreLowerCaseWithHyphens() {
        var body = MessageCodec.body(new Message.Welcome(7, 1000, 5000, 10000, 120000, "i"));
        assertThat(new String(body, StandardCharsets.UTF_8))
                .isEqualTo(
                        "{\"type\":\"welcome\",\"generation\":7,\"heartbeat-millis\":1000,"
                                + "\"prepare-millis\":5000,\"commit-millis\":10000,\"replace-millis\":120000,"
                                + "\"instance\":\"i\"}");
        assertThat(new String(MessageCodec.body(new Message.Heartbeat()), StandardCharsets.UTF_8))
                .isEqualTo("{\"type\":\"heartbeat\"}");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 7, 64, 100_000})
    void messagesSurviveAnyCuttingOfTheStream(int piece) throws Exception {
        var sent = messages().toList();
        var stream = ByteBuffer.allocate(1 << 20);
        sent.forEach(message -> stream.put(MessageCodec.frame(message)));
        stream.flip();
        var received = new ArrayList<Message>();
        var reader = new FrameReader();
        while (stream.hasRemaining()) {
            int count = Math.min(piece, stream.remaining());
            reader.add(stream.slice(stream.position(), count));
            stream.position(stream.position() + count);
            for (var next = reader.next(); next != null; next = reader.next()) {
                received.add(next);
            }
        }
        assertThat(received).isEqualTo(sent);
    }

    @Test
    void aMessageOfManyMegabytesPasses() throws Exception {
        var event =
                new Message.Event(
                        "t", JsonNodeFactory.instance.textNode("x".repeat(15 * 1024 * 1024)));
        var frame = MessageCodec.frame(event);
        var reader = new FrameReader();
        while (frame.hasRemaining()) {
            assertThat(reader.next()).isNull();
            int count = Math.min(65536, frame.remaining());
            reader.add(frame.slice(frame.position(), count));
            frame.position(frame.position() + count);
        }
        assertThat(reader.next()).isEqualTo(event);
    }

    @ParameterizedTest
    @ValueSource(ints = {MessageCodec.MAX_FRAME + 1, Integer.MAX_VALUE, -1, Integer.MIN_VALUE})
    void anOversizedFrameIsRefusedByItsLengthAlone(int length) {
        var reader = new FrameReader();
        reader.add(ByteBuffer.allocate(4).putInt(length).flip());
        assertThatThrownBy(reader::next)
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining(Integer.toUnsignedString(length));
    }

    @Test
    void aMessageTooLongForAFrameIsNotSent() {
        var text = JsonNodeFactory.instance.textNode("x".repeat(MessageCodec.MAX_FRAME));
        assertThatThrownBy(() -> MessageCodec.frame(new Message.Event("t", text)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aTornFrameIsNoticed() throws Exception {
        var reader = new FrameReader();
        reader.add(MessageCodec.frame(new Message.Heartbeat()).limit(9));
        assertThat(reader.next()).isNull();
        assertThat(reader.torn()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "7",
                "[]",
                "{}",
                "{\"type\":\"unheard-of\"}",
                "{\"type\":\"heartbeat\"} {}",
                "{\"type\":\"heartbeat\",\"type\":\"heartbeat\"}",
                "{\"type\":\"commit\",\"id\":\"x\"}",
                "{\"type\":\"hello\",\"protocol\":1,\"faces\":2}",
                "{\"type\":\"hello\",\"name\":\"n\",\"version\":\"1\",\"faces\":3}",
                "{\"type\":\"state\",\"edits\":[{\"op\":\"put\",\"path\":\"/a:b\"}]}",
                "{\"type\":\"state\",\"edits\":[{\"op\":\"burn\",\"path\":\"/a:b\"}]}",
                "{\"type\":\"state\",\"edits\":[null]}",
                "\u0001\u0002",
            })
    void whatIsNoMessageIsRefusedWithAReason(String body) {
        assertThatThrownBy(() -> MessageCodec.parse(body.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(ProtocolException.class)
                .hasMessageStartingWith("bad message: ");
    }

    @Test
    void endlessNestingIsRefused() {
        var body = "{\"type\":\"event\",\"topic\":\"t\",\"data\":" + "[".repeat(1_000_000);
        assertThatThrownBy(() -> MessageCodec.parse(body.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(ProtocolException.class);
    }

    @Test
    void unknownMembersAreIgnored() throws Exception {
        var body = "{\"type\":\"commit\",\"id\":1,\"generation\":2,\"later\":true}";
        assertThat(MessageCodec.parse(body.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(new Message.Commit(1, 2));
    }
}
