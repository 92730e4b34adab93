package org.lagopus.netconf;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Users;
import org.opendaylight.netconf.shaded.sshd.common.keyprovider.KeyPairProvider;
import org.opendaylight.netconf.shaded.sshd.core.CoreModuleProperties;
import org.opendaylight.netconf.shaded.sshd.server.Environment;
import org.opendaylight.netconf.shaded.sshd.server.ExitCallback;
import org.opendaylight.netconf.shaded.sshd.server.ServerFactoryManager;
import org.opendaylight.netconf.shaded.sshd.server.SshServer;
import org.opendaylight.netconf.shaded.sshd.server.auth.password.UserAuthPasswordFactory;
import org.opendaylight.netconf.shaded.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.opendaylight.netconf.shaded.sshd.server.channel.ChannelSession;
import org.opendaylight.netconf.shaded.sshd.server.channel.ChannelSessionFactory;
import org.opendaylight.netconf.shaded.sshd.server.command.Command;
import org.opendaylight.netconf.shaded.sshd.server.session.ServerSession;
import org.opendaylight.netconf.shaded.sshd.server.subsystem.SubsystemFactory;
import org.opendaylight.netconf.transport.api.TransportChannelListener;
import org.opendaylight.netconf.transport.api.UnsupportedConfigurationException;
import org.opendaylight.netconf.transport.ssh.SSHServer;
import org.opendaylight.netconf.transport.ssh.SSHTransportChannel;
import org.opendaylight.netconf.transport.ssh.SSHTransportStackFactory;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.IetfInetUtil;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.inet.types.rev130715.PortNumber;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.tcp.common.rev241010.tcp.common.grouping.Keepalives;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.tcp.server.rev241010.TcpServerGrouping;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.tcp.server.rev241010.tcp.server.grouping.LocalBind;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.tcp.server.rev241010.tcp.server.grouping.LocalBindBuilder;
import org.opendaylight.yang.gen.v1.urn.ietf.params.xml.ns.yang.ietf.tcp.server.rev241010.tcp.server.grouping.LocalBindKey;
import org.opendaylight.yangtools.binding.util.BindingMap;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The `netconf` subsystem of SSH (RFC 6242). OpenDaylight's transport has TCP and the SSH
/// parameters; sshd has the channels, as blocking streams whose back-pressure is the SSH window, in
/// both directions. Each channel is served on a virtual thread of its own.
///
/// OpenDaylight is never told that a channel was established, and calls each end a failure: both
/// are of no consequence here.
final class SshListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SshListener.class);
    private static final int BIND_ATTEMPTS = 10;
    private static final Duration LINGER = Duration.ofSeconds(5);

    private final Settings settings;
    private final Users users;
    private final KeyPair hostKey;
    private final Consumer<Transport> sessions;
    private final SSHTransportStackFactory factory;
    private final SSHServer server;
    private final InetSocketAddress address;

    /// @param sessions serves one channel on the calling thread and returns when it is over
    SshListener(Settings settings, Users users, KeyPair hostKey, Consumer<Transport> sessions)
            throws IOException {
        this.settings = settings;
        this.users = users;
        this.hostKey = hostKey;
        this.sessions = sessions;
        factory = new SSHTransportStackFactory("netconf-ssh", 4, "netconf-accept", 1);
        try {
            var wanted = settings.address();
            if (wanted.getPort() != 0) {
                address = wanted;
                server = listen(wanted);
            } else {
                // The transport does not tell which port the kernel chose, so choose one before.
                SSHServer bound = null;
                InetSocketAddress at = wanted;
                IOException last = new IOException("no port");
                for (int i = 0; bound == null && i < BIND_ATTEMPTS; i++) {
                    at = free(wanted);
                    try {
                        bound = listen(at);
                    } catch (IOException e) {
                        last = e;
                    }
                }
                if (bound == null) {
                    throw last;
                }
                address = at;
                server = bound;
            }
        } catch (IOException | RuntimeException e) {
            factory.close();
            throw e;
        }
    }

    InetSocketAddress address() {
        return address;
    }

    @Override
    public void close() {
        try {
            server.shutdown().get(10, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("listener did not shut down", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        factory.close();
    }

    private static InetSocketAddress free(InetSocketAddress wanted) throws IOException {
        try (var probe = new ServerSocket()) {
            probe.bind(wanted);
            return new InetSocketAddress(wanted.getAddress(), probe.getLocalPort());
        }
    }

    private SSHServer listen(InetSocketAddress at) throws IOException {
        if (at.isUnresolved()) {
            throw new IOException("unknown address " + at.getHostString());
        }
        try {
            return factory.listenServer("netconf", new Ignored(), tcp(at), null, this::configure)
                    .get(10, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException("cannot listen on " + at + ": " + e.getMessage(), e);
        } catch (UnsupportedConfigurationException | TimeoutException e) {
            throw new IOException("cannot listen on " + at, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static TcpServerGrouping tcp(InetSocketAddress at) {
        var bind =
                new LocalBindBuilder()
                        .setLocalAddress(IetfInetUtil.ipAddressFor(at.getAddress()))
                        .setLocalPort(new PortNumber(Uint16.valueOf(at.getPort())))
                        .build();
        return new Tcp(BindingMap.of(bind));
    }

    /// The parameters of ietf-tcp-server, as far as we set them.
    private record Tcp(Map<LocalBindKey, LocalBind> getLocalBind) implements TcpServerGrouping {
        @Override
        public @Nullable Keepalives getKeepalives() {
            return null;
        }

        @Override
        public Class<? extends TcpServerGrouping> implementedInterface() {
            return TcpServerGrouping.class;
        }
    }

    private void configure(ServerFactoryManager factories) {
        var ssh = (SshServer) factories;
        ssh.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
        ssh.setUserAuthFactories(
                List.of(UserAuthPublicKeyFactory.INSTANCE, UserAuthPasswordFactory.INSTANCE));
        ssh.setPasswordAuthenticator((user, password, session) ->
                users.password(user, password, from(session)));
        ssh.setPublickeyAuthenticator((user, key, session) ->
                users.key(user, key, from(session)));
        // Sessions only: no forwarding, no shell, no commands.
        ssh.setChannelFactories(List.of(ChannelSessionFactory.INSTANCE));
        ssh.setSubsystemFactories(List.of(new Subsystem()));
        CoreModuleProperties.TCP_NODELAY.set(ssh, true);
        CoreModuleProperties.AUTH_TIMEOUT.set(ssh, settings.helloTimeout());
        // A NETCONF session may be idle for ever; a peer that is gone is found by keep-alives.
        CoreModuleProperties.IDLE_TIMEOUT.set(ssh, Duration.ZERO);
        // Our own watch over writes comes first.
        CoreModuleProperties.WAIT_FOR_SPACE_TIMEOUT.set(
                ssh, settings.writeTimeout().plusSeconds(5));
        CoreModuleProperties.SERVER_IDENTIFICATION.set(ssh, "lagopus");
    }

    private static Users.From from(ServerSession session) {
        return new Users.From("netconf", host(session));
    }

    private static String host(ServerSession session) {
        return session.getClientAddress() instanceof InetSocketAddress peer
                ? peer.getAddress().getHostAddress()
                : "unknown";
    }

    private static final class Ignored implements TransportChannelListener<SSHTransportChannel> {
        @Override
        public void onTransportChannelEstablished(SSHTransportChannel channel) {
            LOG.debug("established {}", channel);
        }

        @Override
        public void onTransportChannelFailed(Throwable cause) {
            LOG.debug("ended", cause);
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
            var transport = new SshTransport(channel, in, out);
            Thread.ofVirtual()
                    .name("netconf-" + transport.peer())
                    .start(() -> {
                        try {
                            sessions.accept(transport);
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

    private record SshTransport(ChannelSession channel, InputStream input, OutputStream output)
            implements Transport {
        @Override
        public String user() {
            return channel.getSession().getUsername();
        }

        @Override
        public String peer() {
            return host(channel.getServerSession());
        }

        @Override
        public void abort() {
            channel.close(true);
            channel.getSession().close(true);
        }
    }
}
