package org.lagopus.datastore;

import org.jspecify.annotations.Nullable;

/// Modules that make no model; the message reads `file:line: reason` where a line is to blame.
public final class ModelException extends Exception {
    private static final long serialVersionUID = 1L;

    public ModelException(String message) {
        super(message);
    }

    public ModelException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
