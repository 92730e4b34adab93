package org.lagopus.component.ring;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lagopus.component.ring.messages.Answer;
import org.lagopus.component.ring.messages.Commit;
import org.lagopus.component.ring.messages.Driver;
import org.lagopus.component.ring.messages.Dump;
import org.lagopus.component.ring.messages.FaultSet;
import org.lagopus.component.ring.messages.FaultStep;
import org.lagopus.component.ring.messages.LinkEvent;
import org.lagopus.component.ring.messages.Message;
import org.lagopus.component.ring.messages.NeighborEntry;
import org.lagopus.component.ring.messages.NextHop;
import org.lagopus.component.ring.messages.NextHopKind;
import org.lagopus.component.ring.messages.Ping;
import org.lagopus.component.ring.messages.PortSet;
import org.lagopus.component.ring.messages.RingError;
import org.lagopus.component.ring.messages.RingObject;
import org.lagopus.component.ring.messages.RouteSet;
import org.lagopus.component.ring.messages.RouteSource;
import org.lagopus.component.ring.messages.Table;

@Timeout(60)
class RingClientTest {
    @TempDir Path directory;
    private EchoWorker worker;
    private final Heard heard = new Heard();

    private static final class Heard implements RingClient.Listener {
        final BlockingQueue<Message> events = new LinkedBlockingQueue<>();
        final BlockingQueue<Boolean> hung = new LinkedBlockingQueue<>();
        final BlockingQueue<RingLostException> lost = new LinkedBlockingQueue<>();

        @Override
        public void event(Message event) {
            events.add(event);
        }

        @Override
        public void hung(boolean isHung) {
            hung.add(isHung);
        }

        @Override
        public void lost(RingLostException reason) {
            lost.add(reason);
        }
    }

    @BeforeEach
    void startWorker() throws IOException {
        worker = EchoWorker.start(directory);
    }

    @AfterEach
    void stopWorker() {
        worker.close();
    }

    @Test
    @Tag("R32")
    void isWelcomedWithWhatTheWorkerSaysOfItself() throws Exception {
        try (var client = connect()) {
            assertThat(client.welcome().version()).isEqualTo("echo");
            assertThat(client.welcome().faults()).isTrue();
            assertThat(client.welcome().hugepages()).isFalse();
        }
        assertThat(heard.lost).isEmpty();
    }

