package org.lagopus.netconf;

import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// What RFC 6022 counts, for one session and, through `all`, for the server.
final class Counters {
    private final @Nullable Counters all;
    private final LongAdder inRpcs = new LongAdder();
    private final LongAdder inBadRpcs = new LongAdder();
    private final LongAdder outRpcErrors = new LongAdder();
    private final LongAdder outNotifications = new LongAdder();
    private final LongAdder inBadHellos = new LongAdder();
    private final LongAdder inSessions = new LongAdder();
    private final LongAdder droppedSessions = new LongAdder();

    private Counters(@Nullable Counters all) {
        this.all = all;
    }

    static Counters ofServer() {
        return new Counters(null);
    }

    Counters ofSession() {
        return new Counters(this);
    }

    void rpc() {
        inRpcs.increment();
        if (all != null) {
            all.rpc();
        }
    }

    void badRpc() {
        inBadRpcs.increment();
        if (all != null) {
            all.badRpc();
        }
    }

    void error() {
        outRpcErrors.increment();
        if (all != null) {
            all.error();
        }
    }

    void notification() {
        outNotifications.increment();
        if (all != null) {
            all.notification();
        }
    }

    void badHello(boolean bad) {
        if (bad) {
            (all == null ? this : all).inBadHellos.increment();
        }
    }

    void session() {
        inSessions.increment();
    }

    void dropped() {
        droppedSessions.increment();
    }

    long inRpcs() {
        return inRpcs.sum();
    }

    long inBadRpcs() {
        return inBadRpcs.sum();
    }

    long outRpcErrors() {
        return outRpcErrors.sum();
    }

    long outNotifications() {
        return outNotifications.sum();
    }

    long inBadHellos() {
        return inBadHellos.sum();
    }

    long inSessions() {
        return inSessions.sum();
    }

    long droppedSessions() {
        return droppedSessions.sum();
    }
}
