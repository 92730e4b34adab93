package org.lagopus.datastore;

import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.access.Access;
import org.lagopus.datastore.access.Rights;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTree;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidate;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateTip;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeModification;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeTip;
import org.opendaylight.yangtools.yang.data.tree.api.DataValidationFailedException;
import org.opendaylight.yangtools.yang.data.tree.api.ModificationType;
import org.opendaylight.yangtools.yang.data.tree.spi.DataTreeCandidates;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/// The one way into running, for one at a time: whoever writes, and by whatever interface, goes
/// through the same [Life].
///
/// Nobody has the gate for longer than he needs to be alone: a commit that no participant takes
/// part in leaves it once it is in the log, and waits outside for the disk, in a [GroupCommit].
final class Gate {
    private static final Logger LOG = LoggerFactory.getLogger(Gate.class);

    private final Model model;
    private final SchemaNode schema;
    private final DataTree tree;
    private final Journal journal;
    private final Access access;
    private final Clock clock;
    private final Duration prepareTimeout;
    private final Duration commitTimeout;

    private final Attempt.Kept attempts = new Attempt.Kept();
    private final AtomicLong ids = new AtomicLong(new SecureRandom().nextLong());
    private volatile Consumer<CommitReport> observer = _ -> {};
    private final GroupCommit group;
    private final Semaphore entry = new Semaphore(1, true);
    private final List<Participant> participants = new CopyOnWriteArrayList<>();
    private volatile Supplier<List<Datastore.Absent>> absent = List::of;
    private volatile Running running;
    private volatile BiConsumer<Running, DataTreeCandidate> switched = (_, _) -> {};
    private volatile Guard guard = (_, _) -> List.of();
    private long taken;

    Gate(
            Model model,
            SchemaNode schema,
            DataTree tree,
            Journal.Opened opened,
            Access access,
            Datastore.Settings settings) {
        this.model = model;
        this.schema = schema;
        this.tree = tree;
        journal = opened.journal();
        this.access = access;
        clock = settings.clock();
        prepareTimeout = settings.prepareTimeout();
        commitTimeout = settings.commitTimeout();
        group = new GroupCommit(journal, this::publish);
        var loaded = opened.loaded();
        var last = loaded.last();
        taken = loaded.highest();
        running =
                running(
                        loaded.root(),
                        last == null ? 0 : last.generation(),
                        last,
                        new Index(schema, loaded.root()));
    }

    Running running() {
        return running;
    }

    /// No other one of this process has it, and hardly one of another.
    private String nextId() {
        return HexFormat.of().toHexDigits(ids.getAndIncrement());
    }

    /// Told of the end of each commit that had something to do, on the committing thread.
    void observe(Consumer<CommitReport> by) {
        observer = by;
    }

    /// Commits that failed.
    Attempt.Kept attempts() {
        return attempts;
    }

    /// Told of each switch, inside the gate: it must be quick.
    void onSwitch(BiConsumer<Running, DataTreeCandidate> told) {
        switched = told;
    }

    void requires(Supplier<List<Datastore.Absent>> supplier) {
        absent = supplier;
    }

    /// Says what is in the way of a change, once it is known what it changes.
    @FunctionalInterface
    interface Guard {
        List<DataError> check(DataTreeCandidateNode change, Actor by);
    }

    void guard(Guard asked) {
        guard = asked;
    }

    /// From here to [Quiet#close] nobody is inside, and nothing is decided that is not running.
    Quiet quiet() {
        entry.acquireUninterruptibly();
        group.drain();
        return entry::release;
    }

    @FunctionalInterface
    interface Quiet extends AutoCloseable {
        @Override
        void close();
    }

    Running attach(Participant participant) {
        try (var _ = quiet()) {
            participants.removeIf(other -> other.name().equals(participant.name()));
            participants.add(participant);
            return running;
        }
    }

    void detach(Participant participant) {
        participants.remove(participant);
    }

    /// Work inside the gate.
    @FunctionalInterface
    interface Work<T> {
        T run(Passage passage) throws DatastoreException;
    }

    /// Goes in, works and comes out, on a thread that nobody else knows: who interrupts the caller
    /// (a session that is killed) must not tear a commit in two or close the log under it.
    ///
    /// The work has the gate for itself from its beginning to its end.
    <T> T pass(Actor by, @Nullable String comment, Work<T> work) throws DatastoreException {
        return onItsOwnThread(
                by,
                () -> {
                    try (var passage = enter(by, comment)) {
                        return work.run(passage);
                    }
                });
    }

