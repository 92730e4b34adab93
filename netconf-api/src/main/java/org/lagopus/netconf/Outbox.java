package org.lagopus.netconf;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a session sends without being asked: the messages of its feeds, each whole and between two
/// replies.
///
/// Nothing runs while there is nothing to send, and nothing is kept here. Who has something wakes
/// the outbox; a virtual thread then takes one message of each feed in turn until none has any, and
/// waits for a slow peer as a reply does. Only the peer's own feeds are held up by that.
final class Outbox implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

    /// Where notifications come from. All but `close` is called by one thread at a time.
    interface Feed extends AutoCloseable {
        /// Null when there is none now; whoever makes the next one wakes the outbox.
        @Nullable Message next();

        /// Nothing will come any more.
        boolean isOver();

        @Override
        void close();
    }

    record Message(Instant time, Reply.Content content) {}

    private final FramedOutput out;
    private final Counters counters;
    private final Runnable lost;
    private final List<Feed> feeds = new CopyOnWriteArrayList<>();
    private final AtomicInteger calls = new AtomicInteger();
    private volatile boolean closed;

    /// @param lost run when the peer cannot be written to
    Outbox(FramedOutput out, Counters counters, Runnable lost) {
        this.out = out;
        this.counters = counters;
        this.lost = lost;
    }

    /// From now on its messages are sent; the reply that is being written comes first.
    void add(Feed feed) {
        feeds.add(feed);
        if (closed) {
            feed.close();
        }
        wake();
    }

    List<Feed> feeds() {
        return List.copyOf(feeds);
    }

    /// Returns at once.
    void wake() {
        if (!closed && calls.getAndIncrement() == 0) {
            Thread.ofVirtual().name("netconf-notify").start(this::run);
        }
    }

    private void run() {
        int seen;
        do {
            seen = calls.get();
            try {
                send();
            } catch (IOException | XMLStreamException e) {
                LOG.debug("notification not sent", e);
                out.giveUp();
                close();
                lost.run();
                return;
            } catch (RuntimeException e) {
                LOG.error("notification not made", e);
                out.giveUp();
                close();
                lost.run();
                return;
            }
        } while (!calls.compareAndSet(seen, 0));
    }

    private void send() throws IOException, XMLStreamException {
        boolean any = true;
        while (any && !closed) {
            any = false;
            for (var feed : feeds) {
                var message = feed.next();
                if (message != null && !closed) {
                    Reply.notification(out, message.time(), message.content());
                    out.end();
                    counters.notification();
                    any = true;
                }
                if (feed.isOver()) {
                    feeds.remove(feed);
                    feed.close();
                }
            }
        }
    }

    /// The session is over.
    @Override
    public void close() {
        closed = true;
        feeds.forEach(Feed::close);
    }
}
