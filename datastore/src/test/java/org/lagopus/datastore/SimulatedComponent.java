package org.lagopus.datastore;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;

/// A component behind a connection that loses, delays and cuts, as a [Simulation] decides. It keeps
/// the part of the configuration it subscribes to as a component of the protocol does: what is
/// prepared, what runs, and what ran before as long as it may have to go back.
final class SimulatedComponent implements Participant {
    enum Kind {
        PREPARE,
        COMMIT,
        ABORT
    }

    /// What becomes of a message.
    enum Fate {
        ARRIVES,
        /// The component says no.
        REFUSED,
        /// It lies in the connection, and comes before the next one or with the end.
        DELAYED,
        /// It arrives, and the answer comes too late.
        UNANSWERED,
        /// The connection is cut before it arrives.
        CUT,
        /// The connection is cut when it has arrived.
        CUT_BEHIND,
        /// The component dies when it has arrived, and forgets everything.
        DIES,
        /// The controller dies before it is sent.
        CRASH,
        /// The controller dies when it has arrived.
        CRASH_BEHIND
    }

    /// Decides, and hears of what must not be.
    interface World {
        Fate fate(SimulatedComponent component, Kind kind);

        /// The controller dies here.
        void crash();

        /// A rule of the protocol is broken.
        void broken(String what);

        /// It has said yes to a commit; those with one face come first.
        void committed(SimulatedComponent component, long generation);
    }

    private record Sent(
            Kind kind, Transaction transaction, CompletableFuture<List<DataError>> answer) {}

    private final World world;
    private final String name;
    private final int faces;
    private final boolean required;
    private final List<YangInstanceIdentifier> subscriptions;
    private final Deque<Sent> connection = new ArrayDeque<>();

    /// Whether the coordinator may not know any more what this component runs.
    boolean isLost;

    boolean connected;

    /// Generation of what it runs, 0 for nothing.
    long generation;

    ContainerNode content = Nodes.emptyRoot();
    private @Nullable Transaction prepared;
    private @Nullable ContainerNode next;
    private @Nullable ContainerNode before;
    private long committed;

    SimulatedComponent(
            World world,
            String name,
            int faces,
            boolean required,
            List<YangInstanceIdentifier> subscriptions) {
        this.world = world;
        this.name = name;
        this.faces = faces;
        this.required = required;
        this.subscriptions = subscriptions;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int faces() {
        return faces;
    }

    @Override
    public boolean required() {
        return required;
    }

    @Override
    public Collection<YangInstanceIdentifier> subscriptions() {
        return subscriptions;
    }

    @Override
    public CompletionStage<List<DataError>> prepare(Transaction transaction) {
        return send(Kind.PREPARE, transaction);
    }

    @Override
    public CompletionStage<List<DataError>> commit(Transaction transaction) {
        return send(Kind.COMMIT, transaction);
    }

    @Override
    public CompletionStage<List<DataError>> abort(Transaction transaction) {
        return send(Kind.ABORT, transaction);
    }

    private CompletionStage<List<DataError>> send(Kind kind, Transaction transaction) {
        if (!connected) {
            return CompletableFuture.failedFuture(new IllegalStateException("not connected"));
        }
        var fate = world.fate(this, kind);
        if (fate == Fate.CRASH) {
            world.crash();
        }
        var sent = new Sent(kind, transaction, new CompletableFuture<>());
        switch (fate) {
            case DELAYED -> {
                connection.add(sent);
                isLost = true;
            }
            case CUT -> {
                cut();
                return CompletableFuture.failedFuture(new IllegalStateException("cut"));
            }
            default -> {
                connection.add(sent);
                arrive(fate);
            }
        }
        return sent.answer;
    }

    /// Everything that lies in the connection, in its order; the last one meets the fate.
    private void arrive(Fate fate) {
        while (!connection.isEmpty()) {
            var sent = connection.remove();
            boolean isLast = connection.isEmpty();
            var errors = isLast && fate == Fate.REFUSED ? refusal(sent) : done(sent);
            if (!isLast) {
                continue;
            }
            switch (fate) {
                case UNANSWERED -> isLost = true;
                case CUT_BEHIND -> {
                    cut();
                    sent.answer.completeExceptionally(new IllegalStateException("cut"));
                }
                case DIES -> {
                    cut();
                    forget();
                    sent.answer.completeExceptionally(new IllegalStateException("dead"));
                }
                case CRASH_BEHIND -> world.crash();
                default -> {
                    if (!errors.isEmpty() && sent.kind == Kind.ABORT) {
                        isLost = true;
                    }
                    sent.answer.complete(errors);
                }
            }
        }
    }

    /// What was on its way is lost.
    void cut() {
        connected = false;
        connection.clear();
        forgetPrepared();
    }

    /// What was on its way comes before the end.
    void drain() {
        arrive(Fate.UNANSWERED);
    }

    boolean isPrepared() {
        return prepared != null;
    }

    void forget() {
        generation = 0;
        content = Nodes.emptyRoot();
        forgetPrepared();
    }

    /// Everything anew.
    void replace(ContainerNode slices, long running) {
        content = slices;
        generation = running;
        forgetPrepared();
    }

    private void forgetPrepared() {
        prepared = null;
        next = null;
        before = null;
        committed = 0;
    }

    private List<DataError> refusal(Sent sent) {
        if (sent.kind == Kind.COMMIT) {
            prepared = null;
            next = null;
        }
        return List.of(
                DataError.of(ErrorTag.RESOURCE_DENIED, "no room to %s".formatted(sent.kind)));
    }

    private List<DataError> done(Sent sent) {
        var transaction = sent.transaction;
        switch (sent.kind) {
            case PREPARE -> {
                if (prepared != null) {
                    world.broken("%s is asked twice to prepare".formatted(name));
                }
                prepared = transaction;
                next = applied(transaction);
                before = null;
                committed = 0;
            }
            case COMMIT -> {
                var waiting = prepared;
                if (waiting == null || waiting.generation() != transaction.generation()) {
                    world.broken("%s is to commit what it has not prepared".formatted(name));
                    return List.of();
                }
                world.committed(this, transaction.generation());
                before = content;
                content = Objects.requireNonNull(next);
                generation = transaction.generation();
                committed = generation;
                prepared = null;
                next = null;
            }
            case ABORT -> {
                prepared = null;
                next = null;
                if (before != null && committed == transaction.generation()) {
                    content = before;
                    generation = transaction.base();
                    before = null;
                    committed = 0;
                }
            }
        }
        return List.of();
    }

    private ContainerNode applied(Transaction transaction) {
        var edits = new ArrayList<Edit>();
        for (var slice : transaction.slices()) {
            Change.write(
                    slice.getRootNode(),
                    slice.getRootPath(),
                    (path, node) ->
                            edits.add(node == null ? Edit.remove(path) : Edit.replace(path, node)));
        }
        return Nodes.edited(content, edits);
    }
}
