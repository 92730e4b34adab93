// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `routes-synced`: All was told again: what was not, is removed; the answer's detail: how many.
public record RoutesSynced() implements Message {
    /// The number of this message.
    public static final int TYPE = 37;

    /// Bytes, header included.
    public static final int SIZE = 40;

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
        Wire.zero(to, at + 32, 8);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static RoutesSynced read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "routes-synced", length);
        return new RoutesSynced();
    }
}
