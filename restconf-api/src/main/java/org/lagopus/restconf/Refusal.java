package org.lagopus.restconf;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lagopus.datastore.DataError;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// A request that is answered with an error: a status line and what `ietf-restconf:errors` says.
final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient List<DataError> errors;
    private final transient Map<String, String> headers;

    Refusal(int status, List<DataError> errors, Map<String, String> headers) {
        super(errors.getFirst().message(), null, false, false);
        this.status = status;
        this.errors = List.copyOf(errors);
        this.headers = Map.copyOf(headers);
    }

    Refusal(int status, DataError error) {
        this(status, List.of(error), Map.of());
    }

    /// The status that RFC 8040 §7 gives the tag.
    Refusal(DataError error) {
        this(status(error), error);
    }

    /// What a client got wrong in the protocol itself.
    static Refusal protocol(ErrorTag tag, String message) {
        return new Refusal(DataError.of(tag, message).withType(ErrorType.PROTOCOL));
    }

    static Refusal protocol(int status, ErrorTag tag, String message) {
        return new Refusal(status, DataError.of(tag, message).withType(ErrorType.PROTOCOL));
    }

    static Refusal invalid(String message) {
        return protocol(ErrorTag.INVALID_VALUE, message);
    }

    static Refusal malformed(String message) {
        return protocol(ErrorTag.MALFORMED_MESSAGE, message);
    }

    /// RFC 8040 §7: 405 for a method the resource never takes, with the ones it does take.
    static Refusal method(String method, String allow) {
        var error =
                DataError.of(ErrorTag.OPERATION_NOT_SUPPORTED, method + " is not for this resource")
                        .withType(ErrorType.PROTOCOL);
        return new Refusal(405, List.of(error), Map.of("Allow", allow));
    }

    static Refusal notFound(String message) {
        return protocol(404, ErrorTag.INVALID_VALUE, message);
    }

    /// A data resource that is not there (RFC 8040 §4.3).
    static Refusal noInstance(YangInstanceIdentifier path) {
        return new Refusal(
                404, DataError.at(path, ErrorTag.INVALID_VALUE, "there is no such node"));
    }

    int status() {
        return status;
    }

    List<DataError> errors() {
        return errors;
    }

    Map<String, String> headers() {
        return headers;
    }

    /// What RFC 7950 §15 calls data that breaks a rule of the model, among the operations that
    /// failed.
    private static final Set<String> RULES =
            Set.of("data-not-unique", "too-many-elements", "too-few-elements", "must-violation");

    /// RFC 8040 §7, the table of error-tag and status code. Of the two it has for operation-failed,
    /// the client's is for data that breaks a rule.
    static int status(DataError error) {
        return switch (error.tag().elementBody()) {
            case "in-use", "lock-denied", "resource-denied", "data-exists", "data-missing" -> 409;
            case "access-denied" -> 403;
            case "too-big" -> 413;
            case "operation-not-supported" -> 501;
            case "operation-failed" -> {
                var appTag = error.appTag();
                yield appTag != null && RULES.contains(appTag) ? 412 : 500;
            }
            case "rollback-failed", "partial-operation" -> 500;
            default -> 400;
        };
    }
}
