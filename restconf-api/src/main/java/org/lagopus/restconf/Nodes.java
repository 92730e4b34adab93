package org.lagopus.restconf;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Fragment;
import org.opendaylight.yangtools.util.ImmutableOffsetMapTemplate;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeWithValue;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerChild;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.UnkeyedListEntryNode;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.data.util.DataSchemaContext;
import org.opendaylight.yangtools.yang.model.api.CaseSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ChoiceSchemaNode;
import org.opendaylight.yangtools.yang.model.api.DataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.LeafListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ListSchemaNode;

/// The children of one node while a request's body is read: they come in any order (RFC 7950
/// §7.5.7, §7.8.5) and in either encoding, and leave as one tree. Refuses what cannot stand side by
/// side: a leaf or an entry twice, two cases of a choice, an entry without its keys.
final class Nodes {
    /// What a name is among these children.
    ///
    /// @param holder these nodes, or the choice below them that the node belongs to
    record Slot(Nodes holder, DataSchemaContext schema) {}

    private final @Nullable Nodes above;
    private final YangInstanceIdentifier base;
    private final NodeIdentifier step;
    private final DataSchemaContext.Composite schema;
    private final Map<NodeIdentifier, Object> children = new LinkedHashMap<>();
    private @Nullable CaseSchemaNode active;

    private Nodes(
            @Nullable Nodes above,
            YangInstanceIdentifier base,
            NodeIdentifier step,
            DataSchemaContext.Composite schema) {
        this.above = above;
        this.base = base;
        this.step = step;
        this.schema = schema;
    }

    /// The children of the node at a path.
    static Nodes at(
            YangInstanceIdentifier path, NodeIdentifier name, DataSchemaContext.Composite schema) {
        return new Nodes(null, path, name, schema);
    }

    /// The children of one of these children.
    Nodes below(NodeIdentifier name, DataSchemaContext.Composite below) {
        return new Nodes(this, base, name, below);
    }

    private static final class Entries {
        final DataSchemaContext.PathMixin schema;
        final Map<PathArgument, NormalizedNode> byName = new LinkedHashMap<>();
        final List<UnkeyedListEntryNode> unkeyed = new ArrayList<>();

        Entries(DataSchemaContext.PathMixin schema) {
            this.schema = schema;
        }
    }

    @Nullable Nodes above() {
        return above;
    }

    NodeIdentifier step() {
        return step;
    }

    DataSchemaContext.Composite schema() {
        return schema;
    }

    boolean isChoice() {
        return schema.dataSchemaNode() instanceof ChoiceSchemaNode;
    }

    /// Null when the model has no such child.
    @Nullable Slot slot(QName name) throws Refusal {
        var holder = this;
        var child = schema.childByQName(name);
        while (child instanceof DataSchemaContext.PathMixin mixin
                && child.dataSchemaNode() instanceof ChoiceSchemaNode choice) {
            holder = holder.choice(mixin, choice, name);
            child = mixin.childByQName(name);
        }
        return child == null ? null : new Slot(holder, child);
    }

    private Nodes choice(DataSchemaContext.PathMixin mixin, ChoiceSchemaNode choice, QName name)
            throws Refusal {
        var id = mixin.mixinPathStep();
        var nodes = (Nodes) children.computeIfAbsent(id, _ -> below(id, mixin));
        if (nodes.active == null || nodes.active.findDataTreeChild(name).isEmpty()) {
            var chosen =
                    choice.getCases().stream()
                            .filter(c -> c.findDataTreeChild(name).isPresent())
                            .findFirst();
            if (nodes.active != null) {
                throw refuse(
                        ErrorTag.BAD_ELEMENT,
                        name,
                        "%s belongs to another case of %s than what is there"
                                .formatted(name.getLocalName(), choice.getQName().getLocalName()));
            }
            nodes.active = chosen.orElse(null);
        }
        return nodes;
    }

