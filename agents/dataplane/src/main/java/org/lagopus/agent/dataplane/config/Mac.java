package org.lagopus.agent.dataplane.config;

import java.util.Optional;

/// MAC addresses as numbers, the first byte highest.
final class Mac {
    private Mac() {}

    /// 0 for an empty text, nothing for one that is no MAC address.
    static Optional<Long> parse(String text) {
        if (text.isEmpty()) {
            return Optional.of(0L);
        }
        try {
            return Optional.of(Long.parseLong(text.replace(":", ""), 16));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    static boolean isMulticast(long mac) {
        return (mac >>> 40 & 1) != 0;
    }
}
