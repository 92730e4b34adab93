package org.lagopus.datastore.events;

import java.time.Duration;

/// How much of the past a stream keeps. The oldest events go first, and whoever has not read them
/// by then is told how many they were.
public record Limits(int events, long octets, Duration age) {
    public static final Limits USUAL = new Limits(10_000, 8L << 20, Duration.ofHours(24));

    public Limits {
        if (events < 1 || octets < 1 || !age.isPositive()) {
            throw new IllegalArgumentException("a log has room for one event");
        }
    }
}
