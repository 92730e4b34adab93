package org.lagopus.datastore;

import java.io.DataInput;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.file.Record;
import org.lagopus.datastore.file.StateFiles;
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
///
/// Replaying needs no model. What was written under other modules goes through [Upgrade] then;
/// where that changes anything it is a commit of its own, whose record holds the configuration
/// before and after it as a whole, so migrations and what they led to are on the disk together or
/// not at all.
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
    private static final String MODEL = "model";

    /// Migrations that have been carried out.
    private static final String MIGRATIONS = "migrations";

    /// Of an upgrade: the model before it, and the migrations that had been carried out then.
    private static final String FORMER_MODEL = "former-model";

    private static final String FORMER_MIGRATIONS = "former-migrations";

    /// The names of all modules there have been.
    private static final String NAMES = "modules";

    /// @param highest generation ever told to anybody
    /// @param confirmBase generation of what is to be gone back to, for the last commit was not
    ///   confirmed
    record Loaded(
            ContainerNode root, @Nullable Commit last, long highest, @Nullable Long confirmBase) {}

    /// What was loaded is not the journal's to keep: it would hold the whole configuration of the
    /// start in memory, whatever becomes of it.
    record Opened(Journal journal, Loaded loaded) {}

    private final StateFiles files;
    private final Model model;
    private final SchemaNode schema;
    private final Names names;
    private final Upgrade.Levels levels;
    private final String contentId;
    private final long compactAfterBytes;
    private final ExecutorService compactor =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().name("snapshot").daemon().factory());
    private final AtomicBoolean compacting = new AtomicBoolean();
    private final List<String> findings;
    private final History history;
    private @Nullable Long confirmBase;

    private Journal(
            StateFiles files,
            Replay replay,
            Model model,
            SchemaNode schema,
            Names names,
            long compactAfterBytes,
            @Nullable Long confirmBase,
            Upgrade.Levels levels) {
        this.files = files;
        this.model = model;
        this.schema = schema;
        this.names = names;
        this.levels = levels;
        history = replay.history;
        this.contentId = model.contentId();
        this.compactAfterBytes = compactAfterBytes;
        this.confirmBase = confirmBase;
        findings = new ArrayList<>(files.findings());
        findings.addAll(replay.findings);
    }

    static Opened open(
            Model model, SchemaNode schema, Datastore.Settings settings, StateFiles.Disk disk)
            throws IOException {
        var replay = new Replay(model);
        @Nullable StateFiles files = null;
        try {
            files = StateFiles.open(settings.directory(), replay, disk);
            replay.finish();
            var names = names(model, files);
            var loaded =
                    new Loaded(
                            replay.root,
                            replay.last,
                            Math.max(replay.highest, files.highest()),
                            replay.confirmBase);
            return replay.isOther()
                    ? upgraded(model, schema, settings, files, names, replay, loaded)
                    : opened(model, schema, settings, files, names, replay, loaded);
        } catch (IOException | RuntimeException e) {
            close(files);
            throw e;
        }
    }

    private static Opened opened(
            Model model,
            SchemaNode schema,
            Datastore.Settings settings,
            StateFiles files,
            Names names,
            Replay replay,
            Loaded loaded)
            throws IOException {
        replay.indexed(loaded.root());
        var levels = loaded.last() == null ? Upgrade.Levels.of(model.migrations()) : replay.levels;
        var journal =
                new Journal(
                        files,
                        replay,
                        model,
                        schema,
                        names,
                        settings.compactAfterBytes(),
                        loaded.confirmBase(),
                        levels);
        if (files.isDamaged()) {
            journal.snapshot(files.rotate(), loaded);
            journal.history.clear();
        }
        return new Opened(journal, loaded);
    }

    private static Opened upgraded(
            Model model,
            SchemaNode schema,
            Datastore.Settings settings,
            StateFiles files,
            Names names,
            Replay replay,
            Loaded stored)
            throws IOException {
        var outcome = Upgrade.of(model, schema, names, stored.root(), replay.levels);
        boolean changed = !outcome.root().equals(stored.root());
        replay.indexed(outcome.root());
        boolean isDamaged = files.isDamaged();
        var loaded = stored;
        if (changed) {
            long generation = stored.highest() + 1;
            var time = settings.clock().instant();
            @Nullable Path quarantine = null;
            if (!outcome.cuts().isEmpty()) {
                quarantine =
                        new Quarantine(settings.directory())
                                .keep(generation, time, replay.modelBefore, outcome.cuts());
            }
            var commit =
                    new Commit(generation, time, Actor.SYSTEM, told(outcome, quarantine), true);
            loaded = new Loaded(outcome.root(), commit, generation, stored.confirmBase());
            replay.findings.add("commit %d: %s".formatted(generation, commit.comment()));
        }
        outcome.remaining().forEach(error -> replay.findings.add(remains(model, error)));
        var journal =
                new Journal(
                        files,
                        replay,
                        model,
                        schema,
                        names,
                        settings.compactAfterBytes(),
                        loaded.confirmBase(),
                        outcome.levels());
        if (changed) {
            journal.upgrade(stored, loaded, replay.modelBefore, replay.levels);
        }
        journal.snapshot(files.rotate(), loaded);
        if (isDamaged) {
            journal.history.clear();
        }
        return new Opened(journal, loaded);
    }

    private static String told(Upgrade.Outcome outcome, @Nullable Path quarantine) {
        var parts = new ArrayList<String>();
        if (!outcome.migrations().isEmpty()) {
            parts.add(outcome.migrations().size() + " migrations");
        }
        if (quarantine != null) {
            parts.add(
                    "%d parts did not fit and are kept in %s"
                            .formatted(outcome.cuts().size(), quarantine.getFileName()));
        }
        return parts.isEmpty()
                ? "upgrade to other modules"
                : "upgrade to other modules: " + String.join(", ", parts);
    }

    private static String remains(Model model, DataError error) {
        var path = error.path();
        return "%s: %s; nothing could be cut for it, and the next commit has to mend it"
                .formatted(path == null ? "/" : model.format(path), error.message());
    }

    /// The record of an upgrade. On the disk when this returns.
    private void upgrade(Loaded before, Loaded now, String formerModel, Upgrade.Levels formerLevels)
            throws IOException {
        var commit = Objects.requireNonNull(now.last());
        var former = before.last();
        long parent = former == null ? 0 : former.generation();
        var meta = meta(commit);
        meta.put(PARENT, Long.toString(parent));
        meta.put(FORMER_MODEL, formerModel);
        meta.put(FORMER_MIGRATIONS, formerLevels.toString());
        if (confirmBase != null) {
            meta.put(CONFIRM_BASE, confirmBase.toString());
        }
        var content = EditCodec.encode(before.root(), now.root());
        var record = new Record(commit.generation(), COMMIT, meta, content);
        history.add(new History.Entry(commit, parent, files.append(record, true)));
        applied(commit.generation());
    }

    /// Of all modules there have been, so that what is left of one can be told.
    private static Names names(Model model, StateFiles files) throws IOException {
        var former = new TreeMap<String, String>();
        try {
            files.load(NAMES, (_, meta, _) -> former.putAll(meta));
        } catch (IOException e) {
            LOG.warn("the names of former modules are lost: {}", e.getMessage());
        }
        var names = new Names(model, former);
        if (!names.all().equals(former)) {
            files.save(NAMES, names.all(), _ -> {});
        }
        return names;
    }

    private static void close(@Nullable StateFiles files) throws IOException {
        if (files != null) {
            files.close();
        }
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
        var record =
                new Record(commit.generation(), COMMIT, meta, EditCodec.encode(schema, change));
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
    ///
    /// @param isOther whether it leads to what was written under other modules
    /// @param levels the migrations that had been carried out there; null where they are as behind
    ///   the commit
    record Undo(List<Edit> edits, boolean isOther, Upgrade.@Nullable Levels levels) {}

    Undo undo(History.Entry entry) throws IOException {
        var record = files.read(entry.place());
        var meta = record.meta();
        var edits = EditCodec.undo(record.content());
        return meta.containsKey(FORMER_MODEL)
                ? new Undo(edits, true, Upgrade.Levels.parse(meta.get(FORMER_MIGRATIONS)))
                : new Undo(edits, !contentId.equals(meta.get(MODEL)), null);
    }

    /// What this model takes of a configuration of other modules.
    ///
    /// @param reached the migrations that had been carried out; null for those of today
    ContainerNode adapted(ContainerNode root, Upgrade.@Nullable Levels reached) {
        var outcome = Upgrade.of(model, schema, names, root, reached == null ? levels : reached);
        for (var cut : outcome.cuts()) {
            LOG.warn("not taken from a former configuration: {}: {}", cut.path(), cut.reason());
        }
        return outcome.root();
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
        meta.put(MODEL, contentId);
        putLevels(meta);
        files.save(RESCUE, meta, out -> EditCodec.write(out, running.root()));
    }

    @Nullable ContainerNode rescue() throws IOException {
        var found = new ArrayList<ContainerNode>();
        files.load(
                RESCUE,
                (_, meta, content) -> {
                    var root = EditCodec.read(content);
                    found.add(
                            contentId.equals(meta.get(MODEL))
                                    ? root
                                    : adapted(root, Upgrade.Levels.parse(meta.get(MIGRATIONS))));
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
        meta.put(MODEL, contentId);
        putLevels(meta);
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
        meta.put(MODEL, contentId);
        putLevels(meta);
        var comment = commit.comment();
        if (comment != null) {
            meta.put("comment", comment);
        }
        return meta;
    }

    private void putLevels(Map<String, String> meta) {
        if (!levels.byModule().isEmpty()) {
            meta.put(MIGRATIONS, levels.toString());
        }
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

    /// From files to the tree they stand for.
    private static final class Replay implements StateFiles.Reader {
        private final Model model;
        private final List<String> findings = new ArrayList<>();
        private ContainerNode root = Nodes.emptyRoot();
        private @Nullable Record pending;
        private @Nullable Commit last;
        private long highest;
        private Upgrade.Levels levels = Upgrade.Levels.NONE;

        /// What wrote last, and whether all that has to be known of the tree is of this model.
        private String modelBefore;

        private boolean otherModel;
        private @Nullable Long confirmBase;
        private final History history;
        private StateFiles.@Nullable Place place;

        Replay(Model model) {
            this.model = model;
            modelBefore = model.contentId();
            history = new History(model);
        }

        @Override
        public void snapshot(long generation, Map<String, String> meta, DataInput content)
                throws IOException {
            highest = Math.max(generation, Long.parseLong(meta.getOrDefault("highest", "0")));
            last = commit(generation, meta);
            confirmBase = confirmBase(meta);
            root = EditCodec.read(content);
            levels = Upgrade.Levels.parse(meta.get(MIGRATIONS));
            otherModel = false;
            madeBy(meta);
        }

        @Override
        public void record(Record record, StateFiles.Place at) throws IOException {
            highest = Math.max(highest, record.generation());
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

        private void madeBy(Map<String, String> meta) {
            modelBefore = meta.getOrDefault(MODEL, "");
            otherModel |= !modelBefore.equals(model.contentId());
        }

        private void redo() throws IOException {
            var record = pending;
            if (record != null) {
                root = Nodes.edited(root, EditCodec.decode(record.content()));
                last = commit(record.generation(), record.meta());
                confirmBase = confirmBase(record.meta());
                levels = Upgrade.Levels.parse(record.meta().get(MIGRATIONS));
                if (record.meta().containsKey(FORMER_MODEL)) {
                    otherModel = false;
                }
                madeBy(record.meta());
                remember(record, place);
                pending = null;
            }
        }

        void finish() throws IOException {
            var undecided = pending;
            if (undecided != null) {
                findings.add(
                        "commit %d was decided and not confirmed: it is done"
                                .formatted(undecided.generation()));
                redo();
            }
        }

        /// Whether the model has to be asked if it takes what was read.
        boolean isOther() {
            return otherModel
                    || last != null
                            && model.migrations().stream().anyMatch(one -> !levels.has(one));
        }

        /// Of what was read, the history.
        void indexed(ContainerNode limits) {
            history.loaded(last == null ? 0 : last.generation());
            history.keep(confirmBase);
            history.retain(limits);
        }
    }
}
