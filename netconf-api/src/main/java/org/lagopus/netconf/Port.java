package org.lagopus.netconf;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A listening socket. It is bound at once and lets nobody in until there is an entry, which can be
/// replaced at any time: the connections that are there stay with the entry they came by.
public final class Port implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Port.class);

    /// After an error of accept(2), such as no file descriptor being left.
    private static final long PAUSE_MILLIS = 100;

    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final ServerSocketChannel socket;
    private final InetSocketAddress address;
    private final AtomicReference<@Nullable Entry> entry = new AtomicReference<>();
    private final Thread acceptor;

    private Port(ServerSocketChannel socket) throws IOException {
        this.socket = socket;
        address = (InetSocketAddress) socket.getLocalAddress();
        acceptor = Thread.ofVirtual().name("accept-" + words(address)).unstarted(this::accept);
    }

    /// @param at port 0 lets the kernel choose
    /// @throws IOException saying where it cannot listen and why
    public static Port bind(InetSocketAddress at) throws IOException {
        if (at.isUnresolved()) {
            throw new IOException(
                    "cannot listen on %s: unknown host".formatted(at.getHostString()));
        }
        // A wildcard of IPv6 is one of IPv4 as well; one of IPv4 is that and no more.
        var socket =
                at.getAddress() instanceof Inet4Address
                        ? ServerSocketChannel.open(StandardProtocolFamily.INET)
                        : ServerSocketChannel.open();
        try {
            return new Port(socket.bind(at));
        } catch (IOException e) {
            socket.close();
            throw new IOException(
                    "cannot listen on %s: %s".formatted(words(at), e.getMessage()), e);
        }
    }

    /// `ADDRESS:PORT`, with brackets where they are needed.
    public static String words(InetSocketAddress address) {
        var host = address.getAddress().getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }

    public InetSocketAddress address() {
        return address;
    }

    public boolean isOpen() {
        return socket.isOpen();
    }

    /// Lets in whoever comes from now on.
    public void open(Entry by) {
        if (entry.getAndSet(by) == null) {
            acceptor.start();
        }
    }

    /// Stops listening; connections go on. The address is free on return.
    @Override
    public void close() {
        try {
            socket.close();
            // The kernel hears of it when nobody accepts any more.
            if (entry.get() != null && !acceptor.join(PATIENCE)) {
                LOG.warn("{} does not close", words(address));
            }
        } catch (IOException e) {
            LOG.warn("{} does not close: {}", words(address), e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void accept() {
        while (socket.isOpen()) {
            try {
                var connection = socket.accept();
                var by = entry.get();
                Thread.ofVirtual()
                        .name("connection-" + Entry.words(connection.getRemoteAddress()))
                        .start(() -> serve(by, connection));
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                LOG.warn("{}: {}", words(address), e.getMessage());
                pause();
            }
        }
    }

    private static void serve(@Nullable Entry by, SocketChannel connection) {
        if (by != null) {
            by.serve(connection, () -> {});
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
