package org.lagopus.netconf;

import static org.lagopus.netconf.Parameters.PROTOCOL;
import static org.lagopus.netconf.Parameters.unsupported;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Patch;
import org.lagopus.datastore.events.Event;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;

/// What a request about subscriptions says (RFC 8639 §2.4, RFC 8641 §4.4), as far as it says
/// anything: each operation knows what it needs.
final class SubscriptionRequest {
    static final String SUBSCRIBED = "ietf-subscribed-notifications";
    static final String PUSH = "ietf-yang-push";

    /// Shorter periods would keep the box busy with one client.
    private static final Duration SHORTEST = Duration.ofMillis(100);

    private final Schemas.Schema schema;
    private final Settings limits;
    @Nullable Long id;
    @Nullable String stream;
    @Nullable Predicate<Event> events;
    @Nullable String streamFilter;
    @Nullable Instant start;
    @Nullable Instant stop;
    PushSource.@Nullable Store store;
    @Nullable Filter selection;
    @Nullable XPathFilter expression;
    @Nullable String selectionFilter;
    boolean selects;
    @Nullable Duration period;
    @Nullable Instant anchor;
    @Nullable Duration dampening;
    boolean sync = true;
    final Set<Patch.Operation> excluded = EnumSet.noneOf(Patch.Operation.class);

    boolean isPush() {
        return store != null || period != null || dampening != null || selects;
    }

    SubscriptionRequest(Schemas.Schema schema, Settings limits) {
        this.schema = schema;
        this.limits = limits;
    }

    /// An error of RFC 8639 §2.4.6 or RFC 8641 appendix A; RFC 8640 §7 tells the tags.
    static DatastoreException refused(
            String module, String identity, String message, Map<String, String> hints) {
        var tag =
                switch (identity) {
                    case "insufficient-resources" -> ErrorTag.RESOURCE_DENIED;
                    case "replay-unsupported",
                            "cant-exclude",
                            "on-change-unsupported",
                            "on-change-sync-unsupported" ->
                            ErrorTag.OPERATION_NOT_SUPPORTED;
                    case "sync-too-big", "update-too-big" -> ErrorTag.TOO_BIG;
                    case "unchanging-selection" -> ErrorTag.OPERATION_FAILED;
                    default -> ErrorTag.INVALID_VALUE;
                };
        var error = Errors.refuse(ErrorType.APPLICATION, tag, null, message, hints);
        return new DatastoreException(
                error.errors().getFirst().withAppTag(module + ":" + identity));
    }

    /// @param what the operation's name up to its hyphen
    static SubscriptionRequest read(
            XmlReader in, String what, Schemas.Schema schema, Settings limits)
            throws XMLStreamException, DatastoreException {
        var request = new SubscriptionRequest(schema, limits);
        request.read(in, what);
        return request;
    }

    private void read(XmlReader in, String what) throws XMLStreamException, DatastoreException {
        boolean establishing = what.equals("establish");
        boolean modifying = what.equals("modify");
        for (var names = new HashSet<String>(); in.next(); ) {
            var name = in.name();
            if (!name.equals("excluded-change") && !names.add(name)) {
                throw Errors.badElement(PROTOCOL, null, name, name + " is given twice");
            }
            if (in.is(Names.PUSH, "id") && what.equals("resync")) {
                id = number(in);
            } else if (in.namespace().equals(Names.SUBSCRIBED) && !what.equals("resync")) {
                switch (name) {
                    case "id" -> {
                        only(!establishing, in);
                        id = number(in);
                    }
                    case "stream" -> {
                        only(establishing, in);
                        stream = in.text().strip();
                    }
                    case "stream-filter-name" -> {
                        only(establishing || modifying, in);
                        only(events == null, in);
                        streamFilter = in.text().strip();
                    }
                    case "stream-subtree-filter" -> {
                        only(establishing || modifying, in);
                        only(streamFilter == null && events == null, in);
                        events = events(in);
                    }
                    case "stream-xpath-filter" -> {
                        only(establishing || modifying, in);
                        only(streamFilter == null && events == null, in);
                        events = Notifications.matching(schema.notifications(), expression(in));
                    }
                    case "replay-start-time" -> {
                        only(establishing, in);
                        start = Notifications.time(in);
                    }
                    case "stop-time" -> {
                        only(establishing || modifying, in);
                        stop = Notifications.time(in);
                    }
                    case "encoding" -> {
                        only(establishing, in);
                        encoding(in);
                    }
                    default -> throw unsupported(in);
                }
            } else if (in.namespace().equals(Names.PUSH)
                    && (establishing || modifying)
                    && schema.root().knowsNamespace(Names.PUSH)) {
                push(in, establishing);
            } else {
                throw unsupported(in);
            }
        }
    }

    /// What a parameter has no place in this operation for is refused.
    private static void only(boolean here, XmlReader in) throws DatastoreException {
        if (!here) {
            throw unsupported(in);
        }
    }

