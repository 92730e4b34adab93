// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `static-neighbor-delete`.
public record StaticNeighborDelete(
        long interface_,
        int family,
        long addressHi,
        long addressLo) implements Message {
    /// The number of this message.
    public static final int TYPE = 33;

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
        Wire.putU32(to, at + 32, interface_);
        Wire.putU8(to, at + 36, family);
        Wire.zero(to, at + 37, 3);
        Wire.putIp6(to, at + 40, addressHi, addressLo);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static StaticNeighborDelete read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "static-neighbor-delete", length);
        return new StaticNeighborDelete(
                Wire.u32(from, at + 32),
                Wire.u8(from, at + 36),
                Wire.big64(from, at + 40),
                Wire.big64(from, at + 48));
    }
}
