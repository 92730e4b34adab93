package org.lagopus.agent.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R3")
class MainTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private int run(String... line) throws InterruptedException {
        try (var print = new PrintStream(out, true, StandardCharsets.UTF_8)) {
            return Main.run(print, print, line);
        }
    }

    @Test
    void helpTellsEveryOption() throws InterruptedException {
        assertThat(run("--help")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("--run", "--components", "--worker", "fault-set", "in-apply");
    }

    @Test
    void aWrongCommandLineIsExitStatusTwo() throws InterruptedException {
        assertThat(run("--nonsense")).isEqualTo(2);
        assertThat(run("--run")).isEqualTo(2);
        assertThat(run("nonsense")).isEqualTo(2);
        assertThat(run("fault-set", "never", "port", "1")).isEqualTo(2);
        assertThat(run("dump", "secrets")).isEqualTo(2);
    }

    @Test
    void theSocketsAreInTheRunDirectory() {
        var arguments = Main.Arguments.of("--run", "/tmp/x", "--worker", "/tmp/y.sock");
        assertThat(arguments.components()).isEqualTo(Path.of("/tmp/x/components.sock"));
        assertThat(arguments.worker()).isEqualTo(Path.of("/tmp/y.sock"));
    }

    @Test
    void withoutAWorkerTheFaultToolSaysSo() throws InterruptedException {
        assertThat(run("fault-set", "in-apply", "port", "1", "--run", "/nonexistent")).isOne();
        assertThat(run("dump", "ports", "--run", "/nonexistent")).isOne();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("no worker");
    }
}
