package org.lagopus.datastore.file;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.DataInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// A state directory opens with whatever is in its files, or says what is wrong with them.
class LogFuzzTest {
    private static final int HEAD = 12;
    private Path directory;

    private static final class Silent implements StateFiles.Reader {
        @Override
        public void snapshot(long generation, Map<String, String> meta, DataInput content) {}

        @Override
        public void record(Record record, StateFiles.Place place) {}
    }

    @BeforeEach
    void create() throws IOException {
        directory = Files.createTempDirectory("log-fuzz");
    }

    @AfterEach
    void remove() throws IOException {
        try (var all = Files.walk(directory)) {
            for (var file : (Iterable<Path>) all.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(file);
            }
        }
    }

    @FuzzTest
    void aLogOfAnyBytesOpensAndIsAddedTo(byte[] bytes) throws IOException {
        opens("log.0", bytes, bytes.length);
    }

    /// Each byte that begins a piece tells its length; the pieces get heads whose sums are right.
    @FuzzTest
    void recordsWithGoodSumsMakeSenseOrAreTold(byte[] bytes) throws IOException {
        var log = ByteBuffer.allocate(8 + bytes.length * (1 + HEAD));
        log.putLong(0x4C47504C4F473031L);
        for (int at = 0; at < bytes.length; ) {
            int length = Math.min(bytes[at] & 0xff, bytes.length - at - 1);
            var crc = new CRC32C();
            crc.update(bytes, at + 1, length);
            log.putInt(0x4C475052).putInt(length).putInt((int) crc.getValue());
            log.put(bytes, at + 1, length);
            at += 1 + length;
        }
        opens("log.0", log.array(), log.position());
    }

    @FuzzTest
    void aSnapshotWithAGoodSumMakesSenseOrIsTold(byte[] bytes) throws IOException {
        var crc = new CRC32C();
        crc.update(bytes);
        var file = ByteBuffer.allocate(bytes.length + 4).put(bytes).putInt((int) crc.getValue());
        opens("snapshot.0", file.array(), file.position());
    }

    private void opens(String name, byte[] bytes, int length) throws IOException {
        try (var out = Files.newOutputStream(directory.resolve(name))) {
            out.write(bytes, 0, length);
        }
        try (var files = StateFiles.open(directory, new Silent())) {
            if (files.isDamaged()) {
                files.snapshot(files.rotate(), 1, Map.of(), _ -> {});
            }
            files.append(new Record(7, "kind", Map.of("a", "b"), bytes), false);
        } catch (IOException _) {
            // the defined end
        } finally {
            try (var all = Files.list(directory)) {
                for (var file : (Iterable<Path>) all::iterator) {
                    Files.delete(file);
                }
            }
        }
    }
}
