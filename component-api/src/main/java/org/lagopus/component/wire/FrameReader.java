package org.lagopus.component.wire;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Cuts a stream of bytes into messages, whatever the pieces it arrives in. Memory follows what has
/// arrived, not what a length promises.
public final class FrameReader {
    private static final int CHUNK = 64 * 1024;

    private ByteBuffer buffer = ByteBuffer.allocate(CHUNK);

    /// Where in the buffer the next frame begins; what has arrived ends at the buffer's position.
    private int start;

    /// Takes what has arrived.
    public void add(ByteBuffer bytes) {
        if (buffer.remaining() < bytes.remaining()) {
            int kept = buffer.position() - start;
            int needed = kept + bytes.remaining();
            int capacity = buffer.capacity();
            while (capacity < needed) {
                capacity *= 2;
            }
            buffer = ByteBuffer.allocate(capacity).put(buffer.flip().position(start));
            start = 0;
        }
        buffer.put(bytes);
    }

    /// The next message, or null until more bytes have arrived.
    ///
    /// @throws ProtocolException if what arrived can never become one
    public @Nullable Message next() throws ProtocolException {
        int arrived = buffer.position() - start;
        if (arrived < Integer.BYTES) {
            return null;
        }
        int length = buffer.getInt(start);
        if (length < 0 || length > MessageCodec.MAX_FRAME) {
            throw new ProtocolException(
                    "a frame of "
                            + Integer.toUnsignedString(length)
                            + " bytes is longer than "
                            + MessageCodec.MAX_FRAME);
        }
        if (arrived < Integer.BYTES + length) {
            return null;
        }
        var body = new byte[length];
        buffer.get(start + Integer.BYTES, body);
        start += Integer.BYTES + length;
        if (start == buffer.position()) {
            start = 0;
            buffer = buffer.capacity() > 16 * CHUNK ? ByteBuffer.allocate(CHUNK) : buffer.clear();
        }
        return MessageCodec.parse(body);
    }

    /// Whether the stream stands within a frame: an end here is a torn frame.
    public boolean torn() {
        return buffer.position() != start;
    }
}
