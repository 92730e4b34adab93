package org.lagopus.netconf;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Users;
import org.opendaylight.netconf.shaded.sshd.common.AttributeRepository.AttributeKey;
import org.opendaylight.netconf.shaded.sshd.common.io.IoServiceFactory;
import org.opendaylight.netconf.shaded.sshd.common.keyprovider.KeyPairProvider;
import org.opendaylight.netconf.shaded.sshd.core.CoreModuleProperties;
import org.opendaylight.netconf.shaded.sshd.server.Environment;
import org.opendaylight.netconf.shaded.sshd.server.ExitCallback;
import org.opendaylight.netconf.shaded.sshd.server.ServerBuilder;
import org.opendaylight.netconf.shaded.sshd.server.SshServer;
import org.opendaylight.netconf.shaded.sshd.server.auth.password.UserAuthPasswordFactory;
import org.opendaylight.netconf.shaded.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.opendaylight.netconf.shaded.sshd.server.channel.ChannelSession;
import org.opendaylight.netconf.shaded.sshd.server.channel.ChannelSessionFactory;
import org.opendaylight.netconf.shaded.sshd.server.command.Command;
import org.opendaylight.netconf.shaded.sshd.server.session.ServerSession;
import org.opendaylight.netconf.shaded.sshd.server.session.SessionFactory;
import org.opendaylight.netconf.shaded.sshd.server.subsystem.SubsystemFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The `netconf` subsystem of SSH (RFC 6242). sshd has the protocol and the channels, as blocking
/// streams whose back-pressure is the SSH window, in both directions; the socket is ours. Each
/// channel is served on a virtual thread of its own.
final class SshEntry implements Entry {
    private static final Logger LOG = LoggerFactory.getLogger(SshEntry.class);
    private static final Duration LINGER = Duration.ofSeconds(5);
    private static final AttributeKey<Runnable> BEGUN = new AttributeKey<>();

    private final Users users;
    private final Supplier<Settings> settings;
    private final Sink sessions;
    private final ScheduledExecutorService watch;
    private final SessionFactory connections;

    /// @param hostKeys at least one
    /// @param sessions serves one channel on the calling thread and returns when it is over
    SshEntry(
            List<KeyPair> hostKeys,
            Users users,
            Supplier<Settings> settings,
            Sink sessions,
            ScheduledExecutorService watch) {
        this.users = users;
        this.settings = settings;
        this.sessions = sessions;
        this.watch = watch;
        connections = new SessionFactory(server(hostKeys));
    }

    @Override
    public void serve(SocketChannel socket, Runnable begun) {
        try (socket) {
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            var connection = new SshConnection(socket, connections);
            connection.setAttribute(BEGUN, begun);
            var late =
                    watch.schedule(
                            () -> late(connection),
                            settings.get().helloTimeout().toMillis(),
                            TimeUnit.MILLISECONDS);
            connection.run();
            late.cancel(false);
        } catch (IOException e) {
            LOG.debug("connection", e);
        }
    }

    /// Who has not logged in by now will not.
    private static void late(SshConnection connection) {
        if (!(session(connection) instanceof ServerSession known && known.isAuthenticated())) {
            LOG.info("{} has not logged in in time", Entry.words(connection.getRemoteAddress()));
            connection.close(true);
        }
    }

    private static @Nullable Object session(SshConnection connection) {
        return org.opendaylight.netconf.shaded.sshd.common.session.helpers.AbstractSession
                .getSession(connection, true);
    }

