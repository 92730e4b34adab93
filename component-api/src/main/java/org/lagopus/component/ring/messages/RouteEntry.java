// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// The message `route-entry`: A route of the FIB, connected and local ones included.
public record RouteEntry(
        long instance,
        int family,
        int prefixLength,
        RouteSource source,
        long prefixHi,
        long prefixLo,
        List<NextHop> nextHops) implements Message {
    /// The number of this message.
    public static final int TYPE = 44;

    /// Bytes, header included, elements not.
    public static final int SIZE = 64;

    public RouteEntry {
        nextHops = List.copyOf(nextHops);
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public int size() {
        return SIZE + nextHops.size() * NextHop.SIZE;
    }

    @Override
    public void write(MemorySegment to, long at) {
        Wire.putU32(to, at + 32, instance);
        Wire.putU8(to, at + 36, family);
        Wire.putU8(to, at + 37, prefixLength);
        Wire.putU8(to, at + 38, source.number());
        Wire.zero(to, at + 39, 1);
        Wire.putU32(to, at + 40, nextHops.size());
        Wire.zero(to, at + 44, 4);
        Wire.putIp6(to, at + 48, prefixHi, prefixLo);
        for (int i = 0; i < nextHops.size(); i++) {
            nextHops.get(i).write(to, at + SIZE + (long) i * NextHop.SIZE);
        }
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static RouteEntry read(MemorySegment from, long at, long length) {
        Wire.expect(length >= SIZE, "route-entry", length);
        long count = Wire.u32(from, at + 40);
        Wire.expect(length == SIZE + count * NextHop.SIZE, "route-entry", length);
        List<NextHop> nextHops = new ArrayList<>((int) count);
        for (long i = 0; i < count; i++) {
            nextHops.add(NextHop.read(from, at + SIZE + i * NextHop.SIZE));
        }
        return new RouteEntry(
                Wire.u32(from, at + 32),
                Wire.u8(from, at + 36),
                Wire.u8(from, at + 37),
                RouteSource.of(Wire.u8(from, at + 38)),
                Wire.big64(from, at + 48),
                Wire.big64(from, at + 56),
                nextHops);
    }
}
