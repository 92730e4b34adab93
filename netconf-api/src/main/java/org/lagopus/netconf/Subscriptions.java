package org.lagopus.netconf;

import static org.lagopus.netconf.Parameters.PROTOCOL;
import static org.lagopus.netconf.Parameters.unsupported;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.Patch;
import org.lagopus.datastore.events.Event;
import org.lagopus.datastore.events.Subscription;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;

/// Dynamic subscriptions to streams (RFC 8639) and to datastores (RFC 8641), over NETCONF (RFC
/// 8640).
final class Subscriptions implements Rpcs.Family {
    private static final String SUBSCRIBED = "ietf-subscribed-notifications";
    private static final String PUSH = "ietf-yang-push";

    /// Shorter periods would keep the box busy with one client.
    private static final Duration SHORTEST = Duration.ofMillis(100);

    private final Datastore datastore;
    private final Schemas schemas;
    private final Supplier<Settings> settings;

    Subscriptions(Datastore datastore, Schemas schemas, Supplier<Settings> settings) {
        this.datastore = datastore;
        this.schemas = schemas;
        this.settings = settings;
    }

    /// What a request says, as far as it says anything.
    private static final class Request {
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
    }

    @Override
    public Rpcs.@Nullable Call read(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        var root = schemas.now().root();
        if (in.namespace().equals(Names.SUBSCRIBED) && root.knowsNamespace(Names.SUBSCRIBED)) {
            return switch (in.name()) {
                case "establish-subscription" -> establish(in, by);
                case "modify-subscription" -> modify(in, by);
                case "delete-subscription" -> delete(in, by);
                case "kill-subscription" -> kill(in);
                default -> null;
            };
        }
        return in.is(Names.PUSH, "resync-subscription") && root.knowsNamespace(Names.PUSH)
                ? resync(in, by)
                : null;
    }

    private Rpcs.Call establish(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        var request = request(in, "establish");
        if (request.stream == null && request.store == null) {
            throw Errors.missingElement(PROTOCOL, null, "stream");
        }
        if (request.stream != null && request.isPush()) {
            throw Errors.badElement(
                    PROTOCOL, null, "datastore", "a subscription is to a stream or to a datastore");
        }
        checkTimes(request);
        return reply -> {
            if (by.outbox().feeds().stream().anyMatch(Notifications.StreamFeed.class::isInstance)) {
                throw Errors.notSupported(
                        PROTOCOL, "this session has a subscription of create-subscription");
            }
            var all = datastore.subscriptions();
            long id = all.next();
            if (id == 0) {
                throw refused(
                        SUBSCRIBED,
                        "insufficient-resources",
                        "there are as many subscriptions as may be",
                        Map.of());
            }
            var filter = resolve(request, by);
            var feed = new DynamicFeed(id, by, all, source(request, by));
            var revised = revised(request);
            reply.send(out -> {
                out.writeStartElement("", "id", Names.SUBSCRIBED);
                out.writeDefaultNamespace(Names.SUBSCRIBED);
                out.writeCharacters(Long.toString(id));
                out.writeEndElement();
                if (revised != null) {
                    out.writeStartElement("", "replay-start-time-revision", Names.SUBSCRIBED);
                    out.writeDefaultNamespace(Names.SUBSCRIBED);
                    out.writeCharacters(revised.toString());
                    out.writeEndElement();
                }
            });
            goBy(feed, request, by, filter);
            all.add(id, feed);
            by.outbox().add(feed);
        };
    }

    /// A filter that is named becomes the one that the request has.
    private @Nullable ConfiguredFilter resolve(Request request, Session by)
            throws DatastoreException {
        var reference = reference(request);
        if (reference == null) {
            return null;
        }
        var found = find(reference, by);
        if (request.streamFilter != null) {
            request.events = matching(found);
        } else {
            request.selection = found.subtree();
            request.expression = found.expression();
        }
        return found;
    }

    private ConfiguredFilter.@Nullable Reference reference(Request request) {
        var model = schemas.now().model();
        if (request.streamFilter != null) {
            return ConfiguredFilter.Reference.stream(name(model, SUBSCRIBED), request.streamFilter);
        }
        return request.selectionFilter == null
                ? null
                : ConfiguredFilter.Reference.selection(
                        name(model, SUBSCRIBED), name(model, PUSH), request.selectionFilter);
    }

    private ConfiguredFilter find(ConfiguredFilter.Reference reference, Session by)
            throws DatastoreException {
        var schema = schemas.now();
        return ConfiguredFilter.find(
                datastore.view(by.actor()),
                schema,
                reference.isOfStreams() ? schema.notifications() : schema.root(),
                reference,
                settings.get());
    }

