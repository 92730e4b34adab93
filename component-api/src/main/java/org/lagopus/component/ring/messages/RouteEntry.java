// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// The message `route-entry`: A route, connected and local ones included.
///
/// @param active in the FIB
/// @param stale its owner is away, or back and has not told it again
public record RouteEntry(
        long instance,
        int family,
        int prefixLength,
        RouteSource source,
        int preference,
        long metric,
        boolean active,
        boolean stale,
        long owner,
        long prefixHi,
        long prefixLo,
        List<NextHop> nextHops) implements Message {
    /// The number of this message.
    public static final int TYPE = 44;

    /// Bytes, header included, elements not.
    public static final int SIZE = 72;

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
        Wire.putU8(to, at + 39, preference);
        Wire.putU32(to, at + 40, metric);
        Wire.putU32(to, at + 44, nextHops.size());
        Wire.putU8(to, at + 48, active ? 1 : 0);
        Wire.putU8(to, at + 49, stale ? 1 : 0);
        Wire.zero(to, at + 50, 2);
        Wire.putU32(to, at + 52, owner);
        Wire.putIp6(to, at + 56, prefixHi, prefixLo);
        for (int i = 0; i < nextHops.size(); i++) {
            nextHops.get(i).write(to, at + SIZE + (long) i * NextHop.SIZE);
        }
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static RouteEntry read(MemorySegment from, long at, long length) {
        Wire.expect(length >= SIZE, "route-entry", length);
        long count = Wire.u32(from, at + 44);
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
                Wire.u8(from, at + 39),
                Wire.u32(from, at + 40),
                Wire.bool(from, at + 48),
                Wire.bool(from, at + 49),
                Wire.u32(from, at + 52),
                Wire.big64(from, at + 56),
                Wire.big64(from, at + 64),
                nextHops);
    }
}
