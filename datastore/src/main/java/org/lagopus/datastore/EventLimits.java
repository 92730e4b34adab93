package org.lagopus.datastore;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.events.Limits;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.LeafNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;

/// The configuration of `lagopus-events`.
final class EventLimits {
    private EventLimits() {}

    /// Sets what is configured, now and after each commit that changes it.
    static void follow(Datastore datastore) {
        datastore.model().context().findModules("lagopus-events").stream()
                .map(module -> module.getQNameModule())
                .filter(datastore.model()::implemented)
                .findFirst()
                .ifPresent(module -> follow(datastore, module));
    }

    private static void follow(Datastore datastore, QNameModule module) {
        var top = NodeIdentifier.create(QName.create(module, "events"));
        set(datastore, module);
        datastore.onCommit((_, change) -> {
            if (change.getRootNode().modifiedChild(top) != null) {
                set(datastore, module);
            }
        });
    }

    private static void set(Datastore datastore, QNameModule module) {
        var events = Nodes.child(datastore.root(Face.RUNNING), id(module, "events"));
        var log = Nodes.child(events, id(module, "log"));
        var usual = Limits.USUAL;
        datastore
                .events()
                .limit(
                        new Limits(
                                (int) leaf(module, log, "events", usual.events()),
                                leaf(module, log, "size", usual.octets() >> 10) << 10,
                                Duration.ofSeconds(
                                        leaf(module, log, "age", usual.age().toSeconds()))));
        var subscriptions = Nodes.child(events, id(module, "subscriptions"));
        datastore
                .subscriptions()
                .limit((int) leaf(module, subscriptions, "maximum", DynamicSubscriptions.MOST));
    }

    private static NodeIdentifier id(QNameModule module, String name) {
        return NodeIdentifier.create(QName.create(module, name));
    }

    private static long leaf(
            QNameModule module, @Nullable NormalizedNode above, String name, long otherwise) {
        return Nodes.child(above, id(module, name)) instanceof LeafNode<?> leaf
                        && leaf.body() instanceof Number number
                ? number.longValue()
                : otherwise;
    }
}
