package org.lagopus.controller.components;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import jnr.enxio.channels.NativeSelectorProvider;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import jnr.unixsocket.UnixServerSocketChannel;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;
import jnr.unixsocket.UnixSocketOptions;
import org.jspecify.annotations.Nullable;
import org.lagopus.component.wire.Link;
import org.lagopus.datastore.Commit;
import org.lagopus.datastore.Datastore;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where components connect. One thread owns every socket; it never waits for a commit, a component
/// or a disk.
public final class ComponentServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ComponentServer.class);

    /// A path longer than this does not fit a socket address.
    private static final int LONGEST_PATH = 107;

    private static final Duration PUBLISH_EVERY = Duration.ofMillis(200);
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final ComponentSettings settings;
    private final Datastore datastore;
    private final Roster roster;
    private final Grants grants;
    private final Shared shared;
    private final List<Connection> connections = new CopyOnWriteArrayList<>();
    private final POSIX posix = POSIXFactory.getPOSIX();
    // Ids are not used twice, not even by the process after this one.
    private final AtomicLong ids = new AtomicLong(System.currentTimeMillis() * 1000);
    private final AtomicBoolean wakePending = new AtomicBoolean();
    private final Selector selector;
    private final UnixServerSocketChannel listening;
    private final Thread thread;
    private @Nullable Registration registration;
    private @Nullable Registration actions;
    private volatile boolean closed;

    private ComponentServer(ComponentSettings settings, Datastore datastore, Clock clock)
            throws IOException {
        this.settings = settings;
        this.datastore = datastore;
        this.roster =
                new Roster(
                        datastore,
                        clock,
                        settings.expected(),
                        KnownComponents.at(settings.known()));
        this.grants = new Grants(datastore, roster, this::serving);
        this.shared = Shared.of(settings, datastore, roster, grants, ids::incrementAndGet);
        this.listening = listen(settings.socket());
        this.selector = NativeSelectorProvider.getInstance().openSelector();
        this.thread = Thread.ofPlatform().name("components").unstarted(this::run);
    }

    /// Listens; from now on required components are waited for.
    public static ComponentServer start(ComponentSettings settings, Datastore datastore)
            throws IOException {
        var server = new ComponentServer(settings, datastore, Clock.systemUTC());
        datastore.requires(server.roster::absent);
        server.registration = datastore.onCommit(server::committed);
        server.actions = ComponentActions.register(datastore, server);
        server.thread.start();
        return server;
    }

    private static UnixServerSocketChannel listen(Path socket) throws IOException {
        if (socket.toString().length() > LONGEST_PATH) {
            throw new IOException(socket + " is longer than a socket address can be");
        }
        var address = new UnixSocketAddress(socket.toFile());
        if (Files.exists(socket)) {
            try (var other = UnixSocketChannel.open(address)) {
                throw new IOException("somebody listens on " + other.getRemoteSocketAddress());
            } catch (IOException e) {
                if (String.valueOf(e.getMessage()).startsWith("somebody")) {
                    throw e;
                }
                Files.delete(socket);
            }
        }
        var channel = UnixServerSocketChannel.open();
        channel.configureBlocking(false);
        channel.socket().bind(address, 16);
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw----"));
        return channel;
    }

    Roster roster() {
        return roster;
    }

    Grants grants() {
        return grants;
    }

    /// The session of a component that takes part in commits.
    Optional<Session> serving(String name) {
        return connections.stream()
                .map(Connection::session)
                .filter(session -> session.isServing() && session.name().equals(name))
                .findFirst();
    }

    void expel(Session session, String reason) {
        session.expel(reason);
        wake();
    }

    private void wake() {
        if (wakePending.compareAndSet(false, true)) {
            selector.wakeup();
        }
    }

    private void committed(Commit commit, DataTreeCandidate candidate) {
        for (var connection : connections) {
            try {
                connection.session().committed(commit, candidate);
            } catch (RuntimeException e) {
                LOG.error("generation {} is not told to a component", commit.generation(), e);
            }
        }
    }

    // --- the thread ---------------------------------------------------------------------------

    private void run() {
        try {
            var accepting = listening.register(selector, SelectionKey.OP_ACCEPT);
            long started = System.nanoTime();
            long published = started;
            while (!closed) {
                long beat = settings.heartbeatMillis();
                selector.select(Math.max(1, Math.min(beat / 4, PUBLISH_EVERY.toMillis())));
                wakePending.set(false);
                selector.selectedKeys().clear();
                if (accepting.isAcceptable()) {
                    accept();
                }
                long now = System.nanoTime();
                for (var connection : connections) {
                    serve(connection, now);
                }
                if (now - published >= PUBLISH_EVERY.toNanos()) {
                    published = now;
                    publish(now - started > GRACE.toNanos());
                }
            }
            connections.forEach(connection -> connection.end("the datastore ends"));
            connections.clear();
            publish(false);
            accepting.cancel();
            selector.selectNow();
            listening.close();
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void publish(boolean late) {
        try {
            if (late) {
                roster.missing();
            }
            roster.publish();
        } catch (RuntimeException e) {
            LOG.error("the state of the components cannot be written", e);
        }
    }

    private void serve(Connection connection, long now) {
        try {
            connection.serve(now);
        } catch (IOException e) {
            end(connection, Objects.requireNonNullElse(e.getMessage(), e.toString()));
        } catch (RuntimeException e) {
            LOG.error("a connection fails", e);
            end(connection, "internal error");
        }
    }

    private void end(Connection connection, String reason) {
        connections.remove(connection);
        connection.end(reason);
    }

    private void accept() {
        try {
            var channel = listening.accept();
            if (channel == null) {
                return;
            }
            channel.configureBlocking(false);
            var link = new Link(channel, this::wake);
            var peer = channel.getOption(UnixSocketOptions.SO_PEERCRED);
            if (!mayConnect(peer.getUid())) {
                LOG.warn("process {} of user {} may not connect", peer.getPid(), peer.getUid());
                link.close("user " + peer.getUid() + " may not connect");
                return;
            }
            var key = channel.register(selector, SelectionKey.OP_READ);
            var who =
                    new Peer(
                            peer.getPid(),
                            peer.getUid(),
                            peer.getUid() == 0 || peer.getUid() == posix.geteuid());
            connections.add(new Connection(link, key, new Session(shared, link, who)));
        } catch (IOException e) {
            LOG.warn("a connection is not accepted", e);
        }
    }

    private boolean mayConnect(int uid) {
        return uid == 0
                || uid == posix.geteuid()
                || settings.users().stream()
                        .map(posix::getpwnam)
                        .filter(Objects::nonNull)
                        .anyMatch(user -> user.getUID() == uid);
    }

    @Override
    public void close() throws IOException {
        closed = true;
        wake();
        if (registration != null) {
            registration.close();
        }
        if (actions != null) {
            actions.close();
        }
        datastore.requires(List::of);
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Files.deleteIfExists(settings.socket());
    }

    /// The names of the components that commits need, and whether each is here.
    public Map<String, Boolean> presence() {
        return roster.presence();
    }

    /// Names of the components that are here, for tests and logs.
    Set<String> connected() {
        return Set.copyOf(
                connections.stream()
                        .map(Connection::session)
                        .filter(Session::isServing)
                        .map(Session::name)
                        .toList());
    }
}
