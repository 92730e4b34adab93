package org.lagopus.component.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("R32")
class GeneratedMessagesTest {
    private static final Path ROOT = EchoWorker.root();
    private static final Path RING = ROOT.resolve("dataplane-fpga-dpdk/ring");
    private static final Path JAVA =
            ROOT.resolve("component-api/src/main/java/org/lagopus/component/ring/messages");
    private static final String HEADER =
            "struct header\n u64 a\n u64 b\n u64 c\n u64 d\nenum error\n ok 0\n unknown-message 1\n malformed 2\n";

    @TempDir static Path compiled;
    @TempDir Path directory;

    /// Once, instead of at each start.
    @BeforeAll
    static void compile() {
        var javac = ToolProvider.findFirst("javac").orElseThrow();
        String source = RING.resolve("Generate.java").toString();
        assertThat(javac.run(System.out, System.err, "-d", compiled.toString(), source)).isZero();
    }

    @Test
    void bothOutputsAreThoseOfTheSchema() throws Exception {
        assertThat(generate(RING.resolve("ring.msg"))).isEmpty();

        assertThat(texts(directory.resolve("c")))
                .isEqualTo(texts(RING, "messages.h", "messages.c"));
        assertThat(texts(directory.resolve("java"))).isEqualTo(texts(JAVA));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    message a 1; u8 x; u32 y           | 12 | offset 1, not a multiple of 4
                    message a 1; u64 x; u8 y           | 10 | has 9 bytes, not a multiple of 8
                    message a 1; message b 1           | 11 | number 1 belongs to `a`
                    message a 1; enum a                | 11 | already declared in line 10
                    message a 1; u64 x; u64 x          | 12 | a second field `x`
                    message a 1; u24 x                 | 11 | no type or enum `u24`
                    message a 70000                    | 10 | not a number from 1 to 65535
                    message a 1; u64 X                 | 11 | is not a name
                    message a 1; array error x         | 11 | no struct `error`
                    struct s; u64 x; message a 1; array s x | 13 | no field `u32 x-count`
                    enum e; one 1; uno 1               | 12 | the name or number of `one` again
                    enum e; one 256                    | 11 | not a number from 0 to 255
                    field a                            | 10 | expected `message NAME TYPE`
                    """)
    void aSchemaThatTheLanguagesCouldReadDifferentlyIsRefusedWithItsLine(
            String lines, int line, String reason) throws Exception {
        Path schema = directory.resolve("wrong.msg");
        String body =
                lines.strip().replace("; ", "\n ").replaceAll("(?m)^ (message|enum|struct)", "$1");
        Files.writeString(schema, HEADER + body + "\n");

        assertThat(generate(schema)).startsWith(schema + ":" + line + ": ").contains(reason);
        assertThat(directory.resolve("c")).doesNotExist();
    }

    private String generate(Path schema) throws IOException, InterruptedException {
        var process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                compiled.toString(),
                                "Generate",
                                schema.toString(),
                                directory.resolve("c").toString(),
                                directory.resolve("java").toString())
                        .redirectErrorStream(true)
                        .start();
        var printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor() == 0).as(printed).isEqualTo(printed.isEmpty());
        return printed;
    }

    private static Map<String, String> texts(Path directory, String... names) throws IOException {
        Map<String, String> texts = new TreeMap<>();
        try (var files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (names.length == 0 || List.of(names).contains(name)) {
                    texts.put(name, Files.readString(file));
                }
            }
        }
        return texts;
    }
}
