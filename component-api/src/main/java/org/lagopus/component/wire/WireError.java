package org.lagopus.component.wire;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Why a component refuses.
///
/// @param path instance-identifier of what is wrong, if it is one node
/// @param tag an error-tag of RFC 6241 appendix A, `operation-failed` where nothing fits better
/// @param message for the operator
public record WireError(@Nullable String path, String tag, String message) {
    public WireError {
        tag = Objects.requireNonNullElse(tag, "operation-failed");
        message = Objects.requireNonNullElse(message, tag);
    }
}
