package org.lagopus.datastore;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.Empty;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeWithValue;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.AnydataNode;
import org.opendaylight.yangtools.yang.data.api.schema.AnyxmlNode;
import org.opendaylight.yangtools.yang.data.api.schema.ChoiceNode;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.LeafNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.builder.NormalizedNodeContainerBuilder;
import org.opendaylight.yangtools.yang.data.codec.gson.JSONCodec;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.model.api.CaseSchemaNode;
import org.opendaylight.yangtools.yang.model.api.TypedDataSchemaNode;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

/// From the shape of an older model to the shape of this one: every node finds its place by module
/// and name, every value is read again as the type it has now, and what has no place is cut.
///
/// What RFC 7950 §11 lets a revision change without harm goes over as it is: another revision, a
/// wider type, a choice around what was there, another order of entries. A leaf becomes a leaf-list
/// of one and the other way round. What holds between nodes is for [Cutting].
final class Adaptation {
    private final Model model;
    private final SchemaNode schema;
    private final Names names;
    private final List<Cut> cuts;
    private final Deque<PathArgument> trail = new ArrayDeque<>();

    Adaptation(Model model, SchemaNode schema, Names names, List<Cut> cuts) {
        this.model = model;
        this.schema = schema;
        this.names = names;
        this.cuts = cuts;
    }

    ContainerNode of(ContainerNode root) {
        return (ContainerNode)
                container(schema, schema.id, root, SchemaInferenceStack.of(model.context()));
    }

    /// What is put together for one node; a choice in it is a level of its own.
    private static final class Level {
        final NormalizedNodeContainerBuilder<?, PathArgument, NormalizedNode, ?> builder;
        final Map<SchemaNode, Level> choices = new LinkedHashMap<>();
        @Nullable CaseSchemaNode active;

        Level(SchemaNode at, PathArgument name) {
            builder = Nodes.builder(Nodes.empty(at, name));
        }

        NormalizedNode build() {
            choices.values()
                    .forEach(choice -> {
                        var built = choice.build();
                        if (!Nodes.isEmpty(built)) {
                            builder.addChild(built);
                        }
                    });
            return builder.build();
        }
    }

    private NormalizedNode container(
            SchemaNode at, PathArgument name, NormalizedNode old, SchemaInferenceStack stack) {
        var level = new Level(at, name);
        children(at, level, (DistinctNodeContainer<?, ?>) old, stack);
        return level.build();
    }

    private void children(
            SchemaNode at,
            Level level,
            DistinctNodeContainer<?, ?> old,
            SchemaInferenceStack stack) {
        for (var child : old.body()) {
            if (child instanceof ChoiceNode choice) {
                children(at, level, choice, stack);
            } else {
                trail.addLast(child.name());
                child(at, level, child, stack);
                trail.removeLast();
            }
        }
    }

    private void child(SchemaNode at, Level level, NormalizedNode old, SchemaInferenceStack stack) {
        var name = names.current(old.name().getNodeType());
        var found = at.dataChild(name);
        if (found == null) {
            cut(old, "%s is no configuration the model has here".formatted(name.getLocalName()));
            return;
        }
        var node =
                found.kind == SchemaNode.Kind.ENTRY || found.kind == SchemaNode.Kind.VALUE
                        ? Objects.requireNonNull(found.parent)
                        : found;
        if (node.isKey()) {
            return; // the entry was made with its keys
        }
        var inside = stack.copy();
        inside.enterDataTree(name);
        var adapted = adapt(node, old, inside);
        if (adapted != null) {
            put(at, level, node, old, adapted);
        }
    }

    private void put(
            SchemaNode at,
            Level level,
            SchemaNode node,
            NormalizedNode old,
            NormalizedNode adapted) {
        var choices = new ArrayDeque<SchemaNode>();
        @Nullable SchemaNode below = node;
        for (var up = node.parent; up != null && up != at; up = up.parent) {
            choices.addFirst(up);
        }
        var into = level;
        for (var choice : choices) {
            into = into.choices.computeIfAbsent(choice, c -> new Level(c, c.id));
            below = choices.stream().filter(c -> c.parent == choice).findFirst().orElse(node);
            if (into.active != null && into.active != below.ofCase) {
                cut(
                        old,
                        "another case of choice %s is there as well"
                                .formatted(choice.name().getLocalName()));
                return;
            }
            into.active = below.ofCase;
        }
        into.builder.addChild(adapted);
    }

    private @Nullable NormalizedNode adapt(
            SchemaNode node, NormalizedNode old, SchemaInferenceStack stack) {
        return switch (node.kind) {
            case CONTAINER, PRESENCE -> {
                if (!(old instanceof ContainerNode)) {
                    yield unlike(node, old);
                }
                var made = container(node, node.id, old, stack);
                yield node.kind == SchemaNode.Kind.CONTAINER && Nodes.isEmpty(made) ? null : made;
            }
            case LIST -> old instanceof MapNode map ? list(node, map, stack) : unlike(node, old);
            case LEAF -> leaf(node, old, stack);
            case LEAF_LIST -> leafList(node, old, stack);
            case ANY ->
                    (old instanceof AnydataNode || old instanceof AnyxmlNode)
                                    && old.name().equals(node.id)
                            ? old
                            : unlike(node, old);
            case ENTRY, VALUE, CHOICE -> throw new IllegalStateException(node + " is no data node");
        };
    }

