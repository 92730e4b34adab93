package org.lagopus.restconf;

import java.util.List;
import java.util.Set;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;
import org.jspecify.annotations.Nullable;

/// The query parameters of a request (RFC 8040 §4.8). What is not understood is refused and never
/// ignored.
///
/// @param depth how many levels, counted from the target
/// @param fields as the client wrote it; null for everything
record Query(Content content, int depth, @Nullable String fields) {
    enum Content {
        ALL,
        CONFIG,
        NONCONFIG
    }

    static final Query NONE = new Query(Content.ALL, Integer.MAX_VALUE, null);

    private static final Set<String> KNOWN =
            Set.of(
                    "content",
                    "depth",
                    "fields",
                    "with-defaults",
                    "insert",
                    "point",
                    "filter",
                    "start-time",
                    "stop-time");
    private static final List<String> RETRIEVAL = List.of("content", "depth", "fields");

    /// The parameters as the URI has them.
    static Fields of(Request request) throws Refusal {
        try {
            return Request.extractQueryParameters(request);
        } catch (RuntimeException e) {
            throw Refusal.invalid("the query of the URI cannot be read: " + e.getMessage());
        }
    }

    /// For a retrieval of data: content, depth and fields.
    static Query retrieval(Fields parameters) throws Refusal {
        check(parameters, RETRIEVAL);
        return new Query(
                content(parameters.getValue("content")),
                depth(parameters.getValue("depth")),
                parameters.getValue("fields"));
    }

    /// For everything else.
    static void none(Fields parameters) throws Refusal {
        check(parameters, List.of());
    }

    private static void check(Fields parameters, List<String> allowed) throws Refusal {
        for (var parameter : parameters) {
            var name = parameter.getName();
            if (!allowed.contains(name)) {
                throw Refusal.invalid(
                        "query parameter '%s' is %s"
                                .formatted(
                                        name,
                                        KNOWN.contains(name) ? "not supported here" : "unknown"));
            }
            if (parameter.getValues().size() != 1) {
                throw Refusal.invalid("query parameter '%s' is given twice".formatted(name));
            }
        }
    }

    private static Content content(@Nullable String value) throws Refusal {
        return switch (value) {
            case null -> Content.ALL;
            case "all" -> Content.ALL;
            case "config" -> Content.CONFIG;
            case "nonconfig" -> Content.NONCONFIG;
            default -> throw Refusal.invalid("content is all, config or nonconfig, not " + value);
        };
    }

    private static int depth(@Nullable String value) throws Refusal {
        if (value == null || value.equals("unbounded")) {
            return Integer.MAX_VALUE;
        }
        try {
            int depth = Integer.parseInt(value);
            if (depth >= 1 && depth <= 65535) {
                return depth;
            }
        } catch (NumberFormatException _) {
            // told below
        }
        throw Refusal.invalid("depth is 1 to 65535 or unbounded, not " + value);
    }
}
