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
/// the components are brought to it when they come.
final class Journal implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
    private static final String TAKEN = "taken";
    private static final String COMMIT = "commit";
    private static final String APPLIED = "applied";
    private static final String COMPENSATED = "compensated";

    /// @param highest generation ever told to anybody
    record Loaded(ContainerNode root, @Nullable Commit last, long highest) {}

    private final StateFiles files;
    private final String contentId;
    private final long compactAfterBytes;
    private final ExecutorService compactor =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().name("snapshot").daemon().factory());
    private final AtomicBoolean compacting = new AtomicBoolean();
    private final Loaded loaded;
    private final List<String> findings;

    private Journal(
            StateFiles files, Replay replay, Model model, long compactAfterBytes, Loaded loaded) {
        this.files = files;
        this.contentId = model.contentId();
        this.compactAfterBytes = compactAfterBytes;
        this.loaded = loaded;
        findings = new ArrayList<>(files.findings());
        findings.addAll(replay.findings);
    }

    static Journal open(Model model, SchemaNode schema, Datastore.Settings settings)
            throws IOException, DatastoreException {
        var replay = new Replay(model, schema);
        @Nullable StateFiles files = null;
        try {
            files = StateFiles.open(settings.directory(), replay);
            replay.finish();
            var loaded =
                    new Loaded(
                            replay.draft.root(),
                            replay.last,
                            Math.max(replay.highest, files.highest()));
            var journal = new Journal(files, replay, model, settings.compactAfterBytes(), loaded);
            if (files.isDamaged()) {
                journal.snapshot(files.rotate(), loaded);
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

    /// On the disk when this returns.
    void commit(Commit commit, DataTreeCandidateNode change) throws IOException {
        files.append(
                new Record(commit.generation(), COMMIT, meta(commit), EditCodec.encode(change)),
                true);
    }

    /// Not synced: without it the commit is done again, to the same end.
    void applied(long generation) throws IOException {
        files.append(new Record(generation, APPLIED, Map.of(), new byte[0]), false);
    }

    /// On the disk when this returns: without it the commit would come back.
    void compensated(long generation) throws IOException {
        files.append(new Record(generation, COMPENSATED, Map.of(), new byte[0]), true);
    }

    /// Called between two commits; what takes time is done beside the next ones.
    void compactIfLong(Running running, long highest) {
        if (files.length() < compactAfterBytes || !compacting.compareAndSet(false, true)) {
            return;
        }
        try {
            long number = files.rotate();
            compactor.execute(() -> {
                try {
                    snapshot(number, new Loaded(running.root(), running.last(), highest));
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
        files.snapshot(
                number,
                last == null ? 0 : last.generation(),
                meta,
                out -> EditCodec.write(out, content.root()));
    }

    private Map<String, String> meta(Commit commit) {
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

        Replay(Model model, SchemaNode schema) {
            this.model = model;
            this.schema = schema;
            draft = new Draft(schema, Nodes.emptyRoot());
        }

        @Override
        public void snapshot(long generation, Map<String, String> meta, DataInput content)
                throws IOException {
            see(generation, meta);
            highest = Math.max(highest, Long.parseLong(meta.getOrDefault("highest", "0")));
            last = commit(generation, meta);
            var root = EditCodec.read(content);
            apply(List.of(Edit.merge(YangInstanceIdentifier.of(), root)), generation);
        }

        @Override
        public void record(Record record) throws IOException {
            see(record.generation(), record.meta());
            switch (record.kind()) {
                case COMMIT -> {
                    redo();
                    pending = record;
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
