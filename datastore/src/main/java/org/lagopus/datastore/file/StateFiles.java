package org.lagopus.datastore.file;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
import org.jspecify.annotations.Nullable;

/// The state directory: an append-only log, and snapshots that make its older parts superfluous.
///
/// The files are `log.N` and `snapshot.N`. Beginning log N means that whatever the logs before it
/// tell is going to be in snapshot N; once that snapshot is complete, which its name says because
/// it is renamed to it, the files that made it are kept until the next one and what is older is
/// removed. So loading is: the newest snapshot that is whole, then the logs from its number on,
/// without a gap; one damaged snapshot costs nothing but time. Logs that are older still stay as
/// long as the owner wants to look back ([#keepLogsFrom]).
///
/// A record is
///
///     u32 "LGPR" | u32 length | u32 CRC32C | u64 generation, u16+UTF-8 kind, u32+UTF-8 JSON, content
///
/// with length and checksum covering what follows them. What is broken at the end of the last log
/// is a write that was cut off: it is cut away and told; what is not plainly a short write is kept
/// aside. What is broken with good records behind it is damage: loading stops before it and tells
/// what is behind it. What was loaded then has to go into a snapshot before anything else is
/// written ([#isDamaged]); the file is kept aside.
///
/// A generation is never used twice, whatever is lost. The file `mark` tells up to which one they
/// may have been used; it is written ahead, once in [#AHEAD] generations, before the first record of
/// them. Where something was lost, counting goes on behind the mark ([#highest]). It names the last
/// log as well, so that one that is gone is missed.
public final class StateFiles implements AutoCloseable {
    /// Takes a snapshot, or what was kept beside the log.
    @FunctionalInterface
    public interface SnapshotReader {
        void snapshot(long generation, Map<String, String> meta, DataInput content)
                throws IOException;
    }

    /// Takes what was stored, in the order in which it was.
    public interface Reader extends SnapshotReader {
        /// @param place where to find it again
        void record(Record record, Place place) throws IOException;

        /// What a snapshot has made superfluous, and was kept to look back at; told last.
        default void past(Record record, Place place) throws IOException {}
    }

    /// Where a record lies.
    ///
    /// @param log number of the file
    public record Place(long log, long offset, int length) {}

    /// Writes the content of a snapshot.
    @FunctionalInterface
    public interface Content {
        void write(DataOutput out) throws IOException;
    }

    /// Brings what was written to a file onto the disk.
    @FunctionalInterface
    public interface Disk {
        Disk REAL = file -> file.force(false);

        void sync(FileChannel file) throws IOException;
    }

    /// The configuration holds passwords' hashes and keys.
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private static final Set<StandardOpenOption> NEW =
            Set.of(
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);

    private static final Pattern NAME = Pattern.compile("(log|snapshot)\\.(\\d{1,18})");
    private static final long LOG_MAGIC = 0x4C47504C4F473031L; // LGPLOG01
    private static final long SNAPSHOT_MAGIC = 0x4C4750534E503031L; // LGPSNP01
    private static final int RECORD_MAGIC = 0x4C475052; // LGPR
    private static final int HEAD = 12;
    private static final String MARK = "mark";

    /// Generations that are marked as used together: one more sync in so many commits.
    private static final long AHEAD = 256;

    private final Path directory;
    private final FileChannel lockFile;
    private final FileLock lock;
    private final Disk disk;
    private final List<String> findings = new ArrayList<>();
    private final List<Path> damaged = new ArrayList<>();
    private boolean lost;
    private long highest;
    private long marked;
    private FileChannel log;
    private long number;
    private long length;
    private long durable;
    private boolean broken;
    private volatile long keepLogsFrom = Long.MAX_VALUE;

    private StateFiles(
            Path directory, FileChannel lockFile, FileLock lock, Disk disk, FileChannel log) {
        this.directory = directory;
        this.lockFile = lockFile;
        this.lock = lock;
        this.disk = disk;
        this.log = log;
    }

    /// Creates the directory if there is none, and keeps others out of it.
    public static StateFiles open(Path directory, Reader reader) throws IOException {
        return open(directory, reader, Disk.REAL);
    }

