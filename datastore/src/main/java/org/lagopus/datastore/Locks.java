package org.lagopus.datastore;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// The locks of the two faces (RFC 6241 §7.5, §7.6), and of parts of running (RFC 5717).
public interface Locks {
    record Lock(Face face, Actor owner, Instant since) {}

    /// @param select the expressions that chose the nodes
    /// @param nodes that are locked, with all below them
    record PartialLock(
            long id,
            Actor owner,
            Instant since,
            List<String> select,
            Set<YangInstanceIdentifier> nodes) {
        public PartialLock {
            select = List.copyOf(select);
        }
    }

    /// Refused with `lock-denied` and the holder's session while another holds it, for the
    /// candidate while it holds uncommitted changes, for running while somebody holds a part of it
    /// or a confirmed commit of another session waits.
    void lock(Face face, Actor by) throws DatastoreException;

    void unlock(Face face, Actor by) throws DatastoreException;

    /// Chooses nodes of running as one client sees it.
    @FunctionalInterface
    interface Choice {
        Set<YangInstanceIdentifier> in(View view) throws DatastoreException;
    }

    /// From now on nobody else changes the nodes, by whatever way. What is made later is not
    /// locked, even if the expressions would choose it. The choice is made while nobody changes
    /// running.
    PartialLock lockPart(List<String> select, Choice choice, Actor by) throws DatastoreException;

    void unlockPart(long id, Actor by) throws DatastoreException;

    /// The session has ended: its locks are released, and with the candidate's lock the changes in
    /// the candidate are discarded.
    void release(long session);

    Optional<Lock> holder(Face face);

    /// By their numbers.
    List<PartialLock> parts();
}
