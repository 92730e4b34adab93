package org.lagopus.datastore;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.access.Access;
import org.lagopus.datastore.events.Event;
import org.lagopus.datastore.events.Events;
import org.lagopus.datastore.events.Timer;
import org.lagopus.datastore.file.StateFiles;
import org.opendaylight.mdsal.common.api.LogicalDatastoreType;
import org.opendaylight.mdsal.dom.api.DOMDataBroker;
import org.opendaylight.mdsal.dom.broker.SerializedDOMDataBroker;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTree;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidate;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeConfiguration;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeSnapshot;
import org.opendaylight.yangtools.yang.data.tree.api.DataValidationFailedException;
import org.opendaylight.yangtools.yang.data.tree.api.TreeType;
import org.opendaylight.yangtools.yang.data.tree.impl.di.InMemoryDataTreeFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The whole configuration in its two faces, and the state beside it.
public final class Datastore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Datastore.class);

    /// @param prepareTimeout within which every participant has to answer `prepare`
    /// @param commitTimeout the same for `commit` and `abort`
    /// @param compactAfterBytes length of the log from which a snapshot is made of it
    public record Settings(
            Path directory,
            Clock clock,
            Duration prepareTimeout,
            Duration commitTimeout,
            long compactAfterBytes) {
        public static Settings of(Path directory, Clock clock) {
            return new Settings(
                    directory, clock, Duration.ofSeconds(5), Duration.ofSeconds(10), 64L << 20);
        }
    }

    /// A component that should be there and is not.
    public record Absent(String name, Collection<YangInstanceIdentifier> subscriptions) {}

    private final Path directory;
    private final Model model;
    private final SchemaNode schema;
    private final Clock clock;
    private final Journal journal;
    private final Gate gate;
    private final Candidates candidates;
    private final FaceLocks locks;
    private final ConfirmedCommits confirmed;
    private final StateStore state;
    private final ProvidedLists provided;
    private final Changes runningChanges = new Changes(this::tellOfRunning);
    private final Changes stateChanges;
    private final Events events;
    private final BaseNotifications told;
    private final DynamicSubscriptions subscriptions;
    private final DOMDataBroker broker;
    private final DOMDataBroker stateBroker;
    private final Access access;
    private final Operations operations;
    private volatile Audit audit = Audit.NONE;
    private volatile Intake intake = edit -> edit;
    private final List<BiConsumer<Commit, DataTreeCandidate>> listeners =
            new CopyOnWriteArrayList<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final ExecutorService committer = thread("commit");
    private final ExecutorService stateCommitter = thread("state-commit");
    private final ExecutorService teller = thread("commit-listeners");

    private Datastore(Model model, SchemaNode schema, Settings settings, Journal.Opened opened) {
        directory = settings.directory();
        this.model = model;
        this.schema = schema;
        journal = opened.journal();
        clock = settings.clock();
        var tree = tree(model, opened.loaded().root());
        state = new StateStore(model);
        provided = new ProvidedLists(model);
        stateChanges = new Changes(this::tellOfState);
        access = new Access(model, () -> gate().running().root(), state::write);
        operations = new Operations(model, access);
        gate = new Gate(model, schema, tree, opened, access, settings);
        candidates = new Candidates(model, schema, gate::running);
        events = new Events(Timer.of(clock));
        told = new BaseNotifications(model, events);
        subscriptions = new DynamicSubscriptions(model, events.timer(), this::writeState);
        listeners.add((commit, change) -> told.configChanged(commit, change.getRootNode()));
        confirmed =
                new ConfirmedCommits(
                        gate,
                        journal,
                        (passage, backup) -> {
                            var edit = Edit.replace(YangInstanceIdentifier.of(), backup);
                            var change = change(passage.base().root(), List.of(edit));
                            if (change.isPresent()) {
                                passage.submit(change.get());
                                passage.finish();
                            }
                            candidates.takenBack();
                        },
                        told::confirmed);
        var parts = new PartialLocks(model, clock);
        gate.guard(parts::check);
        locks = new FaceLocks(candidates, gate, confirmed, parts, this::view, clock);
        var store = new ConfigurationStore(tree, gate, locks, teller);
        gate.onSwitch((running, change) -> {
            store.publish(change);
            tell(running.last(), change);
        });
        broker =
                new SerializedDOMDataBroker(
                        Map.of(
                                LogicalDatastoreType.CONFIGURATION,
                                store,
                                LogicalDatastoreType.OPERATIONAL,
                                state.store()),
                        committer);
        stateBroker =
                new SerializedDOMDataBroker(
                        Map.of(LogicalDatastoreType.OPERATIONAL, state.store()), stateCommitter);
        HistoryOperations.register(this);
        UpdateOperation.register(this);
        EventLimits.follow(this);
        new StreamState(model, events, this::writeState).start();
        access.start();
    }

    private Gate gate() {
        return gate;
    }

    private static ExecutorService thread(String name) {
        return Executors.newSingleThreadExecutor(Thread.ofPlatform().name(name).daemon().factory());
    }

    /// Mandatory nodes are left to [Validation], which knows of conditions.
    private static DataTree tree(Model model, ContainerNode content) {
        var configuration =
                DataTreeConfiguration.builder(TreeType.CONFIGURATION)
                        .setMandatoryNodesValidation(false)
                        .setRecursiveWriteValidation(true)
                        .build();
        var tree = new InMemoryDataTreeFactory().create(configuration, model.context());
        var loading = tree.takeSnapshot().newModification();
        for (var child : content.body()) {
            loading.write(YangInstanceIdentifier.of(child.name()), child);
        }
        loading.ready();
        try {
            tree.validate(loading);
            tree.commit(tree.prepare(loading));
        } catch (DataValidationFailedException e) {
            throw new IllegalStateException("what is stored does not go into the tree", e);
        }
        return tree;
    }

    /// Loads what the directory holds, and creates it where there is nothing. What was written
    /// under other modules is brought to these; what they do not take is kept in a file, and told.
    public static Datastore open(Model model, Path stateDirectory, Clock clock) throws IOException {
        return open(model, Settings.of(stateDirectory, clock));
    }

    public static Datastore open(Model model, Settings settings) throws IOException {
        return open(model, settings, StateFiles.Disk.REAL);
    }

    /// @param disk that the files are on
    public static Datastore open(Model model, Settings settings, StateFiles.Disk disk)
            throws IOException {
        var schema = model.schema();
        var opened = Journal.open(model, schema, settings, disk);
        var store = new Datastore(model, schema, settings, opened);
        store.takeBackWhatWasNotConfirmed(opened.loaded().confirmBase());
        return store;
    }

    /// RFC 6241 §8.4.1: a restart ends the wait, whoever was to confirm.
    private void takeBackWhatWasNotConfirmed(@Nullable Long base) {
        if (base == null) {
            return;
        }
        try {
            gate.pass(
                    Actor.SYSTEM,
                    "not confirmed before the restart: back to " + base,
                    passage -> {
                        var draft = back(passage.base(), base);
                        var change =
                                Change.between(
                                        passage.base().root(), draft.root(), draft.touched());
                        var made = commit(passage, change, Actor.SYSTEM, null);
                        if (!made.changed()) {
                            confirmed.settled();
                        }
                        return made;
                    });
            journal.find(
                    "a commit was not confirmed before the end: configuration %d is back"
                            .formatted(base));
        } catch (DatastoreException | RuntimeException e) {
            LOG.error("a commit that was not confirmed is not taken back", e);
            journal.find(
                    "a commit was not confirmed before the end, and configuration %d does not come back: %s"
                            .formatted(base, e.getMessage()));
        }
    }

    /// What opening found amiss in the files, in words for the operator; empty on a good day.
    public List<String> findings() {
        return journal.findings();
    }

    /// The files in the state directory that keep what did not fit the modules, until somebody
    /// takes them away.
    public List<Path> quarantine() throws IOException {
        return Quarantine.files(directory);
    }

    /// Who is told what clients do.
    public Audit audit() {
        return audit;
    }

    public void audit(Audit told) {
        audit = told;
    }

    /// Commits that are listed and newer than one, the oldest first.
    public List<Commit> commitsAfter(long generation) {
        return history().before(Long.MAX_VALUE, Long.MAX_VALUE).reversed().stream()
                .map(History.Entry::commit)
                .filter(commit -> commit.generation() > generation)
                .toList();
    }

    /// What edits become before anything of them is kept anywhere: a password in clear its hash.
    @FunctionalInterface
    public interface Intake {
        Edit take(Edit edit) throws DatastoreException;
    }

    public void intake(Intake taken) {
        intake = taken;
    }

    private List<Edit> taken(List<Edit> edits) throws DatastoreException {
        var taken = new ArrayList<Edit>(edits.size());
        for (var edit : edits) {
            taken.add(intake.take(edit));
        }
        return taken;
    }

    public Model model() {
        return model;
    }

    /// Where all that has to survive is kept.
    public Path directory() {
        return directory;
    }

    /// What is there when nothing is written.
    public Defaults defaults() {
        return new Defaults(model, schema);
    }

    /// All of a face, for the box itself; clients read through [#view]. In constant time, and it
    /// never changes.
    public DataTreeSnapshot read(Face face) {
        return read(face, Actor.SYSTEM);
    }

    DataTreeSnapshot read(Face face, Actor by) {
        return switch (face) {
            case RUNNING -> gate.running().snapshot();
            case CANDIDATE -> candidates.of(by).snapshot();
        };
    }

    /// From now on the session works on a candidate of its own, which ends with it
    /// (draft-ietf-netconf-privcand). It costs nothing until it is edited.
    public void separate(Actor by) {
        candidates.separate(by.session());
    }

    /// The edits of a private candidate become edits of what running is now.
    void update(Resolution resolution, Actor by) throws DatastoreException {
        try {
            candidates.privateOf(by).update(resolution);
        } catch (DatastoreException e) {
            throw access.rights(by).veiled(e);
        }
    }

    /// State alone: nodes of `config false`, and the list keys above them.
    public DataTreeSnapshot operational() {
        return state.snapshot();
    }

    /// The same with the lists that are read where they are.
    DataTreeSnapshot observed(YangInstanceIdentifier asked) {
        var stored = operational();
        return new TreeSnapshot(model.context(), provided.in(root(stored), asked));
    }

    /// Entries of a list of state come from a provider from now on, until the registration is
    /// closed.
    ///
    /// @throws IllegalArgumentException if there can be no such list, or somebody provides it
    public Registration provide(YangInstanceIdentifier list, ListProvider provider) {
        return provided.add(list, provider);
    }

    /// What one client sees of it.
    public View view(Actor by) {
        return new View(this, by, access.rights(by));
    }

    /// Who may do what.
    public Access access() {
        return access;
    }

    /// All of them or none. On the candidate they go into the client's own or the one that
    /// everybody shares; on running they are a whole commit.
    public void edit(Face face, List<Edit> edits, Actor by) throws DatastoreException {
        switch (face) {
            case CANDIDATE -> {
                locks.check(Face.CANDIDATE, by);
                candidates.of(by).edit(taken(edits), access.rights(by));
            }
            case RUNNING -> editIf((_, _) -> true, edits, by);
        }
    }

    /// A whole commit of edits on running, if a condition holds of what the client may read of
    /// running when its turn comes, and of the commit that made it: nobody gets in between. That
    /// may be ahead of [#read] and [#last], by commits that are not on the disk yet; the answer
    /// waits for them.
    ///
    /// @return whether it held; if not, nothing was done
    public boolean editIf(
            BiPredicate<DataTreeSnapshot, Optional<Commit>> condition, List<Edit> edits, Actor by)
            throws DatastoreException {
        var taken = taken(edits);
        return gate.share(
                by,
                null,
                passage -> {
                    locks.check(Face.RUNNING, by);
                    var base = passage.base();
                    if (!condition.test(
                            view(by).readable(base.snapshot()), Optional.ofNullable(base.last()))) {
                        return false;
                    }
                    var change = change(base.root(), taken);
                    if (change.isPresent()) {
                        passage.submit(change.get());
                        passage.finish();
                    }
                    return true;
                });
    }

    /// Those of the edits that go, one after the other, as if the others had not been asked for
    /// (RFC 6241 §7.2, `continue-on-error`).
    ///
    /// @return what is wrong with the others
    public List<DataError> editWhatGoes(Face face, List<Edit> edits, Actor by)
            throws DatastoreException {
        var rights = access.rights(by);
        var root = root(face, by);
        var good = new ArrayList<Edit>();
        var errors = new ArrayList<DataError>();
        for (var edit : edits) {
            try {
                var draft = new Draft(schema, root);
                draft.apply(List.of(edit), rights);
                root = draft.root();
                good.add(edit);
            } catch (DatastoreException e) {
                errors.addAll(e.errors());
            }
        }
        edit(face, good, by);
        return errors;
    }

    private ContainerNode root(Face face, Actor by) {
        return read(face, by)
                .readNode(YangInstanceIdentifier.of())
                .map(ContainerNode.class::cast)
                .orElseGet(Nodes::emptyRoot);
    }

    private Optional<Change> change(ContainerNode base, List<Edit> edits)
            throws DatastoreException {
        var draft = new Draft(schema, base);
        draft.apply(edits);
        return Change.between(base, draft.root(), draft.touched());
    }

    /// The whole content of a face (`copy-config` with content in the request).
    public void replace(Face face, ContainerNode root, Actor by) throws DatastoreException {
        edit(face, List.of(Edit.replace(YangInstanceIdentifier.of(), root)), by);
    }

    /// What the client may not read of the source is not copied, and so goes from the target, which
    /// the client has to be allowed (RFC 8341 §3.2.6).
    public void copy(Face from, Face to, Actor by) throws DatastoreException {
        if (from == to) {
            throw new DatastoreException(
                    DataError.of(
                                    ErrorTag.INVALID_VALUE,
                                    "%s cannot be copied to itself".formatted(from.label()))
                            .withType(ErrorType.PROTOCOL));
        }
        var rights = access.rights(by);
        if (!rights.readsAll()) {
            var seen = view(by).read(from).readNode(YangInstanceIdentifier.of());
            replace(to, Nodes.copy((ContainerNode) seen.orElseGet(Nodes::emptyRoot)), by);
            return;
        }
        switch (to) {
            case CANDIDATE -> {
                locks.check(Face.CANDIDATE, by);
                candidates.of(by).reset(rights);
            }
            case RUNNING ->
                    gate.share(
                            by,
                            null,
                            passage -> {
                                locks.check(Face.RUNNING, by);
                                return commit(passage, candidates.of(by), true);
                            });
        }
    }

    /// Candidate becomes running, or nothing has happened anywhere. Blocks the caller.
    public Commit commit(Actor by, @Nullable String comment) throws DatastoreException {
        return commit(by, comment, null, null);
    }

    /// That a commit has to be confirmed (RFC 6241 §8.4).
    ///
    /// @param persist the word by which any session may confirm; without it only the same one may
    public record Confirmed(Duration timeout, @Nullable String persist) {
        public static final Duration TIMEOUT = Duration.ofSeconds(600);
    }

    /// The same, and running goes back to what it was unless another commit follows in time.
    ///
    /// @param terms null for one that stays, and confirms those before it
    /// @param persistId of the confirmed commit that it confirms or extends
    public Commit commit(
            Actor by,
            @Nullable String comment,
            @Nullable Confirmed terms,
            @Nullable String persistId)
            throws DatastoreException {
        var wanted =
                terms == null
                        ? null
                        : new Confirmation.Confirmed(terms.timeout().toNanos(), terms.persist());
        var candidate = candidates.of(by);
        return gate.share(
                by,
                comment,
                passage -> {
                    locks.checkLock(Face.RUNNING, by);
                    locks.check(Face.CANDIDATE, by);
                    var before = passage.base();
                    var next =
                            confirmed.next(
                                    new Confirmation.Event.Commit(
                                            new Confirmation.Terms(wanted, persistId),
                                            by.session(),
                                            before.generation(),
                                            System.nanoTime()));
                    boolean stays = next instanceof Confirmation.Settled;
                    boolean settles = stays && confirmed.at() instanceof Confirmation.Waiting;
                    if (!stays || settles) {
                        passage.alone();
                        passage.toConfirm(
                                next instanceof Confirmation.Waiting(var base, _, _, _)
                                        ? base
                                        : null);
                    }
                    var made =
                            commit(passage, candidate, stays)
                                    .orElseGet(() ->
                                            new Commit(
                                                    before.generation(),
                                                    clock.instant(),
                                                    by,
                                                    comment,
                                                    false));
                    if (!stays || settles) {
                        confirmed.committed(next, before.root(), made.changed(), by);
                    }
                    if (settles) {
                        candidates.confirmed();
                    }
                    return made;
                });
    }

    /// Running goes back to what it was before the confirmed commit that is waited for.
    public void cancelCommit(Actor by, @Nullable String persistId) throws DatastoreException {
        confirmed.cancel(by, persistId);
    }

    /// A session is over: what it has not confirmed is taken back, and its locks are free.
    public void ended(long session) {
        candidates.ended(session);
        try {
            confirmed.ended(session);
        } finally {
            locks.release(session);
        }
    }

    private static Optional<Commit> commit(Gate.Passage passage, Candidate candidate, boolean stays)
            throws DatastoreException {
        var proposal = candidate.proposal(passage.base());
        if (proposal.change().isPresent()) {
            passage.submit(proposal.change().get());
            passage.finish();
        }
        candidate.committed(proposal, stays);
        return passage.commit();
    }

    /// Tells one observer, the last that asked, how each commit went. It is called on the
    /// committing thread and must not hold it up. What is only tried, and what the box does
    /// unasked, is not told.
    public void observe(Consumer<CommitReport> observer) {
        gate.observe(observer);
    }

    Attempt.Kept attempts() {
        return gate.attempts();
    }

    History history() {
        return journal.history();
    }

    /// What running was after a commit.
    ContainerNode content(long generation) throws DatastoreException {
        return back(gate.running(), generation).root();
    }

    /// What a client's candidate is now.
    ContainerNode candidate(Actor by) {
        return candidates.of(by).root();
    }

    /// The cost follows what has changed since; of what was written under other modules, it follows
    /// the size: that is taken as an upgrade would take it, without what no longer fits.
    private Draft back(Running from, long to) throws DatastoreException {
        var way =
                history()
                        .way(from.generation(), to)
                        .orElseThrow(() -> History.unknown(Long.toString(to)));
        var draft = new Draft(schema, from.root());
        @Nullable ContainerNode other = null;
        Upgrade.@Nullable Levels levels = null;
        for (var entry : way) {
            try {
                var undo = journal.undo(entry);
                if (other == null && !undo.isOther()) {
                    draft.apply(undo.edits());
                } else {
                    other = Nodes.edited(other == null ? draft.root() : other, undo.edits());
                    levels = undo.levels() == null ? levels : undo.levels();
                }
            } catch (NoSuchFileException e) {
                throw History.unknown(Long.toString(to));
            } catch (IOException e) {
                throw new DatastoreException(
                        DataError.of(
                                ErrorTag.OPERATION_FAILED,
                                "commit %d cannot be read: %s".formatted(entry.generation(), e)));
            }
        }
        if (other != null) {
            var adapted = journal.adapted(other, levels);
            draft.apply(Edit.replace(YangInstanceIdentifier.of(), adapted));
        }
        return draft;
    }

    /// Running becomes what it was after a commit, by a commit like any other.
    Commit rollBack(long to, Actor by, @Nullable String comment) throws DatastoreException {
        return gate.pass(
                by,
                comment,
                passage -> {
                    locks.check(Face.RUNNING, by);
                    var base = passage.base();
                    var draft = back(base, to);
                    return commit(
                            passage,
                            Change.between(base.root(), draft.root(), draft.touched()),
                            by,
                            comment);
                });
    }

    /// Running becomes what was kept with [#saveRescue].
    Commit rollBackToRescue(Actor by, @Nullable String comment) throws DatastoreException {
        ContainerNode rescue;
        try {
            rescue = journal.rescue();
        } catch (IOException e) {
            throw new DatastoreException(
                    DataError.of(
                            ErrorTag.OPERATION_FAILED,
                            "the rescue configuration cannot be read: " + e));
        }
        if (rescue == null) {
            throw new DatastoreException(
                    DataError.of(ErrorTag.DATA_MISSING, "there is no rescue configuration"));
        }
        var edit = Edit.replace(YangInstanceIdentifier.of(), rescue);
        return gate.pass(
                by,
                comment,
                passage -> {
                    locks.check(Face.RUNNING, by);
                    return commit(
                            passage, change(passage.base().root(), List.of(edit)), by, comment);
                });
    }

    private Commit commit(
            Gate.Passage passage, Optional<Change> change, Actor by, @Nullable String comment)
            throws DatastoreException {
        if (change.isPresent()) {
            passage.submit(change.get());
            passage.finish();
        }
        return passage.commit()
                .orElseGet(() -> new Commit(generation(), clock.instant(), by, comment, false));
    }

    void saveRescue() throws DatastoreException {
        try {
            journal.saveRescue(gate.running());
        } catch (IOException e) {
            throw new DatastoreException(
                    DataError.of(
                            ErrorTag.OPERATION_FAILED,
                            "the rescue configuration cannot be written: " + e));
        }
    }

    void label(long generation, @Nullable String label) throws DatastoreException {
        try (var _ = gate.quiet()) {
            if (history().find(generation).isEmpty()) {
                throw History.unknown(Long.toString(generation));
            }
            journal.label(generation, label);
        } catch (IOException e) {
            throw new DatastoreException(
                    DataError.of(
                            ErrorTag.OPERATION_FAILED,
                            "the label cannot be written to disk: " + e));
        }
    }

    /// Candidate becomes what running is.
    public void discard(Actor by) throws DatastoreException {
        locks.check(Face.CANDIDATE, by);
        candidates.of(by).reset();
    }

    /// Everything a commit would do up to the decision, and then back: the components are asked.
    public void validate(Face face, Actor by) throws DatastoreException {
        switch (face) {
            case CANDIDATE ->
                    gate.share(
                            by, null, p -> probe(p, candidates.of(by).proposal(p.base()).change()));
            case RUNNING -> {
                var errors = Validation.of(schema, gate.running().root());
                if (!errors.isEmpty()) {
                    throw access.rights(by).veiled(new DatastoreException(errors));
                }
            }
        }
    }

    /// What a face would be after the edits, validated; nothing is changed (RFC 6241 `test-only`).
    public void test(Face face, List<Edit> edits, Actor by) throws DatastoreException {
        var draft = new Draft(schema, root(face, by));
        draft.apply(taken(edits), access.rights(by));
        validate(draft.root(), by);
    }

    public void validate(ContainerNode root, Actor by) throws DatastoreException {
        var edit = intake.take(Edit.replace(YangInstanceIdentifier.of(), root));
        gate.share(by, null, p -> probe(p, change(p.base().root(), List.of(edit))));
    }

    private static boolean probe(Gate.Passage passage, Optional<Change> change)
            throws DatastoreException {
        if (change.isPresent()) {
            passage.submit(change.get());
            passage.probe();
        }
        return true;
    }

    public Locks locks() {
        return locks;
    }

    /// Writes state on a thread of its own; never waits for a commit. What is wrong with an edit is
    /// logged and the others are written.
    public void writeState(List<Edit> edits) {
        state.write(List.copyOf(edits));
    }

    /// Waits until the state that was written before can be read, a second at most; not for who
    /// follows the state.
    public void awaitState() {
        state.await();
    }

    /// What a participant begins with.
    public record Base(long generation, DataTreeSnapshot running) {}

    /// From the returned generation on it takes part in every commit; one of the same name goes.
    /// Waits for a commit that is under way, so it is not for the thread that another participant's
    /// answers come by.
    public Base attach(Participant participant) {
        var running = gate.attach(participant);
        return new Base(running.generation(), running.snapshot());
    }

    /// Does what must stand in one place in the order of commits: none is under way meanwhile, so
    /// it must be quick. Waits for one that is, so it is not for who holds a lock that a
    /// participant needs for its answers.
    public <T> T betweenCommits(Function<Base, T> work) {
        try (var _ = gate.quiet()) {
            var running = gate.running();
            return work.apply(new Base(running.generation(), running.snapshot()));
        }
    }

    public void detach(Participant participant) {
        gate.detach(participant);
    }

    /// Who tells which required components are missing; a commit that touches their subscriptions
    /// is refused with their names.
    public void requires(Supplier<List<Absent>> absent) {
        gate.requires(absent);
    }

    /// After the switch, off the commit path, in the order of commits; of those that come after
    /// this call.
    public Registration onCommit(BiConsumer<Commit, DataTreeCandidate> listener) {
        long before = generation();
        BiConsumer<Commit, DataTreeCandidate> told =
                (commit, change) -> {
                    if (commit.generation() > before) {
                        listener.accept(commit, change);
                    }
                };
        listeners.add(told);
        return () -> listeners.remove(told);
    }

    private void tell(@Nullable Commit commit, DataTreeCandidate change) {
        if (commit != null) {
            teller.execute(() -> {
                for (var listener : listeners) {
                    try {
                        listener.accept(commit, change);
                    } catch (RuntimeException e) {
                        LOG.error("a listener failed on {}", commit, e);
                    }
                }
            });
        }
    }

    /// The same store for whoever speaks MD-SAL; its transactions are commits like all others.
    /// State is written by [#stateBroker], whose transactions wait for no commit.
    public DOMDataBroker broker() {
        return broker;
    }

    public DOMDataBroker stateBroker() {
        return stateBroker;
    }

    public Operations operations() {
        return operations;
    }

    /// What happens on the box, for whoever wants to hear of it.
    public Events events() {
        return events;
    }

    /// The subscriptions of all northbounds.
    public DynamicSubscriptions subscriptions() {
        return subscriptions;
    }

    /// Where servers tell of their sessions.
    public BaseNotifications told() {
        return told;
    }

    /// Follows what is selected for a client that wants to hear of changes.
    ///
    /// @param full whether the first update is all there is
    public Follower follow(Actor by, Follower.Terms terms, boolean full, Runnable wake) {
        return new Follower(this, by, terms, full, wake);
    }

    private Registration tellOfRunning(Changes changes) {
        var listening =
                onCommit((commit, change) ->
                        changes.changed(commit.generation(), change.getRootNode()));
        var now = gate.running();
        changes.begin(now.generation(), now.root());
        return listening;
    }

    /// The store begins with all there is, so that nothing is missed that was not read.
    private Registration tellOfState(Changes changes) {
        changes.begin(0, root(operational()));
        return state.follow(changes::changed);
    }

    Changes runningChanges() {
        return runningChanges;
    }

    Changes stateChanges() {
        return stateChanges;
    }

    ContainerNode root(Face face) {
        return root(read(face));
    }

    private static ContainerNode root(DataTreeSnapshot snapshot) {
        return snapshot.readNode(YangInstanceIdentifier.of())
                .map(ContainerNode.class::cast)
                .orElseGet(Nodes::emptyRoot);
    }

    /// What access control lets a client see of a tree.
    @Nullable ContainerNode readable(Actor by, ContainerNode root) {
        return (ContainerNode)
                view(by).rights().readable(YangInstanceIdentifier.of(), root).orElse(null);
    }

    /// Whether access control lets a client receive an event (RFC 8341 §3.4.6). The rules are those
    /// of now, for a subscription may be old.
    public boolean mayReceive(Actor by, Event event) {
        var rights = access.rights(by);
        boolean may = rights.mayReceive(event.name());
        if (!may) {
            rights.dropped();
        }
        return may;
    }

    public Optional<Commit> last() {
        return Optional.ofNullable(gate.running().last());
    }

    /// Of what is running; 0 before the first commit.
    public long generation() {
        return gate.running().generation();
    }

    /// Waits for a commit that is under way.
    @Override
    public void close() throws IOException {
        if (closed.getAndSet(true)) {
            return;
        }
        confirmed.close();
        events.close();
        try (var _ = gate.quiet()) {
            for (var executor : List.of(committer, stateCommitter, teller)) {
                executor.shutdown();
            }
            state.close();
            journal.close();
        }
    }
}
