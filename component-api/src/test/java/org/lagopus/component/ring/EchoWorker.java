package org.lagopus.component.ring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A worker without packets, in C (ring_echo.c tells what it answers): the one that was built, or,
/// if the system property `lagopus.ring.echo` names none and none is there, one built on the spot.
final class EchoWorker implements AutoCloseable {
    private static final List<String> SOURCES =
            List.of("ring_echo.c", "ring.c", "handover.c", "counter_segment.c", "messages.c");

    private static @Nullable Path program;

    final Path socket;
    private final Process process;

    private EchoWorker(Path socket, Process process) {
        this.socket = socket;
        this.process = process;
    }

    static EchoWorker start(Path directory, String... options) throws IOException {
        Path socket = directory.resolve("worker.sock");
        List<String> command = new ArrayList<>(List.of(program().toString()));
        command.addAll(List.of(options));
        command.add(socket.toString());
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        var lines = process.inputReader(StandardCharsets.US_ASCII);
        if (!"ready".equals(lines.readLine())) {
            throw new IOException("the echo worker did not start");
        }
        return new EchoWorker(socket, process);
    }

    /// By SIGKILL, as a crash would.
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private static synchronized Path program() throws IOException {
        Path found = program;
        if (found == null) {
            Path built = root().resolve("build/dataplane/ring/ring-echo");
            String named = System.getProperty("lagopus.ring.echo");
            found = named != null ? Path.of(named) : Files.isExecutable(built) ? built : compile();
            program = found;
        }
        return found;
    }

    private static Path compile() throws IOException {
        Path directory = Files.createTempDirectory("lagopus-ring-echo");
        Path target = directory.resolve("ring-echo");
        target.toFile().deleteOnExit();
        directory.toFile().deleteOnExit();
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "cc",
                                "-D_GNU_SOURCE",
                                "-std=gnu11",
                                "-O2",
                                "-o",
                                target.toString()));
        Path ring = root().resolve("dataplane-fpga-dpdk/ring");
        SOURCES.forEach(source -> command.add(ring.resolve(source).toString()));
        var compiler = new ProcessBuilder(command).inheritIO().start();
        try {
            if (compiler.waitFor() != 0) {
                throw new IOException("cannot build the echo worker: " + command);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        return target;
    }

    /// The top of the checkout.
    static Path root() {
        try {
            for (Path at = Path.of("").toRealPath(); at != null; at = at.getParent()) {
                if (Files.exists(at.resolve("dataplane-fpga-dpdk/ring/ring.msg"))) {
                    return at;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new AssertionError("run inside the checkout");
    }
}
