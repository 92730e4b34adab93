package org.lagopus.datastore.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.Audit;
import org.lagopus.datastore.Commit;

@Tag("R4")
class AuditLogTest {
    private static final Clock CLOCK =
            Clock.fixed(Instant.parse("2026-11-25T12:00:00Z"), ZoneOffset.UTC);
    private static final Actor ALICE = new Actor(7, "alice", "netconf");

    @TempDir Path directory;

    private AuditLog open(long fileBytes, int files) throws IOException {
        return AuditLog.open(directory, CLOCK, new AuditLog.Limits(fileBytes, files));
    }

    private AuditLog open() throws IOException {
        return open(1 << 20, 16);
    }

    private static Audit.Event request(int i) {
        return Audit.Event.request(ALICE, "192.0.2.1", "get", "target " + i, "ok");
    }

    private void write(int from, int to) throws IOException {
        try (var log = open()) {
            IntStream.rangeClosed(from, to).forEach(i -> log.tell(request(i)));
        }
    }

    private Path file(int number) {
        return directory.resolve("audit.%d.log".formatted(number));
    }

    private String broken() throws IOException {
        return AuditCheck.verify(directory).broken().orElse("");
    }

    @Test
    void aLineSaysWhoDidWhatWhenAndHowItEnded() throws Exception {
        try (var log = open()) {
            log.tell(Audit.Event.login(ALICE, "192.0.2.1", "ok"));
            log.tell(request(1));
            log.tell(
                    Audit.Event.commit(
                            new Commit(42, CLOCK.instant(), ALICE, "why", true), "/shop:stock"));
        }
        var lines = Files.readAllLines(file(1));
        assertThat(lines).hasSize(4).allMatch(line -> line.matches("[0-9a-f]{64} \\{.*}"));
        assertThat(lines.get(1).substring(65))
                .isEqualTo(
                        "{\"line\":2,\"time\":\"2026-11-25T12:00:00Z\",\"what\":\"login\",\"user\":\"alice\","
                                + "\"session\":7,\"origin\":\"netconf\",\"peer\":\"192.0.2.1\",\"verdict\":\"ok\"}");
        assertThat(lines.get(2)).contains("\"operation\":\"get\"", "\"target\":\"target 1\"");
        assertThat(lines.get(3)).contains("\"commit\":42", "\"target\":\"/shop:stock\"");
        assertThat(Files.getPosixFilePermissions(file(1))).hasSize(2);
    }

    @Test
    void theChainGoesOnOverStartsAndFiles() throws Exception {
        write(1, 5);
        write(6, 10);
        try (var log = open(300, 100)) {
            for (int i = 0; i < 20; i++) {
                log.tell(request(i));
                log.flush();
            }
        }
        var result = AuditCheck.verify(directory);
        assertThat(result.broken()).isEmpty();
        assertThat(result.files()).isGreaterThan(5);
        assertThat(result.first()).isEqualTo(1);
        assertThat(result.last()).isEqualTo(30 + result.files());
        assertThat(AuditCheck.verify(file(3)).broken()).as("one file alone").isEmpty();
    }

    @Test
    void theOldestFilesGoAndTheRestIsStillWhole() throws Exception {
        try (var log = open(300, 3)) {
            for (int i = 0; i < 50; i++) {
                log.tell(request(i));
                log.flush();
            }
        }
        var result = AuditCheck.verify(directory);
        assertThat(result.broken()).isEmpty();
        assertThat(result.files()).isEqualTo(3);
        assertThat(result.first()).isGreaterThan(1);
    }

