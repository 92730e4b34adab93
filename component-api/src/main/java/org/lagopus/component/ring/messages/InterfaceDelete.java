// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `interface-delete`.
public record InterfaceDelete(long interface_) implements Message {
    /// The number of this message.
    public static final int TYPE = 25;

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
        Wire.putU32(to, at + 32, interface_);
        Wire.zero(to, at + 36, 4);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static InterfaceDelete read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "interface-delete", length);
        return new InterfaceDelete(
                Wire.u32(from, at + 32));
    }
}
