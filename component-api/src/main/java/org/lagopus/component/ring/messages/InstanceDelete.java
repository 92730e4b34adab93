// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `instance-delete`.
public record InstanceDelete(long instance) implements Message {
    /// The number of this message.
    public static final int TYPE = 23;

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
        Wire.putU32(to, at + 32, instance);
        Wire.zero(to, at + 36, 4);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static InstanceDelete read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "instance-delete", length);
        return new InstanceDelete(
                Wire.u32(from, at + 32));
    }
}
