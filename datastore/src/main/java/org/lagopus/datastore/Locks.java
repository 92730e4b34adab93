package org.lagopus.datastore;

import java.time.Instant;
import java.util.Optional;

/// The locks of the two faces (RFC 6241 §7.5, §7.6).
public interface Locks {
    record Lock(Face face, Actor owner, Instant since) {}

    /// Refused with `lock-denied` and the holder's session while another holds it, and for the
    /// candidate while it holds uncommitted changes.
    void lock(Face face, Actor by) throws DatastoreException;

    void unlock(Face face, Actor by) throws DatastoreException;

    /// The session has ended: its locks are released, and with the candidate's lock the changes in
    /// the candidate are discarded.
    void release(long session);

    Optional<Lock> holder(Face face);
}
