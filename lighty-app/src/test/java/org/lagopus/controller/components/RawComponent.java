package org.lagopus.controller.components;

import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.lagopus.component.wire.FrameReader;
import org.lagopus.component.wire.Message;
import org.lagopus.component.wire.MessageCodec;

/// A component under a test's hand, message by message. It uses the JDK's sockets, so that both
/// ends cannot be wrong in the same way.
final class RawComponent implements AutoCloseable {
    private record End(String why) {}

    private final SocketChannel channel;
    private final BlockingQueue<Object> received = new LinkedBlockingQueue<>();
    private final Thread beating;
    private volatile boolean silent;

    RawComponent(Path socket) throws IOException {
        channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        Thread.ofVirtual().start(this::read);
        beating = Thread.ofVirtual().start(this::beat);
    }

    static Message.Hello hello(String name, String... subscriptions) {
        return new Message.Hello(
                1,
                name,
                "1",
                2,
                false,
                List.of(),
                List.of(),
                List.of(subscriptions),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                0,
                null);
    }

    static Message.Hello required(String name, String... subscriptions) {
        return new Message.Hello(
                1,
                name,
                "1",
                2,
                true,
                List.of(),
                List.of(),
                List.of(subscriptions),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                0,
                null);
    }

    /// Connected, and running what the datastore runs.
    static RawComponent serving(Path socket, Message.Hello hello) throws Exception {
        var component = new RawComponent(socket);
        component.send(hello);
        component.expect(Message.Welcome.class);
        component.takeReplace();
        return component;
    }

    /// Takes all parts of a replace and says yes.
    Message.Replace takeReplace() throws Exception {
        var replace = expect(Message.Replace.class);
        while (!replace.last()) {
            replace = expect(Message.Replace.class);
        }
        yes(replace.id());
        return replace;
    }

    private void read() {
        var reader = new FrameReader();
        var bytes = ByteBuffer.allocate(65536);
        try {
            while (true) {
                for (var message = reader.next(); message != null; message = reader.next()) {
                    if (!(message instanceof Message.Heartbeat)) {
                        received.add(message);
                    }
                }
                if (channel.read(bytes.clear()) < 0) {
                    throw new EOFException("closed");
                }
                reader.add(bytes.flip());
            }
        } catch (IOException e) {
            received.add(new End(e.toString()));
        }
    }

    private void beat() {
        try {
            while (channel.isOpen()) {
                Thread.sleep(50);
                if (!silent) {
                    send(new Message.Heartbeat());
                }
            }
        } catch (IOException | InterruptedException e) {
            // The test is over, or the other side is.
        }
    }

    /// No sign of life from here on, as when the process is stopped.
    void fallSilent() {
        silent = true;
    }

    void send(Message message) throws IOException {
        raw(MessageCodec.frame(message));
    }

    synchronized void raw(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    void yes(long id) throws IOException {
        send(new Message.Answer(id, true, List.of()));
    }

    <T extends Message> T expect(Class<T> kind) throws Exception {
        var next = received.poll(10, TimeUnit.SECONDS);
        if (!kind.isInstance(next)) {
            throw new AssertionError("expected " + kind.getSimpleName() + ", got " + next);
        }
        return kind.cast(next);
    }

    /// Until the connection is closed; what came before is dropped.
    void expectEnd() throws Exception {
        for (var next = received.poll(10, TimeUnit.SECONDS);
                !(next instanceof End);
                next = received.poll(10, TimeUnit.SECONDS)) {
            if (next == null) {
                throw new AssertionError("the connection stays open");
            }
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
        beating.interrupt();
    }
}
