package org.lagopus.component.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Messages to frames and back. A frame is a big-endian length of four bytes and that many bytes of
/// UTF-8 JSON.
public final class MessageCodec {
    /// The longest body a frame may have.
    public static final int MAX_FRAME = 16 * 1024 * 1024;

    private static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .defaultPropertyInclusion(
                            JsonInclude.Value.construct(
                                    JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
                    .build();

    private MessageCodec() {}

    /// The mapper of the channel, for those who need to make or read values.
    public static JsonMapper mapper() {
        return MAPPER;
    }

    /// A whole frame, ready to be written.
    ///
    /// @throws IllegalArgumentException if the message is longer than a frame may be
    public static ByteBuffer frame(Message message) {
        byte[] body = body(message);
        if (body.length > MAX_FRAME) {
            throw new IllegalArgumentException(
                    "a message of " + body.length + " bytes is longer than a frame");
        }
        return ByteBuffer.allocate(Integer.BYTES + body.length)
                .putInt(body.length)
                .put(body)
                .flip();
    }

    /// The JSON of a message.
    public static byte[] body(Message message) {
        try {
            return MAPPER.writerFor(Message.class).writeValueAsBytes(message);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("messages are plain data", e);
        }
    }

    /// @throws ProtocolException if the bytes are no message
    public static Message parse(byte[] body) throws ProtocolException {
        try {
            var message = MAPPER.readValue(body, Message.class);
            if (message == null) {
                throw new ProtocolException("bad message: null");
            }
            return message;
        } catch (JacksonException e) {
            throw new ProtocolException("bad message: " + e.getOriginalMessage(), e);
        } catch (ProtocolException e) {
            throw e;
        } catch (IOException | StackOverflowError e) {
            throw new ProtocolException("bad message: " + e, e);
        }
    }
}
