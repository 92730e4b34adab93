import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.lagopus.component.Change;
import org.lagopus.component.Component;
import org.lagopus.component.Edit;
import org.lagopus.component.Handler;
import org.lagopus.component.Page;
import org.lagopus.component.Path;
import org.lagopus.component.Refusal;
import org.lagopus.component.RefusedException;
import org.lagopus.component.Settings;
import org.lagopus.component.wire.Message;
import org.lagopus.component.wire.Severity;

/// What echo_component.py is, on the SDK: the same words on the command line, the same answers.
final class EchoComponent implements Handler {
    private static final int ENTRIES = 25;

    private final Map<String, List<String>> options;
    private Map<String, ObjectNode> records = new LinkedHashMap<>();
    private Map<String, ObjectNode> next = new LinkedHashMap<>();
    private Map<String, ObjectNode> before = new LinkedHashMap<>();
    private List<Edit> prepared = List.of();
    private long generation;
    private long generationBefore;
    private long preparedGeneration;
    private Component component;

    private EchoComponent(Map<String, List<String>> options) {
        this.options = options;
    }

    private List<String> option(String name) {
        return options.getOrDefault(name, List.of());
    }

    private boolean isIn(String option, String text) {
        return option(option).stream().anyMatch(text::contains);
    }

    private static Map<String, ObjectNode> applied(Map<String, ObjectNode> to, List<Edit> edits) {
        var result = new LinkedHashMap<>(to);
        for (var edit : edits) {
            switch (edit) {
                case Edit.Put(var path, var value) -> result.put(path.toString(), value);
                case Edit.Removed(var path) ->
                        result.keySet()
                                .removeIf(
                                        at ->
                                                at.equals(path.toString())
                                                        || at.startsWith(path + "/"));
            }
        }
        return result;
    }

    @Override
    public List<Refusal> prepare(Change change) {
        for (var edit : change.edits()) {
            if (isIn("--refuse", String.valueOf(edit.toWire().value()))) {
                return List.of(
                        Refusal.at(
                                edit.path(),
                                "invalid-value",
                                option("--refuse").getFirst() + " is refused"));
            }
        }
        prepared = change.edits();
        preparedGeneration = change.generation();
        next = applied(records, prepared);
        return List.of();
    }

    @Override
    public List<Refusal> commit(long committed) {
        if (preparedGeneration != committed) {
            return List.of(Refusal.of("operation-failed", committed + " was not prepared"));
        }
        for (var edit : prepared) {
            if (isIn("--fail", String.valueOf(edit.toWire().value()))) {
                return List.of(
                        Refusal.of(
                                "operation-failed", option("--fail").getFirst() + " fails"));
            }
        }
        before = records;
        generationBefore = generation;
        records = next;
        generation = committed;
        preparedGeneration = 0;
        report();
        return List.of();
    }

    @Override
    public List<Refusal> abort(long aborted) {
        preparedGeneration = 0;
        if (generation == aborted) {
            records = before;
            generation = generationBefore;
        }
        report();
        return List.of();
    }

    @Override
    public List<Refusal> replace(long whole, List<Edit> edits) {
        preparedGeneration = 0;
        records = applied(Map.of(), edits);
        generation = whole;
        report();
        return List.of();
    }

    private void report() {
        for (var path : option("--state")) {
            var value = JsonNodeFactory.instance.objectNode();
            value.put("generation", Long.toString(generation)).put("entries", records.size());
            component.state(List.of(new Edit.Put(Path.parse(path), value)));
        }
    }

    @Override
    public void connected() {
        option("--lookup").forEach(component::lookup);
        option("--use").forEach(name -> component.requestGrant(name, List.of("use")));
    }

    @Override
    public String grant(String api, String client, List<String> scopes) throws RefusedException {
        if (option("--refuse").contains(client)) {
            throw new RefusedException("access-denied", "not to you");
        }
        try {
            var text = (client + scopes).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public JsonNode invoke(String operation, JsonNode input, String user)
            throws RefusedException {
        var text = input.path("text").asText();
        if (option("--refuse").contains(text)) {
            throw new RefusedException("invalid-value", "not " + text);
        }
        var turned = new StringBuilder(text).reverse().toString();
        return JsonNodeFactory.instance.objectNode().put("text", turned);
    }

    @Override
    public Optional<JsonNode> entry(String list, Map<String, JsonNode> keys) {
        int id = keys.get("id").asInt();
        return id < ENTRIES ? Optional.of(row(id)) : Optional.empty();
    }

    @Override
    public Page page(String list, String after, int most) throws RefusedException {
        if (!option("--list").contains(list)) {
            throw new RefusedException("operation-not-supported", "not mine");
        }
        int begin = after == null ? 0 : Integer.parseInt(after);
        int end = Math.min(begin + most, ENTRIES);
        var rows = new ArrayList<JsonNode>();
        for (int id = begin; id < end; id++) {
            rows.add(row(id));
        }
        return new Page(rows, end < ENTRIES ? Integer.toString(end) : null);
    }

    private static JsonNode row(int id) {
        return JsonNodeFactory.instance.objectNode().put("id", id);
    }

    public static void main(String[] line) throws InterruptedException {
        var options = new HashMap<String, List<String>>();
        for (int i = 2; i < line.length; i++) {
            var values = options.computeIfAbsent(line[i], _ -> new ArrayList<>());
            if (!line[i].equals("--required")) {
                values.add(line[++i]);
            }
        }
        var echo = new EchoComponent(options);
        var settings =
                Settings.of(
                                java.nio.file.Path.of(line[0]),
                                line[1],
                                "1",
                                echo.option("--subscribe"))
                        .withRequired(options.containsKey("--required"))
                        .withWatches(echo.option("--watch"))
                        .withOperations(echo.option("--operation"))
                        .withLists(echo.option("--list"))
                        .withApis(
                                echo.option("--api").stream()
                                        .map(text -> text.split("=", 2))
                                        .map(
                                                api ->
                                                        new Message.Api(
                                                                api[0],
                                                                "1",
                                                                api[1],
                                                                "test",
                                                                List.of("use")))
                                        .toList());
        for (var faces : echo.option("--faces")) {
            settings = settings.withFaces(Integer.parseInt(faces));
        }
        var component = Component.connect(settings, echo);
        echo.component = component;
        for (var kind : echo.option("--alarm")) {
            component.raise(
                    echo.option("--state").getFirst(), kind, Severity.MINOR, "told to");
        }
        new CountDownLatch(1).await();
    }
}
