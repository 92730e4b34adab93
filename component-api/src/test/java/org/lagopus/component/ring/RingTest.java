package org.lagopus.component.ring;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class RingTest {
    private static final int SLOT = 64;
    private static final int CAPACITY = 16;
    private static final long HEAD = 128;
    private static final long TAIL = 256;

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment map = arena.allocate(Ring.SLOTS_AT + SLOT * CAPACITY, 4096);
    private final MemorySegment message = arena.allocate(Ring.MESSAGE_MAX, 8);

    RingTest() {
        map.set(JAVA_LONG, 0, Ring.MAGIC);
        map.set(JAVA_INT, 8, Ring.VERSION);
        map.set(JAVA_INT, 12, SLOT);
        map.set(JAVA_LONG, 16, CAPACITY);
    }

    @Test
    @Tag("R36")
    void messagesOfAnyLengthCrossTheLanguages(@TempDir Path directory) throws Exception {
        var random = new Random(20);
        try (var worker = EchoWorker.start(directory, "-r", "-s", "64", "-c", "64");
                var connection = RingConnection.open(worker.socket, Duration.ofSeconds(5))) {
            var expected = new byte[2000];
            for (int i = 0; i < 5000; i++) {
                int length = 8 + random.nextInt(64 / 2 * 64 - 16);
                length = Math.min(length, expected.length);
                random.nextBytes(expected);
                MemorySegment.copy(expected, 0, message, JAVA_BYTE, 0, length);
                message.set(JAVA_LONG, 0, 1); // asks for itself
                byte[] sent = message.asSlice(0, length).toArray(JAVA_BYTE);
                assertThat(connection.requests().offer(message, length)).isTrue();
                if (connection.requests().publish()) {
                    connection.wake();
                }
                message.fill((byte) 0);
                int got;
                while ((got = connection.replies().poll(message)) == 0) {
                    if (connection.replies().sleep()) {
                        connection.block(10_000);
                    }
                    assertThat(connection.drain()).isTrue();
                }
                connection.replies().release();
                assertThat(message.asSlice(0, got).toArray(JAVA_BYTE)).isEqualTo(sent);
            }
        }
    }

    @Test
    @Tag("R32")
    void aFullRingRefuses() throws Exception {
        var producer = Ring.open(map, Ring.End.PRODUCER);
        var consumer = Ring.open(map, Ring.End.CONSUMER);
        for (int i = 0; i < CAPACITY; i++) {
            assertThat(producer.offer(message, 8)).isTrue();
        }
        assertThat(producer.offer(message, 8)).isFalse();
        assertThat(consumer.poll(message)).isZero(); // not published
        producer.publish();
        assertThat(consumer.poll(message)).isEqualTo(8);
        assertThat(producer.hasRoom(8)).isFalse(); // not released
        consumer.release();
        assertThat(producer.hasRoom(8)).isTrue();
        assertThat(producer.hasRoom(SLOT)).isFalse();
        assertThatThrownBy(() -> producer.offer(message, producer.largest() + 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @Tag("R36")
    void onlyASleeperIsWokenAndOnlyOnce() throws Exception {
        var producer = Ring.open(map, Ring.End.PRODUCER);
        var consumer = Ring.open(map, Ring.End.CONSUMER);
        producer.offer(message, 8);
        assertThat(producer.publish()).isFalse();
        assertThat(consumer.sleep()).isFalse();
        consumer.poll(message);
        assertThat(consumer.sleep()).isTrue();
        producer.offer(message, 8);
        assertThat(producer.publish()).isTrue();
        producer.offer(message, 8);
        assertThat(producer.publish()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, 1 + CAPACITY + 1, 0})
    @Tag("R31")
    void aHostileHeadEndsTheRing(long head) throws Exception {
        var producer = Ring.open(map, Ring.End.PRODUCER);
        var consumer = Ring.open(map, Ring.End.CONSUMER);
        producer.offer(message, 8);
        producer.publish();
        consumer.poll(message);
        consumer.release();
        map.set(JAVA_LONG, HEAD, head);

        assertThatThrownBy(() -> consumer.poll(message)).isInstanceOf(BrokenRingException.class);
        map.set(JAVA_LONG, HEAD, 2);
        assertThatThrownBy(() -> consumer.poll(message)).isInstanceOf(BrokenRingException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, CAPACITY + 1})
    @Tag("R31")
    void aHostileTailEndsTheRing(long tail) throws Exception {
        var producer = Ring.open(map, Ring.End.PRODUCER);
        while (producer.offer(message, 8)) {
            producer.publish();
        }
        map.set(JAVA_LONG, TAIL, tail);

        assertThatThrownBy(() -> producer.offer(message, 8))
                .isInstanceOf(BrokenRingException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, SLOT - 8 + 1, 1L << 32, Long.MAX_VALUE, Long.MIN_VALUE})
    @Tag("R31")
    void aHostileLengthEndsTheRing(long length) throws Exception {
        var producer = Ring.open(map, Ring.End.PRODUCER);
        var consumer = Ring.open(map, Ring.End.CONSUMER);
        producer.offer(message, 8);
        producer.publish();
        map.set(JAVA_LONG, Ring.SLOTS_AT, length);

        assertThatThrownBy(() -> consumer.poll(message)).isInstanceOf(BrokenRingException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 16",
        "72, 16",
        "64, 15",
        "64, 0",
        "64, 32",
        "128, 16",
        "64, 288230376151711744"
    })
    @Tag("R31")
    void memoryThatIsNoRingIsNotOpened(int slotSize, long capacity) {
        map.set(JAVA_INT, 12, slotSize);
        map.set(JAVA_LONG, 16, capacity);

        assertThatThrownBy(() -> Ring.open(map, Ring.End.CONSUMER)).isInstanceOf(IOException.class);
    }

    @Test
    @Tag("R31")
    void anotherVersionIsNotOpened() {
        map.set(JAVA_INT, 8, 2);
        assertThatThrownBy(() -> Ring.open(map, Ring.End.CONSUMER)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> Ring.open(map.asSlice(0, 1024), Ring.End.CONSUMER))
                .isInstanceOf(IOException.class);
    }
}
