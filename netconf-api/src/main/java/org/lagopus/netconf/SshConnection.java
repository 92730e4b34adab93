package org.lagopus.netconf;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.opendaylight.netconf.shaded.sshd.common.future.CloseFuture;
import org.opendaylight.netconf.shaded.sshd.common.io.AbstractIoWriteFuture;
import org.opendaylight.netconf.shaded.sshd.common.io.IoHandler;
import org.opendaylight.netconf.shaded.sshd.common.io.IoService;
import org.opendaylight.netconf.shaded.sshd.common.io.IoSession;
import org.opendaylight.netconf.shaded.sshd.common.io.IoWriteFuture;
import org.opendaylight.netconf.shaded.sshd.common.util.Readable;
import org.opendaylight.netconf.shaded.sshd.common.util.buffer.Buffer;
import org.opendaylight.netconf.shaded.sshd.common.util.closeable.AbstractCloseable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A TCP connection as sshd wants it, on a blocking socket: one virtual thread reads, and one
/// writes while there is something to write.
final class SshConnection extends AbstractCloseable implements IoSession {
    private static final Logger LOG = LoggerFactory.getLogger(SshConnection.class);
    private static final AtomicLong IDS = new AtomicLong();
    private static final int READ = 32 * 1024;

    /// Octets that may wait to be written before who writes has to wait. A peer may announce a
    /// window of gigabytes and not read.
    private static final long ROOM = 1 << 20;

    private final long id = IDS.incrementAndGet();
    private final SocketChannel socket;
    private final IoHandler handler;
    private final SocketAddress local;
    private final SocketAddress remote;
    private final Map<Object, Object> attributes = Collections.synchronizedMap(new HashMap<>());
    private final ConcurrentLinkedQueue<Write> writes = new ConcurrentLinkedQueue<>();
    private final AtomicInteger unwritten = new AtomicInteger();
    private final AtomicLong waiting = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();

    SshConnection(SocketChannel socket, IoHandler handler) throws IOException {
        this.socket = socket;
        this.handler = handler;
        local = socket.getLocalAddress();
        remote = socket.getRemoteAddress();
    }

    private static final class Write extends AbstractIoWriteFuture {
        private final ByteBuffer octets;

        Write(ByteBuffer octets) {
            super("write", null);
            this.octets = octets;
        }
    }

    /// Reads until the end, on the calling thread.
    void run() {
        try {
            handler.sessionCreated(this);
            var buffer = ByteBuffer.allocate(READ);
            while (socket.read(buffer.clear()) >= 0) {
                handler.messageReceived(this, Readable.readable(buffer.flip()));
            }
        } catch (ClosedChannelException e) {
            LOG.trace("closed", e);
        } catch (Exception e) {
            failed(e);
        } finally {
            close(true);
        }
    }

    private void failed(Exception e) {
        try {
            handler.exceptionCaught(this, e);
        } catch (Exception more) {
            LOG.debug("connection of {}", remote, more);
        }
    }

    /// Waits until what was written before has mostly left.
    void awaitRoom() throws IOException {
        if (waiting.get() < ROOM) {
            return;
        }
        lock.lock();
        try {
            while (waiting.get() >= ROOM) {
                if (!socket.isOpen()) {
                    throw new ClosedChannelException();
                }
                room.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void written(long octets) {
        if (waiting.getAndAdd(-octets) >= ROOM) {
            wake();
        }
    }

    private void wake() {
        lock.lock();
        try {
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public IoWriteFuture writeBuffer(Buffer buffer) throws IOException {
        if (!socket.isOpen()) {
            throw new ClosedChannelException();
        }
        var write = new Write(ByteBuffer.wrap(buffer.array(), buffer.rpos(), buffer.available()));
        waiting.addAndGet(buffer.available());
        writes.add(write);
        if (unwritten.getAndIncrement() == 0) {
            Thread.ofVirtual().name("ssh-write-" + id).start(this::writeAll);
        }
        return write;
    }

    private void writeAll() {
        do {
            var write = writes.element();
            int octets = write.octets.remaining();
            try {
                while (write.octets.hasRemaining()) {
                    socket.write(write.octets);
                }
                write.setValue(Boolean.TRUE);
            } catch (IOException e) {
                write.setValue(e);
                close(true);
            }
            writes.remove();
            written(octets);
        } while (unwritten.decrementAndGet() > 0);
    }

    @Override
    protected CloseFuture doCloseGracefully() {
        return builder()
                .when(toString(), List.copyOf(writes))
                .run(toString(), this::shutdown)
                .build()
                .close(false);
    }

    private void shutdown() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            LOG.trace("connection of {}", remote, e);
        }
    }

    @Override
    protected void doCloseImmediately() {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("connection of {}", remote, e);
        }
        wake();
        super.doCloseImmediately();
        try {
            handler.sessionClosed(this);
        } catch (Exception e) {
            LOG.debug("connection of {}", remote, e);
        }
    }

    @Override
    public void shutdownOutputStream() throws IOException {
        socket.shutdownOutput();
    }

    /// For forwarding alone, which there is none of.
    @Override
    public void suspendRead() {}

    @Override
    public void resumeRead() {}

    @Override
    public long getId() {
        return id;
    }

    @Override
    public @Nullable IoService getService() {
        return null;
    }

    @Override
    public SocketAddress getAcceptanceAddress() {
        return local;
    }

    @Override
    public SocketAddress getLocalAddress() {
        return local;
    }

    @Override
    public SocketAddress getRemoteAddress() {
        return remote;
    }

    @Override
    public @Nullable Object getAttribute(Object key) {
        return attributes.get(key);
    }

    @Override
    public @Nullable Object setAttribute(Object key, Object value) {
        return attributes.put(key, value);
    }

    @Override
    public @Nullable Object setAttributeIfAbsent(Object key, Object value) {
        return attributes.putIfAbsent(key, value);
    }

    @Override
    public @Nullable Object removeAttribute(Object key) {
        return attributes.remove(key);
    }
}
