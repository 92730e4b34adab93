package org.lagopus.datastore;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.opendaylight.mdsal.common.api.LogicalDatastoreType;
import org.opendaylight.mdsal.dom.api.DOMDataBroker;
import org.opendaylight.mdsal.dom.api.DOMDataTreeChangeListener;
import org.opendaylight.mdsal.dom.api.DOMDataTreeWriteTransaction;
import org.opendaylight.mdsal.dom.broker.SerializedDOMDataBroker;
import org.opendaylight.mdsal.dom.store.inmemory.InMemoryDOMDataStore;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidate;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeConfiguration;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeSnapshot;
import org.opendaylight.yangtools.yang.data.tree.api.TreeType;
import org.opendaylight.yangtools.yang.model.api.ContainerSchemaNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the box observes, in memory, with a thread of its own that no commit holds up.
final class StateStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StateStore.class);

    private static final LogicalDatastoreType TYPE = LogicalDatastoreType.OPERATIONAL;

    private final Model model;
    private final ExecutorService writer =
            Executors.newSingleThreadExecutor(Thread.ofPlatform().name("state").daemon().factory());
    private final ExecutorService listeners =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().name("state-listeners").daemon().factory());
    private final InMemoryDOMDataStore store;
    private final DOMDataBroker broker;

    StateStore(Model model) {
        this.model = model;
        // State is what it is: a counter that has not come yet is no reason to refuse the others.
        var configuration =
                DataTreeConfiguration.builder(TreeType.OPERATIONAL)
                        .setMandatoryNodesValidation(false)
                        .build();
        store = new InMemoryDOMDataStore("operational", configuration, listeners, 1000, false);
        store.onModelContextUpdated(model.context());
        broker = new SerializedDOMDataBroker(Map.of(TYPE, store), Runnable::run);
    }

    InMemoryDOMDataStore store() {
        return store;
    }

    /// Told of each change, in order.
    Registration follow(Consumer<DataTreeCandidateNode> listener) {
        return store.registerTreeChangeListener(
                YangInstanceIdentifier.of(),
                new DOMDataTreeChangeListener() {
                    @Override
                    public void onDataTreeChanged(List<DataTreeCandidate> changes) {
                        changes.forEach(change -> listener.accept(change.getRootNode()));
                    }

                    @Override
                    public void onInitialData() {
                        // what there is was read
                    }
                });
    }

    DataTreeSnapshot snapshot() {
        try (var transaction = store.newReadOnlyTransaction()) {
            var root =
                    transaction.read(YangInstanceIdentifier.of()).get().orElseGet(Nodes::emptyRoot);
            return new TreeSnapshot(model.context(), root);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new TreeSnapshot(model.context(), Nodes.emptyRoot());
        } catch (ExecutionException e) {
            throw new IllegalStateException("the operational store cannot be read", e);
        }
    }

    void write(List<Edit> edits) {
        write(() -> edits);
    }

    /// @param edits asked for when it is their turn
    void write(Supplier<List<Edit>> edits) {
        try {
            writer.execute(() -> writeNow(edits.get()));
        } catch (RejectedExecutionException e) {
            LOG.debug("state came after the end", e);
        }
    }

    /// Waits until what was written before is there, but for no more than a second.
    void await() {
        try {
            var before = new CountDownLatch(1);
            writer.execute(before::countDown);
            if (!before.await(1, TimeUnit.SECONDS)) {
                LOG.warn("state is not written within a second");
            }
        } catch (RejectedExecutionException e) {
            LOG.debug("state came after the end", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// As one transaction; if it does not go in, each edit by itself.
    private void writeNow(List<Edit> edits) {
        try {
            commit(edits);
        } catch (IllegalArgumentException | ExecutionException e) {
            if (edits.size() > 1) {
                edits.forEach(edit -> writeNow(List.of(edit)));
            } else {
                LOG.warn("state not written: {}", edits, e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void commit(List<Edit> edits) throws ExecutionException, InterruptedException {
        var transaction = broker.newWriteOnlyTransaction();
        try {
            for (var edit : edits) {
                write(transaction, edit);
            }
        } catch (IllegalArgumentException e) {
            transaction.cancel();
            throw e;
        }
        transaction.commit().get();
    }

    private void write(DOMDataTreeWriteTransaction transaction, Edit edit) {
        var path = edit.path();
        var data = edit.data();
        switch (edit.operation()) {
            case NONE -> {}
            case DELETE, REMOVE -> transaction.delete(TYPE, path);
            case MERGE -> {
                makeWay(transaction, path);
                transaction.merge(TYPE, path, Objects.requireNonNull(data));
            }
            case REPLACE, CREATE -> {
                makeWay(transaction, path);
                transaction.put(TYPE, path, Objects.requireNonNull(data));
            }
        }
    }

    /// State hangs on list entries that nobody wrote here; they come with their keys.
    private void makeWay(DOMDataTreeWriteTransaction transaction, YangInstanceIdentifier path) {
        for (var above = path.getParent(); above != null; above = above.getParent()) {
            if (above.getLastPathArgument() instanceof NodeIdentifierWithPredicates keys) {
                // The merge brings what is above the entry as well, other entries included below.
                makeWay(transaction, above);
                transaction.merge(TYPE, above, Nodes.entry(keys));
                return;
            }
            var node = model.tree().findChild(above);
            if (node.isPresent()
                    && node.get().dataSchemaNode() instanceof ContainerSchemaNode container
                    && container.isPresenceContainer()) {
                makeWay(transaction, above);
                transaction.merge(TYPE, above, Nodes.container(container.getQName()));
                return;
            }
        }
    }

    @Override
    public void close() {
        writer.shutdownNow();
        listeners.shutdownNow();
    }
}
