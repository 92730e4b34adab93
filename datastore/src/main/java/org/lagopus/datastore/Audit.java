package org.lagopus.datastore;

import org.jspecify.annotations.Nullable;

/// Who did what: every login, every request of a client and every commit is told here, once it is
/// known how it ended. Names only: no value that a client sent or read.
@FunctionalInterface
public interface Audit {
    Audit NONE = _ -> {};

    /// Returns soon, and does not fail: what cannot be kept is counted.
    void tell(Event event);

    /// @param what the kind: `login`, `logout`, `request` or `commit`
    /// @param session number of the NETCONF session, 0 where there is none
    /// @param origin where it came in: `netconf`, `restconf` or `system`
    /// @param peer address of the client, if there is one
    /// @param operation name of the operation, or method of HTTP
    /// @param target what it was done to: a resource, or the changed parts
    /// @param verdict `ok`, or the error-tag of the refusal
    /// @param commit number of the commit
    record Event(
            String what,
            String user,
            long session,
            String origin,
            @Nullable String peer,
            @Nullable String operation,
            @Nullable String target,
            String verdict,
            @Nullable Long commit) {
        public static final String OK = "ok";

        public static Event login(Actor by, String peer, String verdict) {
            return session("login", by, peer, verdict);
        }

        public static Event logout(Actor by, String peer) {
            return session("logout", by, peer, OK);
        }

        private static Event session(String what, Actor by, String peer, String verdict) {
            return new Event(
                    what, by.user(), by.session(), by.origin(), peer, null, null, verdict, null);
        }

        public static Event request(
                Actor by,
                String peer,
                @Nullable String operation,
                @Nullable String target,
                String verdict) {
            return new Event(
                    "request",
                    by.user(),
                    by.session(),
                    by.origin(),
                    peer,
                    operation,
                    target,
                    verdict,
                    null);
        }

        public static Event commit(Commit commit, @Nullable String target) {
            var by = commit.by();
            return new Event(
                    "commit",
                    by.user(),
                    by.session(),
                    by.origin(),
                    null,
                    null,
                    target,
                    OK,
                    commit.generation());
        }
    }
}
