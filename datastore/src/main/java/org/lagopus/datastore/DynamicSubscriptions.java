package org.lagopus.datastore;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.events.Timer;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.common.Uint64;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerChild;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;

/// The dynamic subscriptions there are, whatever northbound serves them (RFC 8639 §2.4): their
/// numbers, and what `/subscriptions` shows of them. It looks at counters once a second, while
/// there are any.
public final class DynamicSubscriptions {
    /// How many there may be unless something else is configured.
    static final int MOST = 1000;

    private static final Duration EVERY = Duration.ofSeconds(1);

    /// One of them.
    public interface Active {
        /// The nodes of its list entry, but for its number and its receiver.
        List<DataContainerChild> policy();

        /// Who gets its notifications, in words.
        String receiver();

        boolean isSuspended();

        /// Records it was sent.
        long sent();

        /// Records that a filter or access control kept back.
        long excluded();

        /// Ends it; its subscriber is told that it does not exist any more.
        void kill();
    }

    private final Timer timer;
    private final Consumer<List<Edit>> state;
    private final @Nullable QNameModule module;
    private final Map<Long, Active> active = new HashMap<>();
    private final Map<Long, MapEntryNode> shown = new HashMap<>();
    private Registration alarm = () -> {};
    private long last;
    private volatile int most = MOST;

    DynamicSubscriptions(Model model, Timer timer, Consumer<List<Edit>> state) {
        this.timer = timer;
        this.state = state;
        module = model.module("ietf-subscribed-notifications").orElse(null);
    }

    /// How many there may be.
    void limit(int number) {
        most = number;
    }

    /// The number of another one, never used before; 0 if there are as many as may be.
    public synchronized long next() {
        return active.size() >= most ? 0 : ++last;
    }

    public synchronized void add(long id, Active subscription) {
        active.put(id, subscription);
        show();
    }

    /// Its terms are others.
    public synchronized void changed() {
        show();
    }

    public synchronized void remove(long id) {
        active.remove(id);
        var module = this.module;
        if (shown.remove(id) != null && module != null) {
            state.accept(List.of(Edit.remove(path(module, id))));
        }
        if (active.isEmpty()) {
            alarm.close();
        }
    }

    /// False if there is none of that number.
    public boolean kill(long id) {
        Active victim;
        synchronized (this) {
            victim = active.get(id);
        }
        if (victim == null) {
            return false;
        }
        victim.kill();
        return true;
    }

    private synchronized void show() {
        var module = this.module;
        if (module == null) {
            return;
        }
        var edits = new ArrayList<Edit>();
        active.forEach((id, subscription) -> {
            var entry = entry(module, id, subscription);
            if (!entry.equals(shown.put(id, entry))) {
                edits.add(Edit.replace(path(module, id), entry));
            }
        });
        if (!edits.isEmpty()) {
            state.accept(edits);
        }
        alarm.close();
        if (!active.isEmpty()) {
            alarm = timer.at(timer.now().plus(EVERY), this::show);
        }
    }

    private static YangInstanceIdentifier path(QNameModule module, long id) {
        return YangInstanceIdentifier.of(
                id(module, "subscriptions"),
                id(module, "subscription"),
                NodeIdentifierWithPredicates.of(
                        QName.create(module, "subscription"),
                        QName.create(module, "id"),
                        Uint32.valueOf(id)));
    }

    private static MapEntryNode entry(QNameModule module, long id, Active subscription) {
        var receiver =
                ImmutableNodes.newMapEntryBuilder()
                        .withNodeIdentifier(
                                NodeIdentifierWithPredicates.of(
                                        QName.create(module, "receiver"),
                                        QName.create(module, "name"),
                                        subscription.receiver()))
                        .withChild(leaf(module, "name", subscription.receiver()))
                        .withChild(
                                leaf(
                                        module,
                                        "sent-event-records",
                                        Uint64.valueOf(subscription.sent())))
                        .withChild(
                                leaf(
                                        module,
                                        "excluded-event-records",
                                        Uint64.valueOf(subscription.excluded())))
                        .withChild(
                                leaf(
                                        module,
                                        "state",
                                        subscription.isSuspended() ? "suspended" : "active"))
                        .build();
        var entry =
                ImmutableNodes.newMapEntryBuilder()
                        .withNodeIdentifier(
                                (NodeIdentifierWithPredicates)
                                        path(module, id).getLastPathArgument())
                        .withChild(leaf(module, "id", Uint32.valueOf(id)));
        subscription.policy().forEach(entry::withChild);
        return entry.withChild(
                        ImmutableNodes.newContainerBuilder()
                                .withNodeIdentifier(id(module, "receivers"))
                                .withChild(
                                        ImmutableNodes.newSystemMapBuilder()
                                                .withNodeIdentifier(id(module, "receiver"))
                                                .withChild(receiver)
                                                .build())
                                .build())
                .build();
    }

    private static DataContainerChild leaf(QNameModule module, String name, Object value) {
        return ImmutableNodes.leafNode(QName.create(module, name), value);
    }

    private static NodeIdentifier id(QNameModule module, String name) {
        return NodeIdentifier.create(QName.create(module, name));
    }
}
