package org.lagopus.datastore.events;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.opendaylight.yangtools.concepts.Registration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What time it is, and somebody to call when it is later. A test hands in one of its own.
public interface Timer extends AutoCloseable {
    Instant now();

    /// Runs a quick task at a time, or soon when that has passed; once, unless closed before.
    Registration at(Instant when, Runnable task);

    @Override
    void close();

    /// One thread for all tasks.
    static Timer of(Clock clock) {
        var executor =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().name("event-timer").daemon().factory());
        executor.setRemoveOnCancelPolicy(true);
        return new Timer() {
            private static final Logger LOG = LoggerFactory.getLogger(Timer.class);

            @Override
            public Instant now() {
                return clock.instant();
            }

            @Override
            public Registration at(Instant when, Runnable task) {
                long wait = Math.max(0, Duration.between(now(), when).toMillis());
                try {
                    var set = executor.schedule(() -> run(task), wait, TimeUnit.MILLISECONDS);
                    return () -> set.cancel(false);
                } catch (RejectedExecutionException e) {
                    LOG.debug("closed", e);
                    return () -> {};
                }
            }

            private void run(Runnable task) {
                try {
                    task.run();
                } catch (RuntimeException e) {
                    LOG.error("a timed task failed", e);
                }
            }

            @Override
            public void close() {
                executor.shutdownNow();
            }
        };
    }
}
