// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `answer`: Worker -> client: result of any request.
///
/// @param object what the error is about
/// @param objectId number of that object, as in its set message
/// @param detail errno or driver code where there is one
/// @param text why, for people
public record Answer(
        RingError error,
        RingObject object,
        long objectId,
        long detail,
        String text) implements Message {
    /// The number of this message.
    public static final int TYPE = 3;

    /// Bytes, header included.
    public static final int SIZE = 184;

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
        Wire.putU8(to, at + 32, error.number());
        Wire.putU8(to, at + 33, object.number());
        Wire.zero(to, at + 34, 6);
        Wire.putU64(to, at + 40, objectId);
        Wire.putU64(to, at + 48, detail);
        Wire.putText(to, at + 56, 128, text);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static Answer read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "answer", length);
        return new Answer(
                RingError.of(Wire.u8(from, at + 32)),
                RingObject.of(Wire.u8(from, at + 33)),
                Wire.u64(from, at + 40),
                Wire.u64(from, at + 48),
                Wire.text(from, at + 56, 128));
    }
}
