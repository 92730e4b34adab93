package org.lagopus.datastore;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The confirmed commit that is waited for: does what [Confirmation] says. Its state changes inside
/// the gate only.
///
/// That a commit has to be confirmed is in its record in the log, and so on the disk before it is
/// applied; the record of whatever ends the wait does not say so any more. After a crash the last
/// word of the log counts.
final class ConfirmedCommits implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConfirmedCommits.class);
    private static final long AGAIN_SECONDS = 5;

    /// Makes running what it was.
    interface Restoring {
        void restore(Gate.Passage passage, ContainerNode backup) throws DatastoreException;
    }

    /// Hears of each step (RFC 6470 `netconf-confirmed-commit`), inside the gate.
    interface Told {
        void confirmed(BaseNotifications.Confirm event, Actor by, @Nullable Duration timeout);
    }

    private final Gate gate;
    private final Journal journal;
    private final Restoring restoring;
    private final Told told;
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("confirmed-commit").daemon().factory());

    private volatile Confirmation at = new Confirmation.Settled();
    private Actor owner = Actor.SYSTEM;
    private @Nullable ContainerNode backup;
    private @Nullable ScheduledFuture<?> alarm;

    ConfirmedCommits(Gate gate, Journal journal, Restoring restoring, Told told) {
        this.gate = gate;
        this.journal = journal;
        this.restoring = restoring;
        this.told = told;
    }

    /// Refuses who would change running in another way while something is waited for.
    void check() throws DatastoreException {
        next(new Confirmation.Event.Edit());
    }

    /// What is waited for, if anything is.
    Confirmation at() {
        return at;
    }

    /// The state that the event leads to, once what it stands for is done.
    Confirmation next(Confirmation.Event event) throws DatastoreException {
        return switch (at.on(event)) {
            case Confirmation.Step.To(var next) -> next;
            case Confirmation.Step.Refused(var why) -> throw new DatastoreException(why);
        };
    }

    /// A commit has been made.
    ///
    /// @param before what running was before it
    void committed(Confirmation next, ContainerNode before, boolean changed, Actor by)
            throws DatastoreException {
        boolean waited = at instanceof Confirmation.Waiting;
        if (!waited) {
            backup = before;
        } else if (next instanceof Confirmation.Settled && !changed) {
            settled();
        }
        become(next);
        if (next instanceof Confirmation.Waiting(_, _, _, var until)) {
            owner = by;
            told.confirmed(
                    waited ? BaseNotifications.Confirm.EXTEND : BaseNotifications.Confirm.START,
                    by,
                    Duration.ofNanos(until - System.nanoTime()));
        } else if (waited) {
            told.confirmed(BaseNotifications.Confirm.COMPLETE, by, null);
        }
    }

    void settled() throws DatastoreException {
        try {
            journal.settled(gate.running().generation());
        } catch (IOException e) {
            throw new DatastoreException(
                    DataError.of(
                            ErrorTag.OPERATION_FAILED,
                            "the end of the confirmed commit cannot be written to disk: " + e));
        }
    }

    private void become(Confirmation next) {
        var before = alarm;
        if (before != null) {
            before.cancel(false);
        }
        at = next;
        switch (next) {
            case Confirmation.Settled _ -> {
                backup = null;
                alarm = null;
            }
            case Confirmation.Waiting(_, _, _, var until) ->
                    alarm =
                            timer.schedule(
                                    this::tick, until - System.nanoTime(), TimeUnit.NANOSECONDS);
            case Confirmation.Reverting _ ->
                    alarm = timer.schedule(this::tick, AGAIN_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void tick() {
        try {
            on(new Confirmation.Event.Tick(System.nanoTime()), Actor.SYSTEM);
        } catch (DatastoreException | RuntimeException e) {
            LOG.error("running is not what it was before the confirmed commit, trying again", e);
        }
    }

    void cancel(Actor by, @Nullable String persistId) throws DatastoreException {
        on(new Confirmation.Event.Cancel(by.session(), persistId), by);
    }

    void ended(long session) {
        if (!(at instanceof Confirmation.Waiting(_, var starter, _, _)) || starter != session) {
            return;
        }
        try {
            on(new Confirmation.Event.SessionEnded(session), Actor.SYSTEM);
        } catch (DatastoreException | RuntimeException e) {
            LOG.error("running is not what it was before the confirmed commit, trying again", e);
        }
    }

    /// Goes back if that is what the event leads to.
    private void on(Confirmation.Event event, Actor by) throws DatastoreException {
        gate.pass(
                by,
                "back to what was before a confirmed commit",
                passage -> {
                    var next = next(event);
                    var content = backup;
                    if (!(next instanceof Confirmation.Reverting(_, var why)) || content == null) {
                        return next;
                    }
                    LOG.info("a confirmed commit is taken back: {}", why);
                    if (at instanceof Confirmation.Waiting) {
                        tell(event, by);
                    }
                    become(next);
                    passage.unhindered();
                    restoring.restore(passage, content);
                    if (passage.commit().isEmpty()) {
                        settled();
                    }
                    become(next(new Confirmation.Event.WentBack()));
                    return at;
                });
    }

    private void tell(Confirmation.Event event, Actor by) {
        switch (event) {
            case Confirmation.Event.Tick _ ->
                    told.confirmed(BaseNotifications.Confirm.TIMEOUT, by, null);
            case Confirmation.Event.SessionEnded _ ->
                    told.confirmed(BaseNotifications.Confirm.CANCEL, owner, null);
            default -> told.confirmed(BaseNotifications.Confirm.CANCEL, by, null);
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
