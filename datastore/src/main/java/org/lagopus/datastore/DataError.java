package org.lagopus.datastore;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// What is wrong, in the terms of RFC 6241 §4.3, for both northbounds to put on the wire.
///
/// @param info elements of `error-info`, by local name, such as `session-id` or `bad-element`
/// @param nonUnique the leaves that a `unique` statement does not want alike (RFC 7950 §15.1)
public record DataError(
        ErrorType type,
        ErrorTag tag,
        @Nullable String appTag,
        @Nullable YangInstanceIdentifier path,
        String message,
        Map<String, String> info,
        List<YangInstanceIdentifier> nonUnique) {

    public DataError {
        info = Map.copyOf(info);
        nonUnique = List.copyOf(nonUnique);
    }

    public DataError(
            ErrorType type,
            ErrorTag tag,
            @Nullable String appTag,
            @Nullable YangInstanceIdentifier path,
            String message,
            Map<String, String> info) {
        this(type, tag, appTag, path, message, info, List.of());
    }

    /// An error of the data at a path.
    public static DataError at(YangInstanceIdentifier path, ErrorTag tag, String message) {
        return new DataError(ErrorType.APPLICATION, tag, null, path, message, Map.of());
    }

    /// An error that no single path is to blame for.
    public static DataError of(ErrorTag tag, String message) {
        return new DataError(ErrorType.APPLICATION, tag, null, null, message, Map.of());
    }

    public DataError withType(ErrorType other) {
        return new DataError(other, tag, appTag, path, message, info, nonUnique);
    }

    public DataError withTag(ErrorTag other) {
        return new DataError(type, other, appTag, path, message, info, nonUnique);
    }

    public DataError withAppTag(String other) {
        return new DataError(type, tag, other, path, message, info, nonUnique);
    }

    public DataError withPath(YangInstanceIdentifier other) {
        return new DataError(type, tag, appTag, other, message, info, nonUnique);
    }

    public DataError withMessage(String other) {
        return new DataError(type, tag, appTag, path, other, info, nonUnique);
    }

    public DataError withNonUnique(List<YangInstanceIdentifier> others) {
        return new DataError(type, tag, appTag, path, message, info, others);
    }

    public DataError withInfo(String name, String value) {
        return new DataError(type, tag, appTag, path, message, Map.of(name, value), nonUnique);
    }
}
