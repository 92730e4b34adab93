// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `hello`: Client -> worker, first on a new ring.
///
/// @param protocol 1
/// @param token of a grant; all zero: none, for root and the worker's own user
public record Hello(long protocol, long pid, String client, byte[] token) implements Message {
    /// The number of this message.
    public static final int TYPE = 1;

    /// Bytes, header included.
    public static final int SIZE = 104;

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public int size() {
        return SIZE;
    }

    @Override
    public void write(MemorySegment to, long at) {
        Wire.putU32(to, at + 32, protocol);
        Wire.putU32(to, at + 36, pid);
        Wire.putText(to, at + 40, 32, client);
        Wire.putBytes(to, at + 72, 32, token);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static Hello read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "hello", length);
        return new Hello(
                Wire.u32(from, at + 32),
                Wire.u32(from, at + 36),
                Wire.text(from, at + 40, 32),
                Wire.bytes(from, at + 72, 32));
    }
}
