package org.lagopus.datastore;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;

/// Which sessions have which nodes of running for themselves (RFC 5717). Locks of one session may
/// overlap, those of two may not.
///
/// Asking whether a change is allowed costs some steps down the change for each node that is
/// locked, and nothing while none is.
final class PartialLocks {
    private static final long MAX_ID = 0xFFFF_FFFFL;

    private final Model model;
    private final Clock clock;
    private final Map<Long, Locks.PartialLock> held = new ConcurrentSkipListMap<>();
    private long last;

    PartialLocks(Model model, Clock clock) {
        this.model = model;
        this.clock = clock;
    }

    List<Locks.PartialLock> all() {
        return List.copyOf(held.values());
    }

    synchronized Locks.PartialLock lock(
            List<String> select, Set<YangInstanceIdentifier> nodes, Actor by)
            throws DatastoreException {
        for (var lock : held.values()) {
            if (lock.owner().session() != by.session()) {
                checkApart(lock, nodes);
            }
        }
        do {
            last = last % MAX_ID + 1;
        } while (held.containsKey(last));
        var lock = new Locks.PartialLock(last, by, clock.instant(), select, nodes);
        held.put(last, lock);
        return lock;
    }

    private void checkApart(Locks.PartialLock lock, Set<YangInstanceIdentifier> nodes)
            throws DatastoreException {
        for (var node : nodes) {
            for (var other : lock.nodes()) {
                if (node.contains(other) || other.contains(node)) {
                    throw new DatastoreException(
                            DataError.at(node, ErrorTag.LOCK_DENIED, lockedBy(other, lock))
                                    .withType(ErrorType.PROTOCOL)
                                    .withInfo("session-id", Long.toString(lock.owner().session())));
                }
            }
        }
    }

    private String lockedBy(YangInstanceIdentifier node, Locks.PartialLock lock) {
        return "%s is locked by session %d of %s"
                .formatted(model.format(node), lock.owner().session(), lock.owner().user());
    }

    void unlock(long id, Actor by) throws DatastoreException {
        var lock = held.get(id);
        if (lock == null || lock.owner().session() != by.session()) {
            throw new DatastoreException(
                    DataError.of(
                                    ErrorTag.INVALID_VALUE,
                                    "this session has no partial lock %d".formatted(id))
                            .withType(ErrorType.PROTOCOL)
                            .withInfo("bad-element", "lock-id"));
        }
        held.remove(id);
    }

    void release(long session) {
        held.values().removeIf(lock -> lock.owner().session() == session);
    }

    /// Any of them.
    Optional<Locks.PartialLock> any() {
        return held.values().stream().findFirst();
    }

    /// What a change would do to nodes that others have locked.
    List<DataError> check(DataTreeCandidateNode change, Actor by) {
        return held.values().stream()
                .filter(lock -> lock.owner().session() != by.session() || by.session() == 0)
                .flatMap(lock ->
                        lock.nodes().stream()
                                .filter(node -> Subscriptions.touches(change, node))
                                .map(node ->
                                        DataError.at(node, ErrorTag.IN_USE, lockedBy(node, lock))
                                                .withType(ErrorType.PROTOCOL)))
                .toList();
    }
}
