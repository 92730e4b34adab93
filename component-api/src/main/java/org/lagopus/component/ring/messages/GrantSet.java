// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `grant-set`: The answer's detail: the number of the owner.
///
/// @param token not all zero
/// @param scopes mask of enum scope, without config and grant
/// @param staleSeconds how long objects stay when their owner's ring is gone; 4294967295: for ever
public record GrantSet(
        byte[] token,
        long scopes,
        long staleSeconds,
        String name) implements Message {
    /// The number of this message.
    public static final int TYPE = 70;

    /// Bytes, header included.
    public static final int SIZE = 136;

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
        Wire.putBytes(to, at + 32, 32, token);
        Wire.putU32(to, at + 64, scopes);
        Wire.putU32(to, at + 68, staleSeconds);
        Wire.putText(to, at + 72, 64, name);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static GrantSet read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "grant-set", length);
        return new GrantSet(
                Wire.bytes(from, at + 32, 32),
                Wire.u32(from, at + 64),
                Wire.u32(from, at + 68),
                Wire.text(from, at + 72, 64));
    }
}
