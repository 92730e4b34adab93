package org.lagopus.netconf;

import static org.lagopus.netconf.Parameters.PROTOCOL;
import static org.lagopus.netconf.SubscriptionRequest.PUSH;
import static org.lagopus.netconf.SubscriptionRequest.SUBSCRIBED;
import static org.lagopus.netconf.SubscriptionRequest.refused;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.events.Event;
import org.lagopus.datastore.events.Subscription;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;

/// Dynamic subscriptions to streams (RFC 8639) and to datastores (RFC 8641), over NETCONF (RFC
/// 8640).
final class Subscriptions implements Rpcs.Family {
    private final Datastore datastore;
    private final Schemas schemas;
    private final Supplier<Settings> settings;

    Subscriptions(Datastore datastore, Schemas schemas, Supplier<Settings> settings) {
        this.datastore = datastore;
        this.schemas = schemas;
        this.settings = settings;
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
    private @Nullable ConfiguredFilter resolve(SubscriptionRequest request, Session by)
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

    private ConfiguredFilter.@Nullable Reference reference(SubscriptionRequest request) {
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
            DynamicFeed feed,
            SubscriptionRequest request,
            Session by,
            @Nullable ConfiguredFilter found) {
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
            var schema = schemas.now();
            feed.modify(
                    now,
                    schema.notifications(),
                    name(schema.model(), SUBSCRIBED),
                    () -> become(feed, found));
            datastore.subscriptions().changed();
        } catch (DatastoreException e) {
            feed.terminate(now, "filter-unavailable");
        }
    }

    private void become(DynamicFeed feed, ConfiguredFilter filter) throws DatastoreException {
        switch (feed.source()) {
            case StreamSource stream -> stream.modify(matching(filter), null);
            case PushSource push -> {
                var request = new SubscriptionRequest(schemas.now(), settings.get());
                request.selects = true;
                request.selection = filter.subtree();
                request.expression = filter.expression();
                modify(push, request);
            }
            default -> throw new IllegalStateException("a source of no kind");
        }
    }

    private DynamicFeed.Source source(SubscriptionRequest request, Session by)
            throws DatastoreException {
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
    private @Nullable Instant revised(SubscriptionRequest request) {
        var start = request.start;
        if (start == null || request.stream == null) {
            return null;
        }
        var stream = datastore.events().stream(request.stream).orElseThrow();
        var earliest = stream.aged().orElseGet(stream::created);
        return start.isBefore(earliest) ? earliest : null;
    }

    private void checkTimes(SubscriptionRequest request) throws DatastoreException {
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

    private static void modify(PushSource push, SubscriptionRequest request)
            throws DatastoreException {
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

    private static long id(SubscriptionRequest request) throws DatastoreException {
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

    /// @param what the operation's name up to its hyphen
    private SubscriptionRequest request(XmlReader in, String what)
            throws XMLStreamException, DatastoreException {
        return SubscriptionRequest.read(in, what, schemas.now(), settings.get());
    }
}
