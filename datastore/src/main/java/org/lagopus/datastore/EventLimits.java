package org.lagopus.datastore;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.events.Limits;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
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
        datastore.events().limit(of(module, find(datastore, module)));
        datastore.onCommit((_, change) -> {
            if (change.getRootNode().modifiedChild(top) != null) {
                datastore.events().limit(of(module, find(datastore, module)));
            }
        });
    }

    private static @Nullable NormalizedNode find(Datastore datastore, QNameModule module) {
        return datastore
                .read(Face.RUNNING)
                .readNode(
                        YangInstanceIdentifier.of(
                                NodeIdentifier.create(QName.create(module, "events")),
                                NodeIdentifier.create(QName.create(module, "log"))))
                .orElse(null);
    }

    private static Limits of(QNameModule module, @Nullable NormalizedNode log) {
        return new Limits(
                leaf(module, log, "events").orElse(Limits.USUAL.events()),
                leaf(module, log, "size")
                        .map(kibibytes -> (long) kibibytes << 10)
                        .orElse(Limits.USUAL.octets()),
                leaf(module, log, "age").map(Duration::ofSeconds).orElse(Limits.USUAL.age()));
    }

    private static Optional<Integer> leaf(
            QNameModule module, @Nullable NormalizedNode log, String name) {
        return Nodes.child(log, NodeIdentifier.create(QName.create(module, name)))
                        instanceof LeafNode<?> leaf
                ? Optional.of((int) Math.min(((Uint32) leaf.body()).longValue(), Integer.MAX_VALUE))
                : Optional.empty();
    }
}