    private Predicate<Event> matching(ConfiguredFilter filter) {
        var root = schemas.now().notifications();
        if (filter.expression() != null) {
            return Notifications.matching(root, filter.expression());
        }
        return filter.subtree() == null
                ? _ -> true
                : Notifications.matching(root, filter.subtree());
    }

    /// A subscription that goes by a filter of the configuration follows it: it is told of changes
    /// (RFC 8639 §2.7.2), and ends when the filter is gone (§2.7.3, `filter-unavailable`).
    ///
    /// @param found what the request was answered by
    private void goBy(
            DynamicFeed feed, Request request, Session by, @Nullable ConfiguredFilter found) {
        var reference = reference(request);
        if (reference == null || found == null) {
            feed.goBy(null, () -> {});
            return;
        }
        var known = new AtomicReference<>(found.entry());
        var container = NodeIdentifier.create(reference.filters());
        var changes =
                datastore.onCommit((_, change) -> {
                    if (change.getRootNode().modifiedChild(container) != null) {
                        followed(feed, reference, by, known);
                    }
                });
        feed.goBy(reference, changes::close);
        // It may have changed before anybody followed it.
        followed(feed, reference, by, known);
    }

    private void followed(
            DynamicFeed feed,
            ConfiguredFilter.Reference reference,
            Session by,
            AtomicReference<NormalizedNode> known) {
        var now = datastore.events().timer().now();
        try {
            var found = find(reference, by);
            if (found.entry().equals(known.getAndSet(found.entry()))) {
                return;
            }
            switch (feed.source()) {
                case StreamSource stream -> stream.modify(matching(found), null);
                case PushSource push -> {
                    var request = new Request();
                    request.selects = true;
                    request.selection = found.subtree();
                    request.expression = found.expression();
                    modify(push, request);
                }
                default -> throw new IllegalStateException("a source of no kind");
            }
            var schema = schemas.now();
            feed.modified(now, schema.notifications(), name(schema.model(), SUBSCRIBED));
            datastore.subscriptions().changed();
        } catch (DatastoreException e) {
            feed.terminate(now, "filter-unavailable");
        }
    }

    private DynamicFeed.Source source(Request request, Session by) throws DatastoreException {
        var schema = schemas.now();
        var subscribed = name(schema.model(), SUBSCRIBED);
        if (request.stream != null) {
            var name = request.stream;
            var stream =
                    datastore.events().stream(name)
                            .orElseThrow(() ->
                                    Errors.invalidValue(
                                            ErrorType.APPLICATION,
                                            null,
                                            "stream",
                                            "there is no stream " + Errors.quoted(name)));
            Predicate<Event> filter = request.events == null ? _ -> true : request.events;
            return new StreamSource(
                    datastore,
                    stream,
                    schema.notifications(),
                    subscribed,
                    new Subscription.Terms(request.start, request.stop, filter),
                    by);
        }
        var names =
                new PushSource.Push(
                        subscribed,
                        name(schema.model(), PUSH),
                        name(schema.model(), "ietf-datastores"));
        var store = Objects.requireNonNull(request.store);
        var what = new PushSource.What(store, schema.root(), request.selection, request.expression);
        if (what.paths().isEmpty()) {
            throw refused(
                    PUSH,
                    "unchanging-selection",
                    "the filter selects nothing the model has",
                    Map.of());
        }
        if (request.period != null) {
            return new PushSource.Periodic(
                    datastore, by, names, what, request.stop, request.period, request.anchor);
        }
        if (request.dampening == null) {
            throw Errors.missingElement(PROTOCOL, null, "periodic");
        }
        if (store == PushSource.Store.CANDIDATE) {
            throw refused(
                    PUSH,
                    "on-change-unsupported",
                    "changes of a candidate are not told; take running, or periodic updates",
                    Map.of());
        }
        return new PushSource.OnChange(
                datastore,
                by,
                names,
                what,
                request.stop,
                request.dampening,
                request.sync,
                request.excluded);
    }

    private static QName name(Model model, String module) {
        return QName.create(
                model.context().findModules(module).iterator().next().getQNameModule(), module);
    }

    /// RFC 8639 §2.4.2.1: where the log does not go back as far as was asked for.
    private @Nullable Instant revised(Request request) {
        var start = request.start;
        if (start == null || request.stream == null) {
            return null;
        }
        var stream = datastore.events().stream(request.stream).orElseThrow();
        var earliest = stream.aged().orElseGet(stream::created);
        return start.isBefore(earliest) ? earliest : null;
    }

