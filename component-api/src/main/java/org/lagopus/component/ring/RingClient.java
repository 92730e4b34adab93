package org.lagopus.component.ring;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;
import org.lagopus.component.ring.messages.Answer;
import org.lagopus.component.ring.messages.Dump;
import org.lagopus.component.ring.messages.Flag;
import org.lagopus.component.ring.messages.Header;
import org.lagopus.component.ring.messages.Hello;
import org.lagopus.component.ring.messages.MalformedMessageException;
import org.lagopus.component.ring.messages.Message;
import org.lagopus.component.ring.messages.Ping;
import org.lagopus.component.ring.messages.RingError;
import org.lagopus.component.ring.messages.RingObject;
import org.lagopus.component.ring.messages.Table;
import org.lagopus.component.ring.messages.Welcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A client of the worker: asks over a ring and gets the answers, rows and events from another.
///
/// Any thread may ask; one thread of the client's own, named after its role, holds both rings. It
/// spins a moment when there is nothing to do, then yields, then blocks on the socket. Requests are
/// sent in the order they were asked, published together where they come together, and answered in any
/// order. Futures complete and the listener is called on that thread: it must not be held up there.
///
/// A request ends in one of four ways: with its answer (a refusal is an [Answer] as well), with
/// [RingFullException] if there was no room for all of it, with [TimeoutException] if nothing came back for the given time,
/// with [RingLostException] if the worker went. In the last two, what became of it is unknown; all
/// requests of the worker may be repeated.
///
///     Connecting --welcome--> Serving --close, worker's end, broken ring--> Lost
public final class RingClient implements AutoCloseable {
    /// The owner of what is configured, in message headers.
    public static final int CONFIGURATION = 1;

    /// The owner that the ring itself has, in message headers of requests.
    public static final int OWN = 0;

    /// Stale time of an owner whose objects stay without it.
    public static final long FOR_EVER = 0xffff_ffffL;

    private static final byte[] NO_TOKEN = new byte[32];
    private static final Logger LOG = LoggerFactory.getLogger(RingClient.class);
    private static final int PROTOCOL = 1;
    private static final int SPINS = 2000;
    private static final int YIELDS = 100;
    private static final int QUANTUM = 64;
    private static final int MAX_PONGS = 64;
    private static final long BEAT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /// @param socket the worker's socket
    /// @param name tells the worker who asks, at most 31 bytes
    /// @param timeout for the answer to a request, unless it has its own
    /// @param hung after how long without a heartbeat the worker counts as hung
    /// @param outstanding how many requests may be on their way
    /// @param grant whose owner and scopes the ring has; null for root and the worker's own user
    public record Settings(
            Path socket,
            String name,
            Duration timeout,
            Duration hung,
            int outstanding,
            @Nullable Grant grant) {
        /// What a component that configures the worker needs.
        public static Settings of(Path socket, String name) {
            return new Settings(
                    socket, name, Duration.ofSeconds(5), Duration.ofSeconds(3), 1 << 18, null);
        }

        /// The same for who was granted something.
        public Settings with(Grant granted) {
            return new Settings(socket, name, timeout, hung, outstanding, granted);
        }
    }

    /// What happens without being asked for. Called on the client's thread.
    public interface Listener {
        /// A message that answers nothing: a link that changed, …
        void event(Message event);

        /// The worker's heartbeat stopped, or came back. The rings stay, and requests time out.
        default void hung(boolean hung) {}

        /// The rings are gone, not by [RingClient#close]. A new client is needed.
        void lost(RingLostException reason);
    }

    /// What was counted since the client connected.
    public record Statistics(long sent, long answered, long events, long refused, long late) {}

    /// Requests asked together and answered together. `written` and `answered` belong to the
    /// client's thread.
    private static final class Batch {
        final List<? extends Message> requests;
        final long generation;
        final long owner;
        final boolean quiet; // but for the last, answered only if they fail
        final int flags;
        final long timeoutNanos;
        final @Nullable Consumer<Message> rows;
        final @Nullable Message[] answers;
        final CompletableFuture<List<Message>> result = new CompletableFuture<>();
        long first; // correlation of the first request
        int written;
        int answered;
        long deadline;

