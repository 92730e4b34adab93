package org.lagopus.datastore;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Random histories of a box in trouble; `-Dlagopus.histories=N` plays more of them.
@Tag("R22")
class SimulationTest {
    @Test
    void everyHistoryEndsWithTheSameOnAllSides() throws Exception {
        long histories = Long.getLong("lagopus.histories", 20000);
        long first = Long.getLong("lagopus.first", 0);
        var memory = Path.of("/dev/shm");
        var directory =
                Files.isDirectory(memory)
                        ? Files.createTempDirectory(memory, "lagopus-")
                        : Files.createTempDirectory("lagopus-");
        long begun = System.nanoTime();
        try {
            Simulation.play(first, first + histories, directory);
        } finally {
            System.out.printf("%.3f ms each%n", (System.nanoTime() - begun) / 1e6 / histories);
            Files.deleteIfExists(directory);
        }
    }
}