    @Test
    @Tag("R32")
    @Tag("R36")
    void everyAnswerReachesWhoAsked() throws Exception {
        try (var client = connect()) {
            var threads = new ArrayList<Thread>();
            List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
            for (int t = 0; t < 4; t++) {
                long base = t * 1_000_000L;
                threads.add(
                        Thread.ofPlatform()
                                .start(() -> {
                                    try {
                                        for (long i = base; i < base + 2000; i++) {
                                            assertThat(ping(client, i)).isEqualTo(i);
                                        }
                                    } catch (Throwable e) {
                                        failures.add(e);
                                    }
                                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(failures).isEmpty();
            assertThat(client.statistics().late()).isZero();
        }
    }

    @Test
    @Tag("R36")
    void ofAQuietBatchOnlyFailuresAreAnsweredAndTheEnd() throws Exception {
        try (var client = connect()) {
            List<Message> requests = new ArrayList<>();
            for (int i = 0; i < 5000; i++) {
                requests.add(port(i == 17 || i == 4321 ? "taken" : "free"));
            }
            long before = client.statistics().answered();

            var failed = client.change(0, false, requests).get(30, SECONDS);

            assertThat(failed.keySet()).containsExactly(17, 4321);
            assertThat(failed.values()).allMatch(each -> each.error() == RingError.IN_USE);
            assertThat(client.statistics().answered() - before).isEqualTo(3);
            requests.set(4999, port("taken"));
            assertThat(client.change(0, false, requests).get(30, SECONDS).keySet())
                    .containsExactly(17, 4321, 4999);
            assertThat(client.change(0, false, List.of()).get(1, SECONDS)).isEmpty();
        }
    }

    @Test
    @Tag("R32")
    @Tag("R36")
    void aBatchLargerThanTheRingIsAnsweredByPlace() throws Exception {
        try (var client = connect()) {
            List<Message> requests = new ArrayList<>();
            for (int i = 0; i < 5000; i++) {
                requests.add(i == 4321 ? port("taken") : new Ping(i));
            }

            List<Answer> answers = client.ask(7, requests).get(30, SECONDS);

            assertThat(answers).hasSize(5000);
            for (int i = 0; i < 5000; i++) {
                var answer = answers.get(i);
                assertThat(answer.error()).isEqualTo(i == 4321 ? RingError.IN_USE : RingError.OK);
                assertThat(answer.detail()).isEqualTo(i == 4321 ? 0 : i);
            }
        }
    }

    @Test
    @Tag("R36")
    void aMessageMaySpanManySlots() throws Exception {
        try (var client = connect()) {
            var hop = new NextHop(NextHopKind.GATEWAY, 4, 1, 1, 0x0a000001_00000000L, 0);
            var hops = Collections.nCopies(1000, hop);
            var route = new RouteSet(1, 4, 0, RouteSource.STATIC, 1, 0, 0, 0, hops);

            // Again and again, so that it crosses the ring's end at many places.
            for (int i = 0; i < 50; i++) {
                assertThat(client.ask(1, route).get(10, SECONDS).error()).isEqualTo(RingError.OK);
            }
        }
    }

    @Test
    @Tag("R36")
    void aTableComesRowByRowBeforeItsAnswer() throws Exception {
        try (var client = connect()) {
            List<Message> rows = new ArrayList<>();

            var answer =
                    client.dump(new Dump(3000, Table.NEIGHBOR_TABLE, 0, 0, 0, 0, 0, 0), rows::add)
                            .get(10, SECONDS);

            assertThat(answer.detail()).isEqualTo(3000);
            assertThat(rows).hasSize(3000);
            assertThat(((NeighborEntry) rows.getLast()).interface_()).isEqualTo(2999);
        }
    }

    @Test
    @Tag("R18")
    void eventsReachTheListener() throws Exception {
        try (var client = connect()) {
            fault(client, FaultStep.IN_PREPARE, 500).get(10, SECONDS);

            for (long port = 500; port > 0; port--) {
                assertThat(heard.events.poll(10, SECONDS))
                        .isEqualTo(new LinkEvent(port, false, 0, 0));
            }
            assertThat(client.statistics().events()).isEqualTo(500);
        }
    }

    @Test
    @Tag("R31")
    void theWorkersDeathFailsWhatIsOnItsWayAndIsToldOnce() throws Exception {
        try (var client = connect()) {
            var crash = fault(client, FaultStep.CRASH_IN_APPLY, 1);

            assertThat(failure(crash)).isInstanceOf(RingLostException.class);
            assertThat(heard.lost.poll(10, SECONDS)).isNotNull();
            assertThat(client.isOpen()).isFalse();
            assertThat(failure(client.ask(0, new Ping(1)))).isInstanceOf(RingLostException.class);
            assertThat(heard.lost).isEmpty();
        }
    }

    @Test
    @Tag("R31")
    void aKilledWorkerIsNoticedWithoutAsking() throws Exception {
        try (var client = connect()) {
            ping(client, 1);
            worker.kill();

            assertThat(heard.lost.poll(5, SECONDS)).isNotNull();
        }
        // And its successor serves at the same place.
        long before = 0;
        worker = EchoWorker.start(directory);
        try (var client = connect()) {
            assertThat(client.welcome().instance()).isNotEqualTo(before);
            assertThat(ping(client, 2)).isEqualTo(2);
        }
    }

    @Test
    @Tag("R31")
    @Tag("R32")
    void aHungWorkerIsToldAndItsLateAnswersAreDropped() throws Exception {
        var settings =
                new RingClient.Settings(
                        worker.socket,
                        "test",
                        Duration.ofSeconds(5),
                        Duration.ofMillis(400),
                        1000,
                        null);
        try (var client = RingClient.connect(settings, heard)) {
            var stalled =
                    client.ask(
                            0,
                            new FaultSet(FaultStep.STALL_IN_APPLY, RingObject.NONE, 1500),
                            Duration.ofMillis(300));

            assertThat(failure(stalled)).isInstanceOf(TimeoutException.class);
            assertThat(heard.hung.poll(5, SECONDS)).isTrue();
            assertThat(heard.hung.poll(5, SECONDS)).isFalse();
            assertThat(ping(client, 3)).isEqualTo(3);
            assertThat(client.statistics().late()).isEqualTo(1);
            assertThat(heard.lost).isEmpty();
        }
    }

    @Test
    @Tag("R32")
    void whatDoesNotFitIsRefusedAndCounted() throws Exception {
        var settings =
                new RingClient.Settings(
                        worker.socket,
                        "test",
                        Duration.ofMillis(500),
                        Duration.ofSeconds(9),
                        4000,
                        null);
        try (var client = RingClient.connect(settings, heard)) {
            var stall =
                    client.ask(
                            0,
                            new FaultSet(FaultStep.STALL_IN_APPLY, RingObject.NONE, 2000),
                            Duration.ofSeconds(9));
            List<CompletableFuture<Answer>> asked = new ArrayList<>();
            for (int i = 0; i < 5000; i++) {
                asked.add(client.ask(0, new Ping(i)));
            }

            // Beyond what may be on its way: at once.
            assertThat(asked.subList(3999, 5000))
                    .allMatch(CompletableFuture::isCompletedExceptionally);
            // Sent, but not answered in time; and not even sent, since the ring was full.
            assertThat(failure(asked.get(0))).isInstanceOf(TimeoutException.class);
            assertThat(failure(asked.get(1500))).isInstanceOf(RingFullException.class);
            assertThat(client.statistics().refused()).isGreaterThan(1001);
            assertThat(stall.get(10, SECONDS).error()).isEqualTo(RingError.OK);
            for (var each : asked) {
                each.exceptionally(e -> null).get(20, SECONDS);
            }
            assertThat(ping(client, 9)).isEqualTo(9);
        }
    }

    @Test
    @Tag("R31")
    void aWorkerThatBreaksItsRingIsLeft() throws Exception {
        try (var client = connect()) {
            fault(client, FaultStep.IN_FLIP, 1);

            assertThat(heard.lost.poll(10, SECONDS)).hasCauseInstanceOf(BrokenRingException.class);
            assertThat(client.isOpen()).isFalse();
        }
    }

    @Test
    @Tag("R31")
    void aWorkerThatSendsAMalformedMessageIsLeft() throws Exception {
        try (var client = connect()) {
            fault(client, FaultStep.IN_APPLY, 1);

            assertThat(heard.lost.poll(10, SECONDS)).hasMessageContaining("answer of 40 bytes");
        }
    }

    @Test
    @Tag("R32")
    void aRequestThatFitsNoFieldFailsAlone() throws Exception {
        try (var client = connect()) {
            var wrong = client.ask(0, port("x".repeat(64)));
            var right = client.ask(0, port("x".repeat(63)));

            assertThat(failure(wrong)).isInstanceOf(IllegalArgumentException.class);
            assertThat(right.get(10, SECONDS).error()).isEqualTo(RingError.OK);
        }
    }

    @Test
    @Tag("R36")
    void sleepersAreWokenOnBothSides() throws Exception {
        try (var client = connect()) {
            for (int i = 0; i < 10; i++) {
                // Long enough for both to block; a lost wake would cost 100 ms and more.
                Thread.sleep(150);
                assertThat(ping(client, i)).isEqualTo(i);
            }
        }
    }

    @Test
    @Tag("R31")
    void aClientThatLeavesIsForgottenAndOthersAreServed() throws Exception {
        try (var stays = connect()) {
            for (int i = 0; i < 20; i++) {
                try (var leaves = connect()) {
                    assertThat(ping(leaves, i)).isEqualTo(i);
                }
            }
            assertThat(ping(stays, 1)).isEqualTo(1);
        }
    }

    @Test
    @Tag("R32")
    void aClosedClientAnswersNobody() throws Exception {
        var client = connect();
        client.close();
        client.close();

        assertThat(failure(client.ask(0, new Commit()))).isInstanceOf(RingLostException.class);
        assertThat(heard.lost).isEmpty();
    }

    @Test
    @Tag("R32")
    void withoutAWorkerThereIsNoClient() throws Exception {
        worker.kill();
        assertThatThrownBy(this::connect).isInstanceOf(IOException.class);
        Files.delete(worker.socket);
        assertThatThrownBy(this::connect).isInstanceOf(IOException.class);
    }

    private RingClient connect() throws IOException {
        return RingClient.connect(RingClient.Settings.of(worker.socket, "test"), heard);
    }

    private static long ping(RingClient client, long value) throws Exception {
        return client.ask(0, new Ping(value)).get(10, SECONDS).detail();
    }

    private static CompletableFuture<Answer> fault(RingClient client, FaultStep step, long count) {
        return client.ask(0, new FaultSet(step, RingObject.NONE, count));
    }

    private static PortSet port(String device) {
        return new PortSet(1, Driver.NULL, true, false, 1500, 0, 0, 0, 0, 0, 0, "eth0", device, "");
    }

    private static Throwable failure(Future<?> future) throws Exception {
        try {
            future.get(20, SECONDS);
            throw new AssertionError("did not fail");
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNull(e.getCause());
            return cause instanceof CompletionException
                    ? Objects.requireNonNull(cause.getCause())
                    : cause;
        }
    }
}
