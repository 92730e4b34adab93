// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `dump`: Asks for a table, or a part of it.
///
/// @param instance 0: all
/// @param family 4 or 6: the prefix in that instance alone; 0: all of the table
/// @param limit of rows, 0: none
/// @param position where an earlier dump stopped, 0: the beginning
public record Dump(
        long instance,
        Table table,
        int family,
        int prefixLength,
        long limit,
        long position,
        long prefixHi,
        long prefixLo) implements Message {
    /// The number of this message.
    public static final int TYPE = 40;

    /// Bytes, header included.
    public static final int SIZE = 72;

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
        Wire.putU8(to, at + 37, family);
        Wire.putU8(to, at + 38, prefixLength);
        Wire.zero(to, at + 39, 1);
        Wire.putU32(to, at + 40, limit);
        Wire.zero(to, at + 44, 4);
        Wire.putU64(to, at + 48, position);
        Wire.putIp6(to, at + 56, prefixHi, prefixLo);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static Dump read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "dump", length);
        return new Dump(
                Wire.u32(from, at + 32),
                Table.of(Wire.u8(from, at + 36)),
                Wire.u8(from, at + 37),
                Wire.u8(from, at + 38),
                Wire.u32(from, at + 40),
                Wire.u64(from, at + 48),
                Wire.big64(from, at + 56),
                Wire.big64(from, at + 64));
    }
}
