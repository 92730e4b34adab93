package org.lagopus.controller.components;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Random histories of a box in trouble. `-Dlagopus.histories=N` plays more of them, and
/// `-Dlagopus.first=N -Dlagopus.histories=1` that one alone.
@Tag("R22")
@Tag("R30")
@Tag("R32")
class SimulationTest {
    private static final long AT_ONCE = 500;

    /// What goes wrong is meant to, and would be logged a million times.
    @BeforeAll
    static void silence() {
        Configurator.setLevel("org.lagopus", Level.OFF);
    }

    @AfterAll
    static void speak() {
        Configurator.setLevel("org.lagopus", Level.INFO);
    }

    @TempDir Path disk;

    @Test
    void everyHistoryEndsTheSameOnAllSides() throws Exception {
        long first = Long.getLong("lagopus.first", 0);
        long end = first + Long.getLong("lagopus.histories", 100_000);
        var memory = Path.of("/dev/shm");
        var directory =
                Files.createTempDirectory(
                        Files.isWritable(memory) ? memory : disk, "lagopus-simulation-");
        var players = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
        try (players) {
            var playing =
                    LongStream.iterate(first, from -> from < end, from -> from + AT_ONCE)
                            .mapToObj(from ->
                                    players.submit(() -> {
                                        Simulation.play(
                                                from, Math.min(from + AT_ONCE, end), directory);
                                        return true;
                                    }))
                            .toList();
            for (Future<Boolean> each : playing) {
                each.get();
            }
        } finally {
            players.shutdownNow();
            players.close();
            Simulation.delete(directory);
        }
    }
}
