package org.lagopus.datastore.access;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.lagopus.datastore.Edit;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;

/// How often something was denied since the start, as state under `/nacm`. However much is denied,
/// one write of it waits at a time.
final class DeniedCounters {
    final AtomicInteger operations = new AtomicInteger();
    final AtomicInteger writes = new AtomicInteger();
    final AtomicInteger notifications = new AtomicInteger();

    private final QNameModule module;
    private final Consumer<Supplier<List<Edit>>> state;
    private final AtomicBoolean waiting = new AtomicBoolean();

    /// @param state asks for what to write when it is about to write it
    DeniedCounters(QNameModule module, Consumer<Supplier<List<Edit>>> state) {
        this.module = module;
        this.state = state;
    }

    void count(AtomicInteger counter) {
        counter.incrementAndGet();
        publish();
    }

    void publish() {
        if (waiting.compareAndSet(false, true)) {
            state.accept(() -> {
                waiting.set(false);
                return List.of(
                        leaf("denied-operations", operations),
                        leaf("denied-data-writes", writes),
                        leaf("denied-notifications", notifications));
            });
        }
    }

    private Edit leaf(String local, AtomicInteger counter) {
        var name = QName.create(module, local);
        return Edit.replace(
                YangInstanceIdentifier.of(QName.create(module, "nacm"), name),
                ImmutableNodes.leafNode(name, Uint32.fromIntBits(counter.get())));
    }
}