    /// The same for work that does not mind others behind it once [Passage#finish] is called, and
    /// looks at running by [Passage#base] only: commits of several share a sync of the log.
    <T> T share(Actor by, @Nullable String comment, Work<T> work) throws DatastoreException {
        return onItsOwnThread(
                by,
                () -> {
                    try (var passage = enter(by, comment, true)) {
                        T result;
                        try {
                            result = work.run(passage);
                        } catch (DatastoreException e) {
                            passage.awaitBase();
                            throw e;
                        }
                        passage.awaitBase();
                        return result;
                    }
                });
    }

    private <T> T onItsOwnThread(Actor by, Callable<T> work) throws DatastoreException {
        var task = new FutureTask<>(work);
        Thread.ofVirtual().name("commit").start(task);
        try {
            return Uninterruptibles.getUninterruptibly(task);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case DatastoreException refusal -> throw access.rights(by).veiled(refusal);
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    /// Enters; the passage has to be closed.
    Passage enter(Actor by, @Nullable String comment) {
        return enter(by, comment, false);
    }

    private Passage enter(Actor by, @Nullable String comment, boolean shares) {
        entry.acquireUninterruptibly();
        if (!shares || journal.isLong()) {
            group.drain();
        }
        if (journal.isLong()) {
            journal.compactIfLong(running, taken);
        }
        return new Passage(by, comment, shares);
    }

    /// What is decided becomes running. By one at a time, and in the order of the log.
    private void publish(List<GroupCommit.Member> decided) {
        for (var member : decided) {
            tree.commit(member.change);
            journal.remember(member.decided, member.next.root());
            running = member.next;
            switched.accept(member.next, member.told);
        }
        var last = decided.getLast().next.generation();
        try {
            journal.applied(last);
        } catch (IOException | RuntimeException e) {
            LOG.error("that commit {} is applied is not written", last, e);
        }
    }

    private Running running(
            ContainerNode root, long generation, @Nullable Commit last, Index index) {
        return new Running(generation, root, new TreeSnapshot(model.context(), root), last, index);
    }

    /// One change on its way through.
    final class Passage implements AutoCloseable {
        private final Actor by;
        private final @Nullable String comment;
        private Life life = new Life.Editing();
        private Rights rights;
        private boolean closed;
        private boolean idle;
        private boolean shares;
        private boolean isGuarded = true;
        private final GroupCommit.@Nullable Member ahead;
        private final Running base;
        private Journal.@Nullable Decided decided;
        private @Nullable Long confirmBase;

        private @Nullable DataTreeCandidateNode change;
        private @Nullable DataTreeModification modification;
        private @Nullable DataTreeCandidateTip tip;
        private @Nullable Commit commit;
        private List<Participant> asked = List.of();
        private final List<Participant> mayHaveApplied = new ArrayList<>();
        private final List<Attempt.Step> steps = new ArrayList<>();
        private long submitted;
        private final String id = nextId();

        private Passage(Actor by, @Nullable String comment, boolean shares) {
            this.by = by;
            this.comment = comment;
            this.shares = shares;
            ahead = group.last();
            base = ahead == null ? running : ahead.next;
            rights = access.rights(by, base.root());
        }

        /// For what was there before, and for what is only tried: nobody has to be allowed it or
        /// may be in the way.
        void unhindered() {
            rights = access.rights(Actor.SYSTEM);
            isGuarded = false;
        }

        /// What running is once all commits before this one are running: that is what it stands on.
        Running base() {
            return base;
        }

        /// The tree it stands on.
        private DataTreeTip tree() {
            return ahead == null ? tree : ahead.change;
        }

        private DataTreeModification newModification() {
            return ahead == null
                    ? tree.takeSnapshot().newModification()
                    : ahead.modification.newModification();
        }

        /// Comes out, if it is not out yet, and waits until what it stood on is on the disk: what a
        /// client is told, a refusal too, follows from nothing that may be lost.
        private void awaitBase() throws DatastoreException {
            close();
            var errors = settleBase();
            if (!errors.isEmpty()) {
                throw new DatastoreException(errors);
            }
        }

        private List<DataError> settleBase() {
            try {
                if (ahead != null) {
                    group.await(ahead);
                }
                return List.of();
            } catch (IOException e) {
                return List.of(notWritten(e));
            }
        }

        /// For what needs the gate to its end: all before it are running when this returns, and
        /// nobody comes behind it.
        void alone() throws DatastoreException {
            var lost = settleBase();
            if (!lost.isEmpty()) {
                throw new DatastoreException(lost);
            }
            shares = false;
        }

        /// It has to be confirmed.
        ///
        /// @param base generation of what is gone back to otherwise, null if it stays
        void toConfirm(@Nullable Long base) {
            confirmBase = base;
        }

        void submit(Change proposed) {
            change = proposed;
            submitted = System.nanoTime();
            step(new Life.Event.Submitted());
        }

        /// For a writer that has a modification of the tree already.
        void submit(DataTreeModification proposed) {
            modification = proposed;
            submitted = System.nanoTime();
            step(new Life.Event.Submitted());
        }

        Optional<Commit> commit() {
            return life instanceof Life.Running ? Optional.ofNullable(commit) : Optional.empty();
        }

        /// Validating and Preparing, and no further: the components are asked, and forget it.
        void probe() throws DatastoreException {
            unhindered();
            run(Life.Deciding.class);
            goBack();
        }

        /// Up to the decision, which is on the disk when this returns.
        void decide() throws DatastoreException {
            run(Life.Applying.class);
        }

        void finish() throws DatastoreException {
            run(Life.Running.class);
        }

        /// Until it has come that far, or to another end.
        private void run(Class<? extends Life> until) throws DatastoreException {
            try (var _ = MDC.putCloseable(Transaction.LOG_KEY, id)) {
                runOn(until);
            }
        }

        private void runOn(Class<? extends Life> until) throws DatastoreException {
            while (!idle && !until.isInstance(life)) {
                long begun = System.nanoTime();
                var phase = phase();
                var event =
                        switch (life) {
                            case Life.Editing _ ->
                                    throw new IllegalStateException("nothing is submitted");
                            case Life.Validating _ -> new Life.Event.Validated(validate());
                            case Life.Preparing _ -> new Life.Event.Prepared(prepare());
                            case Life.Deciding _ -> new Life.Event.Logged(log());
                            case Life.Applying _ -> new Life.Event.Applied(apply());
                            case Life.RollingBack(var why) ->
                                    new Life.Event.WentBack(rollBack(why));
                            case Life.Refused(var errors) -> throw failed(errors);
                            case Life.Restored(var errors) -> throw failed(errors);
                            case Life.Running _ -> throw new IllegalStateException("it has ended");
                        };
                if (phase != null) {
                    steps.add(
                            new Attempt.Step(
                                    phase,
                                    null,
                                    System.nanoTime() - begun,
                                    event.errors().isEmpty()
                                            ? Attempt.Result.DONE
                                            : Attempt.Result.REFUSED,
                                    event.errors()));
                }
                step(event);
                idle = isIdle();
            }
            if (life instanceof Life.Running) {
                become();
                report(CommitReport.Outcome.RUNNING);
            }
        }

        private Attempt.@Nullable Phase phase() {
            return switch (life) {
                case Life.Validating _ -> Attempt.Phase.VALIDATE;
                case Life.Preparing _ -> Attempt.Phase.PREPARE;
                case Life.Deciding _ -> Attempt.Phase.LOG;
                case Life.Applying _ -> Attempt.Phase.COMMIT;
                case Life.RollingBack _ -> Attempt.Phase.ABORT;
                default -> null;
            };
        }

        private DatastoreException failed(List<DataError> errors) {
            report(
                    life instanceof Life.Restored
                            ? CommitReport.Outcome.TAKEN_BACK
                            : CommitReport.Outcome.REFUSED);
            var number = commit == null ? null : commit.generation();
            attempts.add(new Attempt(id, number, clock.instant(), by, comment, life, steps));
            return new DatastoreException(errors);
        }

        private void report(CommitReport.Outcome outcome) {
            if (isGuarded) {
                var told = steps.stream().map(Attempt.Step::reported).toList();
                observer.accept(new CommitReport(outcome, System.nanoTime() - submitted, told));
            }
        }

        private Map<Participant, Round.Answer> ask(
                Attempt.Phase phase,
                List<Participant> who,
                Duration limit,
                Function<Participant, CompletionStage<List<DataError>>> question) {
            return Round.ask(
                    who,
                    limit,
                    question,
                    (participant, answer, nanos) ->
                            steps.add(Attempt.Step.of(phase, participant.name(), nanos, answer)));
        }

        /// What changes nothing is nobody's business.
        private boolean isIdle() {
            return life instanceof Life.Preparing
                    && change().modificationType() == ModificationType.UNMODIFIED;
        }

        private void step(Life.Event event) {
            life = life.on(event);
        }

        private List<DataError> validate() {
            var proposed = change;
            if (proposed != null) {
                var errors = settle(proposed);
                if (!errors.isEmpty()) {
                    return errors;
                }
                proposed = change;
            }
            try {
                var made = tree().prepare(ready(proposed));
                tip = made;
                if (proposed != null) {
                    return List.of();
                }
                var found = made.getRootNode();
                change = found;
                var errors = settle(found);
                var settled = change;
                if (errors.isEmpty() && settled != found) {
                    modification = null;
                    tip = tree().prepare(ready(settled));
                }
                return errors;
            } catch (DataValidationFailedException | RuntimeException e) {
                return List.of(TreeErrors.of(e));
            }
        }

        /// Takes out what conditions exclude, which may make others false, until there is no more
        /// of it (RFC 7950 §8.2); then what is left has to be valid. Who commits has to be allowed
        /// what was proposed, and what became of it.
        private List<DataError> settle(DataTreeCandidateNode proposed) {
            var settled = proposed;
            try {
                while (true) {
                    rights.checkWrite(settled);
                    var outcome = Validation.check(schema, base.index(), settled);
                    if (outcome.obsolete().isEmpty()) {
                        change = settled;
                        var errors = new ArrayList<>(outcome.errors());
                        errors.addAll(access.errors(settled));
                        return errors;
                    }
                    settled = Change.without(schema, settled, outcome.obsolete());
                }
            } catch (DatastoreException e) {
                return e.errors();
            }
        }

        private DataTreeModification ready(@Nullable DataTreeCandidateNode proposed)
                throws DataValidationFailedException {
            var made = modification;
            if (made == null) {
                var fresh = newModification();
                if (proposed != null) {
                    Change.write(
                            proposed,
                            YangInstanceIdentifier.of(),
                            (path, node) -> {
                                if (node == null) {
                                    fresh.delete(path);
                                } else {
                                    fresh.write(path, node);
                                }
                            });
                }
                fresh.ready();
                tree().validate(fresh);
                made = fresh;
                modification = fresh;
            }
            return made;
        }

        private DataTreeCandidateNode change() {
            var proposed = change;
            if (proposed == null) {
                throw new IllegalStateException("nothing is submitted");
            }
            return proposed;
        }

        private Commit taken() {
            var made = commit;
            if (made == null) {
                throw new IllegalStateException("no generation is taken");
            }
            return made;
        }

        private List<DataError> prepare() {
            commit = new Commit(++taken, clock.instant(), by, comment, true);
            var inTheWay = isGuarded ? guard.check(change(), by) : List.<DataError>of();
            if (inTheWay.isEmpty()) {
                inTheWay = missing();
            }
            if (!inTheWay.isEmpty()) {
                return inTheWay;
            }
            asked = participants.stream().filter(p -> !slices(p).isEmpty()).toList();
            if (asked.isEmpty()) {
                return List.of();
            }
            var lost = settleBase();
            if (!lost.isEmpty()) {
                return lost;
            }
            shares = false;
            try {
                journal.taken(taken().generation());
            } catch (IOException e) {
                return List.of(notWritten(e));
            }
            var answers =
                    ask(
                            Attempt.Phase.PREPARE,
                            asked,
                            prepareTimeout,
                            p -> p.prepare(transaction(p)));
            var errors = Round.errors(answers, "prepare", prepareTimeout);
            if (errors.isEmpty()) {
                // One that is gone and not needed has nothing to apply.
                asked =
                        asked.stream()
                                .filter(p -> answers.get(p) instanceof Round.Answer.Yes)
                                .toList();
            } else {
                goBack();
            }
            return errors;
        }

        private List<DataError> missing() {
            var errors = new ArrayList<DataError>();
            for (var one : absent.get()) {
                boolean isThere = participants.stream().anyMatch(p -> p.name().equals(one.name()));
                if (isThere) {
                    continue;
                }
                one.subscriptions().stream()
                        .filter(path -> Subscriptions.touches(change(), path))
                        .findFirst()
                        .ifPresent(path ->
                                errors.add(
                                        DataError.at(
                                                path,
                                                ErrorTag.OPERATION_FAILED,
                                                "%s is needed for this change and is not there"
                                                        .formatted(one.name()))));
            }
            return errors;
        }

        private List<DataTreeCandidate> slices(Participant participant) {
            return Subscriptions.slices(change(), participant.subscriptions());
        }

        private Transaction transaction(Participant participant) {
            return new Transaction(
                    id, taken().generation(), base.generation(), by, comment, slices(participant));
        }

        private List<DataError> log() {
            try {
                var written = journal.commit(taken(), base.generation(), confirmBase, change());
                if (shares) {
                    var member = member(written);
                    group.add(member);
                    close();
                    group.await(member);
                } else {
                    journal.sync();
                    decided = written;
                }
                return List.of();
            } catch (IOException | RuntimeException e) {
                if (e instanceof IOException) {
                    LOG.error("commit {} is not written: {}", taken().generation(), e.getMessage());
                } else {
                    LOG.error("commit {} is not written", taken().generation(), e);
                }
                return List.of(notWritten(e));
            }
        }

        private static DataError notWritten(Exception e) {
            return DataError.of(
                    ErrorTag.OPERATION_FAILED,
                    "the commit cannot be written to disk: "
                            + (e instanceof IOException ? e.getMessage() : e));
        }

        /// Those with one face first: what can fail for good fails before anybody has flipped.
        private List<DataError> apply() {
            for (int faces = 1; faces <= 2; faces++) {
                int round = faces;
                var group =
                        asked.stream().filter(p -> Math.clamp(p.faces(), 1, 2) == round).toList();
                mayHaveApplied.addAll(group);
                var answers =
                        ask(
                                Attempt.Phase.COMMIT,
                                group,
                                commitTimeout,
                                p -> p.commit(transaction(p)));
                var errors = Round.errors(answers, "commit", commitTimeout);
                if (!errors.isEmpty()) {
                    return errors.stream().map(Passage::failed).toList();
                }
            }
            return List.of();
        }

        private static DataError failed(DataError error) {
            return error.withTag(ErrorTag.OPERATION_FAILED);
        }

        /// Those that prepared forget it; nobody waits, for the order of what they are told holds.
        private void goBack() {
            Round.ask(
                    asked,
                    Duration.ZERO,
                    p -> p.abort(transaction(p)),
                    (participant, _, nanos) ->
                            steps.add(
                                    new Attempt.Step(
                                            Attempt.Phase.ABORT,
                                            participant.name(),
                                            nanos,
                                            Attempt.Result.TOLD,
                                            List.of())));
        }

        private List<DataError> rollBack(List<DataError> why) {
            LOG.warn("commit {} is taken back: {}", taken().generation(), why);
            var answers =
                    ask(Attempt.Phase.ABORT, asked, commitTimeout, p -> p.abort(transaction(p)));
            var errors = new ArrayList<DataError>();
            answers.forEach((participant, answer) -> {
                if (mayHaveApplied.contains(participant)) {
                    stuck(participant, answer).ifPresent(errors::add);
                }
            });
            if (decided != null) {
                compensate().ifPresent(errors::add);
            }
            return errors;
        }

        private Optional<DataError> compensate() {
            try {
                journal.compensated(taken().generation());
                return Optional.empty();
            } catch (IOException | RuntimeException e) {
                LOG.error("that commit {} is taken back is not written", taken().generation(), e);
                return Optional.of(
                        DataError.of(
                                ErrorTag.ROLLBACK_FAILED,
                                "that commit %d was taken back cannot be written to disk, and the next start brings it: %s"
                                        .formatted(taken().generation(), e.getMessage())));
            }
        }

        private Optional<DataError> stuck(Participant participant, Round.Answer answer) {
            var what =
                    switch (answer) {
                        case Round.Answer.Yes _ -> null;
                        case Round.Answer.No(var told) -> told.getFirst().message();
                        case Round.Answer.Late _ -> "it does not answer";
                        case Round.Answer.Gone(var reason) ->
                                participant.required() ? "it is gone (%s)".formatted(reason) : null;
                    };
            return Optional.ofNullable(what)
                    .map(text ->
                            DataError.of(
                                    ErrorTag.ROLLBACK_FAILED,
                                    "%s could not go back to generation %d: %s"
                                            .formatted(
                                                    participant.name(), base.generation(), text)));
        }

        private GroupCommit.Member member(Journal.Decided written) {
            var made = modification;
            var change = tip;
            if (made == null || change == null) {
                throw new IllegalStateException("nothing was prepared");
            }
            var root = (ContainerNode) Objects.requireNonNull(change.getRootNode().dataAfter());
            var index = base.index().after(change(), root);
            var next = running(root, taken().generation(), taken(), index);
            var told =
                    DataTreeCandidates.newDataTreeCandidate(YangInstanceIdentifier.of(), change());
            return new GroupCommit.Member(next, made, change, told, written);
        }

        /// One that shares is running already.
        private void become() {
            if (decided != null) {
                publish(List.of(member(decided)));
                journal.compactIfLong(running, taken);
            }
        }

        /// Leaves the gate. Whatever is under way and decided has to be finished before.
        @Override
        public void close() {
            if (!closed) {
                closed = true;
                entry.release();
            }
        }
    }
}
