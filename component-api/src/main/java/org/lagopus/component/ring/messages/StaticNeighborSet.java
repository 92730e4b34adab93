// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `static-neighbor-set`.
public record StaticNeighborSet(
        long interface_,
        int family,
        long mac,
        long addressHi,
        long addressLo) implements Message {
    /// The number of this message.
    public static final int TYPE = 32;

    /// Bytes, header included.
    public static final int SIZE = 64;

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
        Wire.putMac(to, at + 40, mac);
        Wire.zero(to, at + 46, 2);
        Wire.putIp6(to, at + 48, addressHi, addressLo);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static StaticNeighborSet read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "static-neighbor-set", length);
        return new StaticNeighborSet(
                Wire.u32(from, at + 32),
                Wire.u8(from, at + 36),
                Wire.mac(from, at + 40),
                Wire.big64(from, at + 48),
                Wire.big64(from, at + 56));
    }
}