    private SshServer server(List<KeyPair> hostKeys) {
        var ssh = new Unbound();
        ServerBuilder.builder().factory(() -> ssh).build();
        ssh.setKeyPairProvider(KeyPairProvider.wrap(hostKeys));
        ssh.setUserAuthFactories(
                List.of(UserAuthPublicKeyFactory.INSTANCE, UserAuthPasswordFactory.INSTANCE));
        ssh.setPasswordAuthenticator(
                (user, password, session) -> users.password(user, password, from(session)));
        ssh.setPublickeyAuthenticator((user, key, session) -> users.key(user, key, from(session)));
        // Sessions only: no forwarding, no shell, no commands.
        ssh.setChannelFactories(List.of(ChannelSessionFactory.INSTANCE));
        ssh.setSubsystemFactories(List.of(new Subsystem()));
        ssh.setScheduledExecutorService(watch);
        // A NETCONF session may be idle for ever; the session itself sees to its time-outs.
        CoreModuleProperties.IDLE_TIMEOUT.set(ssh, Duration.ZERO);
        CoreModuleProperties.AUTH_TIMEOUT.set(ssh, Duration.ZERO);
        // Our own watch over writes comes first.
        CoreModuleProperties.WAIT_FOR_SPACE_TIMEOUT.set(
                ssh, settings.get().writeTimeout().plusSeconds(5));
        CoreModuleProperties.SERVER_IDENTIFICATION.set(ssh, "lagopus");
        ssh.check();
        return ssh;
    }

    private static Users.From from(ServerSession session) {
        return new Users.From("netconf", Entry.words(session.getClientAddress()));
    }

    /// Takes connections that were made by others.
    private static final class Unbound extends SshServer {
        void check() {
            checkConfig();
        }

        @Override
        public @Nullable IoServiceFactory getIoServiceFactory() {
            return null;
        }
    }

    private final class Subsystem implements SubsystemFactory {
        @Override
        public String getName() {
            return "netconf";
        }

        @Override
        public Command createSubsystem(ChannelSession channel) {
            return new Channel();
        }
    }

    /// One channel of one connection.
    private final class Channel implements Command {
        private InputStream in = InputStream.nullInputStream();
        private OutputStream out = OutputStream.nullOutputStream();
        private ExitCallback exit = (_, _, _) -> {};

        @Override
        public void setInputStream(InputStream in) {
            this.in = in;
        }

        @Override
        public void setOutputStream(OutputStream out) {
            this.out = out;
        }

        @Override
        public void setErrorStream(OutputStream err) {}

        @Override
        public void setExitCallback(ExitCallback callback) {
            exit = callback;
        }

        @Override
        public void start(ChannelSession channel, Environment environment) {
            var connection = (SshConnection) channel.getServerSession().getIoSession();
            var transport =
                    new SshTransport(
                            channel,
                            in,
                            new Paced(out, connection),
                            users.groups(channel.getSession().getUsername()));
            if (connection.getAttribute(BEGUN) instanceof Runnable begun) {
                begun.run();
            }
            Thread.ofVirtual()
                    .name("netconf-" + transport.peer())
                    .start(() -> {
                        try {
                            sessions.serve(transport, settings.get());
                        } finally {
                            // Leaving in order waits for the window of a peer that may not read.
                            CompletableFuture.delayedExecutor(
                                            LINGER.toMillis(), TimeUnit.MILLISECONDS)
                                    .execute(transport::abort);
                            exit.onExit(0);
                        }
                    });
        }

        /// The channel is gone. Its streams fail from now on, and that is all the session needs to
        /// know: an interrupt could hit a commit.
        @Override
        public void destroy(ChannelSession channel) {}
    }

    /// Waits for the socket as well as for the window.
    private static final class Paced extends FilterOutputStream {
        private final SshConnection connection;

        Paced(OutputStream out, SshConnection connection) {
            super(out);
            this.connection = connection;
        }

        @Override
        public void write(byte[] octets, int offset, int length) throws IOException {
            connection.awaitRoom();
            out.write(octets, offset, length);
        }
    }

    private record SshTransport(
            ChannelSession channel, InputStream input, OutputStream output, Set<String> groups)
            implements Transport {
        @Override
        public String user() {
            return channel.getSession().getUsername();
        }

        @Override
        public String peer() {
            return Entry.words(channel.getServerSession().getClientAddress());
        }

        @Override
        public String name() {
            return "netconf-ssh";
        }

        @Override
        public void abort() {
            channel.close(true);
            channel.getSession().close(true);
        }
    }
}
