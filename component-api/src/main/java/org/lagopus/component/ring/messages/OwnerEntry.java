// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `owner-entry`: An owner, or what all rings without a grant were refused (owner 0).
///
/// @param scopes mask of enum scope
/// @param attached its ring is there
/// @param stale some of its objects may be left from before
/// @param denied requests refused for want of a scope
public record OwnerEntry(
        long owner,
        long scopes,
        long staleSeconds,
        boolean attached,
        boolean stale,
        long routes,
        long denied,
        String name) implements Message {
    /// The number of this message.
    public static final int TYPE = 47;

    /// Bytes, header included.
    public static final int SIZE = 128;

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
        Wire.putU32(to, at + 32, owner);
        Wire.putU32(to, at + 36, scopes);
        Wire.putU32(to, at + 40, staleSeconds);
        Wire.putU8(to, at + 44, attached ? 1 : 0);
        Wire.putU8(to, at + 45, stale ? 1 : 0);
        Wire.zero(to, at + 46, 2);
        Wire.putU64(to, at + 48, routes);
        Wire.putU64(to, at + 56, denied);
        Wire.putText(to, at + 64, 64, name);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static OwnerEntry read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "owner-entry", length);
        return new OwnerEntry(
                Wire.u32(from, at + 32),
                Wire.u32(from, at + 36),
                Wire.u32(from, at + 40),
                Wire.bool(from, at + 44),
                Wire.bool(from, at + 45),
                Wire.u64(from, at + 48),
                Wire.u64(from, at + 56),
                Wire.text(from, at + 64, 64));
    }
}
