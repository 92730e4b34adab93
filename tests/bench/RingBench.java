import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.lagopus.component.ring.Ring;
import org.lagopus.component.ring.RingClient;
import org.lagopus.component.ring.RingConnection;
import org.lagopus.component.ring.RingLostException;
import org.lagopus.component.ring.messages.Answer;
import org.lagopus.component.ring.messages.Message;
import org.lagopus.component.ring.messages.Ping;

/// Measures the rings from Java: the bare ring against `ring-echo -r`, as ring_bench.c does from C, and
/// the client against `ring-echo`.
///
///     java -cp JARS RingBench.java ring|client SOCKET MESSAGES ROUND-TRIPS
public final class RingBench {
    private static final int MESSAGE = 56;
    private static final int BATCH = 32;
    private static final int SPINS = 2000;
    private static final int YIELDS = 100;

    private final RingConnection worker;
    private final Ring requests;
    private final Ring replies;
    private final MemorySegment message = Arena.global().allocate(Ring.MESSAGE_MAX, 8);

    private RingBench(RingConnection worker) {
        this.worker = worker;
        requests = worker.requests();
        replies = worker.replies();
    }

    public static void main(String[] args) throws Exception {
        Path socket = Path.of(args[1]);
        long count = Long.parseLong(args[2]);
        int rounds = Integer.parseInt(args[3]);
        if (args[0].equals("ring")) {
            try (var worker = RingConnection.open(socket, Duration.ofSeconds(5))) {
                new RingBench(worker).ring(count, rounds);
            }
        } else {
            client(socket, (int) count, rounds);
        }
    }

    private void ring(long count, int rounds) throws IOException {
        oneWay(count);
        double best = 0;
        for (int i = 0; i < 4; i++) {
            best = Math.max(best, oneWay(count));
        }
        System.out.printf("messages-per-second %.0f%n", best);
        roundTrips(rounds);
        print(roundTrips(rounds));
    }

    private double oneWay(long count) throws IOException {
        long start = System.nanoTime();
        for (long i = 1; i <= count; i++) {
            message.set(ValueLayout.JAVA_LONG, 8, i);
            send(i == count ? 0 : 2);
            if (i % BATCH == 0) {
                publish();
            }
        }
        publish();
        receive();
        return count * 1e9 / (System.nanoTime() - start);
    }

    private long[] roundTrips(int rounds) throws IOException {
        long[] nanos = new long[rounds];
        for (int i = 0; i < rounds; i++) {
            long start = System.nanoTime();
            send(1);
            publish();
            receive();
            nanos[i] = System.nanoTime() - start;
        }
        return nanos;
    }

    private static void print(long[] nanos) {
        Arrays.sort(nanos);
        System.out.printf("round-trip-p50 %.3f%n", nanos[nanos.length / 2] / 1e3);
        System.out.printf("round-trip-p99 %.3f%n", nanos[nanos.length * 99 / 100] / 1e3);
    }

    private void send(long kind) throws IOException {
        message.set(ValueLayout.JAVA_LONG, 0, kind);
        for (int idle = 0; !requests.offer(message, MESSAGE); ) {
            publish();
            idle = pause(requests, idle);
        }
    }

    private void receive() throws IOException {
        for (int idle = 0; replies.poll(message) == 0; ) {
            idle = pause(replies, idle);
        }
        if (replies.release()) {
            worker.wake();
        }
    }

    private void publish() throws IOException {
        if (requests.publish()) {
            worker.wake();
        }
    }

    private int pause(Ring ring, int idle) throws IOException {
        if (idle < SPINS) {
            Thread.onSpinWait();
        } else if (idle < SPINS + YIELDS) {
            Thread.yield();
        } else {
            if (ring.sleep()) {
                worker.block(1000);
            }
            ring.awake();
            if (!worker.drain()) {
                throw new IOException("the echo ended");
            }
            return 0;
        }
        return idle + 1;
    }

    /// Requests as a component sends them: encoded, answered one by one, matched.
    private static void client(Path socket, int count, int rounds) throws Exception {
        var listener =
                new RingClient.Listener() {
                    @Override
                    public void event(Message event) {}

                    @Override
                    public void lost(RingLostException reason) {
                        reason.printStackTrace();
                    }
                };
        try (var client = RingClient.connect(RingClient.Settings.of(socket, "bench"), listener)) {
            List<Message> batch = Collections.nCopies(count, new Ping(1));
            double best = 0;
            for (int i = 0; i < 6; i++) {
                long start = System.nanoTime();
                client.ask(0, batch).get();
                best = Math.max(best, count * 1e9 / (System.nanoTime() - start));
            }
            System.out.printf("batched-requests-per-second %.0f%n", best);
            best = 0;
            for (int i = 0; i < 6; i++) {
                List<CompletableFuture<Answer>> answers = new ArrayList<>(count);
                long start = System.nanoTime();
                for (int n = 0; n < count; n++) {
                    answers.add(client.ask(0, new Ping(n)));
                }
                CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0])).get();
                best = Math.max(best, count * 1e9 / (System.nanoTime() - start));
            }
            System.out.printf("single-requests-per-second %.0f%n", best);
            long[] nanos = new long[rounds];
            for (int warm = 0; warm < 2; warm++) {
                for (int i = 0; i < rounds; i++) {
                    long start = System.nanoTime();
                    client.ask(0, new Ping(i)).get();
                    nanos[i] = System.nanoTime() - start;
                }
            }
            print(nanos);
        }
    }
}