        Batch(
                List<? extends Message> requests,
                long generation,
                long owner,
                boolean quiet,
                int flags,
                Duration timeout,
                @Nullable Consumer<Message> rows) {
            this.requests = List.copyOf(requests);
            this.generation = generation;
            this.owner = owner;
            this.quiet = quiet;
            this.flags = flags;
            this.timeoutNanos = timeout.toNanos();
            this.rows = rows;
            answers = new Message[requests.size()];
        }

        boolean isWritten() {
            return written == requests.size();
        }

        int flags() {
            return quiet && written < requests.size() - 1 ? flags | Flag.QUIET.number() : flags;
        }

        /// Takes an answer; true if it was the last.
        boolean answered(int index, Message message) {
            answers[index] = message;
            answered++;
            return quiet ? index == answers.length - 1 : answered == answers.length;
        }
    }

    private final Settings settings;
    private final Listener listener;
    private final RingConnection connection;
    private final Ring requests;
    private final Ring replies;
    private final Thread thread;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment out = arena.allocate(Ring.MESSAGE_MAX, 8);
    private final MemorySegment in = arena.allocate(Ring.MESSAGE_MAX, 8);

    // Between the callers and the thread.
    private final MpscUnboundedVarHandleArrayQueue<Batch> asked =
            new MpscUnboundedVarHandleArrayQueue<>(1024);
    private final AtomicInteger outstanding = new AtomicInteger();
    private final AtomicLong refused = new AtomicLong();
    private volatile boolean sleeping;
    private volatile boolean closing;
    private volatile boolean over;
    private volatile @Nullable Welcome welcome;
    private volatile long sent;
    private volatile long answered;
    private volatile long events;
    private volatile long late;

    // The thread's own.
    private final Map<Long, Batch> pending = new HashMap<>();
    private final Set<Batch> sending = new LinkedHashSet<>();
    private final ArrayDeque<Message> pongs = new ArrayDeque<>();
    private final ArrayDeque<Long> pongCorrelations = new ArrayDeque<>();
    private @Nullable Batch current;
    private boolean full;
    private long fullSince;
    private long nextCorrelation = 1;
    private long nextBeat = System.nanoTime();
    private long otherBeat;
    private long otherBeatSeen = System.nanoTime();
    private boolean hung;

    private RingClient(Settings settings, Listener listener, RingConnection connection) {
        this.settings = settings;
        this.listener = listener;
        this.connection = connection;
        requests = connection.requests();
        replies = connection.replies();
        thread = Thread.ofPlatform().name("ring-" + settings.name()).daemon().unstarted(this::run);
    }

    /// Connects and says hello. Fails if there is no worker, it refuses, or it speaks another
    /// protocol.
    public static RingClient connect(Settings settings, Listener listener) throws IOException {
        var connection = RingConnection.open(settings.socket(), settings.timeout());
        var client = new RingClient(settings, listener, connection);
        client.thread.start();
        try {
            client.greet();
            return client;
        } catch (IOException | RuntimeException e) {
            client.close();
            throw e;
        }
    }

    /// What the worker said of itself.
    public Welcome welcome() {
        var known = welcome;
        if (known == null) {
            throw new IllegalStateException("not connected yet");
        }
        return known;
    }

    /// The worker's counters, to be read by any thread. An IllegalStateException once the rings are
    /// gone, or for a user that the worker does not show them.
    public Counters counters() {
        var counters = connection.counters();
        if (counters == null) {
            throw new IllegalStateException("the worker shows its counters to its own user alone");
        }
        return counters;
    }

    /// False once the rings are gone.
    public boolean isOpen() {
        return !over && !closing;
    }

    /// What went over the rings so far.
    public Statistics statistics() {
        return new Statistics(sent, answered, events, refused.get(), late);
    }

    /// Asks one thing, as part of the configuration `generation`, or 0.
    public CompletableFuture<Answer> ask(long generation, Message request) {
        return ask(generation, request, settings.timeout());
    }

    /// Asks one thing that may take longer than others.
    public CompletableFuture<Answer> ask(long generation, Message request, Duration timeout) {
        return askFor(OWN, generation, request, timeout);
    }

    /// Asks one thing about what `owner` has, which may be another's.
    public CompletableFuture<Answer> askFor(
            long owner, long generation, Message request, Duration timeout) {
        return submit(new Batch(List.of(request), generation, owner, false, 0, timeout, null))
                .thenApply(answers -> (Answer) answers.getFirst());
    }

