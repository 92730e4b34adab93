// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `instance-entry`.
public record InstanceEntry(long instance, InstanceKind kind, String name) implements Message {
    /// The number of this message.
    public static final int TYPE = 46;

    /// Bytes, header included.
    public static final int SIZE = 104;

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
        Wire.putU8(to, at + 36, kind.number());
        Wire.zero(to, at + 37, 3);
        Wire.putText(to, at + 40, 64, name);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static InstanceEntry read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "instance-entry", length);
        return new InstanceEntry(
                Wire.u32(from, at + 32),
                InstanceKind.of(Wire.u8(from, at + 36)),
                Wire.text(from, at + 40, 64));
    }
}
