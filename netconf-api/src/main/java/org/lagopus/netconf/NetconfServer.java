package org.lagopus.netconf;

import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.Audit;
import org.lagopus.datastore.BaseNotifications;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Users;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The NETCONF server of a box.
public final class NetconfServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NetconfServer.class);
    private static final long WATCH_MILLIS = 500;

    private final Datastore datastore;
    private final Users users;
    private final Sessions sessions;
    private final Counters counters = Counters.ofServer();
    private final Rpcs rpcs;
    private final Monitoring monitoring;
    private volatile List<String> capabilities;
    private final ScheduledExecutorService watch;
    private volatile Settings settings;
    private volatile Room room;

    private NetconfServer(Settings settings, Datastore datastore, Users users) {
        this.settings = settings;
        this.datastore = datastore;
        this.users = users;
        sessions = new Sessions(settings.maxSessions());
        room = new Room(settings.maxElements(), settings.readTimeout());
        rpcs = new Rpcs(datastore, this::settings, sessions);
        capabilities = rpcs.capabilities();
        monitoring = new Monitoring(datastore, sessions, counters);
        watch =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().daemon().name("netconf-watch").factory());
        sessions.onLockChange(() -> {
            tell(monitoring::locks);
            datastore.awaitState();
        });
        later(monitoring::start);
        var _ =
                watch.scheduleWithFixedDelay(
                        this::watch, WATCH_MILLIS, WATCH_MILLIS, TimeUnit.MILLISECONDS);
    }

    /// Serves until closed whoever comes by one of its entries.
    public static NetconfServer start(Settings settings, Datastore datastore, Users users) {
        return new NetconfServer(settings, datastore, users);
    }

    /// What it grants to the sessions that come next.
    public void grant(Settings next) {
        var last = settings;
        settings = next;
        sessions.most(next.maxSessions());
        if (next.maxElements() != last.maxElements()
                || !next.readTimeout().equals(last.readTimeout())) {
            room = new Room(next.maxElements(), next.readTimeout());
        }
    }

    public Settings settings() {
        return settings;
    }

    /// In by SSH.
    ///
    /// @param hostKeys by which clients know us, at least one
    /// @param idle what ends a session that is idle, if it is not what the settings say
    public Entry ssh(List<KeyPair> hostKeys, @Nullable Duration idle) {
        return new SshEntry(hostKeys, users, settings(idle), this::serve, watch);
    }

    /// In by TLS.
    ///
    /// @param context has the server's certificate, and believes or disbelieves those of clients
    /// @param versions of TLS, as the JDK names them
    /// @param users tells the user by the certificates that a client has shown, its own first
    public Entry tls(
            SSLContext context,
            List<String> versions,
            Function<List<X509Certificate>, Optional<String>> users,
            @Nullable Duration idle) {
        return new TlsEntry(context, versions, users, settings(idle), this::serve, watch);
    }

    private Supplier<Settings> settings(@Nullable Duration idle) {
        return idle == null ? this::settings : () -> settings.withIdleTimeout(idle);
    }

    /// Ends all sessions. What one of them is committing is brought to its end first.
    @Override
    public void close() {
        sessions.close("the server stops");
        watch.shutdown();
    }

    /// The whole life of one session, whatever it comes over.
    void serve(Transport transport, Settings granted) {
        var session =
                new Session(
                        sessions.next(),
                        transport,
                        granted,
                        rpcs,
                        counters.ofSession(),
                        room.share());
        if (!sessions.add(session)) {
            LOG.warn(
                    "session of {} from {} refused: there are {} already"
                            + " (northbound/netconf/config/maximum-sessions)",
                    transport.user(),
                    transport.peer(),
                    granted.maxSessions());
            transport.abort();
            return;
        }
        boolean orderly = false;
        try {
            session.run(() -> begun(session));
            orderly = session.orderly();
        } catch (RuntimeException e) {
            LOG.error("session {} failed", session.id(), e);
        } finally {
            try {
                ended(session);
            } finally {
                if (!orderly) {
                    transport.abort();
                }
            }
        }
    }

    private void begun(Session session) {
        counters.session();
        if (session.separate()) {
            datastore.separate(session.actor());
        }
        datastore.audit().tell(Audit.Event.login(session.actor(), session.peer(), Audit.Event.OK));
        LOG.info(
                "session {} of {} from {} begins",
                session.id(),
                session.actor().user(),
                session.peer());
        // a client finds its own session from its first request on
        tell(() -> monitoring.begun(session));
        datastore.awaitState();
        datastore.told().sessionStarted(session.actor(), host(session));
    }

    private void ended(Session session) {
        datastore.ended(session.id());
        sessions.remove(session);
        if (!session.orderly()) {
            counters.dropped();
        }
        if (session.greeted()) {
            datastore.audit().tell(Audit.Event.logout(session.actor(), session.peer()));
            later(() -> monitoring.ended(session));
        }
        if (session.greeted() || session.reason() == BaseNotifications.Reason.BAD_HELLO) {
            datastore
                    .told()
                    .sessionEnded(
                            session.actor(), host(session), session.reason(), session.killer());
        }
        session.ended();
        LOG.info(
                "session {} of {} from {} has ended: {}",
                session.id(),
                session.actor().user(),
                session.peer(),
                session.end());
    }

    /// The address of the peer, if that is where it is.
    private static @Nullable String host(Session session) {
        var peer = session.peer();
        return peer.indexOf('.') >= 0 || peer.indexOf(':') >= 0 ? peer : null;
    }

    /// Tells of something in `netconf-state`; nobody waits for that.
    private void later(Runnable told) {
        try {
            watch.execute(() -> tell(told));
        } catch (RejectedExecutionException e) {
            LOG.debug("closed", e);
        }
    }

    private static void tell(Runnable told) {
        try {
            told.run();
        } catch (RuntimeException e) {
            LOG.error("netconf-state", e);
        }
    }

    /// Tells of another model (RFC 6470 `netconf-capability-change`).
    private void capabilities() {
        var now = rpcs.capabilities();
        if (now != capabilities) {
            datastore.told().capabilitiesChanged(capabilities, now, Actor.SYSTEM);
            capabilities = now;
        }
    }

    private void watch() {
        try {
            long now = System.nanoTime();
            sessions.all().forEach(session -> session.watch(now));
            monitoring.counters();
            capabilities();
        } catch (RuntimeException e) {
            LOG.error("watch failed", e);
        }
    }
}
