// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `routes-flush`: Removes the volatile routes of an owner; the answer's detail: how many.
///
/// @param instance 0: all
public record RoutesFlush(long instance) implements Message {
    /// The number of this message.
    public static final int TYPE = 36;

    /// Bytes, header included.
    public static final int SIZE = 40;

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
        Wire.putU32(to, at + 32, instance);
        Wire.zero(to, at + 36, 4);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static RoutesFlush read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "routes-flush", length);
        return new RoutesFlush(
                Wire.u32(from, at + 32));
    }
}