    /// Asks many things at once; the answers are in the order of the requests. The timeout is
    /// counted from the last answer.
    public CompletableFuture<List<Answer>> ask(long generation, List<? extends Message> batch) {
        if (batch.isEmpty()) {
            return CompletableFuture.completedFuture(List.of());
        }
        return submit(new Batch(batch, generation, OWN, false, 0, settings.timeout(), null))
                .thenApply(answers -> answers.stream().map(Answer.class::cast).toList());
    }

    /// Changes many volatile objects of this ring's owner, and hears of those only that failed, by
    /// their index; the others are done. Costs one answer in all.
    ///
    /// @param names of [Welcome] or the last `names-event`: where the numbers in the requests come
    ///   from; 0 if they are known to be good
    /// @param strict a set fails for what is there, a delete for what is not
    public CompletableFuture<SortedMap<Integer, Answer>> change(
            long names, boolean strict, List<? extends Message> batch) {
        if (batch.isEmpty()) {
            return CompletableFuture.completedFuture(Collections.emptySortedMap());
        }
        int flags = strict ? Flag.STRICT.number() : 0;
        return submit(new Batch(batch, names, OWN, true, flags, settings.timeout(), null))
                .thenApply(RingClient::failures);
    }

    private static SortedMap<Integer, Answer> failures(List<@Nullable Message> answers) {
        var failed = new TreeMap<Integer, Answer>();
        for (int i = 0; i < answers.size(); i++) {
            if (answers.get(i) instanceof Answer answer && answer.error() != RingError.OK) {
                failed.put(i, answer);
            }
        }
        return failed;
    }

    /// The request for all of a table.
    public static Dump whole(Table table) {
        return new Dump(0, table, 0, 0, 0, 0, 0, 0);
    }

    /// Reads a table: each row is given to `rows` on the client's thread, then the answer comes.
    public CompletableFuture<Answer> dump(Dump dump, Consumer<Message> rows) {
        return dump(OWN, 0, dump, rows);
    }

    /// Reads what `owner` has in a table of routes; [#OWN] stands for all owners here.
    ///
    /// @param names where the number of an instance in `dump` comes from, as for [#change]
    public CompletableFuture<Answer> dump(
            long owner, long names, Dump dump, Consumer<Message> rows) {
        return submit(new Batch(List.of(dump), names, owner, false, 0, settings.timeout(), rows))
                .thenApply(answers -> (Answer) answers.getFirst());
    }