    void leaf(QName name, NodeIdentifier id, Object value) throws Refusal {
        if (children.putIfAbsent(id, ImmutableNodes.leafNode(id, value)) != null) {
            throw twice(name);
        }
    }

    /// anydata and anyxml.
    void any(DataSchemaNode schema, Fragment content) throws Refusal {
        var node = content.in(schema);
        if (children.putIfAbsent(node.name(), node) != null) {
            throw twice(schema.getQName());
        }
    }

    void container(QName name, Nodes content) throws Refusal {
        var id = content.step;
        var node =
                ImmutableNodes.newContainerBuilder()
                        .withNodeIdentifier(id)
                        .withValue(content.build())
                        .build();
        if (children.putIfAbsent(id, node) != null) {
            throw twice(name);
        }
    }

    void item(DataSchemaContext.PathMixin list, Object value) throws Refusal {
        var entry = new NodeWithValue<>(list.dataSchemaNode().getQName(), value);
        var before = entries(list).byName.putIfAbsent(entry, ImmutableNodes.leafSetEntry(entry));
        if (before != null) {
            throw refuse(
                    ErrorTag.INVALID_VALUE,
                    entry.getNodeType(),
                    "the value is there twice: " + value);
        }
    }

    void entry(DataSchemaContext.PathMixin list, Nodes content) throws Refusal {
        var node = (ListSchemaNode) list.dataSchemaNode();
        if (node.getKeyDefinition().isEmpty()) {
            entries(list)
                    .unkeyed
                    .add(
                            ImmutableNodes.newUnkeyedListEntryBuilder()
                                    .withNodeIdentifier(new NodeIdentifier(node.getQName()))
                                    .withValue(content.build())
                                    .build());
            return;
        }
        var id = content.keyed(node);
        if (id == null) {
            throw content.lacksKey(node);
        }
        var entry =
                ImmutableNodes.newMapEntryBuilder()
                        .withNodeIdentifier(id)
                        .withValue(content.build())
                        .build();
        if (entries(list).byName.putIfAbsent(id, entry) != null) {
            throw new Refusal(
                    DataError.at(content.path(), ErrorTag.INVALID_VALUE, "the entry is there twice")
                            .withType(ErrorType.PROTOCOL));
        }
    }

    private Entries entries(DataSchemaContext.PathMixin list) {
        return (Entries) children.computeIfAbsent(list.mixinPathStep(), _ -> new Entries(list));
    }

    /// Null while a key is missing.
    private @Nullable NodeIdentifierWithPredicates keyed(ListSchemaNode list) {
        var keys = list.getKeyDefinition();
        var values = new Object[keys.size()];
        for (int i = 0; i < values.length; i++) {
            if (!(children.get(new NodeIdentifier(keys.get(i))) instanceof NormalizedNode leaf)) {
                return null;
            }
            values[i] = leaf.body();
        }
        return entry(list, values);
    }

    /// The name of an entry, from the values of its keys in their order.
    static NodeIdentifierWithPredicates entry(ListSchemaNode list, Object[] keys) {
        var names = list.getKeyDefinition();
        return keys.length == 1
                ? NodeIdentifierWithPredicates.of(list.getQName(), names.getFirst(), keys[0])
                : NodeIdentifierWithPredicates.of(
                        list.getQName(),
                        ImmutableOffsetMapTemplate.ordered(names).instantiateWithValues(keys));
    }

    private Refusal lacksKey(ListSchemaNode list) {
        var missing =
                list.getKeyDefinition().stream()
                        .filter(key -> !children.containsKey(new NodeIdentifier(key)))
                        .findFirst()
                        .orElseThrow();
        return refuse(
                ErrorTag.MISSING_ELEMENT,
                missing,
                "an entry of %s lacks its key %s"
                        .formatted(list.getQName().getLocalName(), missing.getLocalName()));
    }