    public static StateFiles open(Path directory, Reader reader, Disk disk) throws IOException {
        Files.createDirectories(directory);
        var lockFile =
                FileChannel.open(
                        directory.resolve("lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
        try {
            var lock = lock(directory, lockFile);
            var loading = new Loading(directory, reader);
            loading.load();
            var log = loading.openLast();
            var files = new StateFiles(directory, lockFile, lock, disk, log);
            files.number = loading.number;
            files.length = files.log.size();
            files.durable = files.length;
            files.findings.addAll(loading.findings);
            files.damaged.addAll(loading.damaged);
            files.lost = loading.lost;
            files.highest = loading.highest;
            files.marked = loading.marked;
            // A directory that cannot be written is found now, and not by the first commit.
            files.mark(Math.max(loading.marked, loading.highest), loading.number);
            return files;
        } catch (IOException | RuntimeException e) {
            lockFile.close();
            throw e;
        }
    }

    private static FileLock lock(Path directory, FileChannel file) throws IOException {
        @Nullable FileLock lock = null;
        try {
            lock = file.tryLock();
        } catch (OverlappingFileLockException e) {
            // Held by this very process: as taken as by another.
        }
        if (lock == null) {
            throw new IOException(directory + " is in use by another process");
        }
        return lock;
    }

    /// What was amiss when loading, in words for the operator.
    public List<String> findings() {
        return List.copyOf(findings);
    }

    /// Whether a snapshot has to be made of what was loaded, before the first [#append].
    public boolean isDamaged() {
        return lost;
    }

    /// The highest generation that may have been used: the highest one seen, in records that could
    /// not be loaded too, and where something was lost the marked one.
    public long highest() {
        return highest;
    }

    /// Bytes in the log since the last snapshot.
    public synchronized long length() {
        return length;
    }

    /// Adds a record. When this fails the log is what it was, or refuses everything from now on.
    ///
    /// @param durable return only when it is on the disk
    public Place append(Record record, boolean durable) throws IOException {
        var place = append(record);
        if (durable) {
            sync();
        }
        return place;
    }

    private synchronized Place append(Record record) throws IOException {
        checkUsable();
        var bytes = encode(record);
        if (record.generation() > marked) {
            mark(record.generation() + AHEAD - 1, number);
        }
        try {
            write(log, bytes, length);
        } catch (IOException e) {
            takeBack(e);
            throw e;
        }
        var place = new Place(number, length, bytes.limit());
        length += bytes.limit();
        return place;
    }

    /// All that was added before is on the disk when this returns; others may add meanwhile. When
    /// it fails, whatever was not on the disk yet is taken back, and everything is refused from now
    /// on: what a failed sync left there is unknown, and a second one may lie.
    public void sync() throws IOException {
        FileChannel file;
        long until;
        synchronized (this) {
            checkUsable();
            file = log;
            until = length;
        }
        try {
            disk.sync(file);
        } catch (IOException e) {
            synchronized (this) {
                broken = true;
                length = durable;
                takeBack(e);
            }
            throw e;
        }
        synchronized (this) {
            durable = Math.max(durable, until);
        }
    }

    private void checkUsable() throws IOException {
        if (broken) {
            throw new IOException("the log of " + directory + " failed before");
        }
    }

    /// Reads a record again.
    ///
    /// @throws java.nio.file.NoSuchFileException when its log was removed since
    public Record read(Place place) throws IOException {
        try (var file =
                FileChannel.open(path(directory, "log", place.log()), StandardOpenOption.READ)) {
            var bytes = ByteBuffer.allocate(place.length());
            long at = place.offset();
            while (bytes.hasRemaining()) {
                int got = file.read(bytes, at);
                if (got < 0) {
                    throw new IOException("log." + place.log() + " is shorter than it was");
                }
                at += got;
            }
            var body = Arrays.copyOfRange(bytes.array(), HEAD, place.length());
            if (bytes.getInt(0) != RECORD_MAGIC || crc(body, 0, body.length) != bytes.getInt(8)) {
                throw new IOException("log." + place.log() + " is not what it was");
            }
            return decode(body);
        }
    }

    /// Logs of this number and later ones are kept, though a snapshot has all that boots.
    public void keepLogsFrom(long first) {
        keepLogsFrom = first;
    }

    /// The logs there are, by number, and their sizes.
    public NavigableMap<Long, Long> logs() throws IOException {
        var sizes = new TreeMap<Long, Long>();
        for (var log : list(directory, "log").entrySet()) {
            sizes.put(log.getKey(), Files.size(log.getValue()));
        }
        return sizes;
    }

    /// Keeps something beside log and snapshots, under a name of its own: the old or the new is
    /// there, whole, whatever happens.
    public void save(String name, Map<String, String> meta, Content content) throws IOException {
        write(name, directory.resolve(name), 0, meta, content);
    }

    /// Reads what [#save] has written.
    ///
    /// @return false if there is nothing of that name
    public boolean load(String name, SnapshotReader reader) throws IOException {
        var file = directory.resolve(name);
        if (!Files.exists(file)) {
            return false;
        }
        if (!Loading.isWhole(file)) {
            throw new IOException(file + " is damaged: its checksum is wrong");
        }
        Loading.read(file, reader);
        return true;
    }

    private void takeBack(IOException cause) {
        try {
            log.truncate(length);
            log.force(false);
        } catch (IOException e) {
            broken = true;
            cause.addSuppressed(e);
        }
    }

    private static void write(FileChannel file, ByteBuffer bytes, long position)
            throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += file.write(bytes, at);
        }
    }

