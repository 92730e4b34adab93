// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `neighbor-entry`.
public record NeighborEntry(
        long interface_,
        int family,
        NeighborState state,
        long mac,
        long ageSeconds,
        long addressHi,
        long addressLo) implements Message {
    /// The number of this message.
    public static final int TYPE = 41;

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
        Wire.putU8(to, at + 37, state.number());
        Wire.putMac(to, at + 38, mac);
        Wire.putU32(to, at + 44, ageSeconds);
        Wire.putIp6(to, at + 48, addressHi, addressLo);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static NeighborEntry read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "neighbor-entry", length);
        return new NeighborEntry(
                Wire.u32(from, at + 32),
                Wire.u8(from, at + 36),
                NeighborState.of(Wire.u8(from, at + 37)),
                Wire.mac(from, at + 38),
                Wire.u32(from, at + 44),
                Wire.big64(from, at + 48),
                Wire.big64(from, at + 56));
    }
}
