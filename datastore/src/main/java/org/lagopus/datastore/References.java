package org.lagopus.datastore;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeWithValue;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;

/// The leafrefs that one change puts in question, and the answer for each (RFC 7950 §9.9, §15.5).
///
/// A leafref is in question when its own value is new, when a value it could point at is gone, or
/// when a leaf its predicates look at changed. Those that point at a value that is gone are found
/// by the value, and so is what a leafref points at where the keys on the way do not lead to it; so
/// each costs a look-up, whatever else there is.
final class References {
    private record Region(Leafref leafref, DataNode under) {}

    private final Index base;
    private final DataNode tree;
    private final NormalizedNode after;
    private final Set<DataNode> questions = new LinkedHashSet<>();
    private final Set<Region> regions = new LinkedHashSet<>();

    /// Values that could be pointed at: those that have gone, each with where it was, and those
    /// that have come.
    private final Map<Leafref, Map<Indexed.Key, Set<YangInstanceIdentifier>>> gone =
            new LinkedHashMap<>();

    private final Map<Leafref, Set<Indexed.Key>> come = new HashMap<>();

    /// @param base of what the change comes from
    /// @param tree what it leads to
    References(Index base, DataNode tree, NormalizedNode after) {
        this.base = base;
        this.tree = tree;
        this.after = after;
    }

    /// A leaf or a value of a leaf-list has come.
    void came(DataNode leaf) {
        if (leaf.schema.refers != null) {
            questions.add(leaf);
        }
        for (var leafref : leaf.schema.lookedAtBy) {
            if (isBySearch(leafref)) {
                come.computeIfAbsent(leafref, _ -> new HashSet<>())
                        .add(leafref.targets().key(leaf));
            }
        }
        steer(leaf.schema, leaf);
    }

    /// A leaf or a value of a leaf-list has gone.
    ///
    /// @param last as it was
    /// @param path where it was
    void went(SchemaNode leaf, List<YangInstanceIdentifier.PathArgument> path, Object last) {
        for (var leafref : leaf.lookedAtBy) {
            var key =
                    Indexed.Key.of(
                            path,
                            leafref.kept(),
                            List.of(DataNode.text(leaf, last, tree.schema.model())));
            gone.computeIfAbsent(leafref, _ -> new HashMap<>())
                    .computeIfAbsent(key, _ -> new HashSet<>(2))
                    .add(YangInstanceIdentifier.of(List.copyOf(path)));
        }
        for (var leafref : leaf.steers) {
            var under = tree.find(path.subList(0, shared(leaf, leafref.holder())));
            if (under != null) {
                regions.add(new Region(leafref, under));
            }
        }
    }

    private void steer(SchemaNode leaf, DataNode node) {
        for (var leafref : leaf.steers) {
            int shared = shared(leaf, leafref.holder());
            @Nullable DataNode up = node;
            while (up != null && up.schema.depth > shared) {
                up = up.parent();
            }
            if (up != null) {
                regions.add(new Region(leafref, up));
            }
        }
    }

    /// Length of the path that two nodes of the model share, up to a node of the data.
    private static int shared(SchemaNode one, SchemaNode other) {
        @Nullable SchemaNode a = one;
        @Nullable SchemaNode b = other;
        while (a != null && b != null && a != b) {
            if (a.depth >= b.depth) {
                a = a.dataParent();
            } else {
                b = b.dataParent();
            }
        }
        return a == null ? 0 : a.depth;
    }

    void check(Consumer<DataError> errors) {
        for (var region : regions) {
            region.under().each(region.leafref().holder(), this::question);
        }
        gone.forEach((leafref, values) -> {
            var holders = base.of(leafref.holders());
            if (!holders.isEmpty()) {
                for (var value : values.keySet()) {
                    for (var path : holders.get(value)) {
                        var holder = tree.find(path.getPathArguments());
                        if (holder != null) {
                            question(holder);
                        }
                    }
                }
            }
        });
        for (var holder : questions) {
            var leafref = Objects.requireNonNull(holder.schema.refers);
            if (!holds(leafref, holder)) {
                errors.accept(dangling(leafref, holder));
            }
        }
    }

    private void question(DataNode holder) {
        if (holder.isReal()) {
            questions.add(holder);
        }
    }

    private static DataError dangling(Leafref leafref, DataNode holder) {
        return DataError.at(
                        holder.path(),
                        ErrorTag.DATA_MISSING,
                        "%s refers to %s '%s', which does not exist"
                                .formatted(
                                        holder.schema.name().getLocalName(),
                                        referred(leafref.target()),
                                        holder.text()))
                .withAppTag("instance-required");
    }

