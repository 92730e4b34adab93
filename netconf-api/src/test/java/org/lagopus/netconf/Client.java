package org.lagopus.netconf;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.opendaylight.netconf.shaded.sshd.client.SshClient;
import org.opendaylight.netconf.shaded.sshd.client.channel.ChannelSubsystem;
import org.opendaylight.netconf.shaded.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.opendaylight.netconf.shaded.sshd.client.session.ClientSession;

/// A NETCONF client that says exactly what a test wants it to say.
final class Client implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int CHUNK = 10_000;
    private static final Pattern TAG = Pattern.compile("<error-tag>([^<]*)</error-tag>");

    private final AutoCloseable connection;
    private final FramedInput in;
    private final FramedOutput out;
    private final String hello;
    private final Deque<String> early = new ArrayDeque<>();
    private int last;

    /// @param capabilities which it says it has, the base first
    Client(InputStream in, OutputStream out, String capabilities, AutoCloseable connection)
            throws IOException {
        this.connection = connection;
        this.in = new FramedInput(in, Long.MAX_VALUE / 4);
        this.out = new FramedOutput(out, CHUNK);
        hello = receive();
        send(
                "<hello xmlns=\"%s\"><capabilities><capability>%s</capability></capabilities></hello>"
                        .formatted(
                                Names.BASE,
                                capabilities.replace(" ", "</capability><capability>")));
        if (capabilities.contains("base:1.1")) {
            this.in.chunked();
            this.out.chunked();
        }
    }

    static Client login(Box box, String user, String password) throws Exception {
        return ssh(box.address(), user, password, null, "urn:ietf:params:netconf:base:1.1");
    }

    static Client admin(Box box) throws Exception {
        return login(box, "admin", "secret");
    }

    /// With a candidate of its own.
    static Client separate(Box box) throws Exception {
        return ssh(
                box.address(),
                "admin",
                "secret",
                null,
                "urn:ietf:params:netconf:base:1.1"
                        + " urn:ietf:params:netconf:capability:private-candidate:1.0");
    }

    static Client ssh(
            InetSocketAddress address,
            String user,
            @Nullable String password,
            @Nullable KeyPair key,
            String capabilities)
            throws Exception {
        var ssh = SshClient.setUpDefaultClient();
        ssh.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
        ssh.start();
        try {
            ClientSession session = ssh.connect(user, address).verify(PATIENCE).getSession();
            if (password != null) {
                session.addPasswordIdentity(password);
            }
            if (key != null) {
                session.addPublicKeyIdentity(key);
            }
            session.auth().verify(PATIENCE);
            ChannelSubsystem channel = session.createSubsystemChannel("netconf");
            channel.open().verify(PATIENCE);
            return new Client(
                    channel.getInvertedOut(), channel.getInvertedIn(), capabilities, ssh::stop);
        } catch (Exception e) {
            ssh.stop();
            throw e;
        }
    }

    String hello() {
        return hello;
    }

    long session() {
        Matcher id = Pattern.compile("<session-id>(\\d+)</session-id>").matcher(hello);
        if (!id.find()) {
            throw new AssertionError("no session-id in " + hello);
        }
        return Long.parseLong(id.group(1));
    }

    void send(String message) throws IOException {
        out.write(message.getBytes(UTF_8));
        out.end();
    }

    /// The beginning of a message; the rest never comes.
    void open(String beginning) throws IOException {
        out.write(beginning.getBytes(UTF_8));
        // What fills a chunk leaves.
        out.write(" ".repeat(CHUNK + 1).getBytes(UTF_8));
    }

    /// The next message, those first that came while a reply was waited for.
    String receive() throws IOException {
        var waiting = early.poll();
        return waiting == null ? arriving() : waiting;
    }

    private String arriving() throws IOException {
        if (!in.next()) {
            throw new IOException("closed by the server");
        }
        return new String(in.readAllBytes(), UTF_8);
    }

    /// True once the server has closed, which is waited for.
    boolean closed() {
        try {
            return !in.next();
        } catch (IOException e) {
            return true;
        }
    }

    String raw(String message) throws IOException {
        send(message);
        return receive();
    }

    /// The reply; notifications may come before it.
    String rpc(String operation) throws IOException {
        send(
                "<rpc xmlns=\"%s\" xmlns:nc=\"%s\" message-id=\"%d\">%s</rpc>"
                        .formatted(Names.BASE, Names.BASE, ++last, operation));
        while (true) {
            var message = arriving();
            if (!message.contains("<notification ")) {
                return message;
            }
            early.add(message);
        }
    }

    /// The operation, which has to succeed.
    String ok(String operation) throws IOException {
        var reply = rpc(operation);
        if (reply.contains("<rpc-error>")) {
            throw new AssertionError(operation + " was refused: " + reply);
        }
        return reply;
    }

    /// The tag of the error with which the operation has to be refused.
    String refused(String operation) throws IOException {
        return tag(rpc(operation));
    }

    static String tag(String reply) {
        var tag = TAG.matcher(reply);
        if (!tag.find()) {
            throw new AssertionError("no error in " + reply);
        }
        return tag.group(1);
    }

    String edit(String target, String config) {
        return "<edit-config><target><%s/></target><config>%s</config></edit-config>"
                .formatted(target, config);
    }

    String running(String filter) throws IOException {
        return ok(
                "<get-config><source><running/></source><filter>%s</filter></get-config>"
                        .formatted(filter));
    }

    String candidate(String filter) throws IOException {
        return ok(
                "<get-config><source><candidate/></source><filter>%s</filter></get-config>"
                        .formatted(filter));
    }

    @Override
    public void close() throws Exception {
        connection.close();
    }
}
