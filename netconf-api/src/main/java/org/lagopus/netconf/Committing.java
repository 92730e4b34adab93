package org.lagopus.netconf;

import static org.lagopus.netconf.Parameters.PROTOCOL;
import static org.lagopus.netconf.Parameters.badValue;
import static org.lagopus.netconf.Parameters.noAttributes;
import static org.lagopus.netconf.Parameters.none;
import static org.lagopus.netconf.Parameters.parameter;
import static org.lagopus.netconf.Parameters.unsupported;

import java.time.Duration;
import java.util.HashSet;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;

/// `commit`, `cancel-commit` and `discard-changes` (RFC 6241 §8.3, §8.4).
final class Committing implements Rpcs.Family {
    private static final int MAX_COMMENT = 1024;

    private final Datastore datastore;
    private final Schemas schemas;

    Committing(Datastore datastore, Schemas schemas) {
        this.datastore = datastore;
        this.schemas = schemas;
    }

    @Override
    public Rpcs.@Nullable Call read(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        if (!in.namespace().equals(Names.BASE)) {
            return null;
        }
        return switch (in.name()) {
            case "commit" -> commit(in, by);
            case "cancel-commit" -> cancelCommit(in, by);
            case "discard-changes" -> discard(in, by);
            default -> null;
        };
    }

    private Rpcs.Call commit(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        String comment = null;
        String persist = null;
        String id = null;
        Duration timeout = null;
        boolean confirmed = false;
        noAttributes(in);
        for (var names = new HashSet<String>(); in.next(); ) {
            if (in.is(Names.HISTORY, "comment") && schemas.now().commented() && comment == null) {
                noAttributes(in);
                comment = comment(in.text().strip());
                continue;
            }
            switch (parameter(in, names)) {
                case "confirmed" -> {
                    if (in.next()) {
                        throw unsupported(in);
                    }
                    confirmed = true;
                }
                case "confirm-timeout" -> timeout = seconds(in.text().strip());
                case "persist" -> persist = in.text();
                case "persist-id" -> id = in.text();
                default -> throw unsupported(in);
            }
        }
        if (!confirmed && (timeout != null || persist != null)) {
            throw Errors.missingElement(PROTOCOL, null, "confirmed");
        }
        var terms =
                confirmed
                        ? new Datastore.Confirmed(
                                timeout == null ? Datastore.Confirmed.TIMEOUT : timeout, persist)
                        : null;
        var why = comment;
        var persistId = id;
        return reply -> {
            Rpcs.logged(by, "commit", () -> datastore.commit(by.actor(), why, terms, persistId));
            reply.ok();
        };
    }

    private static Duration seconds(String text) throws DatastoreException {
        try {
            long seconds = Integer.toUnsignedLong(Integer.parseUnsignedInt(text));
            if (seconds > 0) {
                return Duration.ofSeconds(seconds);
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw badValue("confirm-timeout", "a number of seconds from 1 on");
    }

    private Rpcs.Call cancelCommit(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        String id = null;
        noAttributes(in);
        for (var names = new HashSet<String>(); in.next(); ) {
            switch (parameter(in, names)) {
                case "persist-id" -> id = in.text();
                default -> throw unsupported(in);
            }
        }
        var persistId = id;
        return reply -> {
            Rpcs.logged(by, "cancel-commit", () -> datastore.cancelCommit(by.actor(), persistId));
            reply.ok();
        };
    }

    /// The type of lagopus-history.
    private static String comment(String text) throws DatastoreException {
        int length = text.codePointCount(0, text.length());
        if (length < 1 || length > MAX_COMMENT) {
            throw badValue("comment", "1 to %d characters".formatted(MAX_COMMENT));
        }
        return text;
    }

    private Rpcs.Call discard(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        none(in);
        return reply -> {
            datastore.discard(by.actor());
            reply.ok();
        };
    }
}
