// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The struct `next-hop`.
///
/// @param interface_ 0: found by recursion over connected prefixes
/// @param weight 1..255
public record NextHop(
        NextHopKind kind,
        int family,
        long interface_,
        long weight,
        long addressHi,
        long addressLo) {
    /// Bytes.
    public static final int SIZE = 32;

    /// Writes all fields from `at` on.
    public void write(MemorySegment to, long at) {
        Wire.putU8(to, at, kind.number());
        Wire.putU8(to, at + 1, family);
        Wire.zero(to, at + 2, 2);
        Wire.putU32(to, at + 4, interface_);
        Wire.putU32(to, at + 8, weight);
        Wire.zero(to, at + 12, 4);
        Wire.putIp6(to, at + 16, addressHi, addressLo);
    }

    /// Reads all fields from `at` on.
    public static NextHop read(MemorySegment from, long at) {
        return new NextHop(
                NextHopKind.of(Wire.u8(from, at)),
                Wire.u8(from, at + 1),
                Wire.u32(from, at + 4),
                Wire.u32(from, at + 8),
                Wire.big64(from, at + 16),
                Wire.big64(from, at + 24));
    }
}
