package org.lagopus.netconf;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.lagopus.datastore.BaseNotifications;

/// The sessions there are, by number.
final class Sessions {
    private static final long KILL_SECONDS = 10;

    private int most;
    private final AtomicLong last = new AtomicLong();
    private final ConcurrentSkipListMap<Long, Session> open = new ConcurrentSkipListMap<>();
    private volatile Runnable lockWatch = () -> {};
    private boolean closed;

    Sessions(int most) {
        this.most = most;
    }

    /// Those that are there stay, however many they are.
    synchronized void most(int sessions) {
        most = sessions;
    }

    /// A number that was not used before (RFC 6241: not 0).
    long next() {
        return last.incrementAndGet();
    }

    /// False if there are as many as may be.
    synchronized boolean add(Session session) {
        if (closed || open.size() >= most) {
            return false;
        }
        open.put(session.id(), session);
        return true;
    }

    void remove(Session session) {
        open.remove(session.id());
    }

    Collection<Session> all() {
        return List.copyOf(open.values());
    }

    /// Ends a session and waits until its locks are free; false if there is none of that number.
    boolean kill(String id, Session by) {
        Session victim;
        try {
            victim = open.get(Long.parseLong(id));
        } catch (NumberFormatException e) {
            return false;
        }
        if (victim == null) {
            return false;
        }
        victim.kill(by);
        await(victim);
        return true;
    }

    /// Ends all of them, and lets none begin.
    void close(String why) {
        synchronized (this) {
            closed = true;
        }
        var all = all();
        all.forEach(session -> session.kill(BaseNotifications.Reason.OTHER, why));
        all.forEach(Sessions::await);
    }

    private static void await(Session session) {
        try {
            session.awaitEnd(KILL_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void onLockChange(Runnable watch) {
        lockWatch = watch;
    }

    /// A lock was taken or given back.
    void lockChanged() {
        lockWatch.run();
    }
}
