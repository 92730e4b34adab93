package org.lagopus.datastore.events;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.opendaylight.yangtools.concepts.Registration;

/// A time that stands still until it is moved; what becomes due runs on the mover's thread.
public final class FakeTimer implements Timer {
    private record Task(Instant when, Runnable run) {}

    private final List<Task> tasks = new ArrayList<>();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @Override
    public synchronized Instant now() {
        return now;
    }

    @Override
    public synchronized Registration at(Instant when, Runnable run) {
        var task = new Task(when, run);
        tasks.add(task);
        return () -> {
            synchronized (this) {
                tasks.remove(task);
            }
        };
    }

    public void pass(Duration time) {
        Instant until;
        synchronized (this) {
            until = now.plus(time);
        }
        while (true) {
            Task due;
            synchronized (this) {
                due =
                        tasks.stream()
                                .min(Comparator.comparing(Task::when))
                                .filter(task -> !task.when().isAfter(until))
                                .orElse(null);
                if (due == null) {
                    now = until;
                    return;
                }
                tasks.remove(due);
                if (due.when().isAfter(now)) {
                    now = due.when();
                }
            }
            due.run().run();
        }
    }

    @Override
    public void close() {}
}
