package org.lagopus.datastore.events;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;

/// The event hub: the streams of the box, by name.
public final class Events implements AutoCloseable {
    /// The stream that everything of the box's own is in (RFC 5277 §3.2.3).
    public static final String NETCONF = "NETCONF";

    private final Timer timer;
    private final ConcurrentSkipListMap<String, EventStream> streams =
            new ConcurrentSkipListMap<>();
    private final List<Runnable> watchers = new CopyOnWriteArrayList<>();
    private final EventStream netconf;
    private volatile Limits limits = Limits.USUAL;

    public Events(Timer timer) {
        this.timer = timer;
        netconf = new EventStream(NETCONF, "All events of the box", () -> limits, timer);
        streams.put(NETCONF, netconf);
    }

    public Timer timer() {
        return timer;
    }

    /// From the next event on, for every stream.
    public void limit(Limits other) {
        limits = other;
    }

    /// A stream of that name for somebody to publish in.
    ///
    /// @throws IllegalStateException if there is one
    public EventStream register(String name, String description) {
        var stream = new EventStream(name, description, () -> limits, timer);
        if (streams.putIfAbsent(name, stream) != null) {
            throw new IllegalStateException("there is a stream " + name);
        }
        watchers.forEach(Runnable::run);
        return stream;
    }

    /// Told when there is another stream.
    public Registration onStreams(Runnable watcher) {
        watchers.add(watcher);
        return () -> watchers.remove(watcher);
    }

    public Optional<EventStream> stream(String name) {
        return Optional.ofNullable(streams.get(name));
    }

    public Collection<EventStream> streams() {
        return List.copyOf(streams.values());
    }

    /// Something happened just now; it goes into the stream NETCONF.
    public void publish(ContainerNode content) {
        netconf.publish(Event.of(timer.now(), content));
    }

    @Override
    public void close() {
        timer.close();
    }
}
