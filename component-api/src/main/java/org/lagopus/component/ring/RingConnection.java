package org.lagopus.component.ring;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import jnr.enxio.channels.NativeSelectorProvider;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;
import org.jspecify.annotations.Nullable;

/// The rings and counters that a worker handed out over its socket, and the socket itself: a byte
/// on it, either way, wakes the other side, and its end is the worker's. handover.h has the
/// worker's side.
///
/// One thread uses it; only [#interrupt] may be called by others.
public final class RingConnection implements AutoCloseable {
    private static final POSIX POSIX_CALLS = POSIXFactory.getNativePOSIX();
    private static final String GREETING = "lagopus-rings 1 ";
    private static final int DESCRIPTORS = 3;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int F_GET_SEALS = 1034;
    private static final int SEAL_SHRINK_GROW_SEAL = 7;

    private final UnixSocketChannel socket;
    private final Selector selector;
    private final ByteBuffer byteOut = ByteBuffer.allocate(1);
    private final ByteBuffer bytesIn = ByteBuffer.allocate(256);
    private final Arena arena = Arena.ofShared();
    private final Ring requests;
    private final Ring replies;
    private final @Nullable Counters counters;

    /// Connects to the worker's socket and waits as long as told for the rings.
    public static RingConnection open(Path path, Duration timeout) throws IOException {
        return new RingConnection(path, timeout);
    }

    private RingConnection(Path path, Duration timeout) throws IOException {
        socket = UnixSocketChannel.create();
        try {
            socket.connect(new UnixSocketAddress(path.toFile()));
            socket.configureBlocking(false);
            selector = NativeSelectorProvider.getInstance().openSelector();
        } catch (IOException | RuntimeException e) {
            socket.close();
            arena.close();
            throw e;
        }
        try {
            socket.register(selector, SelectionKey.OP_READ);
            if (selector.select(timeout.toMillis()) == 0) {
                throw new IOException("the worker did not hand out rings within " + timeout);
            }
            selector.selectedKeys().clear();
            int[] descriptors = receive();
            try {
                requests = Ring.open(map(descriptors[0], true), Ring.End.PRODUCER);
                replies = Ring.open(map(descriptors[1], true), Ring.End.CONSUMER);
                counters =
                        isSealed(descriptors[2]) ? Counters.open(map(descriptors[2], false)) : null;
            } finally {
                for (int descriptor : descriptors) {
                    POSIX_CALLS.close(descriptor);
                }
            }
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /// The ring to the worker.
    public Ring requests() {
        return requests;
    }

    /// The ring from the worker.
    public Ring replies() {
        return replies;
    }

    /// Readable as long as the connection is open, by any thread; null for users that the worker
    /// does not show them.
    public @Nullable Counters counters() {
        return counters;
    }

    /// Wakes the worker.
    public void wake() {
        byteOut.clear();
        try {
            socket.write(byteOut);
        } catch (IOException e) {
            // A socket that takes no more holds enough bytes to wake anybody; drain sees one that
            // is
            // gone, after what was published has been read.
        }
    }

    /// Takes the wake bytes that came in. False if the worker is gone.
    public boolean drain() {
        int got;
        try {
            do {
                bytesIn.clear();
                got = socket.read(bytesIn);
            } while (got == bytesIn.capacity());
        } catch (IOException e) {
            return false; // reset: it went with wake bytes unread
        }
        return got >= 0;
    }

    /// Blocks until the worker wakes this side or ends, [#interrupt] is called, or the time is
    /// over.
    public void block(long millis) throws IOException {
        selector.select(Math.max(1, millis));
        selector.selectedKeys().clear();
    }

    /// Ends a [#block], the present or the next one.
    public void interrupt() {
        selector.wakeup();
    }

    @Override
    public void close() throws IOException {
        try {
            selector.close();
        } finally {
            socket.close();
            if (arena.scope().isAlive()) {
                arena.close();
            }
        }
    }

    /// The one message that the worker sends: a line, and the descriptors.
    private int[] receive() throws IOException {
        var header = POSIX_CALLS.allocateMsgHdr();
        var text = ByteBuffer.allocateDirect(128);
        header.setIov(new ByteBuffer[] {text});
        var control = header.allocateControl(DESCRIPTORS * Integer.BYTES);
        int got = POSIX_CALLS.recvmsg(socket.getFD(), header, MSG_CMSG_CLOEXEC);
        if (got == 0) {
            throw new IOException("the worker does not serve this user");
        }
        if (got < 0) {
            throw new IOException("no rings: errno " + POSIX_CALLS.errno());
        }
        boolean rights =
                header.getControlLen() > 0
                        && control.getLevel() == SOL_SOCKET
                        && control.getType() == SCM_RIGHTS;
        ByteBuffer data = rights ? control.getData() : ByteBuffer.allocate(0);
        int[] descriptors = new int[Math.min(data.remaining() / Integer.BYTES, DESCRIPTORS)];
        data.order(ByteOrder.nativeOrder()).asIntBuffer().get(descriptors);
        byte[] line = new byte[got];
        text.get(0, line);
        String greeting = new String(line, StandardCharsets.US_ASCII);
        if (descriptors.length != DESCRIPTORS || !greeting.startsWith(GREETING)) {
            for (int descriptor : descriptors) {
                POSIX_CALLS.close(descriptor);
            }
            throw new IOException("the worker speaks otherwise: " + greeting.strip());
        }
        return descriptors;
    }

    private static boolean isSealed(int descriptor) {
        int seals = POSIX_CALLS.libc().fcntl(descriptor, F_GET_SEALS);
        return seals >= 0 && (seals & SEAL_SHRINK_GROW_SEAL) == SEAL_SHRINK_GROW_SEAL;
    }

    private MemorySegment map(int descriptor, boolean writable) throws IOException {
        if (!isSealed(descriptor)) {
            throw new IOException("the worker's memory is not sealed");
        }
        Path path = Path.of("/proc/self/fd/" + descriptor);
        try (var file =
                writable
                        ? FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)
                        : FileChannel.open(path, StandardOpenOption.READ)) {
            var mode = writable ? FileChannel.MapMode.READ_WRITE : FileChannel.MapMode.READ_ONLY;
            return file.map(mode, 0, file.size(), arena);
        }
    }
}
