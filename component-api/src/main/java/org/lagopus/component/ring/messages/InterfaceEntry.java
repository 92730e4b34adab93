// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `interface-entry`.
public record InterfaceEntry(
        long interface_,
        long port,
        long instance,
        InterfaceKind kind,
        boolean enabled,
        int vlan,
        String name) implements Message {
    /// The number of this message.
    public static final int TYPE = 45;

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
        Wire.putU32(to, at + 32, interface_);
        Wire.putU32(to, at + 36, port);
        Wire.putU32(to, at + 40, instance);
        Wire.putU8(to, at + 44, kind.number());
        Wire.putU8(to, at + 45, enabled ? 1 : 0);
        Wire.putU16(to, at + 46, vlan);
        Wire.putText(to, at + 48, 64, name);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static InterfaceEntry read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "interface-entry", length);
        return new InterfaceEntry(
                Wire.u32(from, at + 32),
                Wire.u32(from, at + 36),
                Wire.u32(from, at + 40),
                InterfaceKind.of(Wire.u8(from, at + 44)),
                Wire.bool(from, at + 45),
                Wire.u16(from, at + 46),
                Wire.text(from, at + 48, 64));
    }
}
