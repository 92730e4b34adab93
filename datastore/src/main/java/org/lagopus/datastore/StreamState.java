package org.lagopus.datastore;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.events.EventStream;
import org.lagopus.datastore.events.Events;
import org.opendaylight.yangtools.yang.common.Empty;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerChild;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;

/// Shows the streams of the hub in the state tree: `/netconf/streams` of RFC 5277 §3.4 and
/// `/streams` of RFC 8639 §3.1, whichever the model has. Looks once a second whether anything is
/// another.
final class StreamState {
    private static final Duration EVERY = Duration.ofSeconds(1);

    private final Events events;
    private final Consumer<List<Edit>> state;
    private final @Nullable QNameModule older;
    private final @Nullable QNameModule newer;
    private final Map<String, Instant> shown = new HashMap<>();

    StreamState(Model model, Events events, Consumer<List<Edit>> state) {
        this.events = events;
        this.state = state;
        older = model.module("nc-notifications").orElse(null);
        newer = model.module("ietf-subscribed-notifications").orElse(null);
    }

    void start() {
        if (older != null || newer != null) {
            look();
        }
    }

    private void look() {
        var edits = new ArrayList<Edit>();
        for (var stream : events.streams()) {
            var aged = stream.aged().orElse(Instant.MIN);
            if (!aged.equals(shown.put(stream.name(), aged))) {
                show(stream, edits);
            }
        }
        if (!edits.isEmpty()) {
            state.accept(edits);
        }
        var _ = events.timer().at(events.timer().now().plus(EVERY), this::look);
    }

    private void show(EventStream stream, List<Edit> edits) {
        if (older != null) {
            var list = QName.create(older, "stream");
            edits.add(
                    entry(
                            stream,
                            list,
                            List.of(
                                    NodeIdentifier.create(QName.create(older, "netconf")),
                                    NodeIdentifier.create(QName.create(older, "streams")),
                                    NodeIdentifier.create(list)),
                            List.of(
                                    leaf(older, "description", stream.description()),
                                    leaf(older, "replaySupport", true),
                                    leaf(older, "replayLogCreationTime", time(stream.created())))));
        }
        if (newer != null) {
            var list = QName.create(newer, "stream");
            var leaves = new ArrayList<DataContainerChild>();
            leaves.add(leaf(newer, "description", stream.description()));
            leaves.add(leaf(newer, "replay-support", Empty.value()));
            leaves.add(leaf(newer, "replay-log-creation-time", time(stream.created())));
            var module = newer;
            stream.aged()
                    .ifPresent(
                            aged -> leaves.add(leaf(module, "replay-log-aged-time", time(aged))));
            edits.add(
                    entry(
                            stream,
                            list,
                            List.of(
                                    NodeIdentifier.create(QName.create(newer, "streams")),
                                    NodeIdentifier.create(list)),
                            leaves));
        }
    }

    private static Edit entry(
            EventStream stream,
            QName list,
            List<NodeIdentifier> above,
            List<? extends DataContainerChild> leaves) {
        var name = QName.create(list, "name");
        var keys = NodeIdentifierWithPredicates.of(list, name, stream.name());
        var entry =
                ImmutableNodes.newMapEntryBuilder()
                        .withNodeIdentifier(keys)
                        .withChild(ImmutableNodes.leafNode(name, stream.name()));
        leaves.forEach(entry::withChild);
        return Edit.replace(YangInstanceIdentifier.of(above).node(keys), entry.build());
    }

    private static DataContainerChild leaf(QNameModule module, String name, Object value) {
        return ImmutableNodes.leafNode(QName.create(module, name), value);
    }

    private static String time(Instant time) {
        return time.truncatedTo(ChronoUnit.MILLIS).toString();
    }
}
