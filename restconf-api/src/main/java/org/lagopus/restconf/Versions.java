package org.lagopus.restconf;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.http.DateGenerator;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.lagopus.datastore.Commit;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Datastore;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;

/// Entity-tags and times of the configuration (RFC 8040 §3.4.1, §3.5.1). There is one for the whole
/// datastore, its generation, and every configuration resource has that of the datastore.
final class Versions {
    private final Datastore datastore;

    Versions(Datastore datastore) {
        this.datastore = datastore;
    }

    /// One state of the configuration.
    record Version(long generation, Optional<Instant> changed) {
        /// @param last the commit that made it, none before the first
        static Version of(Optional<Commit> last) {
            return new Version(last.map(Commit::generation).orElse(0L), last.map(Commit::time));
        }

        /// A strong tag differs between representations, so it ends with the encoding.
        String tag(Media.Encoding encoding) {
            return "\"%d-%s\"".formatted(generation, encoding == Media.Encoding.JSON ? "j" : "x");
        }

        void describe(Exchange exchange, Media.Encoding encoding) {
            exchange.header(HttpHeader.ETAG, tag(encoding));
            changed.ifPresent(time ->
                    exchange.header(
                            HttpHeader.LAST_MODIFIED,
                            DateGenerator.formatDate(time.toEpochMilli())));
        }
    }

    Version current() {
        return Version.of(datastore.last());
    }

    /// RFC 9110 §13.2 for a request that would change something.
    ///
    /// @param version of what it would change
    static void check(HttpFields headers, boolean exists, Version version) throws Refusal {
        var match = headers.get(HttpHeader.IF_MATCH);
        if (match != null) {
            if (!(match.strip().equals("*") ? exists : names(match, version))) {
                throw failed("If-Match");
            }
        } else if (since(headers, HttpHeader.IF_UNMODIFIED_SINCE, version)) {
            throw failed("If-Unmodified-Since");
        }
        var none = headers.get(HttpHeader.IF_NONE_MATCH);
        if (none != null && (none.strip().equals("*") ? exists : exists && names(none, version))) {
            throw failed("If-None-Match");
        }
    }

    /// Whether the client that asks has it already. Only for configuration: a tag tells nothing
    /// about state.
    boolean known(HttpFields headers, Version version, Media.Encoding encoding) {
        var none = headers.get(HttpHeader.IF_NONE_MATCH);
        if (none != null) {
            return none.strip().equals("*") || tags(none).contains(version.tag(encoding));
        }
        return headers.contains(HttpHeader.IF_MODIFIED_SINCE)
                && version.changed().isPresent()
                && headers.getDateField(HttpHeader.IF_MODIFIED_SINCE) >= 0
                && !since(headers, HttpHeader.IF_MODIFIED_SINCE, version);
    }

    private static boolean names(String header, Version version) {
        return tags(header).stream()
                .anyMatch(tag ->
                        tag.equals(version.tag(Media.Encoding.JSON))
                                || tag.equals(version.tag(Media.Encoding.XML)));
    }

    private static List<String> tags(String header) {
        return List.of(header.split("\\s*,\\s*"));
    }

    private static boolean since(HttpFields headers, HttpHeader name, Version version) {
        long time = headers.getDateField(name);
        return time >= 0
                && version.changed()
                        .map(c -> c.truncatedTo(ChronoUnit.SECONDS).toEpochMilli() > time)
                        .orElse(false);
    }

    private static Refusal failed(String header) {
        return new Refusal(
                412,
                DataError.of(
                                ErrorTag.OPERATION_FAILED,
                                header + " does not hold: the configuration has changed")
                        .withType(ErrorType.PROTOCOL));
    }
}
