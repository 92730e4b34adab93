// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Fields of a message in memory: integers in host order, addresses in network order.
final class Wire {
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfShort BIG_SHORT = SHORT.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BIG_INT = INT.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong BIG_LONG = LONG.withOrder(ByteOrder.BIG_ENDIAN);

    private Wire() {}

    static void expect(boolean condition, String what, long length) {
        if (!condition) {
            throw new MalformedMessageException(what + " of " + length + " bytes");
        }
    }

    static int u8(MemorySegment from, long at) {
        return Byte.toUnsignedInt(from.get(BYTE, at));
    }

    static boolean bool(MemorySegment from, long at) {
        byte value = from.get(BYTE, at);
        if (value != 0 && value != 1) {
            throw new MalformedMessageException("bool " + value);
        }
        return value == 1;
    }

    static int u16(MemorySegment from, long at) {
        return Short.toUnsignedInt(from.get(SHORT, at));
    }

    static long u32(MemorySegment from, long at) {
        return Integer.toUnsignedLong(from.get(INT, at));
    }

    static long u64(MemorySegment from, long at) {
        return from.get(LONG, at);
    }

    static int ip4(MemorySegment from, long at) {
        return from.get(BIG_INT, at);
    }

    static long big64(MemorySegment from, long at) {
        return from.get(BIG_LONG, at);
    }

    static long mac(MemorySegment from, long at) {
        return Short.toUnsignedLong(from.get(BIG_SHORT, at)) << 32
                | Integer.toUnsignedLong(from.get(BIG_INT, at + 2));
    }

    static byte[] bytes(MemorySegment from, long at, int size) {
        return from.asSlice(at, size).toArray(BYTE);
    }

    static String text(MemorySegment from, long at, int size) {
        byte[] bytes = bytes(from, at, size);
        for (int i = 0; i < size; i++) {
            if (bytes[i] == 0) {
                return new String(bytes, 0, i, StandardCharsets.UTF_8);
            }
        }
        throw new MalformedMessageException("text without end");
    }

    static void putU8(MemorySegment to, long at, int value) {
        to.set(BYTE, at, (byte) ranged(value, 0xff));
    }

    static void putU16(MemorySegment to, long at, int value) {
        to.set(SHORT, at, (short) ranged(value, 0xffff));
    }

    static void putU32(MemorySegment to, long at, long value) {
        to.set(INT, at, (int) ranged(value, 0xffff_ffffL));
    }

    static void putU64(MemorySegment to, long at, long value) {
        to.set(LONG, at, value);
    }

    static void putIp4(MemorySegment to, long at, int value) {
        to.set(BIG_INT, at, value);
    }

    static void putIp6(MemorySegment to, long at, long hi, long lo) {
        to.set(BIG_LONG, at, hi);
        to.set(BIG_LONG, at + 8, lo);
    }

    static void putMac(MemorySegment to, long at, long value) {
        ranged(value, 0xffff_ffff_ffffL);
        to.set(BIG_SHORT, at, (short) (value >>> 32));
        to.set(BIG_INT, at + 2, (int) value);
    }

    static void putBytes(MemorySegment to, long at, int size, byte[] value) {
        if (value.length != size) {
            throw new IllegalArgumentException(value.length + " bytes for a field of " + size);
        }
        MemorySegment.copy(value, 0, to, BYTE, at, size);
    }

    static void putText(MemorySegment to, long at, int size, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= size || value.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(
                    "'" + value + "' does not fit in a text of " + (size - 1) + " bytes");
        }
        MemorySegment.copy(bytes, 0, to, BYTE, at, bytes.length);
        zero(to, at + bytes.length, size - bytes.length);
    }

    static void zero(MemorySegment to, long at, int size) {
        for (int i = 0; i < size; i++) {
            to.set(BYTE, at + i, (byte) 0);
        }
    }

    private static long ranged(long value, long highest) {
        if (value < 0 || value > highest) {
            throw new IllegalArgumentException(value + " is not between 0 and " + highest);
        }
        return value;
    }
}
