package org.lagopus.datastore.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("R9")
@Tag("R10")
class StateFilesTest {
    @TempDir Path directory;

    /// Collects what is read as text.
    private static final class Seen implements StateFiles.Reader {
        final List<String> all = new ArrayList<>();

        @Override
        public void snapshot(long generation, Map<String, String> meta, DataInput content)
                throws IOException {
            all.add("snapshot %d %s %s".formatted(generation, meta, content.readUTF()));
        }

        @Override
        public void record(Record record, StateFiles.Place place) {
            all.add(
                    "%s %d %s %d"
                            .formatted(
                                    record.kind(),
                                    record.generation(),
                                    record.meta(),
                                    record.content().length));
        }
    }

    private static Record record(long generation) {
        var content = new byte[(int) (generation * 7 % 50)];
        return new Record(generation, "commit", Map.of("user", "ü" + generation), content);
    }

    private void write(long from, long to) throws IOException {
        try (var files = StateFiles.open(directory, new Seen())) {
            for (long g = from; g <= to; g++) {
                files.append(record(g), g % 2 == 0);
            }
        }
    }

    private Path log(long number) {
        return directory.resolve("log." + number);
    }

    @Test
    void whatIsAppendedComesBackInOrder() throws Exception {
        write(1, 3);
        write(4, 5);
        var seen = new Seen();
        try (var files = StateFiles.open(directory, seen)) {
            assertThat(files.findings()).isEmpty();
            assertThat(files.highest()).isEqualTo(5);
        }
        assertThat(seen.all)
                .containsExactly(
                        "commit 1 {user=ü1} 7",
                        "commit 2 {user=ü2} 14",
                        "commit 3 {user=ü3} 21",
                        "commit 4 {user=ü4} 28",
                        "commit 5 {user=ü5} 35");
    }

    /// The machine may lose power at any byte of the last writes.
    @Test
    void aLogCutOffAnywhereLoadsWhatIsWhole() throws Exception {
        write(1, 4);
        var whole = Files.readAllBytes(log(0));
        var ends = ends(whole);
        for (int cut = whole.length; cut >= 0; cut--) {
            Files.write(log(0), Arrays.copyOf(whole, cut));
            int length = cut;
            long complete = ends.stream().filter(end -> end <= length).count();
            var seen = new Seen();
            try (var files = StateFiles.open(directory, seen)) {
                assertThat(seen.all).as("cut at %d", cut).hasSize((int) complete);
                boolean clean = cut == 8 || ends.contains(cut);
                assertThat(files.findings()).as("cut at %d", cut).hasSize(clean ? 0 : 1);
                files.append(record(9), true);
            }
            var again = new Seen();
            try (var files = StateFiles.open(directory, again)) {
                assertThat(files.findings()).isEmpty();
                assertThat(again.all).as("goes on behind the cut").hasSize((int) complete + 1);
            }
        }
    }

    private static List<Integer> ends(byte[] log) {
        var ends = new ArrayList<Integer>();
        var bytes = ByteBuffer.wrap(log);
        for (int at = 8; at < log.length; ) {
            at += 12 + bytes.getInt(at + 4);
            ends.add(at);
        }
        return ends;
    }

    @Test
    void aTailOfZerosIsCutOff() throws Exception {
        write(1, 2);
        var whole = Files.readAllBytes(log(0));
        Files.write(log(0), Arrays.copyOf(whole, whole.length + 4096));
        var seen = new Seen();
        try (var files = StateFiles.open(directory, seen)) {
            assertThat(seen.all).hasSize(2);
            assertThat(files.findings()).singleElement().asString().contains("cut off", "4096");
        }
    }

    @Test
    void damageInTheMiddleIsToldAndNothingBehindItIsTakenForGood() throws Exception {
        write(1, 4);
        var whole = Files.readAllBytes(log(0));
        var ends = ends(whole);
        for (int at = ends.getFirst(); at < ends.get(1); at++) {
            var damaged = whole.clone();
            damaged[at] ^= 0x40;
            Files.write(log(0), damaged);
            var seen = new Seen();
            try (var files = StateFiles.open(directory, seen)) {
                assertThat(seen.all).as("damage at %d", at).hasSize(1);
                assertThat(files.isDamaged()).isTrue();
                assertThat(files.highest()).isGreaterThanOrEqualTo(4);
                assertThat(files.findings())
                        .singleElement()
                        .asString()
                        .contains("damaged at byte " + ends.getFirst(), "commit 3", "commit 4");
                files.snapshot(files.rotate(), 1, Map.of(), out -> out.writeUTF("state"));
            }
            assertThat(directory.resolve("damaged-log.0")).hasBinaryContent(damaged);
            var again = new Seen();
            try (var files = StateFiles.open(directory, again)) {
                assertThat(files.findings()).isEmpty();
                assertThat(again.all).containsExactly("snapshot 1 {} state");
            }
            for (var file : Files.list(directory).toList()) {
                Files.delete(file);
            }
        }
    }

