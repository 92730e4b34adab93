package org.lagopus.datastore;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidate;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateTip;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeModification;

/// The commits that are in the log and not known to be on the disk yet.
///
/// The next commit stands on the last of them, so it is validated and written while the disk works.
/// Whoever waits for his own brings all that are there to the disk with one sync, and makes them
/// running in their order; whoever comes while he does waits for the next sync. A lone writer syncs
/// for himself, at once and on his own thread, as if there were no group; the more writers there
/// are, the more of them share a sync.
///
/// What is not on the disk is not running, and nobody is told of it. When a sync fails, none of
/// those that wait for it has happened.
final class GroupCommit {
    /// One commit on its way to the disk.
    static final class Member {
        final Running next;
        final DataTreeModification modification;
        final DataTreeCandidateTip change;
        final DataTreeCandidate told;
        final Journal.Decided decided;
        private boolean isRunning;
        private @Nullable IOException failure;

        /// @param next what running is once this is running
        /// @param change what the tree takes, with a list as written that has mostly changed
        /// @param told the same as others hear of it, where all that differs and no more has
        ///   changed
        Member(
                Running next,
                DataTreeModification modification,
                DataTreeCandidateTip change,
                DataTreeCandidate told,
                Journal.Decided decided) {
            this.next = next;
            this.modification = modification;
            this.change = change;
            this.told = told;
            this.decided = decided;
        }
    }

    private final Journal journal;
    private final Consumer<List<Member>> publisher;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition led = lock.newCondition();
    private final Queue<Member> waiting = new ArrayDeque<>();
    private @Nullable Member last;
    private boolean isLed;

    /// @param publisher makes those that are on the disk running
    GroupCommit(Journal journal, Consumer<List<Member>> publisher) {
        this.journal = journal;
        this.publisher = publisher;
    }

    /// In the order of the log.
    void add(Member member) {
        lock.lock();
        try {
            waiting.add(member);
            last = member;
        } finally {
            lock.unlock();
        }
    }

    /// The one that the next commit stands on, null when all are running.
    @Nullable Member last() {
        lock.lock();
        try {
            return last;
        } finally {
            lock.unlock();
        }
    }

    /// Returns when it is running.
    ///
    /// @throws IOException when it has not come to the disk, and so has not happened
    void await(Member member) throws IOException {
        lock.lock();
        try {
            while (isLed && !isSettled(member)) {
                led.awaitUninterruptibly();
            }
            if (!isSettled(member)) {
                lead();
            }
            if (member.failure != null) {
                throw new IOException(member.failure.getMessage(), member.failure);
            }
        } finally {
            lock.unlock();
        }
    }

    private static boolean isSettled(Member member) {
        return member.isRunning || member.failure != null;
    }

    /// Returns when nobody waits any more, however it ended.
    void drain() {
        var ahead = last();
        if (ahead != null) {
            try {
                await(ahead);
            } catch (IOException e) {
                // Those whose commits they were are told.
            }
        }
    }

    /// The lock is not held while the disk works.
    private void lead() {
        isLed = true;
        var batch = List.copyOf(waiting);
        @Nullable IOException failure = null;
        lock.unlock();
        try {
            journal.sync();
            publisher.accept(batch);
        } catch (IOException e) {
            failure = e;
        } catch (RuntimeException | Error e) {
            // Whoever waits must not take it for done.
            failure = new IOException(e.toString(), e);
        } finally {
            lock.lock();
            isLed = false;
            settle(batch, failure);
            led.signalAll();
        }
    }

    /// What was added since stands on what has failed.
    private void settle(List<Member> batch, @Nullable IOException failure) {
        var settled = failure == null ? batch : List.copyOf(waiting);
        for (var member : settled) {
            member.isRunning = failure == null;
            member.failure = failure;
            waiting.remove();
        }
        if (waiting.isEmpty()) {
            last = null;
        }
    }
}
