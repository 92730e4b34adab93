package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.stream.NormalizedNodeWriter;
import org.opendaylight.yangtools.yang.data.codec.gson.JSONNormalizedNodeStreamWriter;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

/// The second opinion: a process of `yanglint` for each question.
///
/// @param directory for the data and for what is said
/// @param module of the resource folder that is named like it
record Yanglint(Path directory, String module) {
    private static final Path PROGRAM = Path.of("/usr/bin/yanglint");

    /// @param nanos from the start of the process to its end
    record Verdict(boolean valid, String said, long nanos) {}

    static void isThere() {
        assumeTrue(
                Files.isExecutable(PROGRAM),
                "yanglint (Debian package libyang2-tools) is not installed");
    }

    Verdict judge(String json) throws IOException, InterruptedException {
        return judge(Files.writeString(directory.resolve("data.json"), json));
    }

    Verdict judgeXml(String xml) throws IOException, InterruptedException {
        return judge(Files.writeString(directory.resolve("data.xml"), xml));
    }

    private Verdict judge(Path data) throws IOException, InterruptedException {
        var said = directory.resolve("said");
        var modules = modules();
        long start = System.nanoTime();
        var process =
                new ProcessBuilder(
                                PROGRAM.toString(),
                                "-t",
                                "config",
                                "-p",
                                modules.toString(),
                                modules.resolve(module + ".yang").toString(),
                                data.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(said.toFile())
                        .start();
        boolean ended = process.waitFor(120, TimeUnit.SECONDS);
        long nanos = System.nanoTime() - start;
        if (!ended) {
            process.destroyForcibly().waitFor();
        }
        assertThat(ended).isTrue();
        return new Verdict(
                process.exitValue() == 0, Files.readString(said, StandardCharsets.UTF_8), nanos);
    }

    private Path modules() {
        try {
            return Path.of(
                    Objects.requireNonNull(Yanglint.class.getResource("/" + module)).toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    static String json(Model model, ContainerNode root) throws IOException {
        var text = new StringWriter();
        try (var json = new JsonWriter(text)) {
            json.beginObject();
            var writer =
                    NormalizedNodeWriter.forStreamWriter(
                            JSONNormalizedNodeStreamWriter.createNestedWriter(
                                    model.json(),
                                    SchemaInferenceStack.of(model.context()).toInference(),
                                    null,
                                    json));
            for (var child : root.body()) {
                writer.write(child);
            }
            writer.flush();
            json.endObject();
        }
        return text.toString();
    }
}
