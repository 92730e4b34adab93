package org.lagopus.datastore;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.XMLNamespace;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeWithValue;
import org.opendaylight.yangtools.yang.data.api.schema.ChoiceNode;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerChild;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.LeafNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.SystemLeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.SystemMapNode;
import org.opendaylight.yangtools.yang.data.api.schema.UserLeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.UserMapNode;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;

/// What a module's author says of data that was written under the module's older revisions: a file
/// `MODULE-NNNN.json`, carried out once, in the order of its number.
///
///     {"description": "speed has a unit",
///      "namespaces": {"m": "urn:example:m"},
///      "steps": [{"move": "/m:ports/port/speed", "to": "/m:ports/port/rate/bits"},
///                {"replace": "/m:ports/port/mode", "values": {"fast": "quick"}},
///                {"set": "/m:ports/port/unit", "value": "bit"},
///                {"remove": "/m:ports/colour"},
///                {"namespace": "urn:old", "to": "urn:example:m"}]}
///
/// A path has names only: a step of a list stands for every entry of it. A step whose node is not
/// there does nothing, and none takes the place of something that is. Values are text; they become
/// what the type of their leaf makes of them.
///
/// @param file as a message names it
record Migration(String module, int number, String file, List<Step> steps) {
    private static final Pattern NAME = Pattern.compile("(.+)-(\\d{4})\\.json");

    /// One thing to be done.
    sealed interface Step {}

    /// @param common how many names of both paths are the same nodes
    record Move(List<QName> from, List<QName> to, int common) implements Step {}

    record Replace(List<QName> path, Map<String, String> values) implements Step {}

    record SetLeaf(List<QName> path, String value) implements Step {}

    record Remove(List<QName> path) implements Step {}

    record Rename(XMLNamespace from, XMLNamespace to) implements Step {}

    /// @throws ModelException telling file and reason
    static Migration read(YangTexts.Text text) throws ModelException {
        var file = text.origin();
        var name = NAME.matcher(file.substring(file.lastIndexOf('/') + 1));
        if (!name.matches()) {
            throw new ModelException(
                    file
                            + ": a migration is named MODULE-NNNN.json, such as"
                            + " example-ports-0001.json");
        }
        try {
            var json = JsonParser.parseString(text.content()).getAsJsonObject();
            check(json, Set.of("description", "namespaces", "steps"));
            var prefixes = strings(json.get("namespaces"));
            var steps = new ArrayList<Step>();
            for (var step : json.getAsJsonArray("steps")) {
                steps.add(step(step.getAsJsonObject(), prefixes));
            }
            return new Migration(
                    String.valueOf(name.group(1)),
                    Integer.parseInt(String.valueOf(name.group(2))),
                    file,
                    List.copyOf(steps));
        } catch (JsonParseException
                | IllegalStateException
                | IllegalArgumentException
                | NullPointerException
                | ClassCastException e) {
            throw new ModelException(file + ": no migration: " + e.getMessage(), e);
        }
    }

    private static Step step(JsonObject step, Map<String, String> prefixes) {
        if (step.has("move")) {
            check(step, Set.of("move", "to"));
            return move(path(step, "move", prefixes), path(step, "to", prefixes));
        }
        if (step.has("replace")) {
            check(step, Set.of("replace", "values"));
            return new Replace(path(step, "replace", prefixes), strings(step.get("values")));
        }
        if (step.has("set")) {
            check(step, Set.of("set", "value"));
            return new SetLeaf(path(step, "set", prefixes), text(step, "value"));
        }
        if (step.has("remove")) {
            check(step, Set.of("remove"));
            return new Remove(path(step, "remove", prefixes));
        }
        if (step.has("namespace")) {
            check(step, Set.of("namespace", "to"));
            return new Rename(
                    XMLNamespace.of(text(step, "namespace")), XMLNamespace.of(text(step, "to")));
        }
        throw new IllegalArgumentException(
                "a step is one of move, replace, set, remove and namespace, not " + step.keySet());
    }

    private static Move move(List<QName> from, List<QName> to) {
        int common = 0;
        while (common < Math.min(from.size(), to.size()) - 1
                && from.get(common).equals(to.get(common))) {
            common++;
        }
        if (from.equals(to)) {
            throw new IllegalArgumentException("a node cannot be moved to itself");
        }
        return new Move(from, to, common);
    }

