import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.List;
import org.opendaylight.netconf.shaded.sshd.core.CoreModuleProperties;
import org.opendaylight.netconf.shaded.sshd.server.Environment;
import org.opendaylight.netconf.shaded.sshd.server.ExitCallback;
import org.opendaylight.netconf.shaded.sshd.server.SshServer;
import org.opendaylight.netconf.shaded.sshd.server.auth.password.AcceptAllPasswordAuthenticator;
import org.opendaylight.netconf.shaded.sshd.server.channel.ChannelSession;
import org.opendaylight.netconf.shaded.sshd.server.command.Command;
import org.opendaylight.netconf.shaded.sshd.server.keyprovider.SimpleGeneratorHostKeyProvider;
import org.opendaylight.netconf.shaded.sshd.server.subsystem.SubsystemFactory;

/// What a NETCONF server costs that does nothing: an SSH server on the same sshd whose subsystem
/// `netconf` sends back every octet it gets. Prints `ready PORT` and serves until it is stopped.
///
/// Runs from the source file, on the class path of the controller.
public final class NetconfEcho {
    public static void main(String[] arguments) throws Exception {
        var ssh = SshServer.setUpDefaultServer();
        ssh.setHost("127.0.0.1");
        ssh.setPort(0);
        var key = new SimpleGeneratorHostKeyProvider();
        key.setAlgorithm("RSA");
        key.setKeySize(3072);
        ssh.setKeyPairProvider(key);
        ssh.setPasswordAuthenticator(AcceptAllPasswordAuthenticator.INSTANCE);
        ssh.setSubsystemFactories(List.of(new Subsystem()));
        CoreModuleProperties.TCP_NODELAY.set(ssh, true);
        ssh.start();
        System.out.println("ready " + ((InetSocketAddress) ssh.getBoundAddresses().iterator().next()).getPort());
        Thread.sleep(Long.MAX_VALUE);
    }

    private static final class Subsystem implements SubsystemFactory {
        @Override
        public String getName() {
            return "netconf";
        }

        @Override
        public Command createSubsystem(ChannelSession channel) {
            return new Echo();
        }
    }

    private static final class Echo implements Command {
        private InputStream in;
        private OutputStream out;
        private ExitCallback exit;

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
            Thread.ofVirtual().start(this::echo);
        }

        private void echo() {
            var buffer = new byte[32 * 1024];
            try {
                for (int got = in.read(buffer); got >= 0; got = in.read(buffer)) {
                    out.write(buffer, 0, got);
                    out.flush();
                }
                exit.onExit(0);
            } catch (Exception e) {
                exit.onExit(1);
            }
        }

        @Override
        public void destroy(ChannelSession channel) {}
    }

    private NetconfEcho() {}
}