    /// What was read, as children of one node.
    List<DataContainerChild> build() {
        var built = new ArrayList<DataContainerChild>(children.size());
        children.forEach((id, child) ->
                built.add(
                        switch (child) {
                            case Nodes choice ->
                                    ImmutableNodes.newChoiceBuilder()
                                            .withNodeIdentifier(id)
                                            .withValue(choice.build())
                                            .build();
                            case Entries entries -> list(id, entries);
                            default -> (DataContainerChild) child;
                        }));
        return built;
    }

    /// The only child that was read, without the list it is an entry of, and the steps to it.
    record Single(List<PathArgument> steps, NormalizedNode node) {}

    Single single() {
        var steps = new ArrayList<PathArgument>();
        var nodes = this;
        while (true) {
            var child = nodes.children.entrySet().iterator().next();
            steps.add(child.getKey());
            switch (child.getValue()) {
                case Nodes choice -> nodes = choice;
                case Entries entries when !entries.byName.isEmpty() -> {
                    var entry = entries.byName.entrySet().iterator().next();
                    steps.add(entry.getKey());
                    return new Single(steps, entry.getValue());
                }
                case Entries entries -> {
                    return new Single(steps, entries.unkeyed.getFirst());
                }
                default -> {
                    return new Single(steps, (NormalizedNode) child.getValue());
                }
            }
        }
    }

    /// How many nodes a client would count: each entry is one.
    int count() {
        return children.values().stream()
                .mapToInt(child ->
                        switch (child) {
                            case Nodes choice -> choice.count();
                            case Entries e -> e.byName.size() + e.unkeyed.size();
                            default -> 1;
                        })
                .sum();
    }

    @SuppressWarnings("unchecked")
    private static DataContainerChild list(NodeIdentifier id, Entries entries) {
        var values = entries.byName.values();
        return switch (entries.schema.dataSchemaNode()) {
            case LeafListSchemaNode list when list.isUserOrdered() ->
                    ImmutableNodes.newUserLeafSetBuilder()
                            .withNodeIdentifier(id)
                            .withValue((Collection<LeafSetEntryNode<Object>>) (Object) values)
                            .build();
            case LeafListSchemaNode _ ->
                    ImmutableNodes.newSystemLeafSetBuilder()
                            .withNodeIdentifier(id)
                            .withValue((Collection<LeafSetEntryNode<Object>>) (Object) values)
                            .build();
            case ListSchemaNode list when list.getKeyDefinition().isEmpty() ->
                    ImmutableNodes.newUnkeyedListBuilder()
                            .withNodeIdentifier(id)
                            .withValue(entries.unkeyed)
                            .build();
            case ListSchemaNode list when list.isUserOrdered() ->
                    ImmutableNodes.newUserMapBuilder()
                            .withNodeIdentifier(id)
                            .withValue((Collection<MapEntryNode>) (Object) values)
                            .build();
            default ->
                    ImmutableNodes.newSystemMapBuilder()
                            .withNodeIdentifier(id)
                            .withValue((Collection<MapEntryNode>) (Object) values)
                            .build();
        };
    }

    /// Where these children are, for an error to name; an entry by the keys that were read so far.
    YangInstanceIdentifier path() {
        var steps = new ArrayList<PathArgument>();
        for (var nodes = this; nodes.above != null; nodes = nodes.above) {
            if (nodes.schema.dataSchemaNode() instanceof ListSchemaNode list) {
                var entry = nodes.keyed(list);
                steps.addFirst(
                        entry == null ? NodeIdentifierWithPredicates.of(list.getQName()) : entry);
            }
            steps.addFirst(nodes.step);
        }
        steps.addAll(0, base.getPathArguments());
        return YangInstanceIdentifier.of(steps);
    }

    Refusal twice(QName name) {
        return refuse(ErrorTag.BAD_ELEMENT, name, name.getLocalName() + " is there twice");
    }

    /// About one of these children.
    Refusal refuse(ErrorTag tag, QName child, String message) {
        return new Refusal(
                DataError.at(path().node(child), tag, message)
                        .withType(ErrorType.PROTOCOL)
                        .withInfo("bad-element", child.getLocalName()));
    }
}
