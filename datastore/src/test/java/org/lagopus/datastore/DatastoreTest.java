package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lagopus.datastore.Shop.ALICE;
import static org.lagopus.datastore.Shop.BOB;
import static org.lagopus.datastore.Shop.merge;
import static org.lagopus.datastore.Shop.path;

import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatastoreTest {
    @TempDir Path directory;
    private Datastore datastore;

    @BeforeEach
    void open() throws Exception {
        datastore = Datastore.open(Shop.MODEL, directory, Clock.systemUTC());
    }

    @AfterEach
    void close() throws Exception {
        datastore.close();
    }

    @Test
    @Tag("R17")
    void candidateBecomesRunningByCommit() throws Exception {
        datastore.edit(Face.CANDIDATE, List.of(merge("{'shop:name':'corner'}")), ALICE);
        assertThat(datastore.read(Face.RUNNING).readNode(path("/shop:name"))).isEmpty();
        assertThat(datastore.read(Face.CANDIDATE).readNode(path("/shop:name"))).isPresent();
        var commit = datastore.commit(BOB, "open");
        assertThat(commit.generation()).isEqualTo(1);
        assertThat(commit.changed()).isTrue();
        assertThat(datastore.read(Face.RUNNING).readNode(path("/shop:name"))).isPresent();
        assertThat(datastore.last()).contains(commit);
        assertThat(datastore.commit(ALICE, null).changed()).isFalse();
        assertThat(datastore.generation()).isEqualTo(1);
        datastore.close();
        open();
        assertThat(datastore.last()).contains(commit);
        assertThat(datastore.read(Face.RUNNING).readNode(path("/shop:name"))).isPresent();
        assertThat(datastore.findings()).isEmpty();
    }
}
