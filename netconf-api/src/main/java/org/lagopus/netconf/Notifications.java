package org.lagopus.netconf;

import static org.lagopus.netconf.Parameters.PROTOCOL;
import static org.lagopus.netconf.Parameters.unsupported;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.HashSet;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.events.Event;
import org.lagopus.datastore.events.EventStream;
import org.lagopus.datastore.events.Events;
import org.lagopus.datastore.events.Subscription;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.model.api.EffectiveModelContext;

/// `create-subscription` (RFC 5277). Requests go on beside it (§6, `:interleave`).
final class Notifications implements Rpcs.Family {
    private final Datastore datastore;
    private final Schemas schemas;
    private final Supplier<Settings> settings;

    Notifications(Datastore datastore, Schemas schemas, Supplier<Settings> settings) {
        this.datastore = datastore;
        this.schemas = schemas;
        this.settings = settings;
    }

    @Override
    public Rpcs.@Nullable Call read(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        return in.is(Names.NOTIFICATION, "create-subscription")
                        && schemas.now().root().knowsNamespace(Names.NOTIFICATION)
                ? create(in, by)
                : null;
    }

    private Rpcs.Call create(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        var root = schemas.now().notifications();
        var name = Events.NETCONF;
        Predicate<Event> filter = _ -> true;
        Instant start = null;
        Instant stop = null;
        for (var names = new HashSet<String>(); in.next(); ) {
            if (!in.namespace().equals(Names.NOTIFICATION)) {
                throw unsupported(in);
            }
            if (!names.add(in.name())) {
                throw Errors.badElement(PROTOCOL, null, in.name(), in.name() + " is given twice");
            }
            switch (in.name()) {
                case "stream" -> name = in.text().strip();
                case "filter" -> filter = filter(in);
                case "startTime" -> start = time(in);
                case "stopTime" -> stop = time(in);
                default -> throw unsupported(in);
            }
        }
        var stream = stream(name);
        check(start, stop);
        var terms = new Subscription.Terms(start, stop, filter);
        return reply -> {
            if (by.outbox().feeds().stream().anyMatch(StreamFeed.class::isInstance)) {
                throw Errors.refuse(
                        PROTOCOL,
                        ErrorTag.OPERATION_FAILED,
                        null,
                        "this session has a subscription already",
                        Map.of());
            }
            if (by.outbox().feeds().stream().anyMatch(DynamicFeed.class::isInstance)) {
                throw Errors.notSupported(
                        PROTOCOL, "this session has a subscription of establish-subscription");
            }
            var feed = new StreamFeed(stream, root, terms, by);
            reply.ok();
            by.outbox().add(feed);
        };
    }

    private EventStream stream(String name) throws DatastoreException {
        return datastore.events().stream(name)
                .orElseThrow(() ->
                        Errors.invalidValue(
                                PROTOCOL,
                                null,
                                "stream",
                                "there is no stream " + Errors.quoted(name)));
    }

    /// RFC 5277 §2.1.1.
    private void check(@Nullable Instant start, @Nullable Instant stop) throws DatastoreException {
        if (start == null) {
            if (stop != null) {
                throw Errors.missingElement(PROTOCOL, null, "startTime");
            }
        } else if (start.isAfter(datastore.events().timer().now())) {
            throw Errors.badElement(PROTOCOL, null, "startTime", "startTime is in the future");
        } else if (stop != null && stop.isBefore(start)) {
            throw Errors.badElement(PROTOCOL, null, "stopTime", "stopTime is before startTime");
        }
    }