    private void checkTimes(Request request) throws DatastoreException {
        var now = datastore.events().timer().now();
        if (request.start != null && !request.start.isBefore(now)) {
            throw Errors.invalidValue(
                    PROTOCOL, null, "replay-start-time", "replay-start-time is not in the past");
        }
        if (request.stop != null
                && !request.stop.isAfter(request.start == null ? now : request.start)) {
            throw Errors.invalidValue(
                    PROTOCOL,
                    null,
                    "stop-time",
                    request.start == null
                            ? "stop-time is not in the future"
                            : "stop-time is not after replay-start-time");
        }
    }

    private Rpcs.Call modify(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        var request = request(in, "modify");
        long id = id(request);
        if (request.stop != null) {
            checkTimes(request);
        }
        return reply -> {
            var feed = mine(by, id, "no-such-subscription", SUBSCRIBED);
            @Nullable ConfiguredFilter filter;
            switch (feed.source()) {
                case StreamSource stream -> {
                    if (request.isPush()) {
                        throw otherKind();
                    }
                    filter = resolve(request, by);
                    stream.modify(request.events, request.stop);
                }
                case PushSource push -> {
                    if (request.events != null || request.streamFilter != null) {
                        throw otherKind();
                    }
                    filter = resolve(request, by);
                    modify(push, request);
                }
                default -> throw new IllegalStateException("a source of no kind");
            }
            if (request.events != null || request.selects) {
                goBy(feed, request, by, filter);
            }
            datastore.subscriptions().changed();
            reply.ok();
        };
    }

    private static void modify(PushSource push, Request request) throws DatastoreException {
        var what = push.what;
        if (request.store != null && request.store != what.store()) {
            throw Errors.invalidValue(
                    ErrorType.APPLICATION,
                    null,
                    "datastore",
                    "the datastore of a subscription stays the same");
        }
        if (request.selects) {
            what =
                    new PushSource.What(
                            what.store(), what.root(), request.selection, request.expression);
            if (what.paths().isEmpty()) {
                throw refused(
                        PUSH,
                        "unchanging-selection",
                        "the filter selects nothing the model has",
                        Map.of());
            }
        }
        switch (push) {
            case PushSource.Periodic periodic -> {
                if (request.dampening != null) {
                    throw otherKind();
                }
                periodic.what = what;
                if (request.period != null) {
                    periodic.modify(request.period, request.anchor);
                }
            }
            case PushSource.OnChange change -> {
                if (request.period != null) {
                    throw otherKind();
                }
                change.modify(what, request.dampening);
            }
        }
        if (request.stop != null) {
            push.stopAt(request.stop);
        }
    }

    private static DatastoreException otherKind() {
        return Errors.invalidValue(
                ErrorType.APPLICATION,
                null,
                "id",
                "a subscription stays of its kind: establish another one");
    }

    private Rpcs.Call delete(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        long id = id(request(in, "delete"));
        return reply -> {
            mine(by, id, "no-such-subscription", SUBSCRIBED).delete();
            reply.ok();
        };
    }

    private Rpcs.Call kill(XmlReader in) throws XMLStreamException, DatastoreException {
        long id = id(request(in, "kill"));
        return reply -> {
            if (!datastore.subscriptions().kill(id)) {
                throw unknown(id, "no-such-subscription", SUBSCRIBED);
            }
            reply.ok();
        };
    }

    private Rpcs.Call resync(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        long id = id(request(in, "resync"));
        return reply -> {
            var feed = mine(by, id, "no-such-subscription-resync", PUSH);
            if (!(feed.source() instanceof PushSource.OnChange change) || !change.syncs()) {
                throw refused(
                        PUSH,
                        "on-change-sync-unsupported",
                        "subscription " + id + " is not of those that are resynchronized",
                        Map.of());
            }
            reply.ok();
            change.resync();
        };
    }

    private static long id(Request request) throws DatastoreException {
        return Parameters.required(request.id, "id");
    }

    private static DynamicFeed mine(Session by, long id, String identity, String module)
            throws DatastoreException {
        for (var feed : by.outbox().feeds()) {
            if (feed instanceof DynamicFeed one && one.id() == id && !one.isOver()) {
                return one;
            }
        }
        throw unknown(id, identity, module);
    }

    private static DatastoreException unknown(long id, String identity, String module) {
        return refused(module, identity, "there is no subscription " + id, Map.of());
    }

