package org.lagopus.datastore;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.opendaylight.mdsal.common.api.CommitInfo;
import org.opendaylight.mdsal.common.api.OptimisticLockFailedException;
import org.opendaylight.mdsal.common.api.TransactionCommitFailedException;
import org.opendaylight.mdsal.dom.api.DOMDataTreeChangeListener;
import org.opendaylight.mdsal.dom.spi.store.AbstractDOMStoreTreeChangePublisher;
import org.opendaylight.mdsal.dom.spi.store.AbstractSnapshotBackedTransactionChain;
import org.opendaylight.mdsal.dom.spi.store.DOMStore;
import org.opendaylight.mdsal.dom.spi.store.DOMStoreReadTransaction;
import org.opendaylight.mdsal.dom.spi.store.DOMStoreReadWriteTransaction;
import org.opendaylight.mdsal.dom.spi.store.DOMStoreThreePhaseCommitCohort;
import org.opendaylight.mdsal.dom.spi.store.DOMStoreTransactionChain;
import org.opendaylight.mdsal.dom.spi.store.DOMStoreTreeChangePublisher;
import org.opendaylight.mdsal.dom.spi.store.DOMStoreWriteTransaction;
import org.opendaylight.mdsal.dom.spi.store.SnapshotBackedTransactions;
import org.opendaylight.mdsal.dom.spi.store.SnapshotBackedWriteTransaction;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.yang.common.Empty;
import org.opendaylight.yangtools.yang.common.RpcError;
import org.opendaylight.yangtools.yang.common.RpcResultBuilder;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.tree.api.ConflictingModificationAppliedException;
import org.opendaylight.yangtools.yang.data.tree.api.DataTree;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidate;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeModification;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeSnapshot;
import org.opendaylight.yangtools.yang.data.tree.api.DataValidationFailedException;
import org.opendaylight.yangtools.yang.data.tree.spi.DataTreeCandidates;

