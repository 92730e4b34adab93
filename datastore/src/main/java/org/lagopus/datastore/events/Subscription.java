package org.lagopus.datastore.events;

import java.time.Instant;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.concepts.Registration;

/// What one client hears of one stream. Whoever serves the client asks for the next item when it
/// can send one, from one thread at a time, and is woken when there may be something again.
///
/// Events are looked at by the thread that asks, and none by the one that publishes.
public final class Subscription implements AutoCloseable {
    /// What is to be sent next.
    public sealed interface Item {
        record Happened(Event event) implements Item {}

        /// Here events are missing: the client was too slow for the log.
        record Missing(long events) implements Item {}

        /// What follows is new.
        record Replayed() implements Item {}

        /// The stop time has come, and nothing follows.
        record Completed() implements Item {}
    }

    /// @param from time of the first event wanted of the past, null for what is new only
    /// @param until time of the last event wanted, null for no end
    public record Terms(@Nullable Instant from, @Nullable Instant until, Predicate<Event> filter) {}

    private final Timer timer;
    private final Predicate<Event> allowed;
    private final EventStream.Reader reader;
    private final long live;
    private final Runnable wake;
    private final LongAdder sent = new LongAdder();
    private final LongAdder excluded = new LongAdder();
    private volatile Predicate<Event> filter;
    private volatile @Nullable Instant until;
    private volatile Registration alarm = () -> {};
    private boolean replaying;
    private volatile boolean completed;

    /// @param allowed what access control lets the client receive
    public Subscription(
            EventStream stream, Timer timer, Terms terms, Predicate<Event> allowed, Runnable wake) {
        this.timer = timer;
        this.allowed = allowed;
        this.wake = wake;
        filter = terms.filter();
        replaying = terms.from() != null;
        var opened = stream.open(terms.from(), wake);
        reader = opened.reader();
        live = opened.live();
        stopAt(terms.until());
    }

    /// Other terms from the next item on; the place stays.
    ///
    /// @param wanted null where the filter stays, too
    public void modify(@Nullable Predicate<Event> wanted, @Nullable Instant stop) {
        if (wanted != null) {
            filter = wanted;
        }
        stopAt(stop);
        wake.run();
    }

    private void stopAt(@Nullable Instant stop) {
        alarm.close();
        until = stop;
        if (stop != null) {
            alarm = timer.at(stop, wake);
        }
    }

    /// Null when there is nothing to send now.
    public @Nullable Item next() {
        while (!completed) {
            switch (reader.read()) {
                case EventStream.Found.Gap(var events) -> {
                    return new Item.Missing(events);
                }
                case EventStream.Found.One(var number, var event) -> {
                    if (replaying && number >= live) {
                        replaying = false;
                        reader.back();
                        return new Item.Replayed();
                    }
                    var stop = until;
                    if (stop != null && event.time().isAfter(stop)) {
                        reader.back();
                        return ending();
                    }
                    if (allowed.test(event) && filter.test(event)) {
                        sent.increment();
                        return new Item.Happened(event);
                    }
                    excluded.increment();
                }
                case EventStream.Found.End _ -> {
                    if (replaying) {
                        return ending();
                    }
                    var stop = until;
                    return stop == null || timer.now().isBefore(stop) ? null : ending();
                }
            }
        }
        return null;
    }

    /// A replay is told to be over before the subscription is.
    private Item ending() {
        if (replaying) {
            replaying = false;
            return new Item.Replayed();
        }
        close();
        return new Item.Completed();
    }

    public long sent() {
        return sent.sum();
    }

    /// Events that a filter or access control kept back.
    public long excluded() {
        return excluded.sum();
    }

    @Override
    public void close() {
        completed = true;
        alarm.close();
        reader.close();
    }
}
