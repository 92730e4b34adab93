package org.lagopus.datastore;

/// The two faces of the configuration: what the box runs, and what it is to run next (RFC 6241
/// §8.3).
public enum Face {
    RUNNING,
    CANDIDATE;

    /// The name RFC 6241 has for it.
    public String label() {
        return switch (this) {
            case RUNNING -> "running";
            case CANDIDATE -> "candidate";
        };
    }
}
