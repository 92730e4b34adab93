// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `dump`: Asks for a table.
///
/// @param instance 0: all
public record Dump(long instance, Table table) implements Message {
    /// The number of this message.
    public static final int TYPE = 40;

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
        Wire.putU8(to, at + 36, table.number());
        Wire.zero(to, at + 37, 3);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static Dump read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "dump", length);
        return new Dump(
                Wire.u32(from, at + 32),
                Table.of(Wire.u8(from, at + 36)));
    }
}