    /// The last record was whole, and told to somebody; its number must not come again.
    @Test
    void damageOfTheLastRecordIsKeptAsideAndItsNumberIsNotUsedAgain() throws Exception {
        write(1, 4);
        var damaged = Files.readAllBytes(log(0));
        int last = ends(damaged).get(2);
        damaged[damaged.length - 1] ^= 1;
        Files.write(log(0), damaged);
        var seen = new Seen();
        try (var files = StateFiles.open(directory, seen)) {
            assertThat(seen.all).hasSize(3);
            assertThat(files.highest()).isGreaterThanOrEqualTo(4);
            assertThat(files.findings())
                    .singleElement()
                    .asString()
                    .contains("damaged at byte " + last, "damaged-log.0");
        }
        assertThat(directory.resolve("damaged-log.0"))
                .hasBinaryContent(Arrays.copyOfRange(damaged, last, damaged.length));
    }

    @Test
    void aLogThatIsGoneIsMissedAndItsNumbersAreNotUsedAgain() throws Exception {
        write(1, 4);
        Files.delete(log(0));
        for (int i = 0; i < 2; i++) {
            try (var files = StateFiles.open(directory, new Seen())) {
                assertThat(files.isDamaged()).as("start %d", i).isTrue();
                assertThat(files.highest()).isGreaterThanOrEqualTo(4);
                assertThat(files.findings()).singleElement().asString().contains("missing");
                if (i == 1) {
                    files.snapshot(files.rotate(), 0, Map.of(), out -> out.writeUTF("empty"));
                }
            }
            Files.deleteIfExists(log(1));
        }
    }

    @Test
    void generationsGoOnWithoutAGapWhereNothingIsLost() throws Exception {
        write(1, 700);
        try (var files = StateFiles.open(directory, new Seen())) {
            assertThat(files.highest()).isEqualTo(700);
            assertThat(files.findings()).isEmpty();
        }
    }

    @Test
    void whatIsKeptAsideIsNeverOverwritten() throws Exception {
        for (int i = 0; i < 3; i++) {
            write(1, 4);
            var bytes = Files.readAllBytes(log(0));
            bytes[bytes.length - 1] ^= 1;
            Files.write(log(0), bytes);
            StateFiles.open(directory, new Seen()).close();
        }
        assertThat(directory.resolve("damaged-log.0")).exists();
        assertThat(directory.resolve("damaged-log.0-2")).exists();
        assertThat(directory.resolve("damaged-log.0-3")).exists();
    }

    @Test
    void damageThatIsNotSnapshotYetIsFoundAgain() throws Exception {
        write(1, 4);
        var damaged = Files.readAllBytes(log(0));
        damaged[ends(damaged).getFirst() + 20] ^= 1;
        Files.write(log(0), damaged);
        for (int i = 0; i < 3; i++) {
            var seen = new Seen();
            try (var files = StateFiles.open(directory, seen)) {
                assertThat(seen.all).hasSize(1);
                assertThat(files.isDamaged()).isTrue();
            }
        }
    }

    @Test
    void aSnapshotStandsForTheLogsBeforeIt() throws Exception {
        write(1, 3);
        try (var files = StateFiles.open(directory, new Seen())) {
            long number = files.rotate();
            files.append(record(4), true);
            files.snapshot(number, 3, Map.of("a", "b"), out -> out.writeUTF("three"));
            files.append(record(5), true);
        }
        Files.delete(log(0));
        var seen = new Seen();
        try (var files = StateFiles.open(directory, seen)) {
            assertThat(files.findings()).isEmpty();
        }
        assertThat(seen.all)
                .containsExactly(
                        "snapshot 3 {a=b} three", "commit 4 {user=ü4} 28", "commit 5 {user=ü5} 35");
    }

    @Test
    void deathBetweenNewLogAndSnapshotLosesNothing() throws Exception {
        write(1, 3);
        try (var files = StateFiles.open(directory, new Seen())) {
            files.rotate();
            files.append(record(4), true);
            assertThatThrownBy(() ->
                            files.snapshot(
                                    1,
                                    3,
                                    Map.of(),
                                    out -> {
                                        out.writeUTF("half");
                                        throw new IOException("disk full");
                                    }))
                    .hasMessage("disk full");
        }
        Files.writeString(directory.resolve("snapshot.tmp"), "torn");
        var seen = new Seen();
        try (var files = StateFiles.open(directory, seen)) {
            assertThat(files.findings()).isEmpty();
        }
        assertThat(seen.all).hasSize(4);
        assertThat(directory.resolve("snapshot.tmp")).doesNotExist();
    }

