package org.lagopus.datastore;

import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// A list cannot be read where it is. Comes out of a node that is being read, which nobody declares
/// it for.
public final class UnreadableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient DatastoreException refusal;

    UnreadableException(YangInstanceIdentifier list, Exception cause) {
        super(cause.getMessage(), cause);
        refusal =
                new DatastoreException(
                        DataError.at(list, ErrorTag.RESOURCE_DENIED, String.valueOf(getMessage())));
    }

    /// What a client is told.
    public DatastoreException refusal() {
        return refusal;
    }
}
