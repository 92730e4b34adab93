package org.lagopus.netconf;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.events.Event;
import org.lagopus.datastore.events.EventStream;
import org.lagopus.datastore.events.Subscription;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerChild;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;

/// Events of a stream for a dynamic subscription (RFC 8639).
final class StreamSource implements DynamicFeed.Source {
    private final EventStream stream;
    private final SchemaNode root;
    private final Datastore datastore;
    private final QName module;
    private final Subscription subscription;
    private final @Nullable Instant start;
    private volatile @Nullable Instant stop;
    private boolean over;

    /// @param module any name of ietf-subscribed-notifications
    StreamSource(
            Datastore datastore,
            EventStream stream,
            SchemaNode root,
            QName module,
            Subscription.Terms terms,
            Session by) {
        this.datastore = datastore;
        this.stream = stream;
        this.root = root;
        this.module = module;
        start = terms.from();
        stop = terms.until();
        subscription =
                new Subscription(
                        stream,
                        datastore.events().timer(),
                        terms,
                        event -> datastore.mayReceive(by.actor(), event),
                        by.outbox()::wake);
    }

    void modify(@Nullable Predicate<Event> filter, @Nullable Instant until) {
        if (until != null) {
            stop = until;
        }
        subscription.modify(filter, stop);
    }

    @Override
    public Outbox.@Nullable Message next(DynamicFeed feed) {
        var now = datastore.events().timer().now();
        return switch (subscription.next()) {
            case null -> null;
            case Subscription.Item.Happened(var event) ->
                    new Outbox.Message(event.time(), out -> Notifications.write(out, root, event));
            case Subscription.Item.Missing _ -> {
                // RFC 8639 §2.7.4: from here on to where it is resumed, records are missing.
                feed.state(now, "subscription-resumed", null);
                yield feed.stateNow(now, "subscription-suspended", "unsupportable-volume");
            }
            case Subscription.Item.Replayed _ -> feed.stateNow(now, "replay-completed", null);
            case Subscription.Item.Completed _ -> {
                over = true;
                yield null;
            }
        };
    }

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public long sent() {
        return subscription.sent();
    }

    @Override
    public long excluded() {
        return subscription.excluded();
    }

    @Override
    public List<DataContainerChild> policy(ConfiguredFilter.@Nullable Reference filter) {
        var target =
                ImmutableNodes.newChoiceBuilder()
                        .withNodeIdentifier(NodeIdentifier.create(QName.create(module, "target")))
                        .withChild(leaf("stream", stream.name()));
        if (start != null) {
            target.withChild(leaf("replay-start-time", start.toString()));
        }
        if (filter != null) {
            target.withChild(
                    ImmutableNodes.newChoiceBuilder()
                            .withNodeIdentifier(
                                    NodeIdentifier.create(QName.create(module, "stream-filter")))
                            .withChild(leaf("stream-filter-name", filter.name()))
                            .build());
        }
        var nodes = new ArrayList<DataContainerChild>();
        nodes.add(target.build());
        nodes.add(leaf("encoding", QName.create(module, "encode-xml")));
        var until = stop;
        if (until != null) {
            nodes.add(leaf("stop-time", until.toString()));
        }
        return nodes;
    }

    private DataContainerChild leaf(String name, Object value) {
        return ImmutableNodes.leafNode(QName.create(module, name), value);
    }

    @Override
    public void close() {
        subscription.close();
    }
}
