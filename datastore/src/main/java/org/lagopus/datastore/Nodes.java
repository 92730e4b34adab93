package org.lagopus.datastore;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.ChoiceNode;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.SystemLeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.SystemMapNode;
import org.opendaylight.yangtools.yang.data.api.schema.UserLeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.UserMapNode;
import org.opendaylight.yangtools.yang.data.api.schema.builder.NormalizedNodeContainerBuilder;
import org.opendaylight.yangtools.yang.data.api.schema.stream.NormalizedNodeWriter;
import org.opendaylight.yangtools.yang.data.impl.schema.ImmutableNormalizedNodeStreamWriter;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.model.api.EffectiveModelContext;

/// Immutable trees with one child more or less: the rest is shared with the tree they came from.
final class Nodes {
    private Nodes() {}

    static ContainerNode emptyRoot() {
        return ImmutableNodes.newContainerBuilder()
                .withNodeIdentifier(
                        YangInstanceIdentifier.NodeIdentifier.create(EffectiveModelContext.NAME))
                .build();
    }

    static @Nullable NormalizedNode child(@Nullable NormalizedNode node, PathArgument step) {
        return node instanceof DistinctNodeContainer<?, ?> container
                ? childOf(container, step)
                : null;
    }

    @SuppressWarnings("unchecked")
    private static @Nullable NormalizedNode childOf(
            DistinctNodeContainer<?, ?> container, PathArgument step) {
        return ((DistinctNodeContainer<PathArgument, ?>) container).childByArg(step);
    }

    static @Nullable NormalizedNode find(
            @Nullable NormalizedNode from, YangInstanceIdentifier path) {
        var at = from;
        for (var step : path.getPathArguments()) {
            at = child(at, step);
            if (at == null) {
                return null;
            }
        }
        return at;
    }

    /// The name of the entry with these values of its keys.
    static NodeIdentifierWithPredicates entry(SchemaNode list, Map<QName, Object> keys) {
        if (list.keys.size() == 1) {
            var key = list.keys.getFirst();
            return NodeIdentifierWithPredicates.of(
                    list.name(), key, Objects.requireNonNull(keys.get(key)));
        }
        var ordered = new LinkedHashMap<QName, Object>();
        for (var key : list.keys) {
            ordered.put(key, Objects.requireNonNull(keys.get(key)));
        }
        return NodeIdentifierWithPredicates.of(list.name(), ordered);
    }

    /// A list or leaf-list, not an entry of one.
    static boolean isList(NormalizedNode node) {
        return node instanceof MapNode || node instanceof LeafSetNode<?>;
    }

    /// A node of its name and kind with nothing in it.
    static NormalizedNode emptied(NormalizedNode node) {
        var factory = ImmutableNodes.builderFactory();
        return switch (node) {
            case ContainerNode n ->
                    factory.newContainerBuilder().withNodeIdentifier(n.name()).build();
            case MapEntryNode n -> entry(n.name());
            case ChoiceNode n -> factory.newChoiceBuilder().withNodeIdentifier(n.name()).build();
            case SystemMapNode n ->
                    factory.newSystemMapBuilder().withNodeIdentifier(n.name()).build();
            case UserMapNode n -> factory.newUserMapBuilder().withNodeIdentifier(n.name()).build();
            case SystemLeafSetNode<?> n ->
                    factory.newSystemLeafSetBuilder().withNodeIdentifier(n.name()).build();
            case UserLeafSetNode<?> n ->
                    factory.newUserLeafSetBuilder().withNodeIdentifier(n.name()).build();
            default -> throw new IllegalArgumentException("no children in " + node);
        };
    }

    /// What is at some places of a tree, with what leads there and the keys of the entries on the
    /// way; null where nothing is.
    static @Nullable NormalizedNode only(NormalizedNode node, Touched places) {
        if (places.whole || !(node instanceof DistinctNodeContainer<?, ?>)) {
            return places.isEmpty() ? null : node;
        }
        @Nullable NormalizedNodeContainerBuilder<?, PathArgument, NormalizedNode, ?> kept = null;
        for (var place : places.below().entrySet()) {
            var child = child(node, place.getKey());
            var part = child == null ? null : only(child, place.getValue());
            if (part != null) {
                kept = kept == null ? builder(emptied(node)) : kept;
                kept.addChild(part);
            }
        }
        return kept == null ? null : kept.build();
    }

    static boolean isEmpty(NormalizedNode node) {
        return node instanceof DistinctNodeContainer<?, ?> container && container.isEmpty();
    }

