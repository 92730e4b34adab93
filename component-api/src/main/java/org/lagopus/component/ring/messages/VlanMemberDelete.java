// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `vlan-member-delete`.
public record VlanMemberDelete(long interface_, int first, int last) implements Message {
    /// The number of this message.
    public static final int TYPE = 27;

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
        Wire.putU16(to, at + 36, first);
        Wire.putU16(to, at + 38, last);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static VlanMemberDelete read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "vlan-member-delete", length);
        return new VlanMemberDelete(
                Wire.u32(from, at + 32),
                Wire.u16(from, at + 36),
                Wire.u16(from, at + 38));
    }
}
