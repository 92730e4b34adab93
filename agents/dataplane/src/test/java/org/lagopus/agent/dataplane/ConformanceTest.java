package org.lagopus.agent.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lagopus.agent.dataplane.config.Configuration;
import org.lagopus.agent.dataplane.worker.Messages;
import org.lagopus.component.Edit;
import org.lagopus.component.Refusal;
import org.lagopus.component.ring.messages.Message;

/// Plays the folders of `tests/conformance`. Each holds, for each commit N of a box that was empty
/// before the first, `N-config.json`, the records that change, and `N-messages.txt`, the messages
/// of ring.msg between begin and prepare, or `N-refusals.txt`, why it is refused.
@Tag("R51")
@Tag("R60")
class ConformanceTest {
    private static final Path CASES = Path.of("../../tests/conformance");
    private static final ObjectMapper JSON = new ObjectMapper();

    static Stream<String> cases() throws IOException {
        try (var folders = Files.list(CASES)) {
            return folders
                    .filter(Files::isDirectory)
                    .map(f -> f.getFileName().toString())
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void configurationBecomesTheseMessages(String name) throws IOException {
        var folder = CASES.resolve(name);
        var configuration = new Configuration();
        configuration.replace(List.of());
        int commits = 0;
        for (int n = 1; Files.exists(folder.resolve(n + "-config.json")); n++) {
            var draft = configuration.prepare(edits(folder.resolve(n + "-config.json")));
            var messages = draft.changes().stream().map(c -> Text.of(Messages.of(c))).toList();
            check(folder.resolve(n + "-messages.txt"), messages, draft.refusals().isEmpty());
            var refusals = draft.refusals().stream().flatMap(ConformanceTest::text).toList();
            check(folder.resolve(n + "-refusals.txt"), refusals, !refusals.isEmpty());
            if (draft.refusals().isEmpty()) {
                configuration.commit(draft);
            }
            commits = n;
        }
        assertThat(commits).as("commits in " + folder).isPositive();
    }

    /// With `-Dconformance.write=true` what comes out is written instead, to be read by somebody.
    private static void check(Path file, List<String> lines, boolean wanted) throws IOException {
        if (Boolean.getBoolean("conformance.write")) {
            Files.deleteIfExists(file);
            if (wanted) {
                Files.write(file, lines);
            }
        }
        assertThat(Files.exists(file)).as(file + " is there").isEqualTo(wanted);
        if (wanted) {
            assertThat(lines).as(file.toString()).isEqualTo(Files.readAllLines(file));
        }
    }

    private static List<Edit> edits(Path file) throws IOException {
        var edits = new ArrayList<Edit>();
        for (var each : JSON.readTree(Files.readString(file))) {
            var path = org.lagopus.component.Path.parse(each.get("path").asText());
            JsonNode value = each.get("value");
            edits.add(
                    value == null
                            ? new Edit.Removed(path)
                            : new Edit.Put(path, (ObjectNode) value));
        }
        return edits;
    }

    private static Stream<String> text(Refusal refusal) {
        return Stream.of(
                String.valueOf(refusal.path()), "    " + refusal.tag() + ": " + refusal.message());
    }

    /// A message as a line: its name and fields as in ring.msg.
    static final class Text {
        private Text() {}

        static String of(Message message) {
            return hyphens(message.getClass().getSimpleName()) + fields((Record) message);
        }

        private static String fields(Record record) {
            var text = new StringBuilder();
            long high = 0;
            int family = 0;
            for (var component : record.getClass().getRecordComponents()) {
                var name = component.getName();
                var value = value(record, component.getAccessor());
                if (name.equals("family")) {
                    family = (int) value;
                } else if (name.endsWith("Hi")) {
                    high = (long) value;
                    continue;
                } else if (name.endsWith("Lo")) {
                    name = name.substring(0, name.length() - 2);
                    value = new org.lagopus.component.ip.Ip(family, high, (long) value);
                }
                text.append(' ').append(hyphens(name.replace("_", ""))).append('=');
                text.append(plain(name, value));
            }
            return text.toString();
        }

        private static Object value(Record record, java.lang.reflect.Method accessor) {
            try {
                return accessor.invoke(record);
            } catch (ReflectiveOperationException e) {
                throw new AssertionError(e);
            }
        }

        private static String plain(String name, Object value) {
            return switch (value) {
                case Enum<?> e -> e.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
                case String s -> '"' + s + '"';
                case List<?> all ->
                        StreamSupport.stream(all.spliterator(), false)
                                .map(each -> fields((Record) each).strip())
                                .toList()
                                .toString();
                case Long mac when name.equals("mac") -> "%012x".formatted(mac);
                case Object other -> other.toString();
            };
        }

        private static String hyphens(String camel) {
            return camel.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-")
                    .toLowerCase(java.util.Locale.ROOT);
        }
    }
}
