// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `ping`: Either way, answered by `answer`: latency and liveness.
public record Ping(long value) implements Message {
    /// The number of this message.
    public static final int TYPE = 51;

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
        Wire.putU64(to, at + 32, value);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static Ping read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "ping", length);
        return new Ping(
                Wire.u64(from, at + 32));
    }
}
