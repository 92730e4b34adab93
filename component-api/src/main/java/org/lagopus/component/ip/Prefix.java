package org.lagopus.component.ip;

import java.util.Optional;

/// An address prefix: the first `length` bits of an address, the others zero.
public record Prefix(Ip ip, int length) {
    /// Reads `ADDRESS/LENGTH`; empty if it is none. Bits behind the prefix are kept, see
    /// [#hasHostBits()].
    public static Optional<Prefix> parse(String text) {
        int slash = text.lastIndexOf('/');
        if (slash < 0) {
            return Optional.empty();
        }
        try {
            int length = Integer.parseInt(text, slash + 1, text.length(), 10);
            return Ip.parse(text.substring(0, slash))
                    .filter(ip -> length >= 0 && length <= ip.bits())
                    .map(ip -> new Prefix(ip, length));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    public boolean hasHostBits() {
        return !ip.masked(length).equals(ip);
    }

    public boolean contains(Ip other) {
        return other.family() == ip.family() && other.masked(length).equals(ip.masked(length));
    }

    @Override
    public String toString() {
        return ip + "/" + length;
    }
}