    /// An error of RFC 8639 §2.4.6 or RFC 8641 appendix A; RFC 8640 §7 tells the tags.
    private static DatastoreException refused(
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

    private Request request(XmlReader in, String what)
            throws XMLStreamException, DatastoreException {
        boolean establishing = what.equals("establish");
        boolean modifying = what.equals("modify");
        var request = new Request();
        for (var names = new HashSet<String>(); in.next(); ) {
            var name = in.name();
            if (!name.equals("excluded-change") && !names.add(name)) {
                throw Errors.badElement(PROTOCOL, null, name, name + " is given twice");
            }
            if (in.is(Names.PUSH, "id") && what.equals("resync")) {
                request.id = number(in);
            } else if (in.namespace().equals(Names.SUBSCRIBED) && !what.equals("resync")) {
                switch (name) {
                    case "id" -> {
                        only(!establishing, in);
                        request.id = number(in);
                    }
                    case "stream" -> {
                        only(establishing, in);
                        request.stream = in.text().strip();
                    }
                    case "stream-filter-name" -> {
                        only(establishing || modifying, in);
                        only(request.events == null, in);
                        request.streamFilter = in.text().strip();
                    }
                    case "stream-subtree-filter" -> {
                        only(establishing || modifying, in);
                        only(request.streamFilter == null && request.events == null, in);
                        request.events = events(in);
                    }
                    case "stream-xpath-filter" -> {
                        only(establishing || modifying, in);
                        only(request.streamFilter == null && request.events == null, in);
                        request.events =
                                Notifications.matching(
                                        schemas.now().notifications(), expression(in));
                    }
                    case "replay-start-time" -> {
                        only(establishing, in);
                        request.start = Notifications.time(in);
                    }
                    case "stop-time" -> {
                        only(establishing || modifying, in);
                        request.stop = Notifications.time(in);
                    }
                    case "encoding" -> {
                        only(establishing, in);
                        encoding(in);
                    }
                    default -> throw unsupported(in);
                }
            } else if (in.namespace().equals(Names.PUSH)
                    && (establishing || modifying)
                    && schemas.now().root().knowsNamespace(Names.PUSH)) {
                push(in, request, establishing);
            } else {
                throw unsupported(in);
            }
        }
        return request;
    }

    /// What a parameter has no place in this operation for is refused.
    private static void only(boolean here, XmlReader in) throws DatastoreException {
        if (!here) {
            throw unsupported(in);
        }
    }

    private Predicate<Event> events(XmlReader in) throws XMLStreamException, DatastoreException {
        var root = schemas.now().notifications();
        return Notifications.matching(root, Filter.read(in, root, settings.get().maxFilter()));
    }

    private XPathFilter expression(XmlReader in) throws XMLStreamException, DatastoreException {
        var namespaces = in.namespaces();
        try {
            return XPathFilter.kept(schemas.now(), namespaces, in.text().strip());
        } catch (DatastoreException e) {
            throw refused(
                    SUBSCRIBED, "filter-unsupported", String.valueOf(e.getMessage()), Map.of());
        }
    }

    private void push(XmlReader in, Request request, boolean establishing)
            throws XMLStreamException, DatastoreException {
        switch (in.name()) {
            case "datastore" -> request.store = store(in);
            case "selection-filter-ref" -> {
                only(!request.selects, in);
                request.selectionFilter = in.text().strip();
                request.selects = true;
            }
            case "datastore-subtree-filter" -> {
                only(!request.selects, in);
                request.selection =
                        Filter.read(in, schemas.now().root(), settings.get().maxFilter());
                request.selects = true;
            }
            case "datastore-xpath-filter" -> {
                only(!request.selects, in);
                request.expression = expression(in);
                request.selects = true;
            }
            case "periodic" -> {
                while (in.next()) {
                    switch (in.name()) {
                        case "period" -> request.period = centiseconds(in);
                        case "anchor-time" -> request.anchor = Notifications.time(in);
                        default -> throw unsupported(in);
                    }
                }
                var period = Parameters.required(request.period, "period");
                if (period.compareTo(SHORTEST) < 0) {
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
                request.dampening = Duration.ZERO;
                while (in.next()) {
                    switch (in.name()) {
                        case "dampening-period" -> request.dampening = centiseconds(in);
                        case "sync-on-start" -> {
                            only(establishing, in);
                            request.sync = bool(in);
                        }
                        case "excluded-change" -> {
                            only(establishing, in);
                            request.excluded.add(operation(in));
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
