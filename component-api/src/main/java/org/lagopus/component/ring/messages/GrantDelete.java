// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `grant-delete`: Closes the ring; the objects go when their time is over.
public record GrantDelete(String name) implements Message {
    /// The number of this message.
    public static final int TYPE = 71;

    /// Bytes, header included.
    public static final int SIZE = 96;

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
        Wire.putText(to, at + 32, 64, name);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static GrantDelete read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "grant-delete", length);
        return new GrantDelete(
                Wire.text(from, at + 32, 64));
    }
}
