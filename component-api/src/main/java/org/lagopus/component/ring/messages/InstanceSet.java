// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `instance-set`.
///
/// @param instance 1..65535
/// @param macLearning L2
/// @param macAgeing seconds, L2
/// @param macLimit entries, L2; 0: the worker's limit
public record InstanceSet(
        long instance,
        InstanceKind kind,
        boolean macLearning,
        long macAgeing,
        long macLimit,
        String name) implements Message {
    /// The number of this message.
    public static final int TYPE = 22;

    /// Bytes, header included.
    public static final int SIZE = 112;

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
        Wire.putU8(to, at + 37, macLearning ? 1 : 0);
        Wire.zero(to, at + 38, 2);
        Wire.putU32(to, at + 40, macAgeing);
        Wire.putU32(to, at + 44, macLimit);
        Wire.putText(to, at + 48, 64, name);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static InstanceSet read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "instance-set", length);
        return new InstanceSet(
                Wire.u32(from, at + 32),
                InstanceKind.of(Wire.u8(from, at + 36)),
                Wire.bool(from, at + 37),
                Wire.u32(from, at + 40),
                Wire.u32(from, at + 44),
                Wire.text(from, at + 48, 64));
    }
}
