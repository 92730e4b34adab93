// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// The message `route-set`: In a transaction; on a ring with an owner of its own: at once.
public record RouteSet(
        long instance,
        int family,
        int prefixLength,
        RouteSource source,
        int preference,
        long metric,
        long prefixHi,
        long prefixLo,
        List<NextHop> nextHops) implements Message {
    /// The number of this message.
    public static final int TYPE = 30;

    /// Bytes, header included, elements not.
    public static final int SIZE = 64;

    public RouteSet {
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
        Wire.putIp6(to, at + 48, prefixHi, prefixLo);
        for (int i = 0; i < nextHops.size(); i++) {
            nextHops.get(i).write(to, at + SIZE + (long) i * NextHop.SIZE);
        }
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static RouteSet read(MemorySegment from, long at, long length) {
        Wire.expect(length >= SIZE, "route-set", length);
        long count = Wire.u32(from, at + 44);
        Wire.expect(length == SIZE + count * NextHop.SIZE, "route-set", length);
        List<NextHop> nextHops = new ArrayList<>((int) count);
        for (long i = 0; i < count; i++) {
            nextHops.add(NextHop.read(from, at + SIZE + i * NextHop.SIZE));
        }
        return new RouteSet(
                Wire.u32(from, at + 32),
                Wire.u8(from, at + 36),
                Wire.u8(from, at + 37),
                RouteSource.of(Wire.u8(from, at + 38)),
                Wire.u8(from, at + 39),
                Wire.u32(from, at + 40),
                Wire.big64(from, at + 48),
                Wire.big64(from, at + 56),
                nextHops);
    }
}
