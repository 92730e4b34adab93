package org.lagopus.controller;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Keeps the memory of this process close to what it needs. The collector collects all of the heap
/// only when the heap is full, and shrinks it only then: what a large edit needed would stay with
/// the process for good, and under a steady load it would grow to its limit before anybody looks.
///
/// So all is collected when much was made since the last time and nobody makes anything now, and
/// when what has grown old has been half as much again as was alive, or more, for half a minute.
/// The first comes when nobody waits; the second costs a pause that follows the size of the
/// configuration, the more seldom the larger that is. A large edit is over before the second.
final class IdleMemory {
    private static final long SECONDS = 2;

    /// What may be made between two looks by somebody who does nothing.
    static final long IDLE = 2 << 20;

    /// From how much on it is worth the while.
    static final long MUCH = 64 << 20;

    /// By how much the old may grow, however little was alive.
    static final long GROWTH = 32 << 20;

    /// For so many looks.
    static final int LOOKS = 15;

    /// Bytes in what has grown old.
    ///
    /// @param alive when all was collected last
    record Old(long now, long alive) {
        boolean hasGrown() {
            return now >= alive + Math.max(GROWTH, alive / 2);
        }
    }

    private final LongSupplier made;
    private final Supplier<Old> old;
    private final Runnable collect;
    private long atLook;
    private long atCollection;
    private int grown;

    /// @param made bytes that were made since the start
    IdleMemory(LongSupplier made, Supplier<Old> old, Runnable collect) {
        this.made = made;
        this.old = old;
        this.collect = collect;
    }

    static IdleMemory ofThisProcess() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        var tenured =
                ManagementFactory.getMemoryPoolMXBeans().stream()
                        .filter(pool -> pool.getName().contains("Tenured"))
                        .findFirst();
        return new IdleMemory(
                threads::getTotalThreadAllocatedBytes,
                () -> tenured.map(IdleMemory::of).orElse(new Old(0, 0)),
                System::gc);
    }

    private static Old of(MemoryPoolMXBean pool) {
        return new Old(pool.getUsage().getUsed(), pool.getCollectionUsage().getUsed());
    }

    /// Until the executor is shut down.
    void watchOn(ScheduledExecutorService executor) {
        var _ = executor.scheduleWithFixedDelay(this::look, SECONDS, SECONDS, TimeUnit.SECONDS);
    }

    void look() {
        long now = made.getAsLong();
        boolean isIdle = now - atLook < IDLE;
        atLook = now;
        grown = old.get().hasGrown() ? grown + 1 : 0;
        if (isIdle && now - atCollection >= MUCH || grown >= LOOKS) {
            collect.run();
            atCollection = now;
            grown = 0;
        }
    }
}
