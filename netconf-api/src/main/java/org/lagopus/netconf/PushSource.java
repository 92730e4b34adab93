package org.lagopus.netconf;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.Follower;
import org.lagopus.datastore.Patch;
import org.lagopus.datastore.events.Timer;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerChild;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeSnapshot;

/// Updates of a part of a datastore for a dynamic subscription (RFC 8641). An update is written
/// from an unchanging snapshot as the client reads it, and nothing of it is collected before.
abstract sealed class PushSource implements DynamicFeed.Source
        permits PushSource.Periodic, PushSource.OnChange {
    /// A datastore that can be subscribed to (RFC 8342 §5).
    enum Store {
        RUNNING,
        CANDIDATE,
        OPERATIONAL;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// What of it.
    ///
    /// @param filter null for all of it
    /// @param chosen by an expression, instead of a filter
    record What(
            Store store, SchemaNode root, @Nullable Filter filter, @Nullable XPathFilter chosen) {
        List<YangInstanceIdentifier> paths() {
            return filter == null
                    ? List.of(YangInstanceIdentifier.of())
                    : Selection.paths(root, filter);
        }

        Follower.Selector selector() {
            if (chosen != null) {
                return Follower.Selector.of(this::choose);
            }
            return filter == null ? data -> data : data -> Selection.of(root, data, filter);
        }

        /// An expression that gives no nodes selects none (RFC 8641, `datastore-xpath-filter`).
        private List<YangInstanceIdentifier> choose(ContainerNode data) {
            return chosen(data, null).stream().map(ViewNode::path).toList();
        }

        List<ViewNode> chosen(@Nullable ContainerNode first, @Nullable ContainerNode second) {
            try {
                return chosen == null
                        ? List.of()
                        : chosen.choose(root, first, second, DefaultData.explicit());
            } catch (DatastoreException e) {
                return List.of();
            }
        }
    }

    final Datastore datastore;
    final Timer timer;
    final Session by;
    private final QName module;
    private final Push names;
    private final LongAdder sent = new LongAdder();
    volatile What what;
    private volatile @Nullable Instant stop;
    private Registration end = () -> {};
    private volatile boolean closed;

    /// Names of the two modules, for the state tree.
    record Push(QName subscribed, QName push, QName datastores) {}

    PushSource(Datastore datastore, Session by, Push names, What what, @Nullable Instant stop) {
        this.datastore = datastore;
        this.by = by;
        this.names = names;
        this.what = what;
        module = names.push();
        timer = datastore.events().timer();
        stopAt(stop);
    }

    final void stopAt(@Nullable Instant until) {
        end.close();
        stop = until;
        if (until != null) {
            end = timer.at(until, by.outbox()::wake);
        }
    }

    @Override
    public final Outbox.@Nullable Message next(DynamicFeed feed) {
        return isOver() ? null : update(feed);
    }

    abstract Outbox.@Nullable Message update(DynamicFeed feed);

    final Outbox.Message counted(Instant time, Reply.Content content) {
        sent.increment();
        return new Outbox.Message(time, content);
    }

    /// A `push-update` of what is there now.
    final Outbox.Message full(
            DynamicFeed feed, @Nullable ContainerNode first, @Nullable ContainerNode second) {
        var now = what;
        var chosen = now.chosen() == null ? null : now.chosen(first, second);
        return counted(
                timer.now(),
                out -> {
                    out.writeStartElement("", "push-update", Names.PUSH);
                    out.writeDefaultNamespace(Names.PUSH);
                    Reply.text(out, "id", Long.toString(feed.id()));
                    out.writeStartElement("datastore-contents");
                    var writer = new DataWriter(out, Names.PUSH);
                    if (chosen == null) {
                        writer.write(now.root(), first, second, now.filter());
                    } else {
                        writer.write(chosen);
                    }
                    out.writeEndElement();
                    out.writeEndElement();
                });
    }

    @Override
    public final boolean isOver() {
        var until = stop;
        return closed || until != null && !timer.now().isBefore(until);
    }

    @Override
    public final long sent() {
        return sent.sum();
    }

    @Override
    public final long excluded() {
        return 0;
    }

    @Override
    public final List<DataContainerChild> policy(ConfiguredFilter.@Nullable Reference filter) {
        var nodes = new ArrayList<DataContainerChild>();
        var target =
                ImmutableNodes.newChoiceBuilder()
                        .withNodeIdentifier(
                                NodeIdentifier.create(QName.create(names.subscribed(), "target")))
                        .withChild(
                                leaf(
                                        "datastore",
                                        QName.create(names.datastores(), what.store().label())));
        if (filter != null) {
            target.withChild(
                    ImmutableNodes.newChoiceBuilder()
                            .withNodeIdentifier(
                                    NodeIdentifier.create(QName.create(module, "selection-filter")))
                            .withChild(leaf("selection-filter-ref", filter.name()))
                            .build());
        }
        nodes.add(target.build());
        nodes.add(
                ImmutableNodes.leafNode(
                        QName.create(names.subscribed(), "encoding"),
                        QName.create(names.subscribed(), "encode-xml")));
        var until = stop;
        if (until != null) {
            nodes.add(
                    ImmutableNodes.leafNode(
                            QName.create(names.subscribed(), "stop-time"), until.toString()));
        }
        nodes.add(
                ImmutableNodes.newChoiceBuilder()
                        .withNodeIdentifier(
                                NodeIdentifier.create(QName.create(module, "update-trigger")))
                        .withChild(trigger())
                        .build());
        return nodes;
    }

    abstract DataContainerChild trigger();

    final DataContainerChild container(String name, DataContainerChild child) {
        return ImmutableNodes.newContainerBuilder()
                .withNodeIdentifier(NodeIdentifier.create(QName.create(module, name)))
                .withChild(child)
                .build();
    }

    final DataContainerChild leaf(String name, Object value) {
        return ImmutableNodes.leafNode(QName.create(module, name), value);
    }

    static Uint32 centiseconds(Duration time) {
        return Uint32.saturatedOf(time.toMillis() / 10);
    }

    @Override
    public void close() {
        closed = true;
        end.close();
    }

    /// All that is selected, at regular times. One that is late because its client does not read is
    /// left out, not made up for.
    static final class Periodic extends PushSource {
        private final AtomicBoolean due = new AtomicBoolean();
        private Duration period;
        private Instant anchor;
        private Registration alarm = () -> {};

        Periodic(
                Datastore datastore,
                Session by,
                Push names,
                What what,
                @Nullable Instant stop,
                Duration period,
                @Nullable Instant anchor) {
            super(datastore, by, names, what, stop);
            this.period = period;
            this.anchor = anchor == null ? timer.now() : anchor;
            due.set(anchor == null);
            again();
        }

        synchronized void modify(Duration every, @Nullable Instant from) {
            period = every;
            anchor = from == null ? timer.now() : from;
            alarm.close();
            again();
        }

        private synchronized void again() {
            if (!isOver()) {
                alarm = timer.at(following(anchor, period, timer.now()), this::ring);
            }
        }

        /// The first time after now that is a whole number of periods away from the anchor.
        static Instant following(Instant anchor, Duration period, Instant now) {
            long step = period.toMillis();
            long away = Math.floorDiv(Duration.between(anchor, now).toMillis(), step) + 1;
            return anchor.plusMillis(away * step);
        }

        private void ring() {
            due.set(true);
            by.outbox().wake();
            again();
        }

        @Override
        Outbox.@Nullable Message update(DynamicFeed feed) {
            if (!due.getAndSet(false)) {
                return null;
            }
            var view = datastore.view(by.actor());
            return switch (what.store()) {
                case RUNNING -> full(feed, root(view.read(Face.RUNNING)), null);
                case CANDIDATE -> full(feed, root(view.read(Face.CANDIDATE)), null);
                case OPERATIONAL ->
                        full(feed, root(view.read(Face.RUNNING)), root(view.operational()));
            };
        }

        private static @Nullable ContainerNode root(DataTreeSnapshot snapshot) {
            return (ContainerNode) snapshot.readNode(YangInstanceIdentifier.of()).orElse(null);
        }

        @Override
        synchronized DataContainerChild trigger() {
            return container("periodic", leaf("period", centiseconds(period)));
        }

        @Override
        public synchronized void close() {
            super.close();
            alarm.close();
        }
    }

    /// What has changed, when it has.
    static final class OnChange extends PushSource {
        /// Edits of one update; of more, the whole is sent instead where that may be.
        private static final int EDITS = 10_000;

        private final Set<Patch.Operation> excluded;
        private final boolean sync;
        private final Follower follower;
        private volatile Duration dampening;
        private long patches;

        OnChange(
                Datastore datastore,
                Session by,
                Push names,
                What what,
                @Nullable Instant stop,
                Duration dampening,
                boolean sync,
                Set<Patch.Operation> excluded) {
            super(datastore, by, names, what, stop);
            this.dampening = dampening;
            this.sync = sync;
            this.excluded = excluded;
            follower = datastore.follow(by.actor(), terms(), sync, by.outbox()::wake);
        }

        private Follower.Terms terms() {
            var now = what;
            return new Follower.Terms(
                    now.store() == Store.OPERATIONAL,
                    now.paths(),
                    now.selector(),
                    now.chosen() != null,
                    dampening);
        }

        void modify(What other, @Nullable Duration least) {
            what = other;
            if (least != null) {
                dampening = least;
            }
            follower.modify(terms(), sync);
        }

        /// False where it must never send the whole.
        boolean syncs() {
            return sync;
        }

        /// Sends the whole once more, where it may.
        boolean resync() {
            if (sync) {
                follower.resync();
            }
            return sync;
        }

        @Override
        Outbox.@Nullable Message update(DynamicFeed feed) {
            while (true) {
                switch (follower.next()) {
                    case null -> {
                        return null;
                    }
                    case Follower.Update.Full(var configuration, var state) -> {
                        return full(feed, configuration, state);
                    }
                    case Follower.Update.Changed(var patch) -> {
                        var edits =
                                patch.edits().stream()
                                        .filter(edit -> !excluded.contains(edit.operation()))
                                        .toList();
                        if (edits.size() > EDITS && resync()) {
                            continue;
                        }
                        if (!edits.isEmpty()) {
                            return changed(feed, edits);
                        }
                    }
                }
            }
        }

        private Outbox.Message changed(DynamicFeed feed, List<Patch.Edit> edits) {
            long patch = patches++;
            var root = what.root();
            return counted(
                    timer.now(),
                    out -> {
                        out.writeStartElement("", "push-change-update", Names.PUSH);
                        out.writeDefaultNamespace(Names.PUSH);
                        Reply.text(out, "id", Long.toString(feed.id()));
                        out.writeStartElement("datastore-changes");
                        out.writeStartElement("yang-patch");
                        Reply.text(out, "patch-id", Long.toString(patch));
                        int number = 0;
                        for (var edit : edits.subList(0, Math.min(EDITS, edits.size()))) {
                            edit(out, root, edit, ++number);
                        }
                        out.writeEndElement();
                        out.writeEndElement();
                        if (edits.size() > EDITS) {
                            out.writeEmptyElement("incomplete-update");
                        }
                        out.writeEndElement();
                    });
        }

        private void edit(XMLStreamWriter out, SchemaNode root, Patch.Edit edit, int number)
                throws XMLStreamException {
            out.writeStartElement("edit");
            Reply.text(out, "edit-id", "edit" + number);
            Reply.text(out, "operation", edit.operation().label());
            Reply.text(out, "target", datastore.model().toResource(edit.path()));
            if (edit.operation() == Patch.Operation.INSERT
                    || edit.operation() == Patch.Operation.MOVE) {
                if (edit.point() != null) {
                    Reply.text(out, "point", datastore.model().toResource(edit.point()));
                }
                Reply.text(out, "where", edit.point() == null ? "first" : "after");
            }
            if (edit.value() != null) {
                out.writeStartElement("value");
                new DataWriter(out, Names.PUSH)
                        .write(holder(root, edit.path()), wrapped(edit.value()), null, null);
                out.writeEndElement();
            }
            out.writeEndElement();
        }

        /// The element that the node at the path stands in.
        private static SchemaNode holder(SchemaNode root, YangInstanceIdentifier path) {
            var at = root;
            var above = root;
            for (var step : path.getPathArguments()) {
                // An entry is the same element as its list, and a choice is none.
                var next = step instanceof NodeIdentifier ? at.child(step.getNodeType()) : null;
                if (next != null) {
                    above = at;
                    at = next;
                }
            }
            return above;
        }

        private static ContainerNode wrapped(NormalizedNode value) {
            var id = NodeIdentifier.create(value.name().getNodeType());
            var factory = ImmutableNodes.builderFactory();
            DataContainerChild child =
                    switch (value) {
                        case MapEntryNode entry ->
                                factory.newSystemMapBuilder()
                                        .withNodeIdentifier(id)
                                        .withChild(entry)
                                        .build();
                        case LeafSetEntryNode<?> entry ->
                                factory.newSystemLeafSetBuilder()
                                        .withNodeIdentifier(id)
                                        .withChildValue(entry.body())
                                        .build();
                        default -> (DataContainerChild) value;
                    };
            return ImmutableNodes.newContainerBuilder()
                    .withNodeIdentifier(id)
                    .withChild(child)
                    .build();
        }

        @Override
        DataContainerChild trigger() {
            return container("on-change", leaf("dampening-period", centiseconds(dampening)));
        }

        @Override
        public void close() {
            super.close();
            follower.close();
        }
    }
}
