// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `interface-set`: A subinterface.
///
/// @param interface_ 1..1048575
/// @param vlanMode bridged
/// @param vlan routed: 0 untagged, else the tag. bridged access: the VLAN. trunk: native VLAN or 0
/// @param mtu4 bytes of layer 3, 0: the port's
/// @param name NAME or NAME.INDEX
public record InterfaceSet(
        long interface_,
        long port,
        long instance,
        InterfaceKind kind,
        boolean enabled,
        VlanMode vlanMode,
        int vlan,
        long mtu4,
        long mtu6,
        String name) implements Message {
    /// The number of this message.
    public static final int TYPE = 24;

    /// Bytes, header included.
    public static final int SIZE = 128;

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
        Wire.putU8(to, at + 46, vlanMode.number());
        Wire.zero(to, at + 47, 1);
        Wire.putU16(to, at + 48, vlan);
        Wire.zero(to, at + 50, 2);
        Wire.putU32(to, at + 52, mtu4);
        Wire.putU32(to, at + 56, mtu6);
        Wire.zero(to, at + 60, 4);
        Wire.putText(to, at + 64, 64, name);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static InterfaceSet read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "interface-set", length);
        return new InterfaceSet(
                Wire.u32(from, at + 32),
                Wire.u32(from, at + 36),
                Wire.u32(from, at + 40),
                InterfaceKind.of(Wire.u8(from, at + 44)),
                Wire.bool(from, at + 45),
                VlanMode.of(Wire.u8(from, at + 46)),
                Wire.u16(from, at + 48),
                Wire.u32(from, at + 52),
                Wire.u32(from, at + 56),
                Wire.text(from, at + 64, 64));
    }
}
