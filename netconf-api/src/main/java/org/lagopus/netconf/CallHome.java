package org.lagopus.netconf;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The box connects to a client and then serves it (RFC 8071):
///
///     connecting --a user has logged in--> connected --the connection ends--> waiting
///         |  all endpoints tried                                                 |
///         +-----------------------> waiting --the pause is over--> connecting <--+
///
/// The pause doubles as long as nothing comes of it. One virtual thread goes round; a connection
/// that is served stays when this is closed.
public final class CallHome implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CallHome.class);

    /// Where the client waits.
    ///
    /// @param host name or address; a name is looked up each time
    public record Endpoint(String name, String host, int port) {
        @Override
        public String toString() {
            return "%s (%s port %d)".formatted(name, host, port);
        }
    }

    /// With which endpoint a round begins.
    public enum Start {
        FIRST_LISTED,
        LAST_CONNECTED,
        RANDOM_SELECTION
    }

    /// How to go about it.
    ///
    /// @param period from one connection to the next when they are periodic, null for a connection
    ///   that is always there
    /// @param attempts at one endpoint before the next
    /// @param patience for a connection to be established
    /// @param pause after a round in vain, and before a lost connection is made again
    /// @param longestPause to which that grows
    public record Terms(
            @Nullable Duration period,
            Start start,
            int attempts,
            Duration patience,
            Duration pause,
            Duration longestPause) {}

    /// How it stands.
    ///
    /// @param endpoint that is or was connected
    /// @param attempts in vain since
    /// @param since when it is or is not connected
    public record Status(
            boolean connected,
            @Nullable String endpoint,
            long connections,
            long attempts,
            @Nullable String lastError,
            Instant since) {}

    private final String client;
    private final List<Endpoint> endpoints;
    private final Terms terms;
    private final Consumer<CallHome> told;
    private final Random random = new Random();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Thread thread;
    private volatile Entry entry;
    private volatile Status status = new Status(false, null, 0, 0, null, Instant.now());
    private volatile boolean closed;
    private @Nullable SocketChannel attempt;

    /// @param told of each change of the status
    public CallHome(
            String client,
            List<Endpoint> endpoints,
            Terms terms,
            Entry entry,
            Consumer<CallHome> told) {
        this.client = client;
        this.endpoints = List.copyOf(endpoints);
        this.terms = terms;
        this.entry = entry;
        this.told = told;
        thread = Thread.ofVirtual().name("call-home-" + client).unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /// Whether it goes to the same places in the same way.
    public boolean is(List<Endpoint> others, Terms otherTerms) {
        return endpoints.equals(others) && terms.equals(otherTerms);
    }

    /// For connections that are made from now on.
    public void through(Entry next) {
        entry = next;
    }

    public Status status() {
        return status;
    }

    /// Calls no more; a client that is connected is served on.
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
            if (attempt != null) {
                attempt.close();
            }
        } catch (IOException e) {
            LOG.debug("call home to {}", client, e);
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        var pause = terms.pause();
        while (!closed) {
            var begun = Instant.now();
            boolean served = round();
            var period = terms.period();
            if (served) {
                pause = terms.pause();
                var left =
                        period == null
                                ? pause
                                : period.minus(Duration.between(begun, Instant.now()));
                rest(left.isNegative() ? Duration.ZERO : left);
            } else {
                rest(pause);
                var twice = pause.multipliedBy(2);
                pause = twice.compareTo(terms.longestPause()) > 0 ? terms.longestPause() : twice;
            }
        }
    }

    /// Tries the endpoints in turn until one was served.
    private boolean round() {
        for (var endpoint : inOrder()) {
            for (int i = 0; i < terms.attempts(); i++) {
                if (closed) {
                    return false;
                }
                if (connect(endpoint)) {
                    return true;
                }
                if (i + 1 < terms.attempts()) {
                    rest(terms.pause());
                }
            }
        }
        return false;
    }

    private List<Endpoint> inOrder() {
        var order = new ArrayList<>(endpoints);
        int first =
                switch (terms.start()) {
                    case FIRST_LISTED -> 0;
                    case RANDOM_SELECTION -> random.nextInt(order.size());
                    case LAST_CONNECTED -> {
                        var last = status.endpoint();
                        var names = order.stream().map(Endpoint::name).toList();
                        yield last == null ? 0 : Math.max(0, names.indexOf(last));
                    }
                };
        Collections.rotate(order, -first);
        return order;
    }

    /// @return whether a session came of it, which is over by now
    private boolean connect(Endpoint endpoint) {
        try {
            var connection = reach(endpoint);
            LOG.info("calling home: {} at {} is reached", client, endpoint);
            var before = status;
            entry.serve(connection, () -> connected(endpoint));
            if (status.connections() > before.connections()) {
                lost("the connection has ended");
                return true;
            }
            failed(endpoint, "the connection ended before a user had logged in");
        } catch (IOException e) {
            failed(endpoint, String.valueOf(e.getMessage()));
        }
        return false;
    }

    private SocketChannel reach(Endpoint endpoint) throws IOException {
        IOException last = new IOException("no address");
        for (var address : InetAddress.getAllByName(endpoint.host())) {
            var socket = open();
            try {
                socket.socket()
                        .connect(
                                new InetSocketAddress(address, endpoint.port()),
                                (int) terms.patience().toMillis());
                given();
                return socket;
            } catch (IOException e) {
                given();
                socket.close();
                last = e;
            }
        }
        throw last;
    }

    private SocketChannel open() throws IOException {
        var socket = SocketChannel.open();
        lock.lock();
        try {
            if (closed) {
                socket.close();
                throw new IOException("closed");
            }
            attempt = socket;
            return socket;
        } finally {
            lock.unlock();
        }
    }

    private void given() {
        lock.lock();
        try {
            attempt = null;
        } finally {
            lock.unlock();
        }
    }

    private void connected(Endpoint endpoint) {
        tell(new Status(true, endpoint.name(), status.connections() + 1, 0, null, Instant.now()));
    }

    private void lost(String why) {
        var was = status;
        tell(new Status(false, was.endpoint(), was.connections(), 0, why, Instant.now()));
    }

    private void failed(Endpoint endpoint, String why) {
        if (closed) {
            return;
        }
        LOG.info("calling home: {} at {} is not reached: {}", client, endpoint, why);
        var was = status;
        tell(
                new Status(
                        false,
                        was.endpoint(),
                        was.connections(),
                        was.attempts() + 1,
                        endpoint + ": " + why,
                        was.since()));
    }

    private void tell(Status next) {
        status = next;
        told.accept(this);
    }

    private void rest(Duration time) {
        lock.lock();
        try {
            long left = time.toNanos();
            while (!closed && left > 0) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            closed = true;
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String toString() {
        return "call home to " + client;
    }
}
