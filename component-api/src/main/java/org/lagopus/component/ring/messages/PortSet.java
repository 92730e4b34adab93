// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `port-set`.
///
/// @param port stable number chosen by configuration (R60), 1..65535
/// @param mtu bytes of layer 3
/// @param rxQueues 0: driver default (1)
/// @param rxDescriptors 0: driver default
/// @param mac all zero: the device's own
/// @param cores bit n: datapath core n polls this port; 0: the worker chooses
/// @param name interface name, for events and logs
/// @param arguments further device arguments, key=value,key=value
public record PortSet(
        long port,
        Driver driver,
        boolean enabled,
        boolean promiscuous,
        long mtu,
        int rxQueues,
        int txQueues,
        long rxDescriptors,
        long txDescriptors,
        long mac,
        long cores,
        String name,
        String device,
        String arguments) implements Message {
    /// The number of this message.
    public static final int TYPE = 20;

    /// Bytes, header included.
    public static final int SIZE = 456;

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
        Wire.putU32(to, at + 32, port);
        Wire.putU8(to, at + 36, driver.number());
        Wire.putU8(to, at + 37, enabled ? 1 : 0);
        Wire.putU8(to, at + 38, promiscuous ? 1 : 0);
        Wire.zero(to, at + 39, 1);
        Wire.putU32(to, at + 40, mtu);
        Wire.putU16(to, at + 44, rxQueues);
        Wire.putU16(to, at + 46, txQueues);
        Wire.putU32(to, at + 48, rxDescriptors);
        Wire.putU32(to, at + 52, txDescriptors);
        Wire.putMac(to, at + 56, mac);
        Wire.zero(to, at + 62, 2);
        Wire.putU64(to, at + 64, cores);
        Wire.putText(to, at + 72, 64, name);
        Wire.putText(to, at + 136, 64, device);
        Wire.putText(to, at + 200, 256, arguments);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static PortSet read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "port-set", length);
        return new PortSet(
                Wire.u32(from, at + 32),
                Driver.of(Wire.u8(from, at + 36)),
                Wire.bool(from, at + 37),
                Wire.bool(from, at + 38),
                Wire.u32(from, at + 40),
                Wire.u16(from, at + 44),
                Wire.u16(from, at + 46),
                Wire.u32(from, at + 48),
                Wire.u32(from, at + 52),
                Wire.mac(from, at + 56),
                Wire.u64(from, at + 64),
                Wire.text(from, at + 72, 64),
                Wire.text(from, at + 136, 64),
                Wire.text(from, at + 200, 256));
    }
}
