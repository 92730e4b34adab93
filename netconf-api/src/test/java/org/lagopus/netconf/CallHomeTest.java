package org.lagopus.netconf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The box calls its clients (RFC 8071).
@Tag("R2")
@Timeout(60)
class CallHomeTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final Duration SHORT = Duration.ofMillis(20);

    private final LinkedBlockingQueue<CallHome.Status> told = new LinkedBlockingQueue<>();
    private ServerSocket client;
    private @Nullable CallHome calls;

    @BeforeEach
    void waits() throws IOException {
        client = new ServerSocket(0, 10, HERE);
        client.setSoTimeout(20_000);
    }

    @AfterEach
    void stops() throws IOException {
        if (calls != null) {
            calls.close();
        }
        client.close();
    }

    /// Serves whoever says anything, until he leaves.
    private static void serve(SocketChannel connection, Runnable begun) {
        try (connection) {
            var octets = ByteBuffer.allocate(10);
            if (connection.read(octets) > 0) {
                begun.run();
                connection.write(octets.flip());
                while (connection.read(octets.clear()) > 0) {
                    connection.write(octets.flip());
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private CallHome.Endpoint live(String name) {
        return new CallHome.Endpoint(name, HERE.getHostAddress(), client.getLocalPort());
    }

    /// Where nobody listens.
    private static CallHome.Endpoint dead() throws IOException {
        try (var probe = new ServerSocket(0, 1, HERE)) {
            return new CallHome.Endpoint("dead", HERE.getHostAddress(), probe.getLocalPort());
        }
    }

    private static CallHome.Terms terms(@Nullable Duration period, CallHome.Start start) {
        return new CallHome.Terms(
                period, start, 2, Duration.ofSeconds(5), SHORT, Duration.ofMillis(80));
    }

    private CallHome call(CallHome.Terms terms, CallHome.Endpoint... endpoints) {
        var made =
                new CallHome(
                        "test",
                        List.of(endpoints),
                        terms,
                        CallHomeTest::serve,
                        one -> told.add(one.status()));
        calls = made;
        made.start();
        return made;
    }

    private Socket accepted() throws IOException {
        var socket = client.accept();
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static void talk(Socket socket) throws IOException {
        socket.getOutputStream().write('x');
        assertThat(socket.getInputStream().read()).isEqualTo('x');
    }

    private CallHome.Status next(boolean connected) throws InterruptedException {
        for (int i = 0; i < 100; i++) {
            var status = told.poll(20, TimeUnit.SECONDS);
            if (status != null && status.connected() == connected) {
                return status;
            }
        }
        throw new AssertionError("not told");
    }

    @Test
    void goesOnToTheNextEndpointAndTellsWhyTheFirstWasNot() throws Exception {
        call(terms(null, CallHome.Start.FIRST_LISTED), dead(), live("b"));
        try (var socket = accepted()) {
            var vain = next(false);
            assertThat(vain.lastError()).startsWith("dead (127.0.0.1 port").contains("refused");
            assertThat(vain.attempts()).isEqualTo(1);
            talk(socket);
            var status = next(true);
            assertThat(status.endpoint()).isEqualTo("b");
            assertThat(status.connections()).isEqualTo(1);
            assertThat(status.attempts()).isZero();
        }
    }

    @Test
    void callsAgainWhenTheConnectionIsLost() throws Exception {
        call(terms(null, CallHome.Start.LAST_CONNECTED), live("a"), live("b"));
        for (int i = 1; i <= 3; i++) {
            try (var socket = accepted()) {
                talk(socket);
                assertThat(next(true).connections()).isEqualTo(i);
            }
            assertThat(next(false).lastError()).isEqualTo("the connection has ended");
        }
    }

    @Test
    void aConnectionOnWhichNobodyLogsInCountsAsVain() throws Exception {
        call(terms(null, CallHome.Start.FIRST_LISTED), live("a"));
        accepted().close();
        assertThat(next(false).lastError()).contains("before a user had logged in");
        try (var socket = accepted()) {
            talk(socket);
            assertThat(next(true).connections()).isEqualTo(1);
        }
    }

    @Test
    void callsPeriodically() throws Exception {
        var period = Duration.ofMillis(500);
        call(terms(period, CallHome.Start.FIRST_LISTED), live("a"));
        long begun;
        try (var socket = accepted()) {
            begun = System.nanoTime();
            talk(socket);
        }
        next(true);
        try (var socket = accepted()) {
            assertThat(System.nanoTime() - begun).isGreaterThan(period.toNanos() / 2);
            talk(socket);
        }
    }

    @Test
    void aClientThatIsConnectedIsServedOnWhenItIsNotCalledAnyMore() throws Exception {
        var made = call(terms(null, CallHome.Start.FIRST_LISTED), live("a"));
        try (var socket = accepted()) {
            talk(socket);
            next(true);
            made.close();
            talk(socket);
        }
        client.setSoTimeout(300);
        assertThat(isCalled()).isFalse();
    }

    private boolean isCalled() throws IOException {
        try {
            client.accept().close();
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }
}
