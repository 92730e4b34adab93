package org.lagopus.component;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Tells the service manager how this process is doing, as `sd_notify(3)` describes: one datagram
/// of `VARIABLE=value` lines to the socket named by `NOTIFY_SOCKET` (a path, or `@` and an abstract
/// name). Without that variable nobody listens and every call is a no-op. The JDK has no datagram
/// Unix sockets, hence the three downcalls.
public final class ServiceNotifier {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int PATH_LENGTH = 108;

    private final @Nullable String socket;
    private final Optional<Duration> watchdog;

    private ServiceNotifier(@Nullable String socket, @Nullable String watchdogMicros) {
        this.socket = socket == null || socket.isEmpty() ? null : socket;
        this.watchdog = Optional.ofNullable(watchdogMicros).map(ServiceNotifier::micros);
    }

    /// The manager named by this process's environment.
    public static ServiceNotifier fromEnvironment() {
        return new ServiceNotifier(System.getenv("NOTIFY_SOCKET"), System.getenv("WATCHDOG_USEC"));
    }

    static ServiceNotifier to(String socket) {
        return new ServiceNotifier(socket, null);
    }

    /// How often the manager wants to hear [#alive()] at the least, if it does; send twice as
    /// often.
    public Optional<Duration> watchdog() {
        return watchdog;
    }

    public void ready(String status) {
        send("READY=1\nSTATUS=" + status);
    }

    public void status(String status) {
        send("STATUS=" + status);
    }

    public void alive() {
        send("WATCHDOG=1");
    }

    public void stopping() {
        send("STOPPING=1");
    }

    private static Duration micros(String text) {
        return Duration.ofNanos(Long.parseLong(text) * 1000);
    }

    private void send(String state) {
        if (socket == null) {
            return;
        }
        try (var arena = Arena.ofConfined()) {
            var path = socket.getBytes(StandardCharsets.UTF_8);
            if (path.length >= PATH_LENGTH) {
                return;
            }
            var address = arena.allocate(2 + PATH_LENGTH);
            address.set(JAVA_SHORT, 0, (short) AF_UNIX);
            MemorySegment.copy(MemorySegment.ofArray(path), 0, address, 2, path.length);
            if (path[0] == '@') {
                address.set(java.lang.foreign.ValueLayout.JAVA_BYTE, 2, (byte) 0);
            }
            var message = state.getBytes(StandardCharsets.UTF_8);
            var body = arena.allocate(message.length);
            MemorySegment.copy(MemorySegment.ofArray(message), 0, body, 0, message.length);
            int fd = (int) Calls.SOCKET.invokeExact(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
            if (fd < 0) {
                return;
            }
            long sent =
                    (long)
                            Calls.SENDTO.invokeExact(
                                    fd, body, (long) message.length, 0, address, 2 + path.length);
            int closed = (int) Calls.CLOSE.invokeExact(fd);
            if (sent < 0 || closed < 0) {
                return; // nobody to tell: the manager is gone
            }
        } catch (Throwable e) {
            throw new AssertionError("downcall with a wrong signature", e);
        }
    }

    /// Bound on first use, so that a process without a manager never links them.
    private static final class Calls {
        private static final Linker LINKER = Linker.nativeLinker();
        static final MethodHandle SOCKET =
                bind("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
        static final MethodHandle SENDTO =
                bind(
                        "sendto",
                        FunctionDescriptor.of(
                                JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS,
                                JAVA_INT));
        static final MethodHandle CLOSE = bind("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

        private static MethodHandle bind(String name, FunctionDescriptor type) {
            return LINKER.downcallHandle(LINKER.defaultLookup().find(name).orElseThrow(), type);
        }
    }
}
