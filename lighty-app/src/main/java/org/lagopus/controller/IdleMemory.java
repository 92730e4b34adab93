package org.lagopus.controller;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Gives memory back to the system when nothing goes on. The collector of this process shrinks the
/// heap only when it collects all of it, and that it does when the heap is full: what a large edit
/// needed would stay with the process for good. So all is collected once, when much was made since
/// the last time and nobody makes anything now.
///
/// It costs a pause that follows the size of the configuration, at a time when nobody waits.
final class IdleMemory {
    private static final long SECONDS = 2;

    /// What may be made between two looks by somebody who does nothing.
    static final long IDLE = 2 << 20;

    /// From how much on it is worth the while.
    static final long MUCH = 64 << 20;

    private final LongSupplier made;
    private final Runnable collect;
    private long atLook;
    private long atCollection;

    /// @param made bytes that were made since the start
    IdleMemory(LongSupplier made, Runnable collect) {
        this.made = made;
        this.collect = collect;
    }

    static IdleMemory ofThisProcess() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        return new IdleMemory(threads::getTotalThreadAllocatedBytes, System::gc);
    }

    /// Until the executor is shut down.
    void watchOn(ScheduledExecutorService executor) {
        var _ = executor.scheduleWithFixedDelay(this::look, SECONDS, SECONDS, TimeUnit.SECONDS);
    }

    void look() {
        long now = made.getAsLong();
        boolean isIdle = now - atLook < IDLE;
        atLook = now;
        if (isIdle && now - atCollection >= MUCH) {
            collect.run();
            atCollection = now;
        }
    }
}
