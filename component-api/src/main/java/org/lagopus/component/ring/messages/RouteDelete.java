// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `route-delete`.
public record RouteDelete(
        long instance,
        int family,
        int prefixLength,
        RouteSource source,
        long prefixHi,
        long prefixLo) implements Message {
    /// The number of this message.
    public static final int TYPE = 31;

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
        Wire.putU8(to, at + 36, family);
        Wire.putU8(to, at + 37, prefixLength);
        Wire.putU8(to, at + 38, source.number());
        Wire.zero(to, at + 39, 1);
        Wire.putIp6(to, at + 40, prefixHi, prefixLo);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static RouteDelete read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "route-delete", length);
        return new RouteDelete(
                Wire.u32(from, at + 32),
                Wire.u8(from, at + 36),
                Wire.u8(from, at + 37),
                RouteSource.of(Wire.u8(from, at + 38)),
                Wire.big64(from, at + 40),
                Wire.big64(from, at + 48));
    }
}
