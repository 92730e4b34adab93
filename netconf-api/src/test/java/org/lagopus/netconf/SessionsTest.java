package org.lagopus.netconf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opendaylight.netconf.shaded.sshd.common.config.keys.KeyUtils;

/// How sessions begin and end, and what they may cost.
@Tag("R2")
@Timeout(60)
class SessionsTest {
    private static final String BASE_1_1 = "urn:ietf:params:netconf:base:1.1";

    @TempDir Path directory;

    @Test
    @Tag("R4")
    void knowsUsersByPassword() throws Exception {
        try (var box = Box.at(directory)) {
            assertThatThrownBy(() -> Client.login(box, "admin", "wrong"))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> Client.login(box, "nobody", "secret"))
                    .isInstanceOf(IOException.class);
            Client.admin(box).close();
        }
    }

    @ParameterizedTest
    @Tag("R4")
    @CsvSource({"ssh-ed25519,256", "ecdsa-sha2-nistp256,256"})
    void knowsUsersByTheirKey(String type, int size) throws Exception {
        KeyPair key = KeyUtils.generateKeyPair(type, size);
        KeyPair other = KeyUtils.generateKeyPair(type, size);
        try (var box = Box.at(directory, key)) {
            Client.ssh(box.address(), "keeper", null, key, BASE_1_1).close();
            assertThatThrownBy(() -> Client.ssh(box.address(), "keeper", null, other, BASE_1_1))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void keepsItsHostKey() throws Exception {
        var file = directory.resolve("key");

        var first = HostKey.at(file);
        var again = HostKey.at(file);

        assertThat(again.getPublic().getEncoded()).isEqualTo(first.getPublic().getEncoded());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void refusesAHostKeyThatCannotBeRead() throws Exception {
        var file = Files.writeString(directory.resolve("key"), "-----BEGIN nonsense");

        assertThatThrownBy(() -> HostKey.at(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("remove it");
        assertThat(Files.readString(file)).isEqualTo("-----BEGIN nonsense");
    }

    @Test
    void endsAllSessionsWhenItStops() throws Exception {
        try (var box = Box.at(directory);
                var client = Client.admin(box)) {
            client.ok("<discard-changes/>");
            box.server.close();
            assertThat(client.closed()).isTrue();
        }
    }

    @Test
    void showsASessionFromItsFirstRequestOn() throws Exception {
        try (var box = Box.at(directory)) {
            for (int i = 0; i < 50; i++) {
                try (var client = Client.admin(box)) {
                    var state =
                            client.ok(
                                    "<get><filter><netconf-state xmlns=\"%s\"><sessions/></netconf-state></filter></get>"
                                            .formatted(Names.MONITORING));

                    assertThat(state).contains("<session-id>" + client.session() + "</session-id>");
                }
            }
        }
    }

    @Test
    void refusesASessionTooMany() throws Exception {
        try (var box = Box.at(directory, Box.tight());
                var one = Client.admin(box);
                var two = Client.admin(box);
                var three = Client.admin(box)) {
            assertThatThrownBy(() -> Client.admin(box)).isInstanceOf(IOException.class);
            one.ok("<discard-changes/>");
            two.ok("<discard-changes/>");
            three.ok("<close-session/>");
            assertThat(three.closed()).isTrue();
        }
    }

    @Test
    void waitsForAHelloOnlySoLong() throws Exception {
        try (var box = Box.at(directory, Box.tight())) {
            var silent =
                    new Wire(
                            new OutputStream() {
                                @Override
                                public void write(int b) {}
                            });
            box.server.serve(silent, box.server.settings());
            assertThat(silent.aborted.await(0, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void endsASessionThatIsIdle() throws Exception {
        var settings = Box.tight().withIdleTimeout(Duration.ofSeconds(1));
        try (var box = Box.at(directory, settings);
                var client = Client.admin(box)) {
            client.ok("<discard-changes/>");
            assertThat(client.closed()).isTrue();
        }
    }

    @Test
    void grantsOtherLimitsToTheSessionsThatComeNext() throws Exception {
        try (var box = Box.at(directory);
                var before = Client.admin(box)) {
            box.server.grant(Box.tight());
            try (var after = Client.admin(box);
                    var third = Client.admin(box)) {
                var filter = "<get><filter>" + "<a/>".repeat(50) + "<!--%s--></filter></get>";
                assertThat(before.rpc(filter.formatted("x".repeat(600_000)))).contains("<data");
                assertThat(after.refused(filter.formatted("x".repeat(600_000))))
                        .isEqualTo("too-big");
                third.ok("<discard-changes/>");
                assertThatThrownBy(() -> Client.admin(box)).isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void closesAConnectionOnWhichNobodyLogsIn() throws Exception {
        try (var box = Box.at(directory, Box.tight());
                var socket = new Socket()) {
            socket.setSoTimeout(20_000);
            socket.connect(box.address());
            socket.getOutputStream().write("SSH-2.0-test\r\n".getBytes(UTF_8));

            assertThat(socket.getInputStream().readAllBytes()).isNotEmpty();
        }
    }

    @Test
    void dropsAPeerThatDoesNotRead() throws Exception {
        try (var box = Box.at(directory, Box.tight())) {
            var deaf = new Wire(null);
            deaf.say("<hello xmlns=\"" + Names.BASE + "\"/>]]>]]>");

            box.server.serve(deaf, box.server.settings());

            assertThat(deaf.aborted.await(0, TimeUnit.SECONDS)).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "<hello"
                        + " xmlns='urn:ietf:params:xml:ns:netconf:base:1.0'><capabilities><capability>urn:x</capability></capabilities></hello>",
                "<hello"
                        + " xmlns='urn:ietf:params:xml:ns:netconf:base:1.0'><capabilities><capability>urn:ietf:params:netconf:base:1.1</capability></capabilities><session-id>4</session-id></hello>",
                "<rpc xmlns='urn:ietf:params:xml:ns:netconf:base:1.0' message-id='1'><get/></rpc>",
                "nonsense",
            })
    void endsASessionWithABadHello(String hello) throws Exception {
        try (var box = Box.at(directory)) {
            var wire = new Wire(OutputStream.nullOutputStream());
            wire.say(hello + "]]>]]>");

            box.server.serve(wire, box.server.settings());

            assertThat(wire.aborted.await(0, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void answersWhatIsTooBigAndGoesOn() throws Exception {
        try (var box = Box.at(directory, Box.tight());
                var client = Client.admin(box)) {
            var leaf = "<hostname xmlns=\"urn:example:network\">%s</hostname>";
            assertThat(client.refused(client.edit("candidate", leaf.formatted("a".repeat(1001)))))
                    .isEqualTo("too-big");
            assertThat(
                            client.refused(
                                    "<get><filter>"
                                            + "<a>".repeat(30)
                                            + "</a>".repeat(30)
                                            + "</filter></get>"))
                    .isEqualTo("too-big");
            assertThat(client.refused("<get><filter>" + "<a/>".repeat(101) + "</filter></get>"))
                    .isEqualTo("too-big");
            assertThat(client.refused("<get><!--" + "x".repeat(600_000) + "--></get>"))
                    .isEqualTo("too-big");
            client.ok("<discard-changes/>");
        }
    }

    @Test
    void largeMessagesOfAllSessionsHaveToFitTogether() throws Exception {
        try (var box = Box.at(directory, Box.tight());
                var greedy = Client.admin(box);
                var other = Client.admin(box)) {
            assertThat(greedy.refused("<bogus>" + "<a/>".repeat(6000) + "</bogus>"))
                    .isEqualTo("operation-not-supported");
            assertThat(greedy.refused(greedy.edit("candidate", dns(6000)))).isEqualTo("too-big");
            greedy.ok(greedy.edit("candidate", dns(1500)));

            // Room is held by a message that does not go on.
            greedy.open(
                    "<rpc xmlns=\"%s\" message-id=\"h\"><edit-config><target><candidate/></target><config>"
                                    .formatted(Names.BASE)
                            + dns(1500));
            assertThat(greedy.closed()).isTrue();
            other.ok(other.edit("candidate", dns(1500)));
        }
    }

    private static String dns(int entries) {
        var all = new StringBuilder();
        for (int i = 0; i < entries; i++) {
            all.append("<dns xmlns=\"urn:example:network\">").append(i).append("</dns>");
        }
        return all.toString();
    }

    @Test
    void endsASessionWhoseFramingIsBroken() throws Exception {
        try (var box = Box.at(directory)) {
            var wire = new Wire(OutputStream.nullOutputStream());
            wire.say(
                    "<hello xmlns='%s'><capabilities><capability>%s</capability></capabilities></hello>]]>]]>\n#0\n"
                            .formatted(Names.BASE, BASE_1_1));

            box.server.serve(wire, box.server.settings());

            assertThat(wire.aborted.await(0, TimeUnit.SECONDS)).isTrue();
        }
    }

    /// A connection of the test's own, whose peer reads nothing if there is no output.
    private static final class Wire implements Transport {
        private final CountDownLatch aborted = new CountDownLatch(1);
        private final PipedOutputStream toInput = new PipedOutputStream();
        private final InputStream input;
        private final OutputStream output;

        Wire(@Nullable OutputStream output) throws IOException {
            input = new PipedInputStream(toInput, 1 << 16);
            this.output = output != null ? output : new Stuck();
        }

        void say(String octets) throws IOException {
            toInput.write(octets.getBytes(UTF_8));
            toInput.flush();
        }

        @Override
        public InputStream input() {
            return input;
        }

        @Override
        public OutputStream output() {
            return output;
        }

        @Override
        public String user() {
            return "admin";
        }

        @Override
        public String peer() {
            return "test";
        }

        @Override
        public String name() {
            return "netconf-ssh";
        }

        @Override
        public void abort() {
            aborted.countDown();
            try {
                toInput.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        private final class Stuck extends OutputStream {
            @Override
            public void write(int b) throws IOException {
                try {
                    aborted.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                throw new IOException("aborted");
            }
        }
    }
}
