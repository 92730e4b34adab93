package org.lagopus.datastore;

/// What becomes of a node that both running and a candidate have changed
/// (draft-ietf-netconf-privcand §4.7).
public enum Resolution {
    /// Nothing is done, and all such nodes are told.
    REVERT_ON_CONFLICT,
    PREFER_CANDIDATE,
    PREFER_RUNNING
}
