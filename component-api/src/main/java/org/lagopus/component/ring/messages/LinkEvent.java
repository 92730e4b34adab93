// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `link-event`.
public record LinkEvent(
        long port,
        boolean linkUp,
        long speedMbps,
        long lastChangeNanos) implements Message {
    /// The number of this message.
    public static final int TYPE = 50;

    /// Bytes, header included.
    public static final int SIZE = 56;

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
        Wire.putU32(to, at + 32, port);
        Wire.putU8(to, at + 36, linkUp ? 1 : 0);
        Wire.zero(to, at + 37, 3);
        Wire.putU32(to, at + 40, speedMbps);
        Wire.zero(to, at + 44, 4);
        Wire.putU64(to, at + 48, lastChangeNanos);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static LinkEvent read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "link-event", length);
        return new LinkEvent(
                Wire.u32(from, at + 32),
                Wire.bool(from, at + 36),
                Wire.u32(from, at + 40),
                Wire.u64(from, at + 48));
    }
}
