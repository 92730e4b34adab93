package org.lagopus.controller;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.ModelSources;
import org.lagopus.yang.FirstModuleSet;

@Tag("R6")
@Timeout(60)
class AlarmsTest {
    @TempDir Path directory;

    private static boolean isRaised(Datastore datastore, String id) {
        var path =
                datastore
                        .model()
                        .parse("/openconfig-system:system/alarms/alarm[id='%s']".formatted(id));
        return datastore.operational().readNode(path).isPresent();
    }

    @Test
    void aQuarantineFileIsToldUntilItIsTakenAway() throws Exception {
        var model =
                Model.load(
                        new ModelSources(
                                FirstModuleSet.IMPLEMENTED, List.of(), FirstModuleSet.FEATURES));
        try (var datastore = Datastore.open(model, directory, Clock.systemUTC())) {
            var one = Files.writeString(directory.resolve("quarantine.5.json"), "{}");
            Files.writeString(directory.resolve("quarantine.6.json"), "{}");
            Alarms.publish(datastore, directory, Instant.now());
            Alarms.followQuarantine(datastore, Duration.ofMillis(5));
            while (!isRaised(datastore, "quarantine.5.json")) {
                Thread.onSpinWait();
            }
            Files.delete(one);
            while (isRaised(datastore, "quarantine.5.json")) {
                Thread.onSpinWait();
            }
            assertThat(isRaised(datastore, "quarantine.6.json")).isTrue();
        }
    }
}