    @Test
    void anyLineThatIsChangedLeftOutPutInOrMovedIsFound() throws Exception {
        write(1, 9);
        var lines = Files.readAllLines(file(1));
        for (int i = 0; i < lines.size(); i++) {
            var changed = new ArrayList<>(lines);
            changed.set(i, lines.get(i).replace("2026", "2027"));
            Files.write(file(1), changed);
            assertThat(broken()).as("line %d changed", i + 1).contains(":" + (i + 1) + ": ");

            if (i < lines.size() - 1) {
                var without = new ArrayList<>(lines);
                without.remove(i);
                Files.write(file(1), without);
                assertThat(broken()).as("line %d left out", i + 1).contains(":" + (i + 1) + ": ");

                var moved = new ArrayList<>(lines);
                moved.set(i, lines.get(i + 1));
                moved.set(i + 1, lines.get(i));
                Files.write(file(1), moved);
                assertThat(broken()).as("line %d moved", i + 1).contains(":" + (i + 1) + ": ");
            }
            var more = new ArrayList<>(lines);
            more.add(i, lines.get(i));
            Files.write(file(1), more);
            assertThat(broken()).as("line %d doubled", i + 1).isNotEmpty();
        }
        Files.write(file(1), lines);
        assertThat(broken()).isEmpty();
        Files.writeString(file(1), "no line\n", StandardOpenOption.APPEND);
        assertThat(broken()).contains(":11: it is no line of an audit log");
    }

    @Test
    void aFileThatIsMissingOrCutShortInTheMiddleIsFound() throws Exception {
        try (var log = open(300, 100)) {
            for (int i = 0; i < 20; i++) {
                log.tell(request(i));
                log.flush();
            }
        }
        var lines = Files.readAllLines(file(2));
        Files.write(file(2), lines.subList(0, lines.size() - 1));
        assertThat(broken()).startsWith(file(3) + ":1: the end of the file before it");
        Files.delete(file(2));
        assertThat(broken()).isEqualTo(file(2) + ": the file is missing");
    }

    @Test
    void whatACrashCutsOffIsToldAndTheChainGoesOn() throws Exception {
        write(1, 3);
        var whole = Files.readAllBytes(file(1));
        for (int cut = whole.length - 1; cut > whole.length - 200; cut -= 13) {
            Files.write(file(1), java.util.Arrays.copyOf(whole, cut));
            write(4, 4);
            assertThat(broken()).as("cut at %d", cut).isEmpty();
            assertThat(Files.readString(file(1))).contains("target 4");
        }
        Files.write(file(1), new byte[0]);
        write(5, 5);
        assertThat(broken()).as("a file that was only begun").isEmpty();
    }

    @Test
    void theLastCommitIsKnownAtTheNextStart() throws Exception {
        try (var log = open(300, 100)) {
            assertThat(log.lastCommit()).isZero();
            log.tell(Audit.Event.commit(new Commit(9, CLOCK.instant(), ALICE, null, true), null));
            for (int i = 0; i < 10; i++) {
                log.tell(request(i));
                log.flush();
            }
        }
        try (var log = open()) {
            assertThat(log.lastCommit()).isEqualTo(9);
        }
    }

    @Test
    void whatIsToldFromManyThreadsIsAllThere() throws Exception {
        try (var log = open()) {
            var threads = new ArrayList<Thread>();
            for (int t = 0; t < 8; t++) {
                threads.add(
                        Thread.ofVirtual()
                                .start(() ->
                                        IntStream.range(0, 2000)
                                                .forEach(i -> log.tell(request(i)))));
            }
            for (var thread : threads) {
                thread.join();
            }
        }
        var result = AuditCheck.verify(directory);
        assertThat(result.broken()).isEmpty();
        assertThat(result.last()).isEqualTo(16_000 + result.files());
    }

    @Test
    void aNameWithALineBreakStaysOneLine() throws Exception {
        try (var log = open()) {
            log.tell(Audit.Event.login(new Actor(0, "a\nb", "netconf"), "\"", "access-denied"));
        }
        assertThat(Files.readAllLines(file(1))).hasSize(2);
        assertThat(broken()).isEmpty();
    }

    @Test
    void whereThereIsNoLogThatIsSaid() {
        assertThatThrownBy(() -> AuditCheck.verify(directory))
                .isInstanceOf(NoSuchFileException.class);
        assertThat(List.of(directory.toFile().list())).isEmpty();
    }
}
