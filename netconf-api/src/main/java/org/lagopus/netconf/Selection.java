package org.lagopus.netconf;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.schema.ChoiceNode;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerChild;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.SystemMapNode;
import org.opendaylight.yangtools.yang.data.api.schema.UnkeyedListEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.UnkeyedListNode;
import org.opendaylight.yangtools.yang.data.api.schema.UserMapNode;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;

/// What a filter takes of data, as data: the same that [DataWriter] writes. Subtrees that are taken
/// whole are shared with what they were taken from.
final class Selection {
    private Selection() {}

    /// Null when nothing is taken.
    static @Nullable ContainerNode of(SchemaNode root, ContainerNode data, Filter filter) {
        return (ContainerNode) some(root, data, List.of(filter));
    }

    /// The topmost nodes below which all lies that a filter can ever take; none where the model has
    /// nothing for it.
    static List<YangInstanceIdentifier> paths(SchemaNode root, Filter filter) {
        var paths = new LinkedHashSet<YangInstanceIdentifier>();
        below(YangInstanceIdentifier.of(), filter, paths);
        filter.matches().forEach(match -> paths.add(at(YangInstanceIdentifier.of(), match.node())));
        return List.copyOf(paths);
    }

    private static void below(
            YangInstanceIdentifier path, Filter filter, Set<YangInstanceIdentifier> paths) {
        filter.children()
                .forEach((node, filters) ->
                        filters.forEach(each -> descend(at(path, node), node, each, paths)));
    }

    private static void descend(
            YangInstanceIdentifier path,
            SchemaNode node,
            Filter filter,
            Set<YangInstanceIdentifier> paths) {
        if (!filter.possible()) {
            return;
        }
        var here = path;
        int keys = 0;
        if (node.kind() == SchemaNode.Kind.LIST) {
            var entry = filter.entry(node);
            if (entry == null) {
                paths.add(path);
                return;
            }
            here = path.node(entry);
            keys = node.keys().size();
        }
        // What else has to hold may change, and then all around it comes or goes.
        if (filter.everything() || filter.matches().size() > keys) {
            paths.add(here);
        } else {
            below(here, filter, paths);
        }
    }

    private static YangInstanceIdentifier at(YangInstanceIdentifier path, SchemaNode node) {
        var at = path;
        for (var choice : node.choices()) {
            at = at.node(choice.id());
        }
        return at.node(node.id());
    }

    /// What several filters that took the parent want of its children.
    private static @Nullable DataContainerNode some(
            SchemaNode parent, DataContainerNode data, List<Filter> filters) {
        var wanted = new LinkedHashSet<SchemaNode>();
        for (var filter : filters) {
            filter.matches().forEach(match -> wanted.add(match.node()));
            wanted.addAll(filter.children().keySet());
        }
        var kept = new ArrayList<DataContainerChild>();
        boolean any = keep(parent, data, wanted, filters, kept);
        return any ? with(data, kept) : null;
    }

    /// True if anything was wanted; keys alone are kept for what comes along with them.
    private static boolean keep(
            SchemaNode parent,
            DataContainerNode data,
            Collection<SchemaNode> wanted,
            List<Filter> filters,
            List<DataContainerChild> kept) {
        boolean any = false;
        for (var child : data.body()) {
            if (child instanceof ChoiceNode choice) {
                var inside = new ArrayList<DataContainerChild>();
                if (keep(parent, choice, wanted, filters, inside)) {
                    kept.add((ChoiceNode) with(choice, inside));
                    any = true;
                }
                continue;
            }
            var node = parent.child(child.name().getNodeType());
            if (node == null) {
                continue;
            }
            boolean key = parent.keys().contains(node.qname());
            if (wanted.contains(node)) {
                var taken = key ? child : node(node, child, filtersOf(node, filters));
                if (taken != null) {
                    kept.add(taken);
                    any = true;
                }
            } else if (key) {
                kept.add(child);
            }
        }
        return any;
    }

    private static List<Filter> filtersOf(SchemaNode node, List<Filter> filters) {
        var of = new ArrayList<Filter>();
        for (var filter : filters) {
            of.addAll(filter.children().getOrDefault(node, List.of()));
        }
        return of;
    }

