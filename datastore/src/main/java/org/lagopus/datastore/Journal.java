package org.lagopus.datastore;

import java.io.DataInput;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.file.Record;
import org.lagopus.datastore.file.StateFiles;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What became of each commit, on the disk.
///
/// A `taken` record says that a generation was told to components, whatever came of it. A `commit`
/// record is the decision. Behind it comes `applied`, or `compensated` when it was taken back. With
/// neither behind it the box died in between, and the commit is done: the client had no answer, and
/// the components are brought to it when they come. A commit with another one behind it has been
/// applied too: nothing else is built upon.
final class Journal implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
    private static final String TAKEN = "taken";
    private static final String COMMIT = "commit";
    private static final String APPLIED = "applied";
    private static final String COMPENSATED = "compensated";
    private static final String LABEL = "label";
    private static final String PARENT = "parent";
    private static final String RESCUE = "rescue";
    private static final String SETTLED = "settled";
    private static final String CONFIRM_BASE = "confirm-base";

    /// @param highest generation ever told to anybody
    /// @param confirmBase generation of what is to be gone back to, for the last commit was not
    ///   confirmed
    record Loaded(
            ContainerNode root, @Nullable Commit last, long highest, @Nullable Long confirmBase) {}

    private final StateFiles files;
    private final String contentId;
    private final long compactAfterBytes;
    private final ExecutorService compactor =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().name("snapshot").daemon().factory());
    private final AtomicBoolean compacting = new AtomicBoolean();
    private final Loaded loaded;
    private final List<String> findings;
    private final History history;
    private @Nullable Long confirmBase;

    private Journal(
            StateFiles files, Replay replay, Model model, long compactAfterBytes, Loaded loaded) {
        this.files = files;
        history = replay.history;
        this.contentId = model.contentId();
        this.compactAfterBytes = compactAfterBytes;
        this.loaded = loaded;
        confirmBase = loaded.confirmBase();
        findings = new ArrayList<>(files.findings());
        findings.addAll(replay.findings);
    }

    static Journal open(
            Model model, SchemaNode schema, Datastore.Settings settings, StateFiles.Disk disk)
            throws IOException, DatastoreException {
        var replay = new Replay(model, schema);
        @Nullable StateFiles files = null;
        try {
            files = StateFiles.open(settings.directory(), replay, disk);
            replay.finish();
            var loaded =
                    new Loaded(
                            replay.draft.root(),
                            replay.last,
                            Math.max(replay.highest, files.highest()),
                            replay.confirmBase);
            var journal = new Journal(files, replay, model, settings.compactAfterBytes(), loaded);
            if (files.isDamaged()) {
                journal.snapshot(files.rotate(), loaded);
                journal.history.clear();
            }
            return journal;
        } catch (Unfit e) {
            close(files);
            throw e.refusal;
        } catch (IOException | RuntimeException | DatastoreException e) {
            close(files);
            throw e;
        }
    }

    private static void close(@Nullable StateFiles files) throws IOException {
        if (files != null) {
            files.close();
        }
    }

    Loaded loaded() {
        return loaded;
    }

    List<String> findings() {
        return List.copyOf(findings);
    }

    /// Not synced: who could know of the generation dies with the power as well.
    void taken(long generation) throws IOException {
        files.append(new Record(generation, TAKEN, Map.of(), new byte[0]), false);
    }

    History history() {
        return history;
    }

    /// A commit in the log.
    ///
    /// @param base generation of what is gone back to if it is not confirmed, null if it stays
    record Decided(History.Entry entry, @Nullable Long base) {}

    /// Writes a commit; it is decided when [#sync] has returned.
    ///
    /// @param parent generation of what is changed
    /// @param base generation of what is gone back to if it is not confirmed, null if it stays
    Decided commit(Commit commit, long parent, @Nullable Long base, DataTreeCandidateNode change)
            throws IOException {
        var meta = meta(commit);
        meta.put(PARENT, Long.toString(parent));
        if (base != null) {
            meta.put(CONFIRM_BASE, base.toString());
        }
        var record = new Record(commit.generation(), COMMIT, meta, EditCodec.encode(change));
        return new Decided(new History.Entry(commit, parent, files.append(record, false)), base);
    }

    /// All that was written before is on the disk when this returns. When it fails, what was not is
    /// taken out of the log, which takes nothing any more.
    void sync() throws IOException {
        files.sync();
    }

    /// What was decided is going to be running, and is history from now on.
    void remember(Decided decided, ContainerNode root) {
        history.add(decided.entry());
        confirmBase = decided.base();
        history.keep(confirmBase);
        history.retain(root);
    }

    /// Nothing has to be confirmed any more. On the disk when this returns.
    void settled(long generation) throws IOException {
        files.append(new Record(generation, SETTLED, Map.of(), new byte[0]), true);
        confirmBase = null;
        history.keep(null);
    }

    void find(String finding) {
        findings.add(finding);
    }

    /// What leads back from a commit.
    List<Edit> undo(History.Entry entry) throws IOException {
        return EditCodec.undo(files.read(entry.place()).content());
    }

    /// Names a commit, or takes its name when there is none. On the disk when this returns.
    void label(long generation, @Nullable String label) throws IOException {
        var meta = new TreeMap<String, String>();
        if (label != null) {
            meta.put(LABEL, label);
        }
        files.append(new Record(generation, LABEL, meta, new byte[0]), true);
        history.label(generation, label);
    }

    void saveRescue(Running running) throws IOException {
        var meta = new TreeMap<String, String>();
        meta.put("generation", Long.toString(running.generation()));
        meta.put("model", contentId);
        files.save(RESCUE, meta, out -> EditCodec.write(out, running.root()));
    }

    @Nullable ContainerNode rescue() throws IOException {
        var found = new ArrayList<ContainerNode>();
        files.load(
                RESCUE,
                new StateFiles.Reader() {
                    @Override
                    public void snapshot(
                            long generation, Map<String, String> meta, DataInput content)
                            throws IOException {
                        found.add(EditCodec.read(content));
                    }

                    @Override
                    public void record(Record record) {
                        throw new IllegalStateException("a rescue configuration has no records");
                    }
                });
        return found.isEmpty() ? null : found.getFirst();
    }

    /// So are the commits before it. Not synced: without it they are done again, to the same end.
    void applied(long generation) throws IOException {
        files.append(new Record(generation, APPLIED, Map.of(), new byte[0]), false);
    }

    /// On the disk when this returns: without it the commit would come back.
    void compensated(long generation) throws IOException {
        files.append(new Record(generation, COMPENSATED, Map.of(), new byte[0]), true);
    }

    /// Whether [#compactIfLong] would do something.
    boolean isLong() {
        return files.length() >= compactAfterBytes && !compacting.get();
    }

    /// Called while nothing is in the log that is not running; what takes time is done beside the
    /// next commits.
    void compactIfLong(Running running, long highest) {
        if (!isLong() || !compacting.compareAndSet(false, true)) {
            return;
        }
        try {
            long number = files.rotate();
            var content = new Loaded(running.root(), running.last(), highest, confirmBase);
            compactor.execute(() -> {
                try {
                    snapshot(number, content);
                } catch (IOException | RuntimeException e) {
                    LOG.error("cannot write a snapshot, the log is kept", e);
                } finally {
                    compacting.set(false);
                }
            });
        } catch (IOException | RuntimeException e) {
            LOG.error("cannot begin a new log, the old one is kept", e);
            compacting.set(false);
        }
    }

    private void snapshot(long number, Loaded content) throws IOException {
        var last = content.last();
        var meta = last == null ? new TreeMap<String, String>() : meta(last);
        meta.put("model", contentId);
        meta.put("highest", Long.toString(content.highest()));
        var base = content.confirmBase();
        if (base != null) {
            meta.put(CONFIRM_BASE, base.toString());
        }
        files.keepLogsFrom(history.keepLogsFrom(files.logs()));
        files.snapshot(
                number,
                last == null ? 0 : last.generation(),
                meta,
                out -> EditCodec.write(out, content.root()));
    }

    private TreeMap<String, String> meta(Commit commit) {
        var meta = new TreeMap<String, String>();
        meta.put("time", commit.time().toString());
        meta.put("user", commit.by().user());
        meta.put("origin", commit.by().origin());
        meta.put("session", Long.toString(commit.by().session()));
        meta.put("model", contentId);
        var comment = commit.comment();
        if (comment != null) {
            meta.put("comment", comment);
        }
        return meta;
    }

    private static @Nullable Commit commit(long generation, Map<String, String> meta) {
        var time = meta.get("time");
        return time == null
                ? null
                : new Commit(
                        generation,
                        Instant.parse(time),
                        new Actor(
                                Long.parseLong(meta.getOrDefault("session", "0")),
                                meta.getOrDefault("user", ""),
                                meta.getOrDefault("origin", "")),
                        meta.get("comment"),
                        true);
    }

    @Override
    public void close() throws IOException {
        compactor.shutdown();
        try {
            if (!compactor.awaitTermination(1, TimeUnit.MINUTES)) {
                LOG.warn("a snapshot was not finished in time; the log has what it would have");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        files.close();
    }

    /// Stored data that the model has no place for.
    private static final class Unfit extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient DatastoreException refusal;

        Unfit(DatastoreException refusal) {
            super(refusal);
            this.refusal = refusal;
        }
    }

    /// From files to the tree they stand for.
    private static final class Replay implements StateFiles.Reader {
        private final Model model;
        private final SchemaNode schema;
        private final List<String> findings = new ArrayList<>();
        private final Draft draft;
        private @Nullable Record pending;
        private @Nullable Commit last;
        private long highest;
        private boolean otherModel;
        private @Nullable Long confirmBase;
        private final History history;
        private StateFiles.@Nullable Place place;

        Replay(Model model, SchemaNode schema) {
            this.model = model;
            this.schema = schema;
            draft = new Draft(schema, Nodes.emptyRoot());
            history = new History(model);
        }

        @Override
        public void snapshot(long generation, Map<String, String> meta, DataInput content)
                throws IOException {
            see(generation, meta);
            highest = Math.max(highest, Long.parseLong(meta.getOrDefault("highest", "0")));
            last = commit(generation, meta);
            confirmBase = confirmBase(meta);
            var root = EditCodec.read(content);
            apply(List.of(Edit.merge(YangInstanceIdentifier.of(), root)), generation);
        }

        @Override
        public void record(Record record) throws IOException {
            throw new IllegalStateException("every record has its place");
        }

        @Override
        public void record(Record record, StateFiles.Place at) throws IOException {
            see(record.generation(), record.meta());
            switch (record.kind()) {
                case COMMIT -> {
                    redo();
                    pending = record;
                    place = at;
                }
                case SETTLED -> {
                    redo();
                    confirmBase = null;
                }
                case LABEL -> {
                    redo();
                    history.load(false, record.generation(), record.meta().get(LABEL));
                }
                case APPLIED -> {
                    if (pending != null && pending.generation() == record.generation()) {
                        redo();
                    }
                }
                case COMPENSATED -> {
                    if (pending != null && pending.generation() == record.generation()) {
                        pending = null;
                    }
                }
                case TAKEN -> {}
                default ->
                        throw new IOException(
                                "a record of kind %s is of a later version"
                                        .formatted(record.kind()));
            }
        }

        private static @Nullable Long confirmBase(Map<String, String> meta) {
            var base = meta.get(CONFIRM_BASE);
            return base == null ? null : Long.valueOf(base);
        }

        /// Every commit in it has become running unless it says otherwise.
        @Override
        public void past(Record record, StateFiles.Place at) {
            switch (record.kind()) {
                case COMMIT -> remember(record, at);
                case COMPENSATED -> history.forget(record.generation());
                case LABEL -> history.load(true, record.generation(), record.meta().get(LABEL));
                default -> {
                    // nothing that was
                }
            }
        }

        private void remember(Record record, StateFiles.@Nullable Place at) {
            var commit = commit(record.generation(), record.meta());
            var parent = record.meta().get(PARENT);
            if (commit != null && parent != null && at != null) {
                history.add(new History.Entry(commit, Long.parseLong(parent), at));
            }
        }

        private void see(long generation, Map<String, String> meta) {
            highest = Math.max(highest, generation);
            var made = meta.get("model");
            otherModel |= made != null && !made.equals(model.contentId());
        }

        private void redo() throws IOException {
            var record = pending;
            if (record != null) {
                apply(EditCodec.decode(record.content()), record.generation());
                last = commit(record.generation(), record.meta());
                confirmBase = confirmBase(record.meta());
                remember(record, place);
                pending = null;
            }
        }

        private void apply(List<Edit> edits, long generation) {
            try {
                draft.apply(edits);
            } catch (DatastoreException e) {
                throw new Unfit(unfit(e.errors(), generation));
            }
        }

        private DatastoreException unfit(List<DataError> errors, long generation) {
            return new DatastoreException(
                    errors.stream().map(error -> unfit(error, generation)).toList());
        }

        private DataError unfit(DataError error, long generation) {
            var path = error.path();
            return new DataError(
                    error.type(),
                    error.tag(),
                    error.appTag(),
                    path,
                    "what was stored as generation %d does not fit the model: %s: %s"
                            .formatted(
                                    generation,
                                    path == null ? "/" : model.format(path),
                                    error.message()),
                    error.info());
        }

        void finish() throws IOException, DatastoreException {
            var undecided = pending;
            if (undecided != null) {
                findings.add(
                        "commit %d was decided and not confirmed: it is done"
                                .formatted(undecided.generation()));
                redo();
            }
            history.loaded(last == null ? 0 : last.generation());
            history.keep(confirmBase);
            history.retain(draft.root());
            if (otherModel) {
                var errors = new ArrayList<>(new TypeCheck(model).of(draft.root()));
                errors.addAll(Validation.of(schema, draft.root()));
                if (!errors.isEmpty()) {
                    throw unfit(errors, last == null ? 0 : last.generation());
                }
            }
        }
    }
}
