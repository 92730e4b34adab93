// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `static-fdb-delete`.
public record StaticFdbDelete(long instance, int vlan, long mac) implements Message {
    /// The number of this message.
    public static final int TYPE = 35;

    /// Bytes, header included.
    public static final int SIZE = 48;

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
        Wire.putU16(to, at + 36, vlan);
        Wire.putMac(to, at + 38, mac);
        Wire.zero(to, at + 44, 4);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static StaticFdbDelete read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "static-fdb-delete", length);
        return new StaticFdbDelete(
                Wire.u32(from, at + 32),
                Wire.u16(from, at + 36),
                Wire.mac(from, at + 38));
    }
}