    /// The value of a `date-and-time`.
    static Instant time(XmlReader in) throws XMLStreamException, DatastoreException {
        var name = in.name();
        var text = in.text().strip();
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            throw Errors.invalidValue(
                    PROTOCOL,
                    null,
                    name,
                    "%s is no date-and-time, which looks like 2026-01-31T12:00:00Z"
                            .formatted(Errors.quoted(text)));
        }
    }

    private Predicate<Event> filter(XmlReader in) throws XMLStreamException, DatastoreException {
        var schema = schemas.now();
        boolean xpath = false;
        String select = null;
        for (int i = 0; i < in.attributes(); i++) {
            switch (in.attributeName(i)) {
                case "type" ->
                        xpath =
                                switch (in.attributeValue(i)) {
                                    case "subtree" -> false;
                                    case "xpath" -> true;
                                    default ->
                                            throw Errors.badAttribute(
                                                    PROTOCOL,
                                                    null,
                                                    "filter",
                                                    "type",
                                                    "a filter is subtree or xpath");
                                };
                case "select" -> select = in.attributeValue(i);
                default ->
                        throw Errors.unknownAttribute(
                                PROTOCOL, null, "filter", in.attributeName(i));
            }
        }
        if (!xpath) {
            if (select != null) {
                throw Errors.unknownAttribute(PROTOCOL, null, "filter", "select");
            }
            var root = schema.notifications();
            return matching(root, Filter.read(in, root, settings.get().maxFilter()));
        }
        if (select == null) {
            throw Errors.missingAttribute(PROTOCOL, "filter", "select");
        }
        var filter = XPathFilter.kept(schema, in.namespaces(), select);
        Parameters.none(in);
        return matching(schema.notifications(), filter);
    }

    /// An expression takes an event that it holds of.
    static Predicate<Event> matching(SchemaNode root, XPathFilter filter) {
        return event -> filter.holds(root, message(event.content()));
    }

    /// A filter takes an event that it takes anything of (RFC 8639 §2.2).
    static Predicate<Event> matching(SchemaNode root, Filter filter) {
        return event -> Selection.of(root, message(event.content()), filter) != null;
    }

    private static ContainerNode message(ContainerNode content) {
        return ImmutableNodes.newContainerBuilder()
                .withNodeIdentifier(NodeIdentifier.create(EffectiveModelContext.NAME))
                .withChild(content)
                .build();
    }

    static void write(XMLStreamWriter out, SchemaNode root, Event event) throws XMLStreamException {
        write(out, root, event.content());
    }

    static void write(XMLStreamWriter out, SchemaNode root, ContainerNode content)
            throws XMLStreamException {
        new DataWriter(out, Names.NOTIFICATION).write(root, message(content), null, null);
    }

    static void empty(XMLStreamWriter out, String namespace, String name)
            throws XMLStreamException {
        out.writeStartElement("", name, namespace);
        out.writeDefaultNamespace(namespace);
        out.writeEndElement();
    }

    /// The one subscription that a session can have by RFC 5277.
    final class StreamFeed implements Outbox.Feed {
        private final EventStream stream;
        private final SchemaNode root;
        private final Subscription subscription;
        private boolean over;

        StreamFeed(EventStream stream, SchemaNode root, Subscription.Terms terms, Session by) {
            this.stream = stream;
            this.root = root;
            subscription =
                    new Subscription(
                            stream,
                            datastore.events().timer(),
                            terms,
                            event -> datastore.mayReceive(by.actor(), event),
                            by.outbox()::wake);
        }

        @Override
        public Outbox.@Nullable Message next() {
            return switch (subscription.next()) {
                case null -> null;
                case Subscription.Item.Happened(var event) ->
                        new Outbox.Message(event.time(), out -> write(out, root, event));
                case Subscription.Item.Missing(var events) ->
                        now(out -> missed(out, stream.name(), events));
                case Subscription.Item.Replayed _ ->
                        now(out -> empty(out, Names.NOTIFICATION_STATE, "replayComplete"));
                case Subscription.Item.Completed _ -> {
                    over = true;
                    yield now(out -> empty(out, Names.NOTIFICATION_STATE, "notificationComplete"));
                }
            };
        }

        private Outbox.Message now(Reply.Content content) {
            return new Outbox.Message(datastore.events().timer().now(), content);
        }

        @Override
        public boolean isOver() {
            return over;
        }

        @Override
        public void close() {
            subscription.close();
        }
    }

    static void missed(XMLStreamWriter out, String stream, long events) throws XMLStreamException {
        out.writeStartElement("", "events-missed", Names.EVENTS);
        out.writeDefaultNamespace(Names.EVENTS);
        Reply.text(out, "stream", stream);
        Reply.text(out, "events", Long.toString(events));
        out.writeEndElement();
    }
}