    private static @Nullable DataContainerChild node(
            SchemaNode node, DataContainerChild data, List<Filter> filters) {
        if (filters.isEmpty()) {
            return data;
        }
        return switch (data) {
            case SystemMapNode map -> {
                var builder = ImmutableNodes.newSystemMapBuilder().withNodeIdentifier(map.name());
                for (var entry : entries(node, map.body(), map::childByArg, filters)) {
                    builder.withChild(entry);
                }
                var made = builder.build();
                yield made.isEmpty() ? null : made;
            }
            case UserMapNode map -> {
                var builder = ImmutableNodes.newUserMapBuilder().withNodeIdentifier(map.name());
                for (var entry : entries(node, map.body(), map::childByArg, filters)) {
                    builder.withChild(entry);
                }
                var made = builder.build();
                yield made.isEmpty() ? null : made;
            }
            case UnkeyedListNode list -> {
                var builder =
                        ImmutableNodes.newUnkeyedListBuilder().withNodeIdentifier(list.name());
                for (var entry : list.body()) {
                    if (inside(node, entry, filters) instanceof UnkeyedListEntryNode taken) {
                        builder.withChild(taken);
                    }
                }
                var made = builder.build();
                yield made.isEmpty() ? null : made;
            }
            case DataContainerNode container ->
                    (DataContainerChild) inside(node, container, filters);
            default -> data;
        };
    }

    @FunctionalInterface
    private interface ByKey {
        @Nullable MapEntryNode find(NodeIdentifierWithPredicates key);
    }

    /// Filters that all name a whole key find their entries without a walk over the list.
    private static List<MapEntryNode> entries(
            SchemaNode node, Collection<MapEntryNode> all, ByKey byKey, List<Filter> filters) {
        var some = all;
        var names = new LinkedHashSet<NodeIdentifierWithPredicates>();
        for (var filter : filters) {
            var name = filter.entry(node);
            if (name == null) {
                names.clear();
                break;
            }
            names.add(name);
        }
        if (!names.isEmpty()) {
            some = new ArrayList<>();
            for (var name : names) {
                var entry = byKey.find(name);
                if (entry != null) {
                    some.add(entry);
                }
            }
        }
        var taken = new ArrayList<MapEntryNode>();
        for (var entry : some) {
            if (inside(node, entry, filters) instanceof MapEntryNode one) {
                taken.add(one);
            }
        }
        return taken;
    }

    private static @Nullable DataContainerNode inside(
            SchemaNode node, DataContainerNode data, List<Filter> filters) {
        var taken = new ArrayList<Filter>(filters.size());
        for (var filter : filters) {
            if (accepts(filter, data)) {
                if (filter.everything()) {
                    return data;
                }
                taken.add(filter);
            }
        }
        return taken.isEmpty() ? null : some(node, data, taken);
    }

    private static boolean accepts(Filter filter, DataContainerNode data) {
        return filter.possible()
                && filter.matches().stream().allMatch(match -> holds(match, find(data, match)));
    }

    private static @Nullable NormalizedNode find(DataContainerNode data, Filter.Match match) {
        var at = data;
        for (var choice : match.node().choices()) {
            if (!(at.childByArg(choice.id()) instanceof ChoiceNode inner)) {
                return null;
            }
            at = inner;
        }
        return at.childByArg(match.node().id());
    }

    private static boolean holds(Filter.Match match, @Nullable NormalizedNode node) {
        return switch (node) {
            case null -> false;
            case LeafNode<?> leaf -> match.accepts(leaf.body());
            case LeafSetNode<?> values ->
                    ((Collection<? extends NormalizedNode>) values.body())
                            .stream().anyMatch(value -> match.accepts(value.body()));
            default -> false;
        };
    }

    /// A node of the same name and kind with these children.
    private static DataContainerNode with(
            DataContainerNode data, List<? extends DataContainerChild> children) {
        return switch (data) {
            case ContainerNode container -> {
                var builder =
                        ImmutableNodes.newContainerBuilder().withNodeIdentifier(container.name());
                children.forEach(builder::withChild);
                yield builder.build();
            }
            case MapEntryNode entry -> {
                var builder = ImmutableNodes.newMapEntryBuilder().withNodeIdentifier(entry.name());
                children.forEach(builder::withChild);
                yield builder.build();
            }
            case UnkeyedListEntryNode entry -> {
                var builder =
                        ImmutableNodes.newUnkeyedListEntryBuilder()
                                .withNodeIdentifier(entry.name());
                children.forEach(builder::withChild);
                yield builder.build();
            }
            case ChoiceNode choice -> {
                var builder = ImmutableNodes.newChoiceBuilder().withNodeIdentifier(choice.name());
                children.forEach(builder::withChild);
                yield builder.build();
            }
            default -> throw new IllegalArgumentException("no container: " + data.name());
        };
    }
}
