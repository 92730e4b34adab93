// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `names-event`: To rings with rib-write or rib-read: read the tables of instances and interfaces again; never lost.
///
/// @param removed volatile routes of the ring's owner that went with what they named
public record NamesEvent(long names, long removed) implements Message {
    /// The number of this message.
    public static final int TYPE = 52;

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
        Wire.putU64(to, at + 32, names);
        Wire.putU64(to, at + 40, removed);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static NamesEvent read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "names-event", length);
        return new NamesEvent(
                Wire.u64(from, at + 32),
                Wire.u64(from, at + 40));
    }
}
