package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lagopus.datastore.access.Rights;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeWithValue;
import org.opendaylight.yangtools.yang.data.api.schema.ChoiceNode;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;

/// Random rules and random data: what a view shows, and what it lets be written, is what one gets
/// by going through all rules for each node, as RFC 8341 §3.4.5 is written.
@Tag("R4")
class AccessOracleTest {
    private static final int SEEDS = 150;

    @TempDir Path directory;

    static List<Long> seeds() {
        var random = new Random();
        var all = new ArrayList<Long>();
        for (long seed = 1; seed <= SEEDS; seed++) {
            all.add(seed <= SEEDS / 2 ? seed : random.nextLong());
        }
        all.add(-1755601152742007221L); // a rule that is never asked opens a way all the same
        return all;
    }

    /// A rule as the oracle reads it: steps of names and wanted values.
    private record Rule(
            boolean permit, Set<String> operations, @Nullable String module, List<Step> path) {
        boolean matches(String operation, List<Step> node) {
            if (!operations.contains("*") && !operations.contains(operation)) {
                return false;
            }
            var own = node.getLast();
            if (module != null && !module.equals(own.module())) {
                return false;
            }
            if (path.size() > node.size()) {
                return false;
            }
            for (int i = 0; i < path.size(); i++) {
                var wanted = path.get(i);
                var there = node.get(i);
                if (!wanted.name().equals(there.name())
                        || !there.keys().entrySet().containsAll(wanted.keys().entrySet())) {
                    return false;
                }
            }
            return true;
        }
    }

    private record Step(String module, String name, Map<String, String> keys) {}

    /// Rules, and the defaults behind them.
    private record Oracle(boolean readDefault, boolean writeDefault, List<Rule> rules) {
        boolean allows(String operation, List<Step> node) {
            for (var rule : rules) {
                if (rule.matches(operation, node)) {
                    return rule.permit();
                }
            }
            boolean closed =
                    node.stream()
                            .anyMatch(step ->
                                    Set.of("vault", "secret", "rate", "nacm")
                                            .contains(step.name()));
            return !closed && (operation.equals("read") ? readDefault : writeDefault);
        }

        /// Everything that is shown, as text.
        void show(NormalizedNode node, List<Step> at, Set<String> into) {
            switch (node) {
                case MapNode map -> map.body().forEach(entry -> show(entry, at, into));
                case ChoiceNode choice -> choice.body().forEach(one -> show(one, at, into));
                case LeafSetNode<?> set -> set.body().forEach(one -> show(one, at, into));
                default -> {
                    var here = plus(at, step(node));
                    var below = new TreeSet<String>();
                    boolean shown = allows("read", here);
                    if (node instanceof DistinctNodeContainer<?, ?> parent) {
                        for (var child : parent.body()) {
                            if (!isKey(node, child)) {
                                show(child, here, below);
                            }
                        }
                    }
                    boolean leads = rules.stream().anyMatch(rule -> leads(rule, here));
                    if (shown || leads && !below.isEmpty()) {
                        into.add(
                                here
                                        + (node instanceof DistinctNodeContainer<?, ?>
                                                ? ""
                                                : "=" + node.body()));
                        into.addAll(below);
                    }
                }
            }
        }

        /// A path that is permitted goes on below.
        private static boolean leads(Rule rule, List<Step> here) {
            return rule.permit()
                    && (rule.operations().contains("*") || rule.operations().contains("read"))
                    && rule.path().size() > here.size()
                    && new Rule(true, Set.of("*"), null, rule.path().subList(0, here.size()))
                            .matches("read", here);
        }

