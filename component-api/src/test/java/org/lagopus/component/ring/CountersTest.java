package org.lagopus.component.ring;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lagopus.component.ring.messages.Hello;
import org.lagopus.component.ring.messages.Message;
import org.lagopus.component.ring.messages.Ping;

@Timeout(60)
@Tag("R52")
class CountersTest {
    @Test
    void theWorkersNumbersAreReadByNameAndSummedOverItsThreads(@TempDir Path directory)
            throws Exception {
        var silent =
                new RingClient.Listener() {
                    @Override
                    public void event(Message event) {}

                    @Override
                    public void lost(RingLostException reason) {}
                };
        try (var worker = EchoWorker.start(directory);
                var client =
                        RingClient.connect(
                                RingClient.Settings.of(worker.socket, "counting"), silent)) {
            client.ask(0, Collections.nCopies(100, new Ping(1))).get(10, SECONDS);

            var clients = client.counters().table("client").orElseThrow();
            assertThat(clients.fields()).containsExactly("messages", "octets");
            var row = clients.read().getFirst();
            assertThat(clients.read()).hasSize(1);
            assertThat(row.key()).isEqualTo(1);
            assertThat(row.value(0)).isEqualTo(101);
            assertThat(row.value(1)).isEqualTo(100 * Ping.SIZE + Hello.SIZE);

            var results = client.counters().table("result").orElseThrow().read();
            assertThat(results).extracting(Counters.Row::name).containsExactly("ok", "refused");
            assertThat(results.getFirst().value(0)).isEqualTo(100);
            // 1000 of a second thread.
            assertThat(results.getLast().value(0)).isEqualTo(1000);
            assertThat(client.counters().table("flow")).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "8, 2", // version
        "12, 1000", // entries
        "32, 99999999", // where the blocks are
        "40, 0", // size of a block
        "100, 0", // objects
        "100, 100000",
        "104, 3", // fields in a stride of two
        "108, 12", // stride
        "112, 4", // offset
        "112, 4096",
        "120, 99999992", // keys
        "136, 99999999", // names of fields
    })
    void aDirectoryThatPointsOutsideIsRefused(long at, int value) throws Exception {
        MemorySegment map = Arena.ofAuto().allocate(8192, 8);
        map.set(JAVA_LONG, 0, Counters.MAGIC);
        map.set(JAVA_INT, 8, 1);
        map.set(JAVA_INT, 12, 1);
        map.set(JAVA_LONG, 32, 4096);
        map.set(JAVA_LONG, 40, 4096);
        map.set(JAVA_INT, 48, 1);
        map.setString(64, "port");
        map.set(JAVA_INT, 96, 1); // kind
        map.set(JAVA_INT, 100, 4); // objects
        map.set(JAVA_INT, 104, 2); // fields
        map.set(JAVA_INT, 108, 16); // stride
        map.set(JAVA_LONG, 120, 1024); // keys
        map.set(JAVA_LONG, 136, 2048); // names of the fields
        assertThat(Counters.open(map).table("port")).isPresent();

        map.set(JAVA_INT, at, value);

        assertThatThrownBy(() -> Counters.open(map)).isInstanceOf(IOException.class);
    }
}
