package org.lagopus.datastore;

import org.jspecify.annotations.Nullable;

/// The text of one module or submodule, as get-schema (RFC 6022) and yang-library (RFC 8525) tell
/// of it.
///
/// @param revision the newest of its revisions, if it has any
/// @param namespace of a submodule: the one of the module it belongs to
/// @param belongsTo the module of a submodule, else null
/// @param implemented false for a module that is only imported
public record ModelSource(
        String name,
        @Nullable String revision,
        String namespace,
        @Nullable String belongsTo,
        boolean implemented,
        String text) {
    public boolean isSubmodule() {
        return belongsTo != null;
    }
}