    private void mark(long generation, long lastLog) throws IOException {
        var mark = new TreeMap<String, String>();
        mark.put("generation", Long.toString(generation));
        mark.put("log", Long.toString(lastLog));
        write(directory.resolve(MARK), json(mark));
        marked = generation;
    }

    /// Makes a whole file, or leaves the one there was. On the disk when this returns.
    public static void write(Path file, byte[] content) throws IOException {
        var temporary = file.resolveSibling(file.getFileName() + ".tmp");
        try (var channel = FileChannel.open(temporary, NEW, OWNER_ONLY)) {
            write(channel, ByteBuffer.wrap(content), 0);
            channel.force(true);
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        sync(Objects.requireNonNull(file.toAbsolutePath().getParent()));
    }

    /// Starts a new log; what is in the old ones has to come with [#snapshot]. Not beside [#sync].
    ///
    /// @return the number the snapshot is to have
    public synchronized long rotate() throws IOException {
        var next = create(directory, number + 1);
        mark(marked, number + 1);
        log.close();
        log = next;
        number++;
        length = log.size();
        durable = length;
        return number;
    }

    /// Writes a snapshot and removes what it makes superfluous. May run beside [#append].
    public void snapshot(long to, long generation, Map<String, String> meta, Content content)
            throws IOException {
        write("snapshot", path(directory, "snapshot", to), generation, meta, content);
        // Behind damage there is nothing older to fall back on.
        var before = list(directory, "snapshot").lowerKey(to);
        long keep = lost ? to : before == null ? 0 : before;
        long keepLogs = lost ? keep : Math.min(keep, keepLogsFrom);
        for (var file : damaged) {
            putAside(directory, file);
        }
        damaged.clear();
        lost = false;
        for (var file : list(directory, "snapshot").headMap(keep).values()) {
            Files.deleteIfExists(file);
        }
        for (var file : list(directory, "log").headMap(keepLogs).values()) {
            Files.deleteIfExists(file);
        }
    }

    private void write(
            String name, Path target, long generation, Map<String, String> meta, Content content)
            throws IOException {
        var temporary = directory.resolve(name + ".tmp");
        try (var file = FileChannel.open(temporary, NEW, OWNER_ONLY)) {
            OutputStream raw = new BufferedOutputStream(Channels.newOutputStream(file), 1 << 16);
            var checked = new CheckedOutputStream(raw, new CRC32C());
            var out = new DataOutputStream(checked);
            out.writeLong(SNAPSHOT_MAGIC);
            out.writeLong(generation);
            var json = json(meta);
            out.writeInt(json.length);
            out.write(json);
            content.write(out);
            out.flush();
            int sum = (int) checked.getChecksum().getValue();
            out.writeInt(sum);
            out.flush();
            file.force(true);
        }
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        sync(directory);
    }

    @Override
    public synchronized void close() throws IOException {
        broken = true;
        try (lockFile) {
            if (log.isOpen()) {
                log.force(true);
                log.close();
            }
            lock.release();
        }
    }

    private static Path path(Path directory, String kind, long number) {
        return directory.resolve(kind + "." + number);
    }

    private static NavigableMap<Long, Path> list(Path directory, String kind) throws IOException {
        var found = new TreeMap<Long, Path>();
        try (var files = Files.list(directory)) {
            for (var file : (Iterable<Path>) files::iterator) {
                var name = NAME.matcher(String.valueOf(file.getFileName()));
                if (name.matches() && kind.equals(name.group(1))) {
                    found.put(Long.parseLong(String.valueOf(name.group(2))), file);
                }
            }
        }
        return found;
    }

    private static FileChannel create(Path directory, long number) throws IOException {
        var file = FileChannel.open(path(directory, "log", number), NEW, OWNER_ONLY);
        write(file, ByteBuffer.allocate(8).putLong(LOG_MAGIC).flip(), 0);
        file.force(true);
        sync(directory);
        return file;
    }

    /// A rename or a new name is on the disk only when its directory is.
    private static void sync(Path directory) throws IOException {
        try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static Path putAside(Path directory, Path file) throws IOException {
        var aside = aside(directory, file);
        Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE);
        sync(directory);
        return aside;
    }

    /// A name that is free, for what is kept aside.
    private static Path aside(Path directory, Path file) {
        var aside = directory.resolve("damaged-" + file.getFileName());
        for (int i = 2; Files.exists(aside); i++) {
            aside = directory.resolve("damaged-%s-%d".formatted(file.getFileName(), i));
        }
        return aside;
    }

    private static ByteBuffer encode(Record record) {
        var kind = record.kind().getBytes(StandardCharsets.UTF_8);
        var meta = json(record.meta());
        int size = 8 + 2 + kind.length + 4 + meta.length + record.content().length;
        var bytes = ByteBuffer.allocate(HEAD + size);
        bytes.putInt(RECORD_MAGIC).putInt(size).putInt(0);
        bytes.putLong(record.generation());
        bytes.putShort((short) kind.length).put(kind);
        bytes.putInt(meta.length).put(meta);
        bytes.put(record.content());
        bytes.putInt(8, crc(bytes.array(), HEAD, size));
        return bytes.flip();
    }

    private static Record decode(byte[] bytes) throws IOException {
        try {
            var in = ByteBuffer.wrap(bytes);
            long generation = in.getLong();
            var kind = take(in, in.getShort());
            var meta = take(in, in.getInt());
            var content = take(in, in.remaining());
            return new Record(
                    generation, new String(kind, StandardCharsets.UTF_8), map(meta), content);
        } catch (RuntimeException e) {
            throw new IOException("a record with a good checksum makes no sense", e);
        }
    }

    /// Memory follows what is there, not what a length promises.
    private static byte[] take(ByteBuffer in, int length) {
        if (length > in.remaining()) {
            throw new IllegalArgumentException("%d bytes of %d".formatted(length, in.remaining()));
        }
        var bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    private static int crc(byte[] bytes, int offset, int size) {
        var crc = new CRC32C();
        crc.update(bytes, offset, size);
        return (int) crc.getValue();
    }

    private static byte[] json(Map<String, String> meta) {
        var json = new JsonObject();
        new TreeMap<>(meta).forEach(json::addProperty);
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, String> map(byte[] json) {
        var map = new TreeMap<String, String>();
        JsonElement parsed = JsonParser.parseString(new String(json, StandardCharsets.UTF_8));
        parsed.getAsJsonObject()
                .entrySet()
                .forEach(field -> map.put(field.getKey(), field.getValue().getAsString()));
        return map;
    }

    /// One pass over the directory when it is opened.
    private static final class Loading {
        private final Path directory;
        private final Reader reader;
        private final List<String> findings = new ArrayList<>();
        private long number;
        private final List<Path> damaged = new ArrayList<>();
        private boolean lost;
        private long highest;
        private long marked;

        Loading(Path directory, Reader reader) {
            this.directory = directory;
            this.reader = reader;
        }

        void load() throws IOException {
            Files.deleteIfExists(directory.resolve("snapshot.tmp"));
            Files.deleteIfExists(directory.resolve(MARK + ".tmp"));
            long lastLog = mark();
            long from = snapshot();
            long first = Math.max(from, 0);
            var logs = list(directory, "log");
            number = Math.max(from, 0);
            long expected = number;
            for (var log : logs.tailMap(number).entrySet()) {
                if (log.getKey() != expected && !lost) {
                    missing(log.getValue());
                } else {
                    log(log.getKey(), log.getValue(), log.getKey().equals(logs.lastKey()));
                }
                number = log.getKey();
                expected = number + 1;
            }
            if (lastLog >= number && !logs.containsKey(lastLog)) {
                lost = true;
                findings.add(
                        "%s: it is missing, with all that was committed since it was begun"
                                .formatted(path(directory, "log", lastLog)));
                number = lastLog;
            }
            if (lost) {
                highest = Math.max(highest, marked);
            }
            for (var log : logs.headMap(first).entrySet()) {
                past(log.getKey(), log.getValue());
            }
        }

        /// @return the number of the last log; -1 if nobody told
        private long mark() throws IOException {
            var file = directory.resolve(MARK);
            if (!Files.exists(file)) {
                return -1;
            }
            try {
                var mark = map(Files.readAllBytes(file));
                marked = Long.parseLong(mark.getOrDefault("generation", "0"));
                return Long.parseLong(mark.getOrDefault("log", "0"));
            } catch (RuntimeException e) {
                findings.add("%s: it cannot be read, and is made again".formatted(file));
                return -1;
            }
        }

        /// What cannot be read of it is not needed to boot.
        private void past(long log, Path file) throws IOException {
            long size = Files.size(file);
            long at = records(log, file, size, reader::past);
            if (at < size) {
                findings.add(
                        "%s: it is damaged at byte %d; what is behind that is missing in the history"
                                .formatted(file, at));
            }
        }

        private void missing(Path file) throws IOException {
            damaged.add(file);
            lost = true;
            tell(file, "the files before it are lost", later(file, 0, Files.size(file)));
        }

        /// The newest one that is whole; those that are not are put aside.
        private long snapshot() throws IOException {
            for (var snapshot : list(directory, "snapshot").descendingMap().entrySet()) {
                var file = snapshot.getValue();
                if (isWhole(file)) {
                    read(file, reader);
                    return snapshot.getKey();
                }
                findings.add(
                        "%s: its checksum is wrong; kept as %s"
                                .formatted(file, putAside(directory, file)));
            }
            return -1;
        }

        static boolean isWhole(Path file) throws IOException {
            try (var in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
                long left = Files.size(file) - 4;
                var crc = new CRC32C();
                var buffer = new byte[1 << 16];
                while (left > 0) {
                    int got = in.read(buffer, 0, (int) Math.min(buffer.length, left));
                    if (got < 0) {
                        return false;
                    }
                    crc.update(buffer, 0, got);
                    left -= got;
                }
                return left == 0
                        && Files.size(file) > 24
                        && new DataInputStream(in).readInt() == (int) crc.getValue();
            }
        }

        static void read(Path file, SnapshotReader reader) throws IOException {
            try (var in =
                    new DataInputStream(
                            new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
                if (in.readLong() != SNAPSHOT_MAGIC) {
                    throw new IOException(file + " is no snapshot this version can read");
                }
                long generation = in.readLong();
                reader.snapshot(generation, metaOf(file, in), in);
            }
        }

        private static Map<String, String> metaOf(Path file, DataInputStream in)
                throws IOException {
            try {
                return map(in.readNBytes(in.readInt()));
            } catch (RuntimeException e) {
                throw new IOException(file + " has a good checksum and makes no sense", e);
            }
        }

        /// What is told of each record.
        private interface Told {
            void of(Record record, Place place) throws IOException;
        }

        /// @return the byte at which reading had to stop
        private long records(long log, Path file, long size, Told told) throws IOException {
            if (!Files.isRegularFile(file)) {
                throw new FileSystemException(file.toString(), null, "is no file");
            }
            long at = 0;
            try (var in =
                    new DataInputStream(
                            new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
                if (size >= 8 && in.readLong() == LOG_MAGIC) {
                    at = 8;
                    for (var bytes = next(in, size - at); bytes != null; ) {
                        var record = decode(bytes);
                        highest = Math.max(highest, record.generation());
                        told.of(record, new Place(log, at, HEAD + bytes.length));
                        at += HEAD + bytes.length;
                        bytes = next(in, size - at);
                    }
                }
            }
            return at;
        }

        private void log(long log, Path file, boolean last) throws IOException {
            if (lost) {
                damaged.add(file);
                tell(file, "it follows a damaged log", later(file, 0, Files.size(file)));
                return;
            }
            long size = Files.size(file);
            long at = records(log, file, size, reader::record);
            if (at < size || at == 0) {
                broken(file, at, size, last);
            }
        }

        /// The next record if it is whole.
        private static byte @Nullable [] next(DataInputStream in, long left) throws IOException {
            if (left < HEAD || in.readInt() != RECORD_MAGIC) {
                return null;
            }
            int length = in.readInt();
            int crc = in.readInt();
            if (length < 0 || length > left - HEAD) {
                return null;
            }
            var bytes = in.readNBytes(length);
            return bytes.length == length && crc(bytes, 0, length) == crc ? bytes : null;
        }

        private void broken(Path file, long at, long size, boolean last) throws IOException {
            var later = later(file, at, size);
            if (last && later.isEmpty()) {
                highest = Math.max(highest, marked);
                cutOff(file, at, size);
                return;
            }
            damaged.add(file);
            lost = true;
            tell(file, "it is damaged at byte " + at, later);
        }

        private void cutOff(Path file, long at, long size) throws IOException {
            try (var channel =
                    FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                var rest = ByteBuffer.allocate((int) Math.min(size - at, Integer.MAX_VALUE - 8));
                for (long from = at; rest.hasRemaining(); ) {
                    int got = channel.read(rest, from);
                    if (got < 0) {
                        break;
                    }
                    from += got;
                }
                rest.flip();
                if (isShort(rest)) {
                    findings.add(
                            "%s: the last write was cut off; %d bytes from byte %d on are dropped"
                                    .formatted(file, size - at, at));
                } else {
                    var kept = aside(directory, file);
                    write(kept, Arrays.copyOf(rest.array(), rest.limit()));
                    findings.add(
                            "%s: it is damaged at byte %d; the %d bytes from there on are dropped, and kept as %s"
                                    .formatted(file, at, size - at, kept));
                }
                channel.truncate(at);
                channel.force(true);
            }
        }

        /// Whether the bytes begin a record whose end was not written, or were never written at
        /// all.
        private static boolean isShort(ByteBuffer rest) {
            boolean isEmpty = true;
            for (int i = 0; i < rest.limit() && isEmpty; i++) {
                isEmpty = rest.get(i) == 0;
            }
            return isEmpty
                    || rest.limit() < HEAD
                    || rest.getInt(0) == RECORD_MAGIC && rest.getInt(4) > rest.limit() - HEAD;
        }

        private void tell(Path file, String why, List<Record> lost) {
            for (var record : lost) {
                highest = Math.max(highest, record.generation());
            }
            var names = lost.stream().map(r -> r.kind() + " " + r.generation()).toList();
            findings.add(
                    "%s: %s; records behind that are not loaded: %s"
                            .formatted(file, why, names.isEmpty() ? "none" : names));
        }

        /// Good records behind the place where reading had to stop.
        private static List<Record> later(Path file, long at, long size) throws IOException {
            var found = new ArrayList<Record>();
            try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
                var map = channel.map(FileChannel.MapMode.READ_ONLY, at, size - at);
                for (int i = 1; i + HEAD <= map.limit(); i++) {
                    if (map.getInt(i) != RECORD_MAGIC) {
                        continue;
                    }
                    int length = map.getInt(i + 4);
                    if (length >= 0 && length <= map.limit() - i - HEAD) {
                        var bytes = new byte[length];
                        map.get(i + HEAD, bytes);
                        if (crc(bytes, 0, length) == map.getInt(i + 8)) {
                            found.add(decode(bytes));
                            i += HEAD + length - 1;
                        }
                    }
                }
            }
            return found;
        }

        /// The log to go on with.
        FileChannel openLast() throws IOException {
            if (lost) {
                return create(directory, ++number);
            }
            var file = path(directory, "log", number);
            if (!Files.exists(file) || Files.size(file) < 8) {
                return create(directory, number);
            }
            return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        }
    }
}
