package org.lagopus.component.ip;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// An IPv4 or IPv6 address.
///
/// @param family 4 or 6
/// @param high the first eight bytes, IPv4 in the first four
/// @param low the last eight bytes
public record Ip(int family, long high, long low) {
    private static final int GROUPS = 8;
    private static final long V4_ALL_ONES = 0xffff_ffffL << 32;

    /// Reads the text forms of RFC 4291 section 2.2 and dotted quads; empty if it is neither. No
    /// name is ever looked up.
    public static Optional<Ip> parse(String text) {
        boolean quad = text.chars().filter(c -> c == '.').count() == 3;
        if (!quad && text.indexOf(':') < 0) {
            return Optional.empty(); // 10.1 would be 10.0.0.1
        }
        try {
            var bytes = InetAddress.ofLiteral(text).getAddress();
            var buffer = ByteBuffer.allocate(16).put(bytes).clear();
            return Optional.of(
                    new Ip(bytes.length == 4 ? 4 : 6, buffer.getLong(), buffer.getLong()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    public int bits() {
        return family == 4 ? 32 : 128;
    }

    public boolean isUnspecified() {
        return high == 0 && low == 0;
    }

    public boolean isMulticast() {
        return family == 4 ? high >>> 60 == 0xe : high >>> 56 == 0xff;
    }

    public boolean isLoopback() {
        return family == 4 ? high >>> 56 == 127 : high == 0 && low == 1;
    }

    public boolean isLinkLocal() {
        return family == 4 ? high >>> 48 == 0xa9fe : high >>> 54 == 0xfe80 >>> 6;
    }

    public boolean isLimitedBroadcast() {
        return family == 4 && high == V4_ALL_ONES;
    }

    /// This address with all bits behind the first `length` zero.
    public Ip masked(int length) {
        return new Ip(family, high & ones(length), low & ones(length - 64));
    }

    /// This address with all bits behind the first `length` one.
    public Ip filled(int length) {
        return family == 4
                ? new Ip(family, (high | ~ones(length)) & V4_ALL_ONES, 0)
                : new Ip(family, high | ~ones(length), low | ~ones(length - 64));
    }

    private static long ones(int count) {
        if (count <= 0) {
            return 0;
        }
        return count >= 64 ? -1 : -1L << (64 - count);
    }

    /// A dotted quad, or the one text form of RFC 5952 section 4.
    @Override
    public String toString() {
        if (family == 4) {
            return "%d.%d.%d.%d"
                    .formatted(
                            high >>> 56,
                            high >>> 48 & 0xff,
                            high >>> 40 & 0xff,
                            high >>> 32 & 0xff);
        }
        int begin = 0;
        int length = 1; // one zero alone is written
        for (int i = 0; i < GROUPS; i++) {
            int zeros = 0;
            while (i + zeros < GROUPS && group(i + zeros) == 0) {
                zeros++;
            }
            if (zeros > length) {
                begin = i;
                length = zeros;
            }
        }
        return length == 1
                ? groups(0, GROUPS)
                : groups(0, begin) + "::" + groups(begin + length, GROUPS);
    }

    private int group(int index) {
        long half = index < GROUPS / 2 ? high : low;
        return (int) (half >>> 48 - 16 * (index % 4)) & 0xffff;
    }

    private String groups(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> Integer.toHexString(group(i)))
                .collect(Collectors.joining(":"));
    }
}
