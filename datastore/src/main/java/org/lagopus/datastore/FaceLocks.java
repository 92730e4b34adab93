package org.lagopus.datastore;

import java.time.Clock;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;

/// Who has which face for himself.
final class FaceLocks implements Locks {
    private final Map<Face, Lock> held = new EnumMap<>(Face.class);
    private final Map<Long, Lock> ofPrivate = new HashMap<>();
    private final Candidates candidates;
    private final Gate gate;
    private final ConfirmedCommits confirmed;
    private final PartialLocks parts;
    private final Function<Actor, View> views;
    private final Clock clock;

    FaceLocks(
            Candidates candidates,
            Gate gate,
            ConfirmedCommits confirmed,
            PartialLocks parts,
            Function<Actor, View> views,
            Clock clock) {
        this.parts = parts;
        this.views = views;
        this.candidates = candidates;
        this.gate = gate;
        this.confirmed = confirmed;
        this.clock = clock;
    }

    @Override
    public void lock(Face face, Actor by) throws DatastoreException {
        if (isPrivate(face, by)) {
            lockPrivate(by);
            return;
        }
        // A commit that is under way belongs to somebody else: the lock is for what comes after it.
        try (var _ = gate.quiet()) {
            synchronized (this) {
                var lock = held.get(face);
                if (lock != null) {
                    throw denied(lock.owner().session(), lockedBy(lock));
                }
                if (face == Face.CANDIDATE && candidates.shared().isDirty()) {
                    throw denied(0, face.label() + " has changes that are not committed");
                }
                if (face == Face.RUNNING) {
                    checkConfirmed(by);
                    var part = parts.any();
                    if (part.isPresent()) {
                        var owner = part.get().owner();
                        throw denied(
                                owner.session(),
                                "a part of running is locked by session %d of %s"
                                        .formatted(owner.session(), owner.user()));
                    }
                }
                held.put(face, new Lock(face, by, clock.instant()));
            }
        }
    }

    private void checkConfirmed(Actor by) throws DatastoreException {
        if (confirmed.at() instanceof Confirmation.Waiting(_, var owner, var word, _)
                && owner != by.session()) {
            throw denied(
                    word == null ? owner : 0,
                    "running waits for the confirmation of a commit of session %d"
                            .formatted(owner));
        }
    }

    @Override
    public PartialLock lockPart(List<String> select, Choice choice, Actor by)
            throws DatastoreException {
        try (var _ = gate.quiet()) {
            synchronized (this) {
                var lock = held.get(Face.RUNNING);
                if (lock != null && lock.owner().session() != by.session()) {
                    throw denied(lock.owner().session(), lockedBy(lock));
                }
                try {
                    checkConfirmed(by);
                } catch (DatastoreException e) {
                    // RFC 5717 §2.4.1
                    throw new DatastoreException(
                            e.errors().getFirst().withAppTag("outstanding-confirmed-commit"));
                }
                return parts.lock(select, choice.in(views.apply(by)), by);
            }
        }
    }

    @Override
    public void unlockPart(long id, Actor by) throws DatastoreException {
        parts.unlock(id, by);
    }

    @Override
    public List<PartialLock> parts() {
        return parts.all();
    }

    private boolean isPrivate(Face face, Actor by) {
        return face == Face.CANDIDATE && !candidates.of(by).isShared();
    }

    /// Keeps nobody from anything: nobody else could come (draft-ietf-netconf-privcand §4.8.2.3).
    private synchronized void lockPrivate(Actor by) throws DatastoreException {
        var lock =
                ofPrivate.putIfAbsent(by.session(), new Lock(Face.CANDIDATE, by, clock.instant()));
        if (lock != null) {
            throw denied(by.session(), lockedBy(lock));
        }
    }

    private static String lockedBy(Lock lock) {
        return "%s is locked by session %d of %s"
                .formatted(lock.face().label(), lock.owner().session(), lock.owner().user());
    }

    /// @param session 0 where it is nobody's who could release it (RFC 6241 §7.5)
    private static DatastoreException denied(long session, String why) {
        return new DatastoreException(
                DataError.of(ErrorTag.LOCK_DENIED, why)
                        .withType(ErrorType.PROTOCOL)
                        .withInfo("session-id", Long.toString(session)));
    }

    @Override
    public synchronized void unlock(Face face, Actor by) throws DatastoreException {
        if (isPrivate(face, by) && ofPrivate.remove(by.session()) != null) {
            return;
        }
        var lock = isPrivate(face, by) ? null : held.get(face);
        if (lock == null || lock.owner().session() != by.session()) {
            throw new DatastoreException(
                    DataError.of(
                                    ErrorTag.OPERATION_FAILED,
                                    lock == null ? face.label() + " is not locked" : lockedBy(lock))
                            .withType(ErrorType.PROTOCOL));
        }
        give(face);
    }

    /// RFC 6241 §8.3.5.2: unlocking the candidate, and the end of the session that locked it,
    /// discards its changes.
    private void give(Face face) {
        held.remove(face);
        if (face == Face.CANDIDATE) {
            candidates.shared().reset();
        }
    }

    @Override
    public synchronized void release(long session) {
        ofPrivate.remove(session);
        parts.release(session);
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

    /// Refuses who would change a face that another has locked, or running while it waits to be
    /// confirmed.
    void check(Face face, Actor by) throws DatastoreException {
        checkLock(face, by);
        if (face == Face.RUNNING) {
            confirmed.check();
        }
    }

    synchronized void checkLock(Face face, Actor by) throws DatastoreException {
        var lock = isPrivate(face, by) ? null : held.get(face);
        if (lock != null && (lock.owner().session() != by.session() || by.session() == 0)) {
            throw new DatastoreException(
                    DataError.of(ErrorTag.IN_USE, lockedBy(lock)).withType(ErrorType.PROTOCOL));
        }
    }
}
