// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `begin`: Opens a draft: a copy of what is running (replace=0) or empty (replace=1).
///
/// @param transaction its name in the worker's log lines, 0: none
public record Begin(boolean replace, long transaction) implements Message {
    /// The number of this message.
    public static final int TYPE = 10;

    /// Bytes, header included.
    public static final int SIZE = 48;

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
        Wire.putU8(to, at + 32, replace ? 1 : 0);
        Wire.zero(to, at + 33, 7);
        Wire.putU64(to, at + 40, transaction);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static Begin read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "begin", length);
        return new Begin(
                Wire.bool(from, at + 32),
                Wire.u64(from, at + 40));
    }
}