    private static String referred(SchemaNode target) {
        var name = target.name().getLocalName();
        return target.isKey() && target.parent != null ? target.parent.name().getLocalName() : name;
    }

    private boolean holds(Leafref leafref, DataNode holder) {
        if (isBySearch(leafref)) {
            var key = leafref.holders().key(holder);
            return come.getOrDefault(leafref, Set.of()).contains(key) || isStill(leafref, key);
        }
        var start = above(holder, leafref.kept());
        return start != null && reaches(leafref, holder, 0, start);
    }

    /// Whether a value that was there before the change is there yet.
    private boolean isStill(Leafref leafref, Indexed.Key key) {
        var lost = gone.getOrDefault(leafref, Map.of()).getOrDefault(key, Set.of());
        for (var path : base.find(leafref.targets(), key)) {
            if (!lost.contains(path)) {
                return true;
            }
        }
        return false;
    }

    /// What is written down so many steps from the root, on the way to a node.
    private @Nullable NormalizedNode above(DataNode node, int depth) {
        if (depth == 0) {
            return after;
        }
        @Nullable DataNode up = node;
        while (up != null && up.schema.depth > depth) {
            up = up.parent();
        }
        return up == null ? null : up.data();
    }

    /// Whether entries would have to be looked through on the way: true unless every list is
    /// entered by its keys.
    private static boolean isBySearch(Leafref leafref) {
        var down = leafref.down();
        for (int i = 0; i < down.size(); i++) {
            var step = down.get(i);
            if (!step.predicates().isEmpty()) {
                return false;
            }
            if (step.isEntry() && !isNamedByNext(down, i)) {
                return true;
            }
        }
        return false;
    }

    /// The list's only key is what the leafref points at.
    private static boolean isNamedByNext(List<Leafref.Step> down, int i) {
        var keys = down.get(i).node().keys;
        return i + 2 == down.size()
                && keys.size() == 1
                && keys.getFirst().equals(down.get(i + 1).node().name());
    }

    private static @Nullable NormalizedNode follow(Leafref.Step step, NormalizedNode from) {
        @Nullable NormalizedNode at = from;
        for (var id : step.via()) {
            at = Nodes.child(at, id);
        }
        return at;
    }

    private boolean reaches(Leafref leafref, DataNode holder, int i, NormalizedNode at) {
        var down = leafref.down();
        var value = Objects.requireNonNull(holder.value());
        if (i == down.size()) {
            return Objects.deepEquals(at.body(), value);
        }
        var step = down.get(i);
        var next = follow(step, at);
        if (next == null) {
            return false;
        }
        if (step.node().kind == SchemaNode.Kind.VALUE) {
            return Nodes.child(next, new NodeWithValue<>(step.node().name(), value)) != null;
        }
        if (!step.isEntry()) {
            return reaches(leafref, holder, i + 1, next);
        }
        var keys = predicates(holder, step);
        if (keys == null) {
            return false;
        }
        if (isNamedByNext(down, i)) {
            keys.putIfAbsent(step.node().keys.getFirst(), value);
        }
        if (keys.size() == step.node().keys.size() && keys.keySet().containsAll(step.node().keys)) {
            var entry = Nodes.child(next, Nodes.entry(step.node(), keys));
            return entry != null && reaches(leafref, holder, i + 1, entry);
        }
        for (var entry : ((DistinctNodeContainer<?, ?>) next).body()) {
            if (matches(entry, keys) && reaches(leafref, holder, i + 1, entry)) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(NormalizedNode entry, Map<QName, Object> keys) {
        return keys.entrySet().stream()
                .allMatch(key -> {
                    var leaf = Nodes.child(entry, NodeIdentifier.create(key.getKey()));
                    return leaf != null && Objects.deepEquals(leaf.body(), key.getValue());
                });
    }

    /// The values the predicates ask for; null when a leaf they look at is not there, so that
    /// nothing can match.
    private @Nullable Map<QName, Object> predicates(DataNode holder, Leafref.Step step) {
        var values = new LinkedHashMap<QName, Object>(2);
        for (var predicate : step.predicates()) {
            var at = above(holder, predicate.kept());
            for (var next : predicate.down()) {
                at = at == null ? null : follow(next, at);
            }
            if (at == null) {
                return null;
            }
            values.put(predicate.key(), at.body());
        }
        return values;
    }
}