    private void snapshot(StateFiles files, long generation) throws IOException {
        files.snapshot(
                files.rotate(), generation, Map.of(), out -> out.writeUTF("state " + generation));
    }

    private static void damage(Path file) throws IOException {
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
    }

    @Test
    void behindADamagedSnapshotAreTheFilesThatMadeIt() throws Exception {
        try (var files = StateFiles.open(directory, new Seen())) {
            for (long g = 1; g <= 3; g++) {
                files.append(record(g), true);
                snapshot(files, g);
            }
            files.append(record(4), true);
        }
        assertThat(directory.resolve("snapshot.1")).as("too old").doesNotExist();
        assertThat(log(1)).doesNotExist();
        damage(directory.resolve("snapshot.3"));
        var seen = new Seen();
        try (var files = StateFiles.open(directory, seen)) {
            assertThat(seen.all)
                    .containsExactly(
                            "snapshot 2 {} state 2",
                            "commit 3 {user=ü3} 21",
                            "commit 4 {user=ü4} 28");
            assertThat(files.findings())
                    .singleElement()
                    .asString()
                    .contains("checksum is wrong", "damaged-snapshot.3");
            assertThat(files.isDamaged()).as("nothing is lost").isFalse();
            files.append(record(5), true);
        }
        var again = new Seen();
        try (var files = StateFiles.open(directory, again)) {
            assertThat(files.findings()).isEmpty();
            assertThat(again.all).hasSize(4);
        }
    }

    @Test
    void aGapInTheLogsIsToldAndNothingBehindItIsTakenForGood() throws Exception {
        try (var files = StateFiles.open(directory, new Seen())) {
            files.append(record(1), true);
            snapshot(files, 1);
            files.append(record(2), true);
            files.rotate();
            files.append(record(3), true);
        }
        Files.delete(log(1));
        var seen = new Seen();
        try (var files = StateFiles.open(directory, seen)) {
            assertThat(seen.all).containsExactly("snapshot 1 {} state 1");
            assertThat(files.highest()).isGreaterThanOrEqualTo(3);
            assertThat(files.findings()).singleElement().asString().contains("lost", "commit 3");
            assertThat(files.isDamaged()).isTrue();
            snapshot(files, 1);
        }
        assertThat(directory.resolve("damaged-log.2")).exists();
        var again = new Seen();
        try (var files = StateFiles.open(directory, again)) {
            assertThat(files.findings()).isEmpty();
            assertThat(again.all).containsExactly("snapshot 1 {} state 1");
        }
    }

    @Test
    void withoutAnythingWholeItSaysWhatIsLost() throws Exception {
        try (var files = StateFiles.open(directory, new Seen())) {
            for (long g = 1; g <= 3; g++) {
                files.append(record(g), true);
                snapshot(files, g);
            }
        }
        damage(directory.resolve("snapshot.2"));
        damage(directory.resolve("snapshot.3"));
        var seen = new Seen();
        try (var files = StateFiles.open(directory, seen)) {
            assertThat(seen.all).isEmpty();
            assertThat(files.isDamaged()).isTrue();
            assertThat(files.findings())
                    .anySatisfy(f -> assertThat(f).contains("damaged-snapshot.2"))
                    .anySatisfy(f -> assertThat(f).contains("damaged-snapshot.3"))
                    .anySatisfy(f -> assertThat(f).contains("lost", "commit 3"));
        }
    }

    @Test
    void twoProcessesCannotShareADirectory() throws Exception {
        try (var _ = StateFiles.open(directory, new Seen())) {
            assertThatThrownBy(() -> StateFiles.open(directory, new Seen()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in use");
        }
        StateFiles.open(directory, new Seen()).close();
    }

    @Test
    void aReaderThatFailsLeavesTheDirectoryFree() throws Exception {
        write(1, 1);
        var choosy =
                new StateFiles.Reader() {
                    @Override
                    public void snapshot(long g, Map<String, String> meta, DataInput content) {}

                    @Override
                    public void record(Record record, StateFiles.Place place) throws IOException {
                        throw new IOException("not that one");
                    }
                };
        assertThatThrownBy(() -> StateFiles.open(directory, choosy)).hasMessage("not that one");
        StateFiles.open(directory, new Seen()).close();
    }
}
