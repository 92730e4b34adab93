package org.lagopus.netconf;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.DatastoreException;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// The refusals of RFC 6241 appendix A that are found before the datastore is asked.
final class Errors {
    private Errors() {}

    static DatastoreException unknownElement(
            ErrorType type, @Nullable YangInstanceIdentifier path, String name, String message) {
        return refuse(type, ErrorTag.UNKNOWN_ELEMENT, path, message, Map.of("bad-element", name));
    }

    static DatastoreException unknownNamespace(
            ErrorType type, @Nullable YangInstanceIdentifier path, String name, String namespace) {
        return refuse(
                type,
                ErrorTag.UNKNOWN_NAMESPACE,
                path,
                "no module has the namespace " + quoted(namespace),
                Map.of("bad-element", name, "bad-namespace", namespace));
    }

    static DatastoreException missingElement(
            ErrorType type, @Nullable YangInstanceIdentifier path, String name) {
        return refuse(
                type,
                ErrorTag.MISSING_ELEMENT,
                path,
                "element " + name + " is missing",
                Map.of("bad-element", name));
    }

    static DatastoreException missingElement(
            ErrorType type, @Nullable YangInstanceIdentifier path, String name, String message) {
        return refuse(type, ErrorTag.MISSING_ELEMENT, path, message, Map.of("bad-element", name));
    }

    static DatastoreException badElement(
            ErrorType type, @Nullable YangInstanceIdentifier path, String name, String message) {
        return refuse(type, ErrorTag.BAD_ELEMENT, path, message, Map.of("bad-element", name));
    }

    static DatastoreException missingAttribute(ErrorType type, String element, String attribute) {
        return refuse(
                type,
                ErrorTag.MISSING_ATTRIBUTE,
                null,
                "attribute " + attribute + " of " + element + " is missing",
                Map.of("bad-attribute", attribute, "bad-element", element));
    }

    static DatastoreException unknownAttribute(
            ErrorType type,
            @Nullable YangInstanceIdentifier path,
            String element,
            String attribute) {
        return refuse(
                type,
                ErrorTag.UNKNOWN_ATTRIBUTE,
                path,
                "attribute " + attribute + " has no meaning on " + element,
                Map.of("bad-attribute", attribute, "bad-element", element));
    }

    static DatastoreException badAttribute(
            ErrorType type,
            @Nullable YangInstanceIdentifier path,
            String element,
            String attribute,
            String message) {
        return refuse(
                type,
                ErrorTag.BAD_ATTRIBUTE,
                path,
                message,
                Map.of("bad-attribute", attribute, "bad-element", element));
    }

    static DatastoreException invalidValue(
            ErrorType type, @Nullable YangInstanceIdentifier path, String name, String message) {
        return refuse(type, ErrorTag.INVALID_VALUE, path, message, Map.of("bad-element", name));
    }

    static DatastoreException notSupported(ErrorType type, String message) {
        return refuse(type, ErrorTag.OPERATION_NOT_SUPPORTED, null, message, Map.of());
    }

    static DatastoreException tooBig(ErrorType type, String message) {
        return refuse(type, ErrorTag.TOO_BIG, null, message, Map.of());
    }

    static DatastoreException refuse(
            ErrorType type,
            ErrorTag tag,
            @Nullable YangInstanceIdentifier path,
            String message,
            Map<String, String> info) {
        return new DatastoreException(new DataError(type, tag, null, path, message, info));
    }

    /// What a client sent, cut to a length that can be repeated to it.
    static String quoted(String text) {
        return '"' + (text.length() > 80 ? text.substring(0, 80) + "…" : text) + '"';
    }
}