    /// Starts from a node and shares its children.
    @SuppressWarnings("unchecked")
    static NormalizedNodeContainerBuilder<?, PathArgument, NormalizedNode, ?> builder(
            NormalizedNode from) {
        var factory = ImmutableNodes.builderFactory();
        var builder =
                switch (from) {
                    case ContainerNode node -> factory.newContainerBuilder(node);
                    case MapEntryNode node -> factory.newMapEntryBuilder(node);
                    case ChoiceNode node -> factory.newChoiceBuilder(node);
                    case SystemMapNode node -> factory.newSystemMapBuilder(node);
                    case UserMapNode node -> factory.newUserMapBuilder(node);
                    case SystemLeafSetNode<?> node -> factory.newSystemLeafSetBuilder(node);
                    case UserLeafSetNode<?> node -> factory.newUserLeafSetBuilder(node);
                    default -> throw new IllegalArgumentException("no children in " + from);
                };
        return (NormalizedNodeContainerBuilder<?, PathArgument, NormalizedNode, ?>) builder;
    }

    /// A tree of its own of what may be somebody's view of one.
    static ContainerNode copy(ContainerNode view) {
        var builder = ImmutableNodes.newContainerBuilder().withNodeIdentifier(view.name());
        try (var writer =
                NormalizedNodeWriter.forStreamWriter(
                        ImmutableNormalizedNodeStreamWriter.from(builder))) {
            for (var child : view.body()) {
                writer.write(child);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return builder.build();
    }

    static NormalizedNode with(NormalizedNode parent, NormalizedNode child) {
        return builder(parent).addChild(child).build();
    }

    static NormalizedNode without(NormalizedNode parent, PathArgument child) {
        return builder(parent).removeChild(child).build();
    }

    /// Edits as [EditCodec] has stored them, without a model: each parent is there, and what goes
    /// with its last child is removed itself.
    static ContainerNode edited(ContainerNode root, List<Edit> edits) {
        @Nullable NormalizedNode edited = root;
        for (var edit : edits) {
            edited = edited(edited, edit.path().getPathArguments().iterator(), edit.data());
        }
        return edited == null ? emptyRoot() : (ContainerNode) edited;
    }

    private static @Nullable NormalizedNode edited(
            @Nullable NormalizedNode at,
            Iterator<PathArgument> steps,
            @Nullable NormalizedNode data) {
        if (!steps.hasNext() || at == null) {
            return data;
        }
        var step = steps.next();
        var before = child(at, step);
        if (before == null && steps.hasNext()) {
            return at;
        }
        var after = edited(before, steps, data);
        if (after == null) {
            return before == null ? at : without(at, step);
        }
        return with(at, after);
    }

    /// A node of its kind with nothing in it but the keys of an entry.
    static NormalizedNode empty(SchemaNode schema, PathArgument step) {
        var factory = ImmutableNodes.builderFactory();
        return switch (schema.kind) {
            case CONTAINER, PRESENCE ->
                    factory.newContainerBuilder().withNodeIdentifier(schema.id).build();
            case CHOICE -> factory.newChoiceBuilder().withNodeIdentifier(schema.id).build();
            case LIST ->
                    schema.userOrdered
                            ? factory.newUserMapBuilder().withNodeIdentifier(schema.id).build()
                            : factory.newSystemMapBuilder().withNodeIdentifier(schema.id).build();
            case LEAF_LIST ->
                    schema.userOrdered
                            ? factory.newUserLeafSetBuilder().withNodeIdentifier(schema.id).build()
                            : factory.newSystemLeafSetBuilder()
                                    .withNodeIdentifier(schema.id)
                                    .build();
            case ENTRY -> entry((NodeIdentifierWithPredicates) step);
            case LEAF, VALUE, ANY -> throw new IllegalArgumentException(schema + " is no parent");
        };
    }

    static MapEntryNode entry(NodeIdentifierWithPredicates keys) {
        var entry = ImmutableNodes.newMapEntryBuilder().withNodeIdentifier(keys);
        for (var key : keys.entrySet()) {
            entry.withChild(ImmutableNodes.leafNode(key.getKey(), key.getValue()));
        }
        return entry.build();
    }

    static ContainerNode container(QName name) {
        return ImmutableNodes.newContainerBuilder()
                .withNodeIdentifier(YangInstanceIdentifier.NodeIdentifier.create(name))
                .build();
    }

    /// Both in one, the second on top; what only one of them has is taken as it is.
    static @Nullable NormalizedNode merged(
            @Nullable NormalizedNode below, @Nullable NormalizedNode above) {
        if (below == null || above == null || below == above) {
            return below == null ? above : below;
        }
        if (!(below instanceof DistinctNodeContainer<?, ?> a)
                || !(above instanceof DistinctNodeContainer<?, ?> b)) {
            return above;
        }
        // The larger one is shared, the smaller one walked.
        boolean share = a.size() >= b.size();
        var builder = builder(share ? below : above);
        for (var child : (share ? b : a).body()) {
            var step = child.name();
            var both = merged(child(below, step), child(above, step));
            if (both != null) {
                builder.addChild(both);
            }
        }
        return builder.build();
    }
}
