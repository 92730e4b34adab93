// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `fdb-entry`.
public record FdbEntry(
        long instance,
        long interface_,
        int vlan,
        long mac,
        long ageSeconds,
        boolean permanent) implements Message {
    /// The number of this message.
    public static final int TYPE = 42;

    /// Bytes, header included.
    public static final int SIZE = 56;

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
        Wire.putU32(to, at + 36, interface_);
        Wire.putU16(to, at + 40, vlan);
        Wire.putMac(to, at + 42, mac);
        Wire.putU32(to, at + 48, ageSeconds);
        Wire.putU8(to, at + 52, permanent ? 1 : 0);
        Wire.zero(to, at + 53, 3);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static FdbEntry read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "fdb-entry", length);
        return new FdbEntry(
                Wire.u32(from, at + 32),
                Wire.u32(from, at + 36),
                Wire.u16(from, at + 40),
                Wire.mac(from, at + 42),
                Wire.u32(from, at + 48),
                Wire.bool(from, at + 52));
    }
}