        /// The nodes that come or go, or change, and may not.
        void refused(
                @Nullable NormalizedNode before,
                @Nullable NormalizedNode after,
                List<Step> at,
                Set<String> into) {
            var node = Objects.requireNonNull(before == null ? after : before);
            if (Objects.equals(before, after)) {
                return;
            }
            boolean between =
                    node instanceof MapNode
                            || node instanceof ChoiceNode
                            || node instanceof LeafSetNode<?>;
            var here = between ? at : plus(at, step(node));
            boolean plain =
                    node instanceof ContainerNode && !here.getLast().name().equals("limits");
            if (!between && !plain) {
                var operation =
                        before == null
                                ? "create"
                                : after == null
                                        ? "delete"
                                        : node instanceof DistinctNodeContainer<?, ?>
                                                ? null
                                                : "update";
                if (operation != null && !allows(operation, here)) {
                    into.add(operation + here);
                    return;
                }
            }
            for (var name : names(before, after)) {
                var old = Nodes.child(before, name);
                var young = Nodes.child(after, name);
                if (!isKey(node, Objects.requireNonNull(old == null ? young : old))) {
                    refused(old, young, here, into);
                }
            }
        }
    }

    private static Set<YangInstanceIdentifier.PathArgument> names(
            @Nullable NormalizedNode... nodes) {
        var all = new HashSet<YangInstanceIdentifier.PathArgument>();
        for (var node : nodes) {
            if (node instanceof DistinctNodeContainer<?, ?> parent) {
                parent.body().forEach(child -> all.add(child.name()));
            }
        }
        return all;
    }

    private static boolean isKey(NormalizedNode parent, NormalizedNode child) {
        return parent instanceof MapEntryNode entry
                && entry.name().containsKey(child.name().getNodeType());
    }

    private static Step step(NormalizedNode node) {
        var type = node.name().getNodeType();
        var keys = new LinkedHashMap<String, String>();
        switch (node.name()) {
            case NodeIdentifierWithPredicates entry ->
                    entry.entrySet()
                            .forEach(key ->
                                    keys.put(
                                            key.getKey().getLocalName(),
                                            key.getValue().toString()));
            case NodeWithValue<?> value -> keys.put(".", value.getValue().toString());
            default -> {}
        }
        return new Step(
                Objects.requireNonNull(MODULES.get(type.getNamespace().toString())),
                type.getLocalName(),
                keys);
    }

    private static final Map<String, String> MODULES =
            Map.of(
                    "urn:example:acme", "acme",
                    "urn:example:acme-more", "acme-more",
                    "urn:ietf:params:xml:ns:yang:ietf-netconf-acm", "ietf-netconf-acm");

    private static <T> List<T> plus(List<T> list, T last) {
        var longer = new ArrayList<>(list);
        longer.add(last);
        return longer;
    }

    private final class Making {
        final Random random;
        final List<Rule> rules = new ArrayList<>();
        final List<String> text = new ArrayList<>();

        Making(long seed) {
            random = new Random(seed);
        }

        <T> T any(List<T> all) {
            return all.get(random.nextInt(all.size()));
        }

        void rule() {
            var operations =
                    any(
                            List.of(
                                    "*",
                                    "read",
                                    "read update",
                                    "create delete",
                                    "create update delete",
                                    "update"));
            boolean permit = random.nextBoolean();
            var module = any(List.of("*", "*", "acme", "acme-more"));
            var steps = new ArrayList<Step>();
            var target = new StringBuilder();
            if (random.nextInt(5) > 0) {
                path(steps, target);
            }
            rules.add(
                    new Rule(
                            permit,
                            Set.of(operations.split(" ")),
                            module.equals("*") ? null : module,
                            steps));
            text.add(
                    Acme.rule(
                            permit ? "permit" : "deny",
                            operations,
                            "'module-name': '%s'%s"
                                    .formatted(
                                            module,
                                            target.isEmpty()
                                                    ? ""
                                                    : ", 'path': '%s'".formatted(target))));
        }

        private void step(
                List<Step> steps,
                StringBuilder target,
                String module,
                String name,
                Map<String, String> keys) {
            steps.add(new Step(module, name, keys));
            target.append('/').append(module).append(':').append(name);
            keys.forEach((key, value) ->
                    target.append('[').append(key).append("=\\\"").append(value).append("\\\"]"));
        }

