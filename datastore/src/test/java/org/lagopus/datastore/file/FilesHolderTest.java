package org.lagopus.datastore.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `kill -9` of a process that holds the file manager alone: nothing it said was on the disk is
/// missing, and nothing comes back in part. `-Dlagopus.kills=1000 -Dlagopus.seed=N` for more.
@Tag("R9")
@Tag("R10")
class FilesHolderTest {
    private static final int KILLS = Integer.getInteger("lagopus.kills", 5);
    private static final long SEED = Long.getLong("lagopus.seed", System.nanoTime());

    @TempDir Path directory;

    @Test
    void killedAtAnyMomentItKeepsWhatItSaidItHad() throws Exception {
        var random = new Random(SEED);
        long last = 0;
        for (int kill = 1; kill <= KILLS; kill++) {
            long said = runAndKill(random.nextInt(10) > 0, random.nextInt(300));
            var stored = new FilesHolder.Stored();
            try (var files = StateFiles.open(directory, stored)) {
                assertThat(stored.last)
                        .as("kill %d of seed %d, %s", kill, SEED, files.findings())
                        .isBetween(Math.max(said, last), Math.max(said, last) + 1);
                assertThat(files.isDamaged()).isFalse();
                assertThat(files.highest()).isGreaterThanOrEqualTo(stored.last);
            }
            last = stored.last;
        }
        assertThat(last).as("it did work").isGreaterThan(KILLS / 2);
    }

    /// @param atWork whether it is left alone until it has said its first number
    /// @return the last number it said
    private long runAndKill(boolean atWork, int afterMillis) throws Exception {
        var process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xshare:auto",
                                "-cp",
                                System.getProperty(
                                        "surefire.test.class.path",
                                        Objects.requireNonNull(
                                                System.getProperty("java.class.path"))),
                                FilesHolder.class.getName(),
                                directory.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try (var lines = process.inputReader()) {
            var line = lines.readLine();
            assertThat(line).as("it started").isNotNull();
            if (atWork) {
                line = lines.readLine();
                assertThat(line).as("it works").isNotNull();
            }
            var killer =
                    Thread.ofVirtual()
                            .start(() -> {
                                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(afterMillis));
                                // Process.destroyForcibly would close what it has said.
                                process.toHandle().destroyForcibly();
                            });
            long last = 0;
            for (; line != null; line = lines.readLine()) {
                if (line.endsWith(";")) {
                    last = Long.parseLong(line.substring(0, line.length() - 1));
                }
            }
            killer.join();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            return last;
        } finally {
            process.destroyForcibly();
        }
    }
}
