package org.lagopus.restconf;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DataError;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;

/// Media types and what a client may ask for (RFC 8040 §5.2, §11.3).
///
/// @param type as the Content-Type header of the answer has it
record Media(Encoding encoding, String type) {
    enum Encoding {
        JSON,
        XML
    }

    static final Media JSON = new Media(Encoding.JSON, "application/yang-data+json");
    static final Media XML = new Media(Encoding.XML, "application/yang-data+xml");

    private static final List<Media> OFFERED =
            List.of(
                    JSON,
                    XML,
                    new Media(Encoding.JSON, "application/json"),
                    new Media(Encoding.XML, "application/xml"),
                    new Media(Encoding.XML, "text/xml"));

    /// What a plain patch may come as (RFC 8040 §4.6.1).
    static final String ACCEPT_PATCH = JSON.type + ", " + XML.type;

    /// The encoding of a request's body.
    static Encoding content(HttpFields headers) throws Refusal {
        var type = headers.get(HttpHeader.CONTENT_TYPE);
        if (type != null) {
            var found = named(bare(type));
            if (found != null) {
                return found.encoding;
            }
        }
        var error =
                DataError.of(
                                ErrorTag.OPERATION_NOT_SUPPORTED,
                                type == null
                                        ? "the request does not tell its Content-Type"
                                        : "cannot read " + type)
                        .withType(ErrorType.PROTOCOL);
        throw new Refusal(415, List.of(error), Map.of("Accept-Patch", ACCEPT_PATCH));
    }

    /// What suits the client best; with equal weights the encoding it sent itself.
    static Media accepted(HttpFields headers) throws Refusal {
        var ranges = ranges(headers);
        var sent = named(bare(headers.get(HttpHeader.CONTENT_TYPE)));
        var preferred = sent != null && sent.encoding == Encoding.XML ? XML : JSON;
        if (ranges.isEmpty()) {
            return preferred;
        }
        var best = preferred;
        var weight = weight(preferred, ranges);
        for (var media : OFFERED) {
            var w = weight(media, ranges);
            if (w > weight) {
                best = media;
                weight = w;
            }
        }
        if (weight <= 0) {
            throw Refusal.protocol(
                    406, ErrorTag.INVALID_VALUE, "can answer in " + JSON.type + " or " + XML.type);
        }
        return best;
    }

    private record Range(String type, double weight) {}

    private static List<Range> ranges(HttpFields headers) {
        var ranges = new ArrayList<Range>();
        for (HttpField field : headers) {
            if (field.getHeader() == HttpHeader.ACCEPT && field.getValue() != null) {
                for (var item : field.getValue().split(",")) {
                    if (!item.isBlank()) {
                        ranges.add(new Range(bare(item), weight(item)));
                    }
                }
            }
        }
        return ranges;
    }

    private static double weight(String item) {
        for (var parameter : item.split(";")) {
            var p = parameter.strip().toLowerCase(Locale.ROOT);
            if (p.startsWith("q=")) {
                try {
                    return Double.parseDouble(p.substring(2));
                } catch (NumberFormatException _) {
                    return 0;
                }
            }
        }
        return 1;
    }

    /// RFC 9110 §12.5.1: the most specific range that matches decides.
    private static double weight(Media media, List<Range> ranges) {
        var group = media.type.substring(0, media.type.indexOf('/')) + "/*";
        for (var type : List.of(media.type, group, "*/*")) {
            for (var range : ranges) {
                if (range.type.equals(type)) {
                    return range.weight;
                }
            }
        }
        return 0;
    }

    private static @Nullable Media named(String type) {
        return OFFERED.stream().filter(m -> m.type.equals(type)).findFirst().orElse(null);
    }

    private static String bare(@Nullable String type) {
        return type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    }
}