        private void path(List<Step> steps, StringBuilder target) {
            if (random.nextInt(8) == 0) {
                target.append('/');
                return;
            }
            var top = any(List.of("interfaces", "interfaces", "interfaces", "order", "vault"));
            step(steps, target, "acme", top, Map.of());
            if (random.nextInt(5) == 0) {
                return;
            }
            switch (top) {
                case "vault" -> step(steps, target, "acme", any(List.of("key", "shelf")), Map.of());
                case "order" ->
                        step(
                                steps,
                                target,
                                "acme",
                                "step",
                                random.nextBoolean()
                                        ? Map.of()
                                        : Map.of("id", "" + random.nextInt(4)));
                default -> {
                    step(
                            steps,
                            target,
                            "acme",
                            "interface",
                            random.nextBoolean()
                                    ? Map.of()
                                    : Map.of("name", "e" + random.nextInt(4)));
                    switch (random.nextInt(8)) {
                        case 0 -> step(steps, target, "acme", "mtu", Map.of());
                        case 1 ->
                                step(
                                        steps,
                                        target,
                                        "acme",
                                        "tag",
                                        random.nextBoolean()
                                                ? Map.of()
                                                : Map.of(".", any(List.of("x", "y"))));
                        case 2 ->
                                step(
                                        steps,
                                        target,
                                        "acme-more",
                                        any(List.of("color", "light")),
                                        Map.of());
                        case 3 ->
                                step(
                                        steps,
                                        target,
                                        "acme",
                                        any(List.of("limits", "secret", "up", "down")),
                                        Map.of());
                        case 4 -> {
                            var keys = new LinkedHashMap<String, String>();
                            if (random.nextBoolean()) {
                                keys.put("family", any(List.of("4", "6")));
                            }
                            if (random.nextBoolean()) {
                                keys.put("ip", any(List.of("a", "b")));
                            }
                            step(steps, target, "acme", "address", keys);
                            if (random.nextBoolean()) {
                                step(steps, target, "acme", "label", Map.of());
                            }
                        }
                        default -> {}
                    }
                }
            }
        }

        String data() {
            var interfaces = new ArrayList<String>();
            for (int i = 0; i < 4; i++) {
                if (random.nextInt(4) > 0) {
                    interfaces.add(entry("e" + i));
                }
            }
            var steps = new ArrayList<String>();
            for (int i = 0; i < 4; i++) {
                if (random.nextBoolean()) {
                    steps.add(
                            "{'id': %d%s}"
                                    .formatted(
                                            i,
                                            random.nextBoolean()
                                                    ? ""
                                                    : ", 'text': 't%d'"
                                                            .formatted(random.nextInt(2))));
                }
            }
            return "'acme:interfaces': {'interface': [%s]}, 'acme:order': {'step': [%s]}, 'acme:vault': {%s}"
                    .formatted(
                            String.join(",", interfaces),
                            String.join(",", steps),
                            any(
                                    List.of(
                                            "",
                                            "'key': 'k'",
                                            "'shelf': {'box': 'b'}",
                                            "'key': 'j', 'shelf': {'box': 'c'}")));
        }

        private String entry(String name) {
            var parts = new ArrayList<String>();
            parts.add("'name': '%s'".formatted(name));
            for (var part :
                    List.of(
                            "'mtu': %d".formatted(random.nextInt(3)),
                            "'secret': 's%d'".formatted(random.nextInt(2)),
                            "'tag': [%s]".formatted(any(List.of("'x'", "'y'", "'x', 'y'"))),
                            any(List.of("'up': [null]", "'down': {'since': 'then'}")),
                            any(List.of("'limits': {}", "'limits': {'rate': 3}")),
                            "'address': [%s]"
                                    .formatted(
                                            any(
                                                    List.of(
                                                            "{'family': 4, 'ip': 'a'}",
                                                            "{'family': 4, 'ip': 'b', 'label':"
                                                                    + " 'l'}, {'family': 6, 'ip': 'a',"
                                                                    + " 'label': 'm'}"))),
                            "'acme-more:color': 'c%d'".formatted(random.nextInt(2)),
                            "'acme-more:light': {'watts': %d}".formatted(random.nextInt(2)))) {
                if (random.nextBoolean()) {
                    parts.add(part);
                }
            }
            return "{" + String.join(", ", parts) + "}";
        }
    }

