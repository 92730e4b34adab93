package org.lagopus.controller;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// Slows down whoever guesses passwords from one address: after a few failures every further try
/// has to wait, twice as long each time. A try before its time is refused unheard. Users are not
/// locked, for then anybody could lock out anybody.
final class Throttle {
    private static final int FREE = 3;
    private static final Duration MOST = Duration.ofSeconds(60);
    private static final Duration FORGOTTEN = Duration.ofMinutes(15);
    private static final int PEERS = 4096;

    private record Failures(int count, long lastNanos) {}

    private final LongSupplier nanos;
    private final Map<String, Failures> peers = new LinkedHashMap<>();

    Throttle(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /// Whether a try has to wait still.
    synchronized boolean mustWait(String peer) {
        var failures = peers.get(peer);
        return failures != null
                && nanos.getAsLong() - failures.lastNanos() < pause(failures.count());
    }

    private static long pause(int failures) {
        return failures < FREE
                ? 0
                : Math.min(
                        Duration.ofSeconds(1L << Math.min(failures - FREE, 6)).toNanos(),
                        MOST.toNanos());
    }

    synchronized void failed(String peer) {
        long now = nanos.getAsLong();
        var before = peers.remove(peer);
        int count =
                before == null || now - before.lastNanos() > FORGOTTEN.toNanos()
                        ? 0
                        : before.count();
        peers.put(peer, new Failures(count + 1, now));
        if (peers.size() > PEERS) {
            var oldest = peers.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    synchronized void succeeded(String peer) {
        peers.remove(peer);
    }
}
