package org.lagopus.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.ModelSources;
import org.lagopus.datastore.Participant;
import org.lagopus.datastore.Transaction;
import org.lagopus.yang.FirstModuleSet;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Logging changes with commits, and only with those that succeed.
@Tag("R62")
@Timeout(60)
class LoggingTest {
    private static final Logger LOG = LoggerFactory.getLogger(LoggingTest.class);

    @TempDir Path directory;

    private Datastore datastore;
    private Path logs;
    private Path file;
    private boolean refuses;

    @BeforeEach
    void starts() throws Exception {
        var model =
                Model.load(
                        new ModelSources(
                                FirstModuleSet.IMPLEMENTED, List.of(), FirstModuleSet.FEATURES));
        datastore = Datastore.open(model, directory.resolve("state"), Clock.systemUTC());
        logs = directory.resolve("log");
        file = logs.resolve("lagopusd.log");
        Logging.start(datastore, logs);
        datastore.attach(new Refusing());
    }

    @AfterEach
    void stops() throws Exception {
        refuses = false;
        commit("{}");
        datastore.close();
    }

    private void commit(String component) throws Exception {
        var node =
                JsonData.container(
                        datastore.model(),
                        "{\"lagopus-logging:logging\":{\"component\":[%s]}}"
                                .formatted(component.equals("{}") ? "" : component));
        datastore.edit(
                Face.RUNNING,
                List.of(Edit.replace(YangInstanceIdentifier.of(node.name()), node)),
                Actor.SYSTEM);
    }

    private static String lagopusd(String level, boolean file) {
        return """
        {"name":"lagopusd","config":{"name":"lagopusd","level":"%s"},
         "file":{"config":{"enabled":%s}}}\
        """
                .formatted(level, file);
    }

    @Test
    void aLevelAndAFileHoldFromTheCommitOn() throws Exception {
        LOG.info("before");
        commit(lagopusd("debug", true));
        LOG.debug("within");
        commit(lagopusd("error", true));
        LOG.warn("too quiet");
        LOG.error("loud");
        commit("{}");
        LOG.error("after");

        assertThat(Files.readString(file))
                .contains("within", "loud")
                .doesNotContain("before", "too quiet", "after");
        assertThat(LOG.isInfoEnabled()).isTrue();
        assertThat(LOG.isDebugEnabled()).isFalse();
    }

    @Test
    void whatAnotherParticipantFailsToCommitIsTakenBack() throws Exception {
        commit(lagopusd("warn", true));
        refuses = true;
        assertThatThrownBy(() -> commit(lagopusd("trace", false)))
                .isInstanceOf(DatastoreException.class);

        assertThat(LOG.isTraceEnabled()).isFalse();
        assertThat(LOG.isWarnEnabled()).isTrue();
        LOG.warn("still in the file");
        assertThat(Files.readString(file)).contains("still in the file");
    }

    @Test
    void aFileThatCannotBeWrittenIsRefusedWithTheDirectory() throws Exception {
        Files.writeString(logs, "in the way");
        assertThatThrownBy(() -> commit(lagopusd("debug", true)))
                .isInstanceOf(DatastoreException.class)
                .hasMessageContaining("make " + logs + " a directory");
        assertThat(LOG.isDebugEnabled()).isFalse();
    }

    /// Takes what is prepared, and fails to commit it when told so.
    private final class Refusing implements Participant {
        @Override
        public String name() {
            return "refusing";
        }

        @Override
        public int faces() {
            return 2;
        }

        @Override
        public boolean required() {
            return true;
        }

        @Override
        public Collection<YangInstanceIdentifier> subscriptions() {
            return List.of(YangInstanceIdentifier.of());
        }

        @Override
        public CompletionStage<List<DataError>> prepare(Transaction transaction) {
            return CompletableFuture.completedFuture(List.of());
        }

        @Override
        public CompletionStage<List<DataError>> commit(Transaction transaction) {
            return CompletableFuture.completedFuture(
                    refuses
                            ? List.of(DataError.of(ErrorTag.OPERATION_FAILED, "not today"))
                            : List.of());
        }

        @Override
        public CompletionStage<List<DataError>> abort(Transaction transaction) {
            return CompletableFuture.completedFuture(List.of());
        }
    }
}
