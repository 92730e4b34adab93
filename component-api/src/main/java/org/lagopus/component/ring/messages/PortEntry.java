// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `port-entry`.
///
/// @param speedMbps 0: unknown
/// @param lastChangeNanos CLOCK_REALTIME
public record PortEntry(
        long port,
        boolean linkUp,
        boolean running,
        long mtu,
        long speedMbps,
        long mac,
        long lastChangeNanos,
        String name,
        String driverName) implements Message {
    /// The number of this message.
    public static final int TYPE = 43;

    /// Bytes, header included.
    public static final int SIZE = 160;

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
        Wire.putU8(to, at + 36, linkUp ? 1 : 0);
        Wire.putU8(to, at + 37, running ? 1 : 0);
        Wire.zero(to, at + 38, 2);
        Wire.putU32(to, at + 40, mtu);
        Wire.putU32(to, at + 44, speedMbps);
        Wire.putMac(to, at + 48, mac);
        Wire.zero(to, at + 54, 2);
        Wire.putU64(to, at + 56, lastChangeNanos);
        Wire.putText(to, at + 64, 64, name);
        Wire.putText(to, at + 128, 32, driverName);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static PortEntry read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "port-entry", length);
        return new PortEntry(
                Wire.u32(from, at + 32),
                Wire.bool(from, at + 36),
                Wire.bool(from, at + 37),
                Wire.u32(from, at + 40),
                Wire.u32(from, at + 44),
                Wire.mac(from, at + 48),
                Wire.u64(from, at + 56),
                Wire.text(from, at + 64, 64),
                Wire.text(from, at + 128, 32));
    }
}
