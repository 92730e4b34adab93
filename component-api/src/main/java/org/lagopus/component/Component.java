package org.lagopus.component;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import jnr.enxio.channels.NativeSelectorProvider;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;
import org.jspecify.annotations.Nullable;
import org.lagopus.component.wire.Link;
import org.lagopus.component.wire.Message;
import org.lagopus.component.wire.Parts;
import org.lagopus.component.wire.ProtocolException;
import org.lagopus.component.wire.Severity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A component's end of the channel to the datastore, as `docs/component-protocol.md` tells it.
///
///     Away --connected, hello--> Greeting --welcome--> Serving
///
/// An error, a closed socket or three missed heartbeats lead back to Away from anywhere; from there
/// it tries again for ever, more slowly each time. One thread owns the socket, another calls the
/// handler, so a handler that takes its time does not look dead.
public final class Component implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Component.class);
    private static final Duration GREETING = Duration.ofSeconds(5);
    private static final int MISSED_HEARTBEATS = 3;

    private record AlarmKey(String resource, String typeId) {}

    private final Settings settings;
    private final Selector selector;
    private final Thread owner;
    private final ExecutorService handlerThread;
    private final ExecutorService besideIt;
    private final Performer performer;
    private final AtomicBoolean wakePending = new AtomicBoolean();
    private final AtomicLong questions = new AtomicLong();
    private final Map<Long, CompletableFuture<Message>> asked = new ConcurrentHashMap<>();
    private final Map<AlarmKey, Message.Alarm> alarms = new ConcurrentHashMap<>();

    /// The link while serving; null else.
    private volatile @Nullable Link serving;

    private volatile boolean closed;
    private volatile boolean hangUp;

    private Component(Settings settings, Handler handler) {
        this.settings = settings;
        this.performer = new Performer(handler);
        this.selector = openSelector();
        this.handlerThread = thread(settings.name() + "-handler");
        this.besideIt = thread(settings.name() + "-operations");
        this.owner =
                Thread.ofPlatform()
                        .daemon()
                        .name(settings.name() + "-channel")
                        .unstarted(this::run);
    }

    private static ExecutorService thread(String name) {
        return Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name(name).factory());
    }

    /// Starts to connect, and keeps connecting for ever; returns at once.
    public static Component connect(Settings settings, Handler handler) {
        var component = new Component(settings, handler);
        component.owner.start();
        return component;
    }

    /// Whether the datastore is there and knows this component.
    public boolean connected() {
        return serving != null;
    }

    /// The generation this component runs; 0 if none.
    public long generation() {
        return performer.generation();
    }

    /// Writes operational data.
    ///
    /// @return false if the datastore is absent; then nothing is sent
    public boolean state(List<Edit> edits) {
        var link = serving;
        if (link == null) {
            return false;
        }
        var parts = new Parts(edits.stream().map(Edit::toWire).iterator());
        while (parts.hasNext()) {
            link.send(new Message.State(parts.next()));
        }
        return true;
    }

    /// Tells the event hub. Nobody repeats what is lost while the datastore is absent.
    ///
    /// @return false if the datastore is absent
    public boolean event(String topic, JsonNode data) {
        return send(new Message.Event(topic, data));
    }

    /// Raises an alarm, or changes its severity or text. Alarms are kept, and told again to a
    /// datastore that was away.
    public void raise(String resource, String typeId, Severity severity, String text) {
        var alarm = new Message.Alarm(resource, typeId, severity, text, false);
        if (!alarm.equals(alarms.put(new AlarmKey(resource, typeId), alarm))) {
            send(alarm);
        }
    }

    /// Clears an alarm; nothing happens if it is not raised.
    public void clear(String resource, String typeId) {
        var alarm = alarms.remove(new AlarmKey(resource, typeId));
        if (alarm != null) {
            send(new Message.Alarm(resource, typeId, alarm.severity(), alarm.text(), true));
        }
    }

    /// Asks the registry where an API is; fails if the datastore is absent.
    public CompletionStage<List<Message.Offer>> lookup(String api) {
        return ask(id -> new Message.LookupApi(id, api))
                .thenApply(answer -> ((Message.Apis) answer).apis());
    }

    /// Asks to use an API with these scopes; fails with the reason if it is not granted, or if the
    /// datastore is absent. Has the token and where the API is; what was granted for it before is
    /// no longer good.
    public CompletionStage<Message.Granted> requestGrant(String api, List<String> scopes) {
        return ask(id -> new Message.RequestGrant(id, api, scopes))
                .thenCompose(answer -> {
                    var granted = (Message.Granted) answer;
                    if (granted.token() != null) {
                        return CompletableFuture.completedFuture(granted);
                    }
                    var why =
                            granted.errors().isEmpty()
                                    ? "without a reason"
                                    : granted.errors().getFirst().message();
                    return CompletableFuture.failedFuture(
                            new IOException(api + " is not granted: " + why));
                });
    }

    private CompletableFuture<Message> ask(LongFunction<Message> question) {
        var answer = new CompletableFuture<Message>();
        long id = questions.incrementAndGet();
        asked.put(id, answer);
        if (!send(question.apply(id))) {
            fail(asked.remove(id));
        }
        return answer;
    }

    /// Asks for the whole configuration again, for a component that has lost what it ran.
    public void resynchronise() {
        handlerThread.execute(() -> {
            performer.forgetWhatRuns();
            hangUp = true;
            wake();
        });
    }

    /// Says goodbye and ends the threads.
    @Override
    public void close() {
        closed = true;
        wake();
        handlerThread.shutdown();
        besideIt.shutdown();
        try {
            owner.join(Duration.ofSeconds(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean send(Message message) {
        var link = serving;
        if (link == null) {
            return false;
        }
        link.send(message);
        return true;
    }

    private void wake() {
        if (wakePending.compareAndSet(false, true)) {
            selector.wakeup();
        }
    }

    private void run() {
        long pause = settings.retry().toMillis();
        while (!closed) {
            var session = new Session();
            var reason = session.serve();
            if (closed) {
                break;
            }
            if (session.welcomed) {
                LOG.warn("the datastore is lost: {}", reason);
                pause = settings.retry().toMillis();
            } else {
                LOG.debug("the datastore is not reached: {}", reason);
            }
            pause(pause);
            pause = Math.min(pause * 2, settings.retryMost().toMillis());
        }
        try {
            selector.close();
        } catch (IOException e) {
            LOG.debug("the selector does not close", e);
        }
    }

    private void pause(long millis) {
        long end = System.nanoTime() + millis * 1_000_000;
        try {
            for (long left = millis;
                    left > 0 && !closed;
                    left = (end - System.nanoTime()) / 1_000_000) {
                selector.select(left);
                wakePending.set(false);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What the handler's thread knows of itself, once it has done all it was asked before.
    private Message.Hello hello() throws IOException {
        try {
            return handlerThread.submit(() -> Conversation.hello(settings, performer)).get();
        } catch (InterruptedException | ExecutionException | RejectedExecutionException e) {
            throw new IOException("the handler's thread is gone", e);
        }
    }

    private static void fail(@Nullable CompletableFuture<Message> answer) {
        if (answer != null) {
            answer.completeExceptionally(new IOException("the datastore is absent"));
        }
    }

    private static Selector openSelector() {
        try {
            return NativeSelectorProvider.getInstance().openSelector();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// One connection, from the attempt to its end. Belongs to the owner's thread, but for what it
    /// hands to the handler's.
    private final class Session {
        private long beatNanos = GREETING.toNanos();
        private boolean welcomed;
        private @Nullable Conversation conversation;

        /// @return why it ended
        String serve() {
            try {
                var hello = hello();
                hangUp = false;
                var address = new UnixSocketAddress(settings.socket().toFile());
                try (var channel = UnixSocketChannel.open(address)) {
                    channel.configureBlocking(false);
                    var key = channel.register(selector, SelectionKey.OP_READ);
                    var link = new Link(channel, Component.this::wake);
                    try {
                        link.send(hello);
                        converse(link, key);
                        link.close("the component ends");
                        return "closed";
                    } catch (ProtocolException e) {
                        link.close(Objects.requireNonNullElse(e.getMessage(), "protocol"));
                        throw e;
                    } finally {
                        key.cancel();
                    }
                }
            } catch (IOException e) {
                return Objects.requireNonNullElse(e.getMessage(), e.toString());
            } finally {
                end();
            }
        }

        private void end() {
            serving = null;
            asked.keySet().forEach(id -> fail(asked.remove(id)));
            try {
                selector.selectNow();
            } catch (IOException e) {
                LOG.debug("the selector fails", e);
            }
            if (conversation != null) {
                conversation.end();
            }
        }

        private void converse(Link link, SelectionKey key) throws IOException {
            var talk =
                    new Conversation(
                            performer,
                            link,
                            work -> perform(work, handlerThread),
                            work -> perform(work, besideIt),
                            welcome -> welcomed(link, welcome),
                            Component.this::answered);
            conversation = talk;
            long heard = System.nanoTime();
            long said = heard;
            while (!closed && !hangUp) {
                boolean more = link.flush();
                key.interestOps(SelectionKey.OP_READ | (more ? SelectionKey.OP_WRITE : 0));
                long untilBeat = said + beatNanos - System.nanoTime();
                selector.select(Math.max(1, untilBeat / 1_000_000));
                wakePending.set(false);
                selector.selectedKeys().clear();
                if (key.isReadable() && link.receive(talk::on)) {
                    heard = System.nanoTime();
                }
                long now = System.nanoTime();
                long patience = welcomed ? MISSED_HEARTBEATS * beatNanos : beatNanos;
                if (now - heard > patience) {
                    throw new IOException("no sign of life");
                }
                if (welcomed && now - said >= beatNanos) {
                    link.send(new Message.Heartbeat());
                    said = now;
                }
            }
        }

        /// Alarms that stand are told again before the first heartbeat; so those that are not told
        /// stand no more.
        private void welcomed(Link link, Message.Welcome welcome) {
            welcomed = true;
            beatNanos = welcome.heartbeatMillis() * 1_000_000;
            serving = link;
            alarms.values().forEach(link::send);
            link.send(new Message.Heartbeat());
        }

        private void perform(Runnable work, Executor on) {
            try {
                on.execute(work);
            } catch (RejectedExecutionException e) {
                LOG.debug("the component ends", e);
            }
        }
    }

    private void answered(Message answer) {
        long id =
                switch (answer) {
                    case Message.Apis apis -> apis.id();
                    case Message.Granted granted -> granted.id();
                    default -> throw new IllegalArgumentException(answer + " answers nothing");
                };
        var waiting = asked.remove(id);
        if (waiting != null) {
            waiting.complete(answer);
        }
    }
}
