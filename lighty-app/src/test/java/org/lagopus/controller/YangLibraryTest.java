package org.lagopus.controller;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.ModelSources;
import org.lagopus.yang.FirstModuleSet;

@Tag("R12")
@Tag("R14")
class YangLibraryTest {
    @TempDir Path directory;

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void tellsModulesDeviationsAndSubmodules() throws Exception {
        var model = Model.load(new ModelSources(FirstModuleSet.IMPLEMENTED, List.of()));
        try (var datastore = Datastore.open(model, directory, Clock.systemUTC())) {
            YangLibrary.publish(datastore);
            var path = model.parse("/ietf-yang-library:yang-library");
            while (datastore.view(Actor.SYSTEM).readAll(path).isEmpty()) {
                Thread.onSpinWait(); // state is written on a thread of its own
            }
            var text =
                    datastore
                            .view(Actor.SYSTEM)
                            .readAll(path)
                            .orElseThrow()
                            .prettyTree()
                            .toString();
            assertThat(text)
                    .contains("openconfig-interfaces")
                    .contains("lagopus-deviations-interfaces")
                    .contains(model.contentId());
        }
    }
}