    private @Nullable NormalizedNode list(
            SchemaNode list, MapNode old, SchemaInferenceStack stack) {
        var entries = new LinkedHashMap<PathArgument, NormalizedNode>();
        var schemaOfEntry = list.children.values().iterator().next();
        for (var entry : old.body()) {
            trail.addLast(entry.name());
            var made = entry(schemaOfEntry, entry, stack);
            if (made != null && entries.putIfAbsent(made.name(), made) != null) {
                cut(entry, "another entry has the same keys now");
            }
            trail.removeLast();
        }
        return gathered(list, entries);
    }

    private static @Nullable NormalizedNode gathered(
            SchemaNode list, Map<PathArgument, NormalizedNode> entries) {
        if (entries.isEmpty()) {
            return null;
        }
        var builder = Nodes.builder(Nodes.empty(list, list.id));
        entries.values().forEach(builder::addChild);
        return builder.build();
    }

    private @Nullable NormalizedNode entry(
            SchemaNode entry, MapEntryNode old, SchemaInferenceStack stack) {
        var keys = new LinkedHashMap<QName, Object>();
        for (var key : entry.keys) {
            var stored = stored(old, key);
            if (stored == null) {
                cut(old, "it has no %s, which is a key now".formatted(key.getLocalName()));
                return null;
            }
            var inside = stack.copy();
            inside.enterDataTree(key);
            var value = retyped(Objects.requireNonNull(entry.children.get(key)), stored, inside);
            if (value == null) {
                cut(old, noValue(stored, key));
                return null;
            }
            keys.put(key, value);
        }
        return container(entry, NodeIdentifierWithPredicates.of(entry.name(), keys), old, stack);
    }

    private @Nullable Object stored(MapEntryNode entry, QName key) {
        for (var child : entry.body()) {
            if (child instanceof LeafNode<?> leaf
                    && names.current(leaf.name().getNodeType()).equals(key)) {
                return leaf.body();
            }
        }
        return null;
    }

    private @Nullable NormalizedNode leaf(
            SchemaNode leaf, NormalizedNode old, SchemaInferenceStack stack) {
        var stored =
                switch (old) {
                    case LeafNode<?> single -> single.body();
                    case LeafSetNode<?> several when several.size() == 1 ->
                            several.body().iterator().next().body();
                    default -> null;
                };
        if (stored == null) {
            return unlike(leaf, old);
        }
        var value = retyped(leaf, stored, stack);
        if (value == null) {
            cut(old, noValue(stored, leaf.name()));
            return null;
        }
        return ImmutableNodes.leafNode(leaf.id, value);
    }

    private @Nullable NormalizedNode leafList(
            SchemaNode list, NormalizedNode old, SchemaInferenceStack stack) {
        var stored = new ArrayList<Object>();
        switch (old) {
            case LeafSetNode<?> several -> several.body().forEach(one -> stored.add(one.body()));
            case LeafNode<?> single -> stored.add(single.body());
            default -> {
                return unlike(list, old);
            }
        }
        var entries = new LinkedHashMap<PathArgument, NormalizedNode>();
        var name = old.name().getNodeType();
        for (var one : stored) {
            var value = retyped(list, one, stack);
            if (value == null) {
                trail.addLast(new NodeWithValue<>(name, one));
                cut(leafSetEntry(name, one), noValue(one, list.name()));
                trail.removeLast();
            } else {
                var made = leafSetEntry(list.name(), value);
                entries.put(made.name(), made);
            }
        }
        return gathered(list, entries);
    }

    private static LeafSetEntryNode<?> leafSetEntry(QName name, Object value) {
        return ImmutableNodes.leafSetEntry(new NodeWithValue<>(name, value));
    }

    /// The value in the type it has now; null when it is none of it.
    private @Nullable Object retyped(SchemaNode leaf, Object stored, SchemaInferenceStack stack) {
        var codec = model.json().codecFor((TypedDataSchemaNode) leaf.statement, stack);
        var value =
                switch (stored) {
                    case QName identity -> names.current(identity);
                    case YangInstanceIdentifier path -> names.current(path);
                    default -> stored;
                };
        if (TypeCheck.fits(codec, value)) {
            return value;
        }
        try {
            var read = parse(codec, names.text(value));
            return TypeCheck.fits(codec, read) ? read : null;
        } catch (IllegalArgumentException | IllegalStateException e) {
            return null;
        }
    }

    private static Object parse(JSONCodec<?> codec, String text) {
        return codec.getDataType() == Empty.class && text.isEmpty()
                ? Empty.value()
                : codec.parseValue(text);
    }

    private String noValue(Object stored, QName leaf) {
        return "'%s' is no value of %s any more".formatted(names.text(stored), leaf.getLocalName());
    }

    private @Nullable NormalizedNode unlike(SchemaNode node, NormalizedNode old) {
        cut(
                old,
                "%s is a %s in the model, and the data is not"
                        .formatted(
                                node.name().getLocalName(),
                                node.kind.name().toLowerCase(Locale.ROOT).replace('_', '-')));
        return null;
    }

    private void cut(NormalizedNode old, String reason) {
        cuts.add(Cut.of(names, YangInstanceIdentifier.of(List.copyOf(trail)), old, reason));
    }
}
