package org.lagopus.component.ring;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// The rings are gone, because the worker died, broke them or was left: whether a request without
/// an answer was carried out is unknown.
public final class RingLostException extends IOException {
    private static final long serialVersionUID = 1;

    RingLostException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