    private static ContainerNode root(String json) {
        return Shop.root(Acme.MODEL, "{" + json + "}");
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aViewIsWhatGoingThroughAllRulesForEachNodeLeaves(long seed) throws Exception {
        var making = new Making(seed);
        for (int i = making.random.nextInt(7); i >= 0; i--) {
            making.rule();
        }
        boolean read = making.random.nextBoolean();
        boolean write = making.random.nextBoolean();
        var oracle = new Oracle(read, write, making.rules);
        var nacm =
                Acme.nacm(
                        "'read-default': '%s', 'write-default': '%s',"
                                .formatted(read ? "permit" : "deny", write ? "permit" : "deny"),
                        making.text.toArray(String[]::new));
        var before = root(making.data() + "," + nacm);
        var after = root(making.data() + "," + nacm);
        try (var datastore =
                Datastore.open(Acme.MODEL, directory.resolve("s" + seed), Clock.systemUTC())) {
            datastore.replace(Face.RUNNING, before, Acme.ROOT);
            var running =
                    (ContainerNode)
                            datastore
                                    .read(Face.RUNNING)
                                    .readNode(YangInstanceIdentifier.of())
                                    .orElseThrow();
            var wanted = new TreeSet<String>();
            for (var child : running.body()) {
                oracle.show(child, List.of(), wanted);
            }
            var seen = new TreeSet<String>();
            var view = datastore.view(Acme.ANDY).read(Face.RUNNING);
            var everything =
                    new Oracle(true, true, List.of(new Rule(true, Set.of("*"), null, List.of())));
            view.readNode(YangInstanceIdentifier.of())
                    .ifPresent(node ->
                            ((ContainerNode) node)
                                    .body()
                                    .forEach(child -> everything.show(child, List.of(), seen)));
            assertThat(seen).as("seed %d, rules %s", seed, making.rules).isEqualTo(wanted);
            each(running, YangInstanceIdentifier.of(), datastore.access().rights(Acme.ANDY), view);
            var refused = new TreeSet<String>();
            for (var name : names(running, after)) {
                oracle.refused(
                        Nodes.child(running, name), Nodes.child(after, name), List.of(), refused);
            }
            boolean denied = false;
            try {
                datastore.edit(
                        Face.CANDIDATE,
                        List.of(Edit.replace(YangInstanceIdentifier.of(), after)),
                        Acme.ANDY);
            } catch (DatastoreException e) {
                denied = true;
            }
            assertThat(denied)
                    .as("seed %d, rules %s: %s", seed, making.rules, refused)
                    .isEqualTo(!refused.isEmpty());
        }
    }

    /// Asking for a node by its path is asking for it by its parents.
    private static void each(
            NormalizedNode node,
            YangInstanceIdentifier path,
            Rights rights,
            org.opendaylight.yangtools.yang.data.tree.api.DataTreeSnapshot view) {
        var whole = view.readNode(YangInstanceIdentifier.of()).orElse(null);
        var bySteps = Nodes.find(whole, path);
        var byPath = view.readNode(path).orElse(null);
        boolean isEmpty =
                byPath == null
                        && bySteps instanceof DistinctNodeContainer<?, ?> list
                        && list.isEmpty();
        assertThat(isEmpty || Objects.equals(bySteps, byPath)).as("%s", path).isTrue();
        assertThat(rights.readable(path, node).isPresent()).isEqualTo(byPath != null);
        if (node instanceof DistinctNodeContainer<?, ?> parent) {
            for (var child : parent.body()) {
                if (!isKey(node, child)) {
                    each(child, path.node(child.name()), rights, view);
                }
            }
        }
    }
}
