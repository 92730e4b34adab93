package org.lagopus.datastore;

import java.util.List;
import java.util.stream.Collectors;

/// A request the datastore refused, with everything that is wrong with it. Nothing was changed.
public final class DatastoreException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<DataError> errors;

    public DatastoreException(List<DataError> errors) {
        super(errors.stream().map(DataError::message).collect(Collectors.joining("; ")));
        if (errors.isEmpty()) {
            throw new IllegalArgumentException("a refusal without a reason");
        }
        this.errors = List.copyOf(errors);
    }

    public DatastoreException(DataError error) {
        this(List.of(error));
    }

    /// Never empty.
    public List<DataError> errors() {
        return errors;
    }
}
