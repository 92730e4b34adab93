package org.lagopus.component;

import org.jspecify.annotations.Nullable;

/// Why a component cannot do what the configuration asks.
///
/// @param path the node that is wrong, where it is one node
/// @param tag an error-tag of RFC 6241 appendix A
/// @param message for the operator
public record Refusal(@Nullable Path path, String tag, String message) {
    public static Refusal at(Path path, String tag, String message) {
        return new Refusal(path, tag, message);
    }

    public static Refusal of(String tag, String message) {
        return new Refusal(null, tag, message);
    }
}