    private static void check(JsonObject object, Set<String> known) {
        for (var name : object.keySet()) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException("nobody knows what \"%s\" is".formatted(name));
            }
        }
    }

    private static String text(JsonObject object, String member) {
        var value = object.get(member);
        if (value == null) {
            throw new IllegalArgumentException("\"%s\" is missing".formatted(member));
        }
        return value.getAsString();
    }

    private static Map<String, String> strings(@Nullable JsonElement object) {
        var found = new HashMap<String, String>();
        if (object != null) {
            object.getAsJsonObject()
                    .entrySet()
                    .forEach(one -> found.put(one.getKey(), one.getValue().getAsString()));
        }
        return found;
    }

    private static List<QName> path(JsonObject step, String member, Map<String, String> prefixes) {
        var text = text(step, member);
        var names = new ArrayList<QName>();
        @Nullable XMLNamespace namespace = null;
        if (!text.startsWith("/")) {
            throw new IllegalArgumentException(
                    "a path begins with /, and %s does not".formatted(text));
        }
        for (var name : text.substring(1).split("/", -1)) {
            int colon = name.indexOf(':');
            if (colon >= 0) {
                var known = prefixes.get(name.substring(0, colon));
                if (known == null) {
                    throw new IllegalArgumentException(
                            "no namespace for the prefix of %s in %s".formatted(name, text));
                }
                namespace = XMLNamespace.of(known);
            }
            if (namespace == null) {
                throw new IllegalArgumentException(text + ": the first name has a prefix");
            }
            names.add(QName.create(namespace, name.substring(colon + 1)));
        }
        return List.copyOf(names);
    }

    ContainerNode apply(ContainerNode root, Names names) {
        NormalizedNode migrated = root;
        for (var step : steps) {
            migrated = apply(step, migrated, names);
        }
        return (ContainerNode) migrated;
    }

    private static NormalizedNode apply(Step step, NormalizedNode root, Names names) {
        return switch (step) {
            case Move move ->
                    below(
                            root,
                            move.from().subList(0, move.common()),
                            parent -> move(move, parent));
            case Replace(var path, var values) ->
                    child(root, path, node -> replace(node, values, names));
            case SetLeaf(var path, var value) ->
                    below(
                            root,
                            path.subList(0, path.size() - 1),
                            parent -> {
                                var leaf = path.getLast();
                                return find(parent, leaf) == null
                                        ? Nodes.with(parent, ImmutableNodes.leafNode(leaf, value))
                                        : parent;
                            });
            case Remove(var path) -> child(root, path, _ -> null);
            case Rename(var from, var to) -> rename(root, null, moved(from, to));
        };
    }

    private static boolean same(QName one, QName other) {
        return one.getLocalName().equals(other.getLocalName())
                && one.getNamespace().equals(other.getNamespace());
    }

    private static @Nullable NormalizedNode find(NormalizedNode parent, QName name) {
        if (parent instanceof DistinctNodeContainer<?, ?> container) {
            for (var child : container.body()) {
                var found = child instanceof ChoiceNode ? find(child, name) : child;
                if (found != null && same(found.name().getNodeType(), name)) {
                    return found;
                }
            }
        }
        return null;
    }

    @FunctionalInterface
    private interface Changed {
        @Nullable NormalizedNode of(NormalizedNode node);
    }

    /// A node with a child changed, looked for in its choices as well.
    private static NormalizedNode with(NormalizedNode parent, QName name, Changed change) {
        if (!(parent instanceof DistinctNodeContainer<?, ?> container)) {
            return parent;
        }
        for (var child : container.body()) {
            @Nullable NormalizedNode after = child;
            if (child instanceof ChoiceNode) {
                var inside = with(child, name, change);
                after = Nodes.isEmpty(inside) ? null : inside;
            } else if (same(child.name().getNodeType(), name)) {
                after = change.of(child);
            }
            if (after != child) {
                var rest = Nodes.without(parent, child.name());
                return after == null
                        ? rest
                        : Nodes.with(after.name().equals(child.name()) ? parent : rest, after);
            }
        }
        return parent;
    }

    /// Every instance of a data node, each entry of a list by itself.
    private static NormalizedNode below(
            NormalizedNode at, List<QName> path, UnaryOperator<NormalizedNode> change) {
        if (at instanceof MapNode list) {
            NormalizedNode changed = list;
            for (var entry : list.body()) {
                var after = below(entry, path, change);
                changed = after == entry ? changed : Nodes.with(changed, after);
            }
            return changed;
        }
        return path.isEmpty()
                ? change.apply(at)
                : with(
                        at,
                        path.getFirst(),
                        next -> below(next, path.subList(1, path.size()), change));
    }

    private static NormalizedNode child(NormalizedNode root, List<QName> path, Changed change) {
        return below(
                root,
                path.subList(0, path.size() - 1),
                parent -> with(parent, path.getLast(), change));
    }

    private static NormalizedNode move(Move move, NormalizedNode parent) {
        var from = move.from().subList(move.common(), move.from().size());
        var to = move.to().subList(move.common(), move.to().size());
        if (at(parent, to) != null) {
            return parent;
        }
        var moved = at(parent, from);
        if (moved == null) {
            return parent;
        }
        var source = from.getLast();
        var target = to.getLast();
        var named = rename(moved, target, moved(source.getNamespace(), target.getNamespace()));
        return put(child(parent, from, _ -> null), to, named);
    }

    private static @Nullable NormalizedNode at(NormalizedNode parent, List<QName> path) {
        @Nullable NormalizedNode at = parent;
        for (var name : path) {
            at = at == null || at instanceof MapNode ? null : find(at, name);
        }
        return at;
    }

    private static NormalizedNode put(
            NormalizedNode parent, List<QName> path, NormalizedNode node) {
        if (path.size() == 1) {
            return Nodes.with(parent, node);
        }
        var rest = path.subList(1, path.size());
        return find(parent, path.getFirst()) == null
                ? Nodes.with(parent, put(Nodes.container(path.getFirst()), rest, node))
                : with(parent, path.getFirst(), next -> put(next, rest, node));
    }

    private static NormalizedNode replace(
            NormalizedNode node, Map<String, String> values, Names names) {
        if (node instanceof LeafNode<?> leaf) {
            var value = values.get(names.text(leaf.body()));
            return value == null ? leaf : ImmutableNodes.leafNode(leaf.name(), value);
        }
        if (node instanceof SystemLeafSetNode<?> || node instanceof UserLeafSetNode<?>) {
            var changed = Nodes.builder(empty(node, node.name().getNodeType()));
            for (var child : ((DistinctNodeContainer<?, ?>) node).body()) {
                @Nullable Object value = values.get(names.text(child.body()));
                changed.addChild(
                        ImmutableNodes.leafSetEntry(
                                new NodeWithValue<>(
                                        child.name().getNodeType(),
                                        value == null ? child.body() : value)));
            }
            return changed.build();
        }
        return node;
    }

    private static UnaryOperator<QName> moved(XMLNamespace from, XMLNamespace to) {
        return name ->
                !from.equals(to) && name.getNamespace().equals(from)
                        ? QName.create(to, name.getLocalName())
                        : name;
    }

    /// A node of the same kind with nothing in it.
    private static NormalizedNode empty(NormalizedNode like, QName name) {
        var factory = ImmutableNodes.builderFactory();
        var id = NodeIdentifier.create(name);
        return switch (like) {
            case ContainerNode _ -> factory.newContainerBuilder().withNodeIdentifier(id).build();
            case ChoiceNode _ -> factory.newChoiceBuilder().withNodeIdentifier(id).build();
            case SystemMapNode _ -> factory.newSystemMapBuilder().withNodeIdentifier(id).build();
            case UserMapNode _ -> factory.newUserMapBuilder().withNodeIdentifier(id).build();
            case SystemLeafSetNode<?> _ ->
                    factory.newSystemLeafSetBuilder().withNodeIdentifier(id).build();
            case UserLeafSetNode<?> _ ->
                    factory.newUserLeafSetBuilder().withNodeIdentifier(id).build();
            default -> throw new IllegalArgumentException("no children in " + like);
        };
    }

    /// @param top the new name of the node itself, or null if it goes the way of the others
    private static NormalizedNode rename(
            NormalizedNode node, @Nullable QName top, UnaryOperator<QName> names) {
        var name = top == null ? names.apply(node.name().getNodeType()) : top;
        return switch (node) {
            case LeafNode<?> leaf -> ImmutableNodes.leafNode(name, value(leaf.body(), names));
            case LeafSetEntryNode<?> entry ->
                    ImmutableNodes.leafSetEntry(
                            new NodeWithValue<>(name, value(entry.body(), names)));
            case MapEntryNode entry -> {
                var keys = new HashMap<QName, Object>();
                entry.name()
                        .entrySet()
                        .forEach(key ->
                                keys.put(names.apply(key.getKey()), value(key.getValue(), names)));
                var builder =
                        ImmutableNodes.newMapEntryBuilder()
                                .withNodeIdentifier(NodeIdentifierWithPredicates.of(name, keys));
                entry.body()
                        .forEach(child ->
                                builder.withChild((DataContainerChild) rename(child, null, names)));
                yield builder.build();
            }
            case DistinctNodeContainer<?, ?> container -> {
                var builder = Nodes.builder(empty(node, name));
                boolean isList = !(node instanceof ContainerNode) && !(node instanceof ChoiceNode);
                for (var child : container.body()) {
                    builder.addChild(rename(child, isList ? name : null, names));
                }
                yield builder.build();
            }
            default -> node;
        };
    }

    private static Object value(Object value, UnaryOperator<QName> names) {
        return value instanceof QName identity ? names.apply(identity) : value;
    }

    static List<Migration> read(List<YangTexts.Text> texts) throws ModelException {
        var all = new ArrayList<Migration>();
        for (var text : texts) {
            var migration = read(text);
            for (var other : all) {
                if (other.module.equals(migration.module) && other.number == migration.number) {
                    throw new ModelException(
                            "%s: %s is migration %d of %s already"
                                    .formatted(
                                            migration.file,
                                            other.file,
                                            other.number,
                                            other.module));
                }
            }
            all.add(migration);
        }
        all.sort(Comparator.comparingInt(Migration::number).thenComparing(Migration::module));
        return List.copyOf(all);
    }
}
