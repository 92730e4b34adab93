package org.lagopus.component.ring;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The worker's counters, read without asking it. The segment tells its own layout, so that a kind
/// this class has never heard of is read as well; counter_segment.h is the writer's view.
///
/// Each thread of the worker counts for itself, and a value is the sum over them. Values of one
/// object are from about the same instant, not from exactly the same. Safe for any thread.
public final class Counters {
    static final long MAGIC = 0x544e554f4347414cL;
    private static final int VERSION = 1;
    private static final int HEADER = 64;
    private static final int ENTRY = 96;
    private static final int NAME = 32;
    private static final VarHandle LONG = JAVA_LONG.varHandle();
    private static final VarHandle INT = JAVA_INT.varHandle();

    private final MemorySegment map;
    private final long blocksAt;
    private final long blockSize;
    private final long maxBlocks;
    private final List<Table> tables;

    /// One object's counters in the order of [Table#fields]. Objects have a key (a port's
    /// configured number) or a name (a drop's reason); the other one is 0 or empty.
    public record Row(int index, long key, String name, List<Long> values) {
        /// The value of a field, by its place.
        public long value(int field) {
            return values.get(field);
        }
    }

    private Counters(MemorySegment map) throws IOException {
        if (map.byteSize() < HEADER
                || (long) LONG.getAcquire(map, 0L) != MAGIC
                || map.get(JAVA_INT, 8) != VERSION) {
            throw new IOException("the worker's memory holds no counters of version " + VERSION);
        }
        this.map = map;
        blocksAt = map.get(JAVA_LONG, 32);
        blockSize = map.get(JAVA_LONG, 40);
        if (blocksAt < HEADER || blocksAt > map.byteSize() || blockSize <= 0) {
            throw new IOException("counters at " + blocksAt);
        }
        maxBlocks = (map.byteSize() - blocksAt) / blockSize;
        int entries = map.get(JAVA_INT, 12);
        if (entries < 0 || entries > (blocksAt - HEADER) / ENTRY) {
            throw new IOException(entries + " kinds of counters");
        }
        List<Table> read = new ArrayList<>();
        for (int i = 0; i < entries; i++) {
            read.add(new Table(HEADER + i * (long) ENTRY));
        }
        tables = List.copyOf(read);
    }

    static Counters open(MemorySegment map) throws IOException {
        try {
            return new Counters(map);
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new IOException("the worker's counters lie outside their memory", e);
        }
    }

    /// Tells one start of the worker from another; counters begin at zero with each.
    public long generation() {
        return map.get(JAVA_LONG, 16);
    }

    /// Everything there is to read.
    public List<Table> tables() {
        return tables;
    }

    /// The counters of that name: `port`, `interface`, `drop`, `node`.
    public Optional<Table> table(String name) {
        return tables.stream().filter(table -> table.name().equals(name)).findFirst();
    }

    private long blocks() {
        return Math.min(maxBlocks, Integer.toUnsignedLong((int) INT.getAcquire(map, 48L)));
    }

    private String name(long at) {
        byte[] bytes = map.asSlice(at, NAME).toArray(JAVA_BYTE);
        int length = 0;
        while (length < NAME && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /// The counters of one kind.
    public final class Table {
        private final String name;
        private final int kind;
        private final int count;
        private final long stride;
        private final long offset;
        private final long keysAt;
        private final List<String> fields;
        private final List<String> names;

        private Table(long at) throws IOException {
            name = Counters.this.name(at);
            kind = map.get(JAVA_INT, at + 32);
            count = map.get(JAVA_INT, at + 36);
            int fieldCount = map.get(JAVA_INT, at + 40);
            stride = Integer.toUnsignedLong(map.get(JAVA_INT, at + 44));
            offset = map.get(JAVA_LONG, at + 48);
            keysAt = map.get(JAVA_LONG, at + 56);
            long namesAt = map.get(JAVA_LONG, at + 64);
            long fieldsAt = map.get(JAVA_LONG, at + 72);
            if (count <= 0
                    || fieldCount <= 0
                    || fieldCount * 8L > stride
                    || stride % 8 != 0
                    || offset < 0
                    || offset % 8 != 0
                    || offset > blockSize
                    || count * stride > blockSize - offset
                    || keysAt % 8 != 0) {
                throw new IOException("counters of " + name + " lie outside their memory");
            }
            fields = names(fieldsAt, fieldCount);
            names = namesAt == 0 ? List.of() : names(namesAt, count);
            if (keysAt != 0) {
                map.asSlice(keysAt, count * 8L);
            }
        }

        /// What it counts for: `port`, `drop`, …
        public String name() {
            return name;
        }

        /// The number of the kind, as in counter_segment.h.
        public int kind() {
            return kind;
        }

        /// The names of what is counted for each object.
        public List<String> fields() {
            return fields;
        }

        /// All objects that exist now. One whose index went to another object meanwhile is left
        /// out.
        public List<Row> read() {
            long[] before = keys();
            long[] values = new long[count * fields.size()];
            for (int i = 0; i < count; i++) {
                if (keysAt == 0 || before[i] != 0) {
                    sum(i, values);
                }
            }
            long[] after = keys();
            List<Row> rows = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                if (keysAt == 0 || (before[i] != 0 && before[i] == after[i])) {
                    List<Long> row = new ArrayList<>(fields.size());
                    for (int f = 0; f < fields.size(); f++) {
                        row.add(values[i * fields.size() + f]);
                    }
                    rows.add(
                            new Row(
                                    i,
                                    keysAt == 0 ? 0 : before[i],
                                    names.isEmpty() ? "" : names.get(i),
                                    List.copyOf(row)));
                }
            }
            return rows;
        }

        private void sum(int index, long[] into) {
            long blocks = blocks();
            for (long b = 0; b < blocks; b++) {
                long at = blocksAt + b * blockSize + offset + index * stride;
                for (int f = 0; f < fields.size(); f++) {
                    into[index * fields.size() + f] += (long) LONG.getOpaque(map, at + f * 8L);
                }
            }
        }

        private long[] keys() {
            long[] keys = new long[keysAt == 0 ? 0 : count];
            for (int i = 0; i < keys.length; i++) {
                keys[i] = (long) LONG.getAcquire(map, keysAt + i * 8L);
            }
            return keys;
        }

        private List<String> names(long at, int howMany) {
            List<String> read = new ArrayList<>();
            for (int i = 0; i < howMany; i++) {
                read.add(Counters.this.name(at + i * (long) NAME));
            }
            return List.copyOf(read);
        }
    }
}