/// Running as MD-SAL sees it. A transaction of a broker is a commit like any other: its three
/// phases are the steps of one passage through the [Gate].
final class ConfigurationStore
        extends SnapshotBackedWriteTransaction.TransactionReadyPrototype<String>
        implements DOMStore, DOMStoreTreeChangePublisher {
    private static final Actor BOX = Actor.SYSTEM;

    private final DataTree tree;
    private final Gate gate;
    private final FaceLocks locks;
    private final AtomicLong transactions = new AtomicLong();
    private final Publisher publisher;

    ConfigurationStore(DataTree tree, Gate gate, FaceLocks locks, Executor listeners) {
        this.tree = tree;
        this.gate = gate;
        this.locks = locks;
        publisher = new Publisher(listeners);
    }

    void publish(DataTreeCandidate change) {
        publisher.publish(change);
    }

    private static final class Publisher extends AbstractDOMStoreTreeChangePublisher {
        private final Executor executor;

        Publisher(Executor executor) {
            this.executor = executor;
        }

        void publish(DataTreeCandidate change) {
            processCandidateTree(change);
        }

        @Override
        protected void notifyListener(Reg registration, List<DataTreeCandidate> changes) {
            executor.execute(() -> {
                if (registration.notClosed()) {
                    registration.listener().onDataTreeChanged(changes);
                }
            });
        }

        @Override
        protected void registrationRemoved(Reg registration) {}
    }

    private String next() {
        return "running-" + transactions.getAndIncrement();
    }

    @Override
    public DOMStoreReadTransaction newReadOnlyTransaction() {
        return SnapshotBackedTransactions.newReadTransaction(next(), false, tree.takeSnapshot());
    }

    @Override
    public DOMStoreWriteTransaction newWriteOnlyTransaction() {
        return SnapshotBackedTransactions.newWriteTransaction(
                next(), false, tree.takeSnapshot(), this);
    }

    @Override
    public DOMStoreReadWriteTransaction newReadWriteTransaction() {
        return SnapshotBackedTransactions.newReadWriteTransaction(
                next(), false, tree.takeSnapshot(), this);
    }

    @Override
    public DOMStoreTransactionChain createTransactionChain() {
        return new Chain();
    }

    @Override
    protected void transactionAborted(SnapshotBackedWriteTransaction<String> transaction) {}

    @Override
    protected DOMStoreThreePhaseCommitCohort transactionReady(
            SnapshotBackedWriteTransaction<String> transaction,
            DataTreeModification modification,
            @Nullable Exception error) {
        return new Cohort(modification, error, () -> {});
    }

    private final class Chain extends AbstractSnapshotBackedTransactionChain<String> {
        @Override
        protected String nextTransactionIdentifier() {
            return next();
        }

        @Override
        protected boolean getDebugTransactions() {
            return false;
        }

        @Override
        protected DataTreeSnapshot takeSnapshot() {
            return tree.takeSnapshot();
        }

        @Override
        protected DOMStoreThreePhaseCommitCohort createCohort(
                SnapshotBackedWriteTransaction<String> transaction,
                DataTreeModification modification,
                @Nullable Exception error) {
            return new Cohort(modification, error, () -> onTransactionCommited(transaction));
        }
    }

    /// Told first what is there, then every change of it, in order.
    @Override
    public Registration registerTreeChangeListener(
            YangInstanceIdentifier path, DOMDataTreeChangeListener listener) {
        try (var _ = gate.quiet()) {
            var there = tree.takeSnapshot().readNode(path);
            var registration = publisher.registerTreeChangeListener(path, listener);
            publisher.executor.execute(() ->
                    there.ifPresentOrElse(
                            node ->
                                    listener.onDataTreeChanged(
                                            List.of(
                                                    DataTreeCandidates.fromNormalizedNode(
                                                            path, node))),
                            listener::onInitialData));
            return registration;
        }
    }

    @Deprecated
    @Override
    @SuppressWarnings("removal")
    public Registration registerLegacyTreeChangeListener(
            YangInstanceIdentifier path, DOMDataTreeChangeListener listener) {
        return registerTreeChangeListener(path, listener);
    }

    private final class Cohort implements DOMStoreThreePhaseCommitCohort {
        private final DataTreeModification modification;
        private final @Nullable Exception error;
        private final Runnable committed;
        private Gate.@Nullable Passage passage;

        Cohort(DataTreeModification modification, @Nullable Exception error, Runnable committed) {
            this.modification = modification;
            this.error = error;
            this.committed = committed;
        }

        @Override
        public ListenableFuture<Boolean> canCommit() {
            if (error != null) {
                return Futures.immediateFailedFuture(
                        refusal(new DatastoreException(TreeErrors.of(error))));
            }
            var entered = gate.enter(BOX, null);
            passage = entered;
            try {
                locks.check(Face.RUNNING, BOX);
                tree.validate(modification);
                entered.submit(modification);
                return Futures.immediateFuture(Boolean.TRUE);
            } catch (ConflictingModificationAppliedException e) {
                return Futures.immediateFailedFuture(
                        new OptimisticLockFailedException(
                                "somebody else changed " + e.getPath(), e));
            } catch (DataValidationFailedException e) {
                return Futures.immediateFailedFuture(
                        refusal(new DatastoreException(TreeErrors.of(e))));
            } catch (DatastoreException e) {
                return Futures.immediateFailedFuture(refusal(e));
            }
        }

        @Override
        public ListenableFuture<Empty> preCommit() {
            try {
                entered().decide();
                return Empty.immediateFuture();
            } catch (DatastoreException e) {
                return Futures.immediateFailedFuture(refusal(e));
            }
        }

        @Override
        public ListenableFuture<? extends CommitInfo> commit() {
            try {
                entered().finish();
                entered().close();
                committed.run();
                return CommitInfo.emptyFluentFuture();
            } catch (DatastoreException e) {
                return Futures.immediateFailedFuture(refusal(e));
            }
        }

        @Override
        public ListenableFuture<Empty> abort() {
            var entered = passage;
            if (entered != null) {
                entered.close();
            }
            return Empty.immediateFuture();
        }

        private Gate.Passage entered() {
            var entered = passage;
            if (entered == null) {
                throw new IllegalStateException("canCommit() comes first");
            }
            return entered;
        }
    }

    private static TransactionCommitFailedException refusal(DatastoreException e) {
        var errors =
                e.errors().stream()
                        .map(error ->
                                RpcResultBuilder.newError(
                                        error.type(),
                                        error.tag(),
                                        error.message(),
                                        error.appTag(),
                                        null,
                                        e))
                        .toArray(RpcError[]::new);
        return new TransactionCommitFailedException(String.valueOf(e.getMessage()), e, errors);
    }
}