    private Predicate<Event> events(XmlReader in) throws XMLStreamException, DatastoreException {
        var root = schema.notifications();
        return Notifications.matching(root, Filter.read(in, root, limits.maxFilter()));
    }

    private XPathFilter expression(XmlReader in) throws XMLStreamException, DatastoreException {
        var namespaces = in.namespaces();
        try {
            return XPathFilter.kept(schema, namespaces, in.text().strip());
        } catch (DatastoreException e) {
            throw refused(
                    SUBSCRIBED, "filter-unsupported", String.valueOf(e.getMessage()), Map.of());
        }
    }

    private void push(XmlReader in, boolean establishing)
            throws XMLStreamException, DatastoreException {
        switch (in.name()) {
            case "datastore" -> store = store(in);
            case "selection-filter-ref" -> {
                only(!selects, in);
                selectionFilter = in.text().strip();
                selects = true;
            }
            case "datastore-subtree-filter" -> {
                only(!selects, in);
                selection = Filter.read(in, schema.root(), limits.maxFilter());
                selects = true;
            }
            case "datastore-xpath-filter" -> {
                only(!selects, in);
                expression = expression(in);
                selects = true;
            }
            case "periodic" -> {
                while (in.next()) {
                    switch (in.name()) {
                        case "period" -> period = centiseconds(in);
                        case "anchor-time" -> anchor = Notifications.time(in);
                        default -> throw unsupported(in);
                    }
                }
                var every = Parameters.required(period, "period");
                if (every.compareTo(SHORTEST) < 0) {
                    throw refused(
                            PUSH,
                            "period-unsupported",
                            "a period is at least %d centiseconds"
                                    .formatted(SHORTEST.toMillis() / 10),
                            Map.of(
                                    PUSH
                                            + (establishing ? ":establish" : ":modify")
                                            + "-subscription-datastore-error-info/period-hint",
                                    Long.toString(SHORTEST.toMillis() / 10)));
                }
            }
            case "on-change" -> {
                dampening = Duration.ZERO;
                while (in.next()) {
                    switch (in.name()) {
                        case "dampening-period" -> dampening = centiseconds(in);
                        case "sync-on-start" -> {
                            only(establishing, in);
                            sync = bool(in);
                        }
                        case "excluded-change" -> {
                            only(establishing, in);
                            excluded.add(operation(in));
                        }
                        default -> throw unsupported(in);
                    }
                }
            }
            default -> throw unsupported(in);
        }
    }

    private static long number(XmlReader in) throws XMLStreamException, DatastoreException {
        var name = in.name();
        try {
            return Integer.toUnsignedLong(Integer.parseUnsignedInt(in.text().strip()));
        } catch (NumberFormatException e) {
            throw Errors.invalidValue(
                    PROTOCOL, null, name, name + " is a number from 0 to 4294967295");
        }
    }

    private static Duration centiseconds(XmlReader in)
            throws XMLStreamException, DatastoreException {
        return Duration.ofMillis(10 * number(in));
    }

    private static boolean bool(XmlReader in) throws XMLStreamException, DatastoreException {
        var name = in.name();
        return switch (in.text().strip()) {
            case "true" -> true;
            case "false" -> false;
            default -> throw Parameters.badValue(name, "true or false");
        };
    }

    private static Patch.Operation operation(XmlReader in)
            throws XMLStreamException, DatastoreException {
        var name = in.name();
        var text = in.text().strip();
        for (var operation : Patch.Operation.values()) {
            if (operation.label().equals(text)) {
                return operation;
            }
        }
        throw Parameters.badValue(name, "create, delete, insert, move or replace");
    }

    /// The name of an identity and its namespace, by the prefixes in scope.
    private static String[] identity(XmlReader in) throws XMLStreamException, DatastoreException {
        var namespaces = in.namespaces();
        var text = in.text().strip();
        int colon = text.indexOf(':');
        var namespace = namespaces.getNamespaceURI(colon < 0 ? "" : text.substring(0, colon));
        return new String[] {namespace == null ? "" : namespace, text.substring(colon + 1)};
    }

    private static PushSource.Store store(XmlReader in)
            throws XMLStreamException, DatastoreException {
        var identity = identity(in);
        if (identity[0].equals(Names.DATASTORES)) {
            for (var store : PushSource.Store.values()) {
                if (store.label().equals(identity[1])) {
                    return store;
                }
            }
        }
        throw refused(
                PUSH,
                "datastore-not-subscribable",
                "subscriptions are to running, candidate and operational of ietf-datastores",
                Map.of());
    }

    private static void encoding(XmlReader in) throws XMLStreamException, DatastoreException {
        var identity = identity(in);
        if (!identity[0].equals(Names.SUBSCRIBED) || !identity[1].equals("encode-xml")) {
            throw refused(
                    SUBSCRIBED,
                    "encoding-unsupported",
                    "notifications of NETCONF are encoded as encode-xml",
                    Map.of());
        }
    }
}
