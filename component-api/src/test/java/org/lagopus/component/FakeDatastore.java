package org.lagopus.component;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.lagopus.component.wire.FrameReader;
import org.lagopus.component.wire.Message;
import org.lagopus.component.wire.MessageCodec;

/// The other end of the channel, message by message under a test's hand. It uses the JDK's sockets,
/// so that both ends cannot be wrong in the same way.
final class FakeDatastore implements AutoCloseable {
    private final Path socket;
    private ServerSocketChannel server;

    FakeDatastore(Path socket) throws IOException {
        this.socket = socket;
        this.server = listen();
    }

    private ServerSocketChannel listen() throws IOException {
        Files.deleteIfExists(socket);
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(socket));
    }

    Peer accept() throws Exception {
        return within(() -> new Peer(server.accept()));
    }

    void stop() throws IOException {
        server.close();
        Files.deleteIfExists(socket);
    }

    void start() throws IOException {
        server = listen();
    }

    @Override
    public void close() throws IOException {
        stop();
    }

    /// Does what may block on a thread of its own, so that a test ends with a failure.
    static <T> T within(java.util.concurrent.Callable<T> work) throws Exception {
        var result = new CompletableFuture<T>();
        Thread.ofVirtual()
                .start(() -> {
                    try {
                        result.complete(work.call());
                    } catch (Exception e) {
                        result.completeExceptionally(e);
                    }
                });
        return result.get(10, TimeUnit.SECONDS);
    }

    /// One accepted connection.
    static final class Peer implements AutoCloseable {
        private final SocketChannel channel;
        private final FrameReader reader = new FrameReader();

        Peer(SocketChannel channel) {
            this.channel = channel;
        }

        void send(Message message) throws IOException {
            raw(MessageCodec.frame(message));
        }

        void raw(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        /// The next message, whatever it is.
        Message next() throws Exception {
            return within(() -> {
                var bytes = ByteBuffer.allocate(65536);
                for (var m = reader.next(); ; m = reader.next()) {
                    if (m != null) {
                        return m;
                    }
                    if (channel.read(bytes.clear()) < 0) {
                        throw new EOFException();
                    }
                    reader.add(bytes.flip());
                }
            });
        }

        /// The next message of this kind; heartbeats may come in between, nothing else.
        <T extends Message> T expect(Class<T> kind) throws Exception {
            var message = next();
            while (message instanceof Message.Heartbeat && kind != Message.Heartbeat.class) {
                message = next();
            }
            return kind.cast(message);
        }

        Message.Hello greet(long generation, String instance) throws Exception {
            var hello = expect(Message.Hello.class);
            send(new Message.Welcome(generation, 200, 1000, 1000, 1000, instance));
            return hello;
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
