package org.lagopus.datastore.audit;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Audit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Appends a line for each event ([Chain]), on a thread of its own.
///
/// Whoever tells something puts it into a bounded queue; only when the queue is full, and the disk
/// behind by thousands of lines, it waits, for a second at most. Lines are written as they come and
/// synced once a second. So a crash of the process loses what was told in its last milliseconds,
/// and a power cut that of its last second; commits are told again at the next start. What could
/// not be written is counted, and the count is the next line.
public final class AuditLog implements Audit, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);
    private static final int QUEUE = 8192;
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    /// @param fileBytes length from which another file is begun
    /// @param files that are kept, the current one included
    public record Limits(long fileBytes, int files) {
        public static final Limits DEFAULT = new Limits(16L << 20, 16);
    }

    private sealed interface Item {
        record Told(Instant time, Event event) implements Item {}

        /// Everything before it is on the disk when it counts down.
        record Mark(CountDownLatch done, boolean last) implements Item {}
    }

    private final Path directory;
    private final Clock clock;
    private final BlockingQueue<Item> queue = new ArrayBlockingQueue<>(QUEUE);
    private final AtomicLong lost = new AtomicLong();
    private final Thread writer = Thread.ofPlatform().name("audit").daemon().unstarted(this::write);
    private volatile Limits limits;
    private final long lastCommit;

    // Of the writer's thread from its start on.
    private FileChannel file;
    private long number;
    private String hash = Chain.START;
    private long line;
    private boolean failing;
    private boolean dirty;
    private long syncedNanos = System.nanoTime();

    private AuditLog(Path directory, Clock clock, Limits limits) throws IOException {
        this.directory = directory;
        this.clock = clock;
        this.limits = limits;
        var files = Chain.files(directory);
        lastCommit = lastCommit(List.copyOf(files.descendingMap().values()));
        while (!files.isEmpty() && !hasLine(files.lastEntry().getValue())) {
            Files.delete(files.pollLastEntry().getValue()); // a crash while it was begun
        }
        if (files.isEmpty()) {
            file = create(1);
            number = 1;
            begin();
        } else {
            number = files.lastKey();
            file =
                    FileChannel.open(
                            files.lastEntry().getValue(),
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
            goOn();
        }
    }

    private static boolean hasLine(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            for (int octet = in.read(); octet >= 0; octet = in.read()) {
                if (octet == '\n') {
                    return true;
                }
            }
        }
        return false;
    }

    /// Goes on behind the last line, or begins the first file.
    public static AuditLog open(Path directory, Clock clock, Limits limits) throws IOException {
        Files.createDirectories(
                directory,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        var log = new AuditLog(directory, clock, limits);
        log.writer.start();
        return log;
    }

    /// From the next line on.
    public void limits(Limits other) {
        limits = other;
    }

    /// The highest number of a commit that was told before this start; 0 if there is none.
    public long lastCommit() {
        return lastCommit;
    }

    @Override
    public void tell(Event event) {
        var told = new Item.Told(clock.instant(), event);
        try {
            if (!queue.offer(told) && !queue.offer(told, 1, TimeUnit.SECONDS)) {
                lost.incrementAndGet();
            }
        } catch (InterruptedException e) {
            lost.incrementAndGet();
            Thread.currentThread().interrupt();
        }
    }

    /// Waits until everything that was told is on the disk, or lost.
    public void flush() throws InterruptedException {
        var done = new CountDownLatch(1);
        queue.put(new Item.Mark(done, false));
        done.await();
    }

    private void write() {
        var batch = new ArrayList<Item>();
        boolean goesOn = true;
        while (goesOn) {
            try {
                var first = queue.poll(1, TimeUnit.SECONDS);
                if (first != null) {
                    batch.add(first);
                    queue.drainTo(batch, 1000);
                }
                goesOn = write(batch);
            } catch (InterruptedException e) {
                goesOn = false;
            }
            batch.clear();
        }
    }

    private boolean write(List<Item> batch) {
        boolean goesOn = true;
        for (var item : batch) {
            switch (item) {
                case Item.Told told -> append(told);
                case Item.Mark(var done, var last) -> {
                    sync();
                    goesOn &= !last;
                    done.countDown();
                }
            }
        }
        if (dirty && System.nanoTime() - syncedNanos >= TimeUnit.SECONDS.toNanos(1)) {
            sync();
        }
        return goesOn;
    }

    private void append(Item.Told told) {
        try {
            long missing = lost.get();
            if (missing > 0) {
                var json = line("lost", clock.instant());
                json.addProperty("count", missing);
                append(json);
                lost.addAndGet(-missing);
            }
            if (file.position() >= limits.fileBytes()) {
                rotate();
            }
            append(json(told));
            failing = false;
        } catch (IOException e) {
            lost.incrementAndGet();
            if (!failing) {
                LOG.error("the audit log cannot be written, lines are being lost", e);
                failing = true;
            }
        }
    }

    private void sync() {
        try {
            file.force(false);
            dirty = false;
            syncedNanos = System.nanoTime();
        } catch (IOException e) {
            if (!failing) {
                LOG.error("the audit log cannot be synced", e);
                failing = true;
            }
        }
    }

    private JsonObject line(String what, Instant time) {
        var json = new JsonObject();
        json.addProperty("line", line + 1);
        json.addProperty("time", time.toString());
        json.addProperty("what", what);
        return json;
    }

    private JsonObject json(Item.Told told) {
        var event = told.event();
        var json = line(event.what(), told.time());
        json.addProperty("user", event.user());
        if (event.session() != 0) {
            json.addProperty("session", event.session());
        }
        json.addProperty("origin", event.origin());
        add(json, "peer", event.peer());
        add(json, "operation", event.operation());
        add(json, "target", event.target());
        json.addProperty("verdict", event.verdict());
        if (event.commit() != null) {
            json.addProperty("commit", event.commit());
        }
        return json;
    }

    private static void add(JsonObject json, String name, @Nullable String value) {
        if (value != null) {
            json.addProperty(name, value);
        }
    }

    /// A line that is written in part only is taken back: what follows must hang on a whole one.
    private void append(JsonObject json) throws IOException {
        var text = json.toString();
        var next = Chain.hash(hash, text);
        var bytes = ByteBuffer.wrap((next + " " + text + "\n").getBytes(StandardCharsets.UTF_8));
        long before = file.position();
        try {
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
        } catch (IOException e) {
            file.truncate(before);
            file.position(before);
            throw e;
        }
        hash = next;
        line++;
        dirty = true;
    }

    private void rotate() throws IOException {
        file.force(true);
        var full = file;
        file = create(number + 1);
        try {
            number++;
            begin();
        } catch (IOException e) {
            number--;
            file.close();
            file = full;
            Files.deleteIfExists(Chain.file(directory, number + 1));
            throw e;
        }
        full.close();
        var files = Chain.files(directory);
        while (files.size() > Math.max(limits.files(), 1)) {
            Files.deleteIfExists(files.pollFirstEntry().getValue());
        }
    }

    private FileChannel create(long next) throws IOException {
        return FileChannel.open(
                Chain.file(directory, next),
                Set.of(
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE),
                OWNER_ONLY);
    }

    private void begin() throws IOException {
        var json = line("file", clock.instant());
        json.addProperty("number", number);
        json.addProperty("previous", hash);
        append(json);
    }

    /// Behind the last whole line; the rest of one that was being written at a crash is cut off.
    private void goOn() throws IOException {
        var bytes = ByteBuffer.allocate(Math.toIntExact(file.size()));
        while (bytes.hasRemaining() && file.read(bytes) >= 0) {
            // on
        }
        var all = bytes.array();
        int end = all.length;
        while (end > 0 && all[end - 1] != '\n') {
            end--;
        }
        int start = Math.max(end - 1, 0);
        while (start > 0 && all[start - 1] != '\n') {
            start--;
        }
        var last = new String(all, start, Math.max(end - 1 - start, 0), StandardCharsets.UTF_8);
        if (last.length() > Chain.HASH) {
            hash = last.substring(0, Chain.HASH);
            line = number(last, "line");
        }
        file.position(end);
        if (end < all.length) {
            file.truncate(end);
            var json = line("cut", clock.instant());
            json.addProperty("bytes", all.length - end);
            append(json);
        }
    }

    private static long number(String line, String member) {
        try {
            var json = JsonParser.parseString(line.substring(Chain.HASH)).getAsJsonObject();
            var value = json.get(member);
            return value == null ? 0 : value.getAsLong();
        } catch (JsonParseException | IllegalStateException | NumberFormatException e) {
            return 0;
        }
    }

    /// @param files the newest first
    private static long lastCommit(List<Path> files) throws IOException {
        for (var file : files) {
            long highest = 0;
            try (var lines = Files.newBufferedReader(file)) {
                for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (line.length() > Chain.HASH && line.contains("\"commit\":")) {
                        highest = Math.max(highest, number(line, "commit"));
                    }
                }
            } catch (java.nio.charset.CharacterCodingException e) {
                LOG.warn("{} is no text any more", file);
            }
            if (highest > 0) {
                return highest;
            }
        }
        return 0;
    }

    @Override
    public void close() throws IOException {
        var done = new CountDownLatch(1);
        try {
            if (queue.offer(new Item.Mark(done, true), 5, TimeUnit.SECONDS)) {
                done.await(5, TimeUnit.SECONDS);
            }
            writer.join(1000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        file.close();
    }
}
