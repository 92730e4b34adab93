package org.lagopus.datastore.events;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A sequence of events and the newest part of it as a log (RFC 5277 §3.2, RFC 8639 §2.1).
///
/// The log is the queue of all subscribers at once. A subscriber is a place in it, so a thousand of
/// them hold no more memory than one, and who publishes never waits: an event is put at the end,
/// readers that had read everything are woken, and the oldest events go when there are too many. A
/// reader whose place has gone finds out how many it missed. Publishing costs a step for each
/// reader that waits.
public final class EventStream {
    private final String name;
    private final String description;
    private final Supplier<Limits> limits;
    private final Timer timer;
    private final Instant created;

    /// A ring, its length a power of two; event n stands at n modulo the length.
    private @Nullable Event[] ring = new Event[16];

    private long first;
    private long next;
    private long octets;
    private @Nullable Instant aged;
    private final Set<Reader> waiting = new LinkedHashSet<>();

    EventStream(String name, String description, Supplier<Limits> limits, Timer timer) {
        this.name = name;
        this.description = description;
        this.limits = limits;
        this.timer = timer;
        created = timer.now();
    }

    public String name() {
        return name;
    }

    public String description() {
        return description;
    }

    /// Since when there is a log. It is held in memory, so it begins with the process.
    public Instant created() {
        return created;
    }

    /// The time of the newest event that is not in the log any more.
    public synchronized Optional<Instant> aged() {
        forget();
        return Optional.ofNullable(aged);
    }

    public void publish(Event event) {
        List<Reader> woken;
        synchronized (this) {
            if (next - first == ring.length) {
                grow();
            }
            ring[slot(next)] = event;
            next++;
            octets += event.octets();
            forget();
            woken = List.copyOf(waiting);
            waiting.clear();
        }
        woken.forEach(reader -> reader.wake.run());
    }

    private int slot(long number) {
        return (int) (number & ring.length - 1);
    }

    private Event at(long number) {
        return Objects.requireNonNull(ring[slot(number)]);
    }

    private void grow() {
        var longer = new Event[ring.length * 2];
        for (long number = first; number < next; number++) {
            longer[(int) (number & longer.length - 1)] = at(number);
        }
        ring = longer;
    }

    private void forget() {
        var most = limits.get();
        var oldest = timer.now().minus(most.age());
        while (next > first
                && (next - first > most.events()
                        || octets > most.octets() && next - first > 1
                        || at(first).time().isBefore(oldest))) {
            var gone = at(first);
            aged = gone.time();
            octets -= gone.octets();
            ring[slot(first)] = null;
            first++;
        }
    }

    /// What a reader finds at its place.
    sealed interface Found {
        record One(long number, Event event) implements Found {}

        /// Its place is not in the log any more.
        record Gap(long events) implements Found {}

        /// Nothing yet; the reader will be woken.
        record End() implements Found {}
    }

    /// A place in the log, of one thread at a time.
    final class Reader implements AutoCloseable {
        private final Runnable wake;
        private long place;

        private Reader(long place, Runnable wake) {
            this.place = place;
            this.wake = wake;
        }

        Found read() {
            synchronized (EventStream.this) {
                if (place < first) {
                    long gap = first - place;
                    place = first;
                    return new Found.Gap(gap);
                }
                if (place < next) {
                    var event = at(place);
                    return new Found.One(place++, event);
                }
                waiting.add(this);
                return new Found.End();
            }
        }

        /// The event just read is to be read again.
        void back() {
            place--;
        }

        @Override
        public void close() {
            synchronized (EventStream.this) {
                waiting.remove(this);
            }
        }
    }

    /// @param reader where it begins to read
    /// @param live number of the first event that is not part of the replay
    record Opened(Reader reader, long live) {}

    /// @param from time of the first event that is wanted; null for none of the past
    /// @param wake run by who publishes, once for each time that [Reader#read] found the end
    synchronized Opened open(@Nullable Instant from, Runnable wake) {
        forget();
        long place = next;
        if (from != null) {
            place = first;
            while (place < next && at(place).time().isBefore(from)) {
                place++;
            }
        }
        return new Opened(new Reader(place, wake), next);
    }

    /// The time of the newest event in the log before a time.
    public synchronized Optional<Instant> before(Instant time) {
        var found = Optional.<Instant>empty();
        for (long number = first; number < next; number++) {
            if (at(number).time().isBefore(time)) {
                found = Optional.of(at(number).time());
            }
        }
        return found;
    }

    /// The log as it is now.
    public synchronized List<Event> log() {
        forget();
        var all = new ArrayList<Event>();
        for (long number = first; number < next; number++) {
            all.add(at(number));
        }
        return all;
    }
}
