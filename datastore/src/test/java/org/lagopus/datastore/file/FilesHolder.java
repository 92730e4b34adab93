package org.lagopus.datastore.file;

import java.io.DataInput;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/// A process that holds the file manager alone: it appends records for ever, with a snapshot now
/// and then, and says so after each; somebody kills it.
final class FilesHolder {
    private static final int SNAPSHOT_EVERY = 40;

    private FilesHolder() {}

    /// What is stored: each number once, in order. What a record holds follows from its number.
    static final class Stored implements StateFiles.Reader {
        long last;

        @Override
        public void snapshot(long generation, Map<String, String> meta, DataInput content)
                throws IOException {
            last = content.readLong();
            if (last != generation) {
                throw new AssertionError("snapshot %d holds %d".formatted(generation, last));
            }
        }

        @Override
        public void record(Record record, StateFiles.Place place) {
            if (record.generation() != last + 1
                    || !Arrays.equals(record.content(), content(last + 1))) {
                throw new AssertionError(
                        "record %d behind %d".formatted(record.generation(), last));
            }
            last++;
        }
    }

    static byte[] content(long generation) {
        var content = new byte[(int) (generation * 31 % 5000)];
        Arrays.fill(content, (byte) generation);
        return content;
    }

    public static void main(String[] args) throws Exception {
        var stored = new Stored();
        try (var files = StateFiles.open(Path.of(args[0]), stored)) {
            System.out.println(stored.last + ";");
            for (long next = stored.last + 1; ; next++) {
                files.append(new Record(next, "commit", new TreeMap<>(), content(next)), true);
                System.out.println(next + ";");
                if (next % SNAPSHOT_EVERY == 0) {
                    long until = next;
                    files.snapshot(files.rotate(), until, Map.of(), out -> out.writeLong(until));
                }
            }
        }
    }
}
