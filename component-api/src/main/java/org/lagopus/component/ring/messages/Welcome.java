// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `welcome`: Worker -> client.
///
/// @param instance differs at each start of the worker
/// @param runningGeneration configuration generation now forwarding, 0 after a start
/// @param cores datapath cores available
/// @param faults 1 when started with --faults
/// @param kept objects of this owner are left from before: tell all again, then routes-synced
/// @param owner of what this ring sets
/// @param scopes mask of enum scope
/// @param names grows whenever an instance or interface comes, goes, or means another one
public record Welcome(
        long protocol,
        long pid,
        long instance,
        long runningGeneration,
        long maxPorts,
        long cores,
        boolean hugepages,
        boolean faults,
        boolean kept,
        long owner,
        long scopes,
        long names,
        String version) implements Message {
    /// The number of this message.
    public static final int TYPE = 2;

    /// Bytes, header included.
    public static final int SIZE = 152;

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
        Wire.putU32(to, at + 32, protocol);
        Wire.putU32(to, at + 36, pid);
        Wire.putU64(to, at + 40, instance);
        Wire.putU64(to, at + 48, runningGeneration);
        Wire.putU32(to, at + 56, maxPorts);
        Wire.putU32(to, at + 60, cores);
        Wire.putU8(to, at + 64, hugepages ? 1 : 0);
        Wire.putU8(to, at + 65, faults ? 1 : 0);
        Wire.putU8(to, at + 66, kept ? 1 : 0);
        Wire.zero(to, at + 67, 1);
        Wire.putU32(to, at + 68, owner);
        Wire.putU32(to, at + 72, scopes);
        Wire.zero(to, at + 76, 4);
        Wire.putU64(to, at + 80, names);
        Wire.putText(to, at + 88, 64, version);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static Welcome read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "welcome", length);
        return new Welcome(
                Wire.u32(from, at + 32),
                Wire.u32(from, at + 36),
                Wire.u64(from, at + 40),
                Wire.u64(from, at + 48),
                Wire.u32(from, at + 56),
                Wire.u32(from, at + 60),
                Wire.bool(from, at + 64),
                Wire.bool(from, at + 65),
                Wire.bool(from, at + 66),
                Wire.u32(from, at + 68),
                Wire.u32(from, at + 72),
                Wire.u64(from, at + 80),
                Wire.text(from, at + 88, 64));
    }
}
