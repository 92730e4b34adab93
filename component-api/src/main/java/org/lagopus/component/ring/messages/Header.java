// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The struct `header`.
///
/// @param flags sum of enum flag
/// @param length bytes, header included
/// @param correlation chosen by the asker, echoed
/// @param owner who the object belongs to: 1 configuration, others by grants; in a request 0: the ring's own
/// @param generation of the configuration the message belongs to; 0 where there is none. On a ring with an owner of its own: the names (welcome) that the numbers in the request come from, 0: not to be checked
public record Header(
        int type,
        int flags,
        long length,
        long correlation,
        long owner,
        long generation) {
    /// Bytes.
    public static final int SIZE = 32;

    /// Writes all fields from `at` on.
    public void write(MemorySegment to, long at) {
        Wire.putU16(to, at, type);
        Wire.putU16(to, at + 2, flags);
        Wire.putU32(to, at + 4, length);
        Wire.putU64(to, at + 8, correlation);
        Wire.putU32(to, at + 16, owner);
        Wire.zero(to, at + 20, 4);
        Wire.putU64(to, at + 24, generation);
    }

    /// Reads all fields from `at` on.
    public static Header read(MemorySegment from, long at) {
        return new Header(
                Wire.u16(from, at),
                Wire.u16(from, at + 2),
                Wire.u32(from, at + 4),
                Wire.u64(from, at + 8),
                Wire.u32(from, at + 16),
                Wire.u64(from, at + 24));
    }
}
