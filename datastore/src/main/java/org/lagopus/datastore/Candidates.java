package org.lagopus.datastore;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;

/// The candidate that everybody shares, and those of sessions that want one for themselves.
final class Candidates {
    private final Model model;
    private final SchemaNode schema;
    private final Supplier<Running> running;
    private final Candidate shared;
    private final Map<Long, Candidate> ofSessions = new ConcurrentHashMap<>();

    Candidates(Model model, SchemaNode schema, Supplier<Running> running) {
        this.model = model;
        this.schema = schema;
        this.running = running;
        shared = new Candidate(Candidate.Kind.SHARED, model, schema, running);
    }

    Candidate shared() {
        return shared;
    }

    /// The one that a client works on.
    Candidate of(Actor by) {
        return ofSessions.getOrDefault(by.session(), shared);
    }

    Candidate privateOf(Actor by) throws DatastoreException {
        var own = ofSessions.get(by.session());
        if (own == null) {
            throw new DatastoreException(
                    DataError.of(
                                    ErrorTag.OPERATION_NOT_SUPPORTED,
                                    "only a session that says private-candidate in its hello has a"
                                            + " candidate of its own")
                            .withType(ErrorType.PROTOCOL));
        }
        return own;
    }

    /// From now on the session has its own, until it ends.
    void separate(long session) {
        ofSessions.put(session, new Candidate(Candidate.Kind.PRIVATE, model, schema, running));
    }

    void ended(long session) {
        ofSessions.remove(session);
    }

    void confirmed() {
        ofSessions.values().forEach(Candidate::confirmed);
    }

    void takenBack() {
        ofSessions.values().forEach(Candidate::takenBack);
    }
}
