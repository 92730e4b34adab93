package org.lagopus.component.wire;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import jnr.unixsocket.UnixSocketChannel;
import org.jspecify.annotations.Nullable;

/// One end of a channel whose socket never blocks. The socket belongs to the thread that calls
/// `receive` and `flush`; anyone may `send`.
public final class Link implements Outgoing {
    private static final int STAGE = 64 * 1024;

    private final UnixSocketChannel channel;
    private final Runnable wake;
    private final FrameReader reader = new FrameReader();
    private final ConcurrentLinkedQueue<Iterator<ByteBuffer>> outgoing =
            new ConcurrentLinkedQueue<>();
    // Native reads and writes want direct memory, and copy a heap buffer whole.
    private final ByteBuffer in = ByteBuffer.allocateDirect(STAGE);
    private final ByteBuffer out = ByteBuffer.allocateDirect(STAGE).limit(0);
    private @Nullable ByteBuffer current;

    /// @param wake makes the owner call `flush` soon
    public Link(UnixSocketChannel channel, Runnable wake) {
        this.channel = channel;
        this.wake = wake;
    }

    public UnixSocketChannel channel() {
        return channel;
    }

    @Override
    public void send(Message message) {
        outgoing.add(List.of(MessageCodec.frame(message)).iterator());
        wake.run();
    }

    @Override
    public void send(Iterator<? extends Message> messages) {
        outgoing.add(
                new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return messages.hasNext();
                    }

                    @Override
                    public ByteBuffer next() {
                        return MessageCodec.frame(messages.next());
                    }
                });
        wake.run();
    }

    /// How many messages and streams of messages wait; a peer that does not read makes it grow.
    public int waiting() {
        return outgoing.size();
    }

    /// Who gets the messages.
    @FunctionalInterface
    public interface Receiver {
        void on(Message message) throws IOException;
    }

    /// Hands over what has arrived, message by message.
    ///
    /// @return whether anything has arrived
    /// @throws EOFException if the peer has closed
    /// @throws ProtocolException if it sent what is no message
    public boolean receive(Receiver each) throws IOException {
        in.clear();
        int count = channel.read(in);
        if (count < 0) {
            throw new EOFException(
                    reader.torn() ? "the peer closed within a frame" : "the peer closed");
        }
        reader.add(in.flip());
        for (var message = reader.next(); message != null; message = reader.next()) {
            each.on(message);
        }
        return count > 0;
    }

    /// Writes what the socket takes.
    ///
    /// @return whether something is left for when it takes more
    public boolean flush() throws IOException {
        while (stage()) {
            if (channel.write(out) <= 0) {
                return true;
            }
        }
        return false;
    }

    /// Fills the stage from the queue; false if there is nothing to write.
    private boolean stage() {
        if (out.hasRemaining()) {
            return true;
        }
        out.clear();
        while (out.hasRemaining()) {
            if (current == null || !current.hasRemaining()) {
                current = nextFrame();
                if (current == null) {
                    break;
                }
            }
            int count = Math.min(out.remaining(), current.remaining());
            out.put(current.slice(current.position(), count));
            current.position(current.position() + count);
        }
        return out.flip().hasRemaining();
    }

    private @Nullable ByteBuffer nextFrame() {
        for (var head = outgoing.peek(); head != null; head = outgoing.peek()) {
            if (head.hasNext()) {
                return head.next();
            }
            outgoing.remove();
        }
        return null;
    }

    /// Says why and closes, as far as that can be done without waiting.
    public void close(String reason) {
        try (channel) {
            outgoing.clear();
            current = current != null && current.hasRemaining() ? current : null;
            if (current == null) {
                outgoing.add(List.of(MessageCodec.frame(new Message.Bye(reason))).iterator());
            }
            flush();
        } catch (IOException _) {
            // The peer is gone already.
        }
    }
}