    /// Waits for what was asked, which gives up by itself; the second more is for a thread that
    /// does not get its turn.
    ///
    /// @param patience that it was asked with
    /// @throws IOException if it failed, and if the caller is interrupted
    public static <T> T await(CompletableFuture<T> future, Duration patience) throws IOException {
        try {
            return future.get(patience.toMillis() + 1000, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException("no answer within " + patience.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            var cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(String.valueOf(cause.getMessage()), cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /// Leaves the worker. Requests without an answer fail; the listener is not told.
    @Override
    public void close() {
        closing = true;
        if (Thread.currentThread() == thread) {
            return;
        }
        if (!over) {
            connection.interrupt();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void greet() throws IOException {
        var grant = settings.grant();
        var hello =
                new Hello(
                        PROTOCOL,
                        ProcessHandle.current().pid(),
                        settings.name(),
                        grant == null ? NO_TOKEN : grant.token());
        var batch = new Batch(List.of(hello), 0, OWN, false, 0, settings.timeout(), null);
        try {
            Message said = submit(batch).get().getFirst();
            switch (said) {
                case Welcome w when w.protocol() == PROTOCOL -> welcome = w;
                case Welcome w ->
                        throw new IOException("the worker speaks protocol " + w.protocol());
                case Answer a ->
                        throw new IOException("the worker refused: " + a.error() + " " + a.text());
                default -> throw new IOException("the worker said " + said);
            }
        } catch (ExecutionException e) {
            throw new IOException("no welcome from the worker", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for the worker", e);
        }
    }

    private CompletableFuture<List<Message>> submit(Batch batch) {
        for (Message each : batch.requests) {
            if (each.size() > requests.largest()) {
                throw new IllegalArgumentException(
                        each.getClass().getSimpleName() + " of " + each.size() + " bytes");
            }
        }
        int size = batch.requests.size();
        if (outstanding.addAndGet(size) > settings.outstanding()) {
            outstanding.addAndGet(-size);
            refused.addAndGet(size);
            batch.result.completeExceptionally(
                    new RingFullException(
                            settings.outstanding() + " requests to the worker are on their way"));
            return batch.result;
        }
        asked.offer(batch);
        if (over) {
            // The thread may have gone without seeing it; failing twice does no harm.
            batch.result.completeExceptionally(new RingLostException("no worker", null));
        } else if (sleeping) {
            connection.interrupt();
        }
        return batch.result;
    }

    // --- the thread
    // --------------------------------------------------------------------------------

    private void run() {
        RingLostException reason = null;
        try {
            serve();
        } catch (IOException
                | BrokenRingException
                | MalformedMessageException
                | IndexOutOfBoundsException e) {
            reason = new RingLostException(String.valueOf(e.getMessage()), e);
        } catch (RuntimeException | Error e) {
            LOG.error("ring to {} ends", settings.socket(), e);
            reason = new RingLostException("failed: " + e, e);
        }
        end(reason);
    }

    private void serve() throws IOException {
        int idle = 0;
        int busy = 0;
        while (!closing) {
            boolean wrote = write();
            boolean progress = read() || wrote;
            idle = progress ? 0 : idle + 1;
            if (idle >= SPINS + YIELDS) {
                block();
                idle = 0;
                busy = 0;
            } else if (++busy == SPINS) {
                // Even in the middle of work.
                checkSocket();
                busy = 0;
            } else if (idle >= SPINS) {
                Thread.yield();
            } else if (idle > 0) {
                Thread.onSpinWait();
            }
            if ((busy & 63) == 0) {
                checkTime();
            }
        }
    }

    private void end(@Nullable RingLostException reason) {
        over = true;
        var told = reason == null ? new RingLostException("closed", null) : reason;
        for (Batch batch; (batch = asked.poll()) != null; ) {
            batch.result.completeExceptionally(told);
        }
        if (current != null) {
            current.result.completeExceptionally(told);
        }
        for (Batch batch : List.copyOf(sending)) {
            batch.result.completeExceptionally(told);
        }
        try {
            connection.close();
        } catch (IOException e) {
            LOG.debug("closing the worker's socket", e);
        }
        arena.close();
        if (reason != null && !closing) {
            listener.lost(reason);
        }
    }

    /// Sends what was asked, as far as there is room. True if something was sent.
    private boolean write() throws IOException {
        int count = 0;
        while (count < QUANTUM && !pongs.isEmpty()) {
            Message pong = pongs.getFirst();
            if (!offer(pong, 0, pongCorrelations.getFirst(), OWN, 0)) {
                break;
            }
            pongs.removeFirst();
            pongCorrelations.removeFirst();
            count++;
        }
        while (count < QUANTUM) {
            Batch batch = current != null ? current : asked.poll();
            if (batch == null) {
                break;
            }
            if (current == null) {
                begin(batch);
            }
            if (!writeNext(batch)) {
                break;
            }
            count++;
            if (batch.isWritten()) {
                current = null;
            }
        }
        if (count > 0 && requests.publish()) {
            connection.wake();
        }
        return count > 0;
    }

    private void begin(Batch batch) {
        batch.first = nextCorrelation;
        nextCorrelation += batch.requests.size();
        sending.add(batch);
        current = batch;
    }

    private boolean writeNext(Batch batch) {
        Message message = batch.requests.get(batch.written);
        long correlation = batch.first + batch.written;
        boolean taken;
        try {
            taken = offer(message, batch.flags(), correlation, batch.owner, batch.generation);
        } catch (IllegalArgumentException e) {
            // A number or text that fits no field: the caller's mistake, and nobody else's.
            finish(batch, e);
            return true;
        }
        long now = System.nanoTime();
        batch.deadline = now + batch.timeoutNanos;
        if (taken) {
            full = false;
            pending.put(correlation, batch);
            batch.written++;
            sent++;
            return true;
        }
        if (!full) {
            full = true;
            fullSince = now;
        }
        if (now - fullSince < batch.timeoutNanos) {
            return false;
        }
        refused.addAndGet(batch.requests.size() - batch.written);
        finish(batch, new RingFullException("the worker takes nothing out of its ring"));
        return true;
    }

    private boolean offer(
            Message message, int flags, long correlation, long owner, long generation) {
        int size = message.size();
        if (!requests.hasRoom(size)) {
            return false;
        }
        new Header(message.type(), flags, size, correlation, owner, generation).write(out, 0);
        message.write(out, 0);
        return requests.offer(out, size);
    }

    /// Takes what came. True if something did.
    private boolean read() throws IOException {
        int count = 0;
        int bytes;
        while (count < QUANTUM && (bytes = replies.poll(in)) > 0) {
            Message message = Message.read(in, 0, bytes);
            receive(Header.read(in, 0).correlation(), message);
            count++;
        }
        if (count > 0 && replies.release()) {
            connection.wake();
        }
        return count > 0;
    }

    private void receive(long correlation, Message message) {
        if (message instanceof Ping ping) {
            if (pongs.size() >= MAX_PONGS) {
                return;
            }
            pongs.add(new Answer(RingError.OK, RingObject.NONE, 0, ping.value(), ""));
            pongCorrelations.add(correlation);
        } else if (correlation == 0) {
            events++;
            listener.event(message);
        } else {
            Batch batch = pending.get(correlation);
            if (batch == null) {
                late++;
            } else {
                batch.deadline = System.nanoTime() + batch.timeoutNanos;
                if (message instanceof Answer || message instanceof Welcome) {
                    pending.remove(correlation);
                    answered++;
                    if (batch.answered((int) (correlation - batch.first), message)) {
                        finish(batch, null);
                    }
                } else if (batch.rows != null) {
                    batch.rows.accept(message);
                } else {
                    late++;
                }
            }
        }
    }

    private void finish(Batch batch, @Nullable Throwable failure) {
        for (int i = 0; i < batch.written; i++) {
            pending.remove(batch.first + i);
        }
        sending.remove(batch);
        if (current == batch) {
            current = null;
        }
        outstanding.addAndGet(-batch.requests.size());
        if (failure == null) {
            batch.result.complete(Arrays.asList(batch.answers));
        } else {
            batch.result.completeExceptionally(failure);
        }
    }

    /// Heartbeats, and requests whose time is over.
    private void checkTime() {
        long now = System.nanoTime();
        if (now - nextBeat < 0) {
            return;
        }
        nextBeat = now + BEAT_NANOS;
        requests.beat(now);
        replies.beat(now);
        long beat = Math.max(requests.otherBeat(), replies.otherBeat());
        if (beat != otherBeat) {
            otherBeat = beat;
            otherBeatSeen = now;
        }
        boolean silent = now - otherBeatSeen > settings.hung().toNanos();
        if (silent != hung) {
            hung = silent;
            listener.hung(hung);
        }
        for (Batch batch : new ArrayList<>(sending)) {
            if (now - batch.deadline >= 0) {
                expire(batch);
            }
        }
    }

    private void expire(Batch batch) {
        int unanswered = Math.min(batch.answered, batch.requests.size() - 1);
        finish(
                batch,
                new TimeoutException(
                        "no answer of the worker within %d ms to %s"
                                .formatted(
                                        TimeUnit.NANOSECONDS.toMillis(batch.timeoutNanos),
                                        batch.requests
                                                .get(unanswered)
                                                .getClass()
                                                .getSimpleName())));
    }

    private void block() throws IOException {
        sleeping = true;
        boolean mayBlock = asked.isEmpty() && !closing && replies.sleep();
        if (current != null || !pongs.isEmpty()) {
            mayBlock &= requests.sleep();
        }
        if (mayBlock) {
            connection.block(TimeUnit.NANOSECONDS.toMillis(BEAT_NANOS));
        }
        sleeping = false;
        requests.awake();
        replies.awake();
        checkSocket();
        checkTime();
    }

    private void checkSocket() throws IOException {
        if (!connection.drain()) {
            // What the worker published before its end still counts.
            boolean more;
            do {
                more = read();
            } while (more);
            throw new IOException("the worker ended");
        }
    }
}
