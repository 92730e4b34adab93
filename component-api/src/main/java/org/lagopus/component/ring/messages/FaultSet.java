// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `fault-set`.
///
/// @param object none: any
/// @param count how many times, 0: clear
public record FaultSet(FaultStep step, RingObject object, long count) implements Message {
    /// The number of this message.
    public static final int TYPE = 60;

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
        Wire.putU8(to, at + 32, step.number());
        Wire.putU8(to, at + 33, object.number());
        Wire.zero(to, at + 34, 2);
        Wire.putU32(to, at + 36, count);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static FaultSet read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "fault-set", length);
        return new FaultSet(
                FaultStep.of(Wire.u8(from, at + 32)),
                RingObject.of(Wire.u8(from, at + 33)),
                Wire.u32(from, at + 36));
    }
}
