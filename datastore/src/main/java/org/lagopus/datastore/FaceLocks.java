package org.lagopus.datastore;

import java.time.Clock;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;

/// Who has which face for himself.
final class FaceLocks implements Locks {
    private final Map<Face, Lock> held = new EnumMap<>(Face.class);
    private final Candidate candidate;
    private final Gate gate;
    private final Clock clock;
    private volatile Check other = () -> {};

    /// What else may keep running from being changed.
    interface Check {
        void run() throws DatastoreException;
    }

    FaceLocks(Candidate candidate, Gate gate, Clock clock) {
        this.candidate = candidate;
        this.gate = gate;
        this.clock = clock;
    }

    @Override
    public void lock(Face face, Actor by) throws DatastoreException {
        // A commit that is under way belongs to somebody else: the lock is for what comes after it.
        try (var _ = gate.quiet()) {
            synchronized (this) {
                var lock = held.get(face);
                if (lock != null) {
                    throw denied(face, lock.owner().session());
                }
                if (face == Face.CANDIDATE && candidate.isDirty()) {
                    throw denied(face, 0);
                }
                held.put(face, new Lock(face, by, clock.instant()));
            }
        }
    }

    /// RFC 6241 §7.5: session 0 where nobody who could release it holds it.
    private static DatastoreException denied(Face face, long session) {
        return new DatastoreException(
                DataError.of(
                                ErrorTag.LOCK_DENIED,
                                session == 0
                                        ? face.label() + " has changes that are not committed"
                                        : "%s is locked by session %d"
                                                .formatted(face.label(), session))
                        .withType(ErrorType.PROTOCOL)
                        .withInfo("session-id", Long.toString(session)));
    }

    @Override
    public synchronized void unlock(Face face, Actor by) throws DatastoreException {
        var lock = held.get(face);
        if (lock == null || lock.owner().session() != by.session()) {
            throw new DatastoreException(
                    DataError.of(
                                    ErrorTag.OPERATION_FAILED,
                                    lock == null
                                            ? face.label() + " is not locked"
                                            : "%s is locked by session %d"
                                                    .formatted(
                                                            face.label(), lock.owner().session()))
                            .withType(ErrorType.PROTOCOL));
        }
        give(face);
    }

    /// RFC 6241 §8.3.5.2: unlocking the candidate, and the end of the session that locked it,
    /// discards its changes.
    private void give(Face face) {
        held.remove(face);
        if (face == Face.CANDIDATE) {
            candidate.reset();
        }
    }

    @Override
    public synchronized void release(long session) {
        for (var face : Face.values()) {
            var lock = held.get(face);
            if (lock != null && lock.owner().session() == session) {
                give(face);
            }
        }
    }

    @Override
    public synchronized Optional<Lock> holder(Face face) {
        return Optional.ofNullable(held.get(face));
    }

    void checkAlso(Check check) {
        other = check;
    }

    /// Refuses who would change a face that another has locked, or running while it waits to be
    /// confirmed.
    void check(Face face, Actor by) throws DatastoreException {
        checkLock(face, by);
        if (face == Face.RUNNING) {
            other.run();
        }
    }

    synchronized void checkLock(Face face, Actor by) throws DatastoreException {
        var lock = held.get(face);
        if (lock != null && (lock.owner().session() != by.session() || by.session() == 0)) {
            throw new DatastoreException(
                    DataError.of(
                                    ErrorTag.IN_USE,
                                    "%s is locked by session %d"
                                            .formatted(face.label(), lock.owner().session()))
                            .withType(ErrorType.PROTOCOL));
        }
    }
}
