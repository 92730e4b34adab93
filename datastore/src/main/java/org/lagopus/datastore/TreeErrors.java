package org.lagopus.datastore;

import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.tree.api.ConflictingModificationAppliedException;
import org.opendaylight.yangtools.yang.data.tree.api.DataValidationFailedException;
import org.opendaylight.yangtools.yang.data.tree.api.RequiredElementCountException;
import org.opendaylight.yangtools.yang.data.tree.api.SchemaValidationFailedException;

/// What yangtools has against a modification, in RFC 6241's terms. Edits of ours have passed
/// [Draft] and [Validation] before; this is for those who write to the tree by themselves.
final class TreeErrors {
    private TreeErrors() {}

    static DataError of(Exception thrown) {
        return switch (thrown) {
            case ConflictingModificationAppliedException e ->
                    DataError.at(
                                    e.getPath(),
                                    ErrorTag.OPERATION_FAILED,
                                    "somebody else changed it meanwhile")
                            .withAppTag("conflict");
            case RequiredElementCountException e -> count(e);
            case DataValidationFailedException e ->
                    DataError.at(e.getPath(), ErrorTag.OPERATION_FAILED, message(e));
            case SchemaValidationFailedException e ->
                    DataError.of(ErrorTag.UNKNOWN_ELEMENT, message(e));
            default -> DataError.of(ErrorTag.OPERATION_FAILED, message(thrown));
        };
    }

    private static DataError count(RequiredElementCountException e) {
        boolean tooFew = e.getActualCount() < e.getMinimumCount().orElse(0);
        return DataError.at(e.getPath(), ErrorTag.OPERATION_FAILED, message(e))
                .withAppTag(tooFew ? "too-few-elements" : "too-many-elements");
    }

    private static String message(Exception e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }
}
