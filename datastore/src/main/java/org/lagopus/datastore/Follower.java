package org.lagopus.datastore;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.events.Timer;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;

/// Follows a part of running, or of what the box does altogether, for one client that wants to hear
/// of each change (RFC 8641 §3.3, on-change).
///
/// Nothing is queued. It remembers what the client was told last, as a tree that shares nearly
/// everything with the current one, and where that was touched since. When the client can take the
/// next update and its dampening period is over, the two versions are cut down to what was touched,
/// filtered and compared. So a change costs a look along the selected paths, an update costs what
/// was touched, a slow client gets fewer and larger updates, and what comes out is always true.
public final class Follower implements AutoCloseable {
    /// Places that are remembered one by one; more of them, and everything selected is compared.
    private static final int PLACES = 10_000;

    /// @param paths above everything that can be selected
    /// @param selector cuts out what is selected, null for nothing
    /// @param anywhere whether a value that is nowhere near may decide what is selected; then the
    ///   selector sees all there is, and an update costs what the selector does
    /// @param state whether it is the operational datastore, configuration and state as one
    public record Terms(
            boolean state,
            List<YangInstanceIdentifier> paths,
            Selector selector,
            boolean anywhere,
            Duration dampening) {}

    @FunctionalInterface
    public interface Selector {
        @Nullable ContainerNode select(ContainerNode root);

        /// Of whole nodes that something else chooses by their paths.
        static Selector of(
                Function<ContainerNode, ? extends Collection<YangInstanceIdentifier>> choice) {
            return root -> {
                var places = new Touched();
                choice.apply(root).forEach(places::mark);
                return (ContainerNode) Nodes.only(root, places);
            };
        }
    }

    /// What the client is to be told.
    public sealed interface Update {
        /// All there is, to be filtered on the way out.
        ///
        /// @param state beside the configuration, null where it is not asked for
        record Full(@Nullable ContainerNode configuration, @Nullable ContainerNode state)
                implements Update {}

        record Changed(Patch patch) implements Update {}
    }

    private final Datastore datastore;
    private final Timer timer;
    private final Actor by;
    private final Runnable wake;
    private final Side running;
    private final @Nullable Side state;
    private Terms terms;
    private boolean full;
    private Instant earliest;
    private Registration alarm = () -> {};

    /// One of the trees it looks at.
    private static final class Side {
        ContainerNode before = Nodes.emptyRoot();
        ContainerNode after = before;
        Touched touched = new Touched();
        int places;
        Registration registration = () -> {};

        Restricted take() {
            var restricted = Restricted.of(before, after, touched);
            before = after;
            touched = new Touched();
            places = 0;
            return restricted;
        }
    }

    /// @param full whether the first update is all there is
    Follower(Datastore datastore, Actor by, Terms terms, boolean full, Runnable wake) {
        this.datastore = datastore;
        this.by = by;
        this.terms = terms;
        this.full = full;
        this.wake = wake;
        timer = datastore.events().timer();
        earliest = timer.now();
        synchronized (this) {
            running = follow(datastore.runningChanges());
            state = terms.state() ? follow(datastore.stateChanges()) : null;
        }
    }

    /// The first change waits until the constructor is done.
    private Side follow(Changes changes) {
        var side = new Side();
        var followed = changes.follow((where, now) -> changed(side, where, now));
        side.before = followed.first();
        side.after = followed.first();
        side.registration = followed.registration();
        return side;
    }

    private synchronized void changed(Side side, Touched where, ContainerNode now) {
        side.after = now;
        boolean any = false;
        for (var path : terms.paths()) {
            any |= mark(side, where, path);
        }
        if (any) {
            ring();
        }
    }

    /// Copies the marks below a path; those of a change belong to everybody.
    private static boolean mark(Side side, Touched where, YangInstanceIdentifier path) {
        var from = where;
        var to = side.touched;
        for (var step : path.getPathArguments()) {
            if (from.whole || to.whole) {
                break;
            }
            var next = from.below().get(step);
            if (next == null) {
                return false;
            }
            from = next;
            to = to.at(step);
        }
        if (from.whole) {
            to.mark();
        } else {
            side.places += from.size();
            if (side.places > PLACES) {
                to.mark();
            } else {
                to.add(from);
            }
        }
        return true;
    }

    private void ring() {
        if (timer.now().isBefore(earliest)) {
            alarm.close();
            alarm = timer.at(earliest, wake);
        } else {
            wake.run();
        }
    }

    /// The next update is all there is (RFC 8641 §4.4.4).
    public synchronized void resync() {
        full = true;
        earliest = timer.now();
        wake.run();
    }

    /// Other terms from the next update on, which is all there is where that may be.
    public synchronized void modify(Terms other, boolean sync) {
        terms = other;
        if (sync) {
            resync();
        } else {
            changed(running, Touched.everything(), running.after);
        }
    }

    /// Null when there is nothing to tell now; the client is woken when there may be something.
    public synchronized @Nullable Update next() {
        var now = timer.now();
        if (full) {
            full = false;
            earliest = now.plus(terms.dampening());
            take();
            return new Update.Full(
                    datastore.readable(by, running.after),
                    state == null ? null : datastore.readable(by, state.after));
        }
        if (isQuiet(running) && (state == null || isQuiet(state))) {
            return null;
        }
        if (now.isBefore(earliest)) {
            alarm.close();
            alarm = timer.at(earliest, wake);
            return null;
        }
        var both = take();
        var patch =
                Patch.between(
                        selected((ContainerNode) both.before()),
                        selected((ContainerNode) both.after()));
        if (patch.edits().isEmpty()) {
            return null;
        }
        earliest = now.plus(terms.dampening());
        return new Update.Changed(patch);
    }

    private static boolean isQuiet(Side side) {
        return side.touched.isEmpty();
    }

    private Restricted take() {
        if (terms.anywhere()) {
            running.touched.mark();
            if (state != null) {
                state.touched.mark();
            }
        }
        var configuration = running.take();
        return state == null ? configuration : configuration.with(state.take());
    }

    private @Nullable ContainerNode selected(@Nullable ContainerNode root) {
        if (root == null) {
            return null;
        }
        var readable = datastore.readable(by, root);
        return readable == null ? null : terms.selector().select(readable);
    }

    /// Without holding on to itself: who tells of changes may be waiting for it.
    @Override
    public void close() {
        synchronized (this) {
            alarm.close();
        }
        running.registration.close();
        if (state != null) {
            state.registration.close();
        }
    }
}
