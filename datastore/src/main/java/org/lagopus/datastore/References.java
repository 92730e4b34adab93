package org.lagopus.datastore;

import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeWithValue;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// The leafrefs that one change puts in question, and the answer for each (RFC 7950 §9.9, §15.5).
///
/// A leafref is in question when its own value is new, when a value it could point at is gone, or
/// when a leaf its predicates look at changed. Of the second kind there may be anywhere, so the
/// referring leaves are looked through once, however many values are gone.
final class References {
    private record Question(Leafref leafref, YangInstanceIdentifier path, Object value) {}

    private record Region(Leafref leafref, YangInstanceIdentifier under) {}

    private final NormalizedNode after;
    private final Set<Question> questions = new LinkedHashSet<>();
    private final Set<Region> regions = new LinkedHashSet<>();
    private final Map<Leafref, Set<Object>> gone = new LinkedHashMap<>();
    private final Map<Leafref, Set<Object>> targets = new HashMap<>();

    /// @param after the root of what is to be valid
    References(NormalizedNode after) {
        this.after = after;
    }

    /// A leaf or a value of a leaf-list has come.
    void came(SchemaNode leaf, Collection<PathArgument> trail, NormalizedNode node) {
        var refers = leaf.refers;
        if (refers != null) {
            questions.add(new Question(refers, path(trail), node.body()));
        }
        steer(leaf, trail);
    }

    /// A leaf or a value of a leaf-list has gone.
    void went(SchemaNode leaf, Collection<PathArgument> trail, NormalizedNode node) {
        for (var leafref : leaf.lookedAtBy) {
            gone.computeIfAbsent(leafref, _ -> new HashSet<>()).add(node.body());
        }
        steer(leaf, trail);
    }

    private void steer(SchemaNode leaf, Collection<PathArgument> trail) {
        for (var leafref : leaf.steers) {
            int shared = shared(leaf, leafref.holder());
            regions.add(
                    new Region(
                            leafref,
                            YangInstanceIdentifier.of(List.copyOf(trail).subList(0, shared))));
        }
    }

    /// Length of the path that two nodes of the model share.
    private static int shared(SchemaNode one, SchemaNode other) {
        @Nullable SchemaNode a = one;
        @Nullable SchemaNode b = other;
        while (a != null && b != null && a != b) {
            if (a.depth >= b.depth) {
                a = a.parent;
            } else {
                b = b.parent;
            }
        }
        return a == null ? 0 : a.depth;
    }

    List<DataError> check() {
        for (var region : regions) {
            scan(region.leafref(), region.under(), questions::add);
        }
        gone.forEach((leafref, values) ->
                scan(
                        leafref,
                        YangInstanceIdentifier.of(),
                        question -> {
                            if (values.contains(question.value())) {
                                questions.add(question);
                            }
                        }));
        var errors = new ArrayList<DataError>();
        for (var question : questions) {
            if (!holds(question)) {
                errors.add(dangling(question));
            }
        }
        return errors;
    }

    private static DataError dangling(Question question) {
        return DataError.at(
                        question.path(),
                        ErrorTag.DATA_MISSING,
                        "%s refers to %s '%s', which does not exist"
                                .formatted(
                                        question.leafref().holder().name().getLocalName(),
                                        referred(question.leafref().target()),
                                        question.value()))
                .withAppTag("instance-required");
    }

    private static String referred(SchemaNode target) {
        var name = target.name().getLocalName();
        return target.isKey() && target.parent != null ? target.parent.name().getLocalName() : name;
    }

    private static YangInstanceIdentifier path(Collection<PathArgument> trail) {
        return YangInstanceIdentifier.of(List.copyOf(trail));
    }

    private boolean holds(Question question) {
        var leafref = question.leafref();
        if (leafref.kept() == 0 && needsSearch(leafref)) {
            return targets.computeIfAbsent(leafref, this::collect).contains(question.value());
        }
        var start = Nodes.find(after, start(question.path(), leafref.kept()));
        return start != null && reaches(question, leafref.down(), 0, start);
    }

    private static YangInstanceIdentifier start(YangInstanceIdentifier path, int kept) {
        return YangInstanceIdentifier.of(path.getPathArguments().subList(0, kept));
    }

    /// Whether entries have to be looked through on the way: true unless every list is entered by
    /// its keys. What is searched from the root is searched once and remembered.
    private static boolean needsSearch(Leafref leafref) {
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

    private Set<Object> collect(Leafref leafref) {
        var values = new HashSet<>();
        collect(leafref.down(), 0, after, values);
        return values;
    }

    private static void collect(
            List<Leafref.Step> down, int i, NormalizedNode at, Set<Object> values) {
        if (i == down.size()) {
            values.add(at.body());
            return;
        }
        var next = follow(down.get(i), at);
        if (next instanceof DistinctNodeContainer<?, ?> several && isMany(down.get(i))) {
            several.body().forEach(one -> collect(down, i + 1, one, values));
        } else if (next != null) {
            collect(down, i + 1, next, values);
        }
    }

    private static boolean isMany(Leafref.Step step) {
        return step.isEntry() || step.node().kind == SchemaNode.Kind.VALUE;
    }

    private static @Nullable NormalizedNode follow(Leafref.Step step, NormalizedNode from) {
        @Nullable NormalizedNode at = from;
        for (var id : step.via()) {
            at = Nodes.child(at, id);
        }
        return at;
    }

    private boolean reaches(Question question, List<Leafref.Step> down, int i, NormalizedNode at) {
        if (i == down.size()) {
            return at.body().equals(question.value());
        }
        var step = down.get(i);
        var next = follow(step, at);
        if (next == null) {
            return false;
        }
        if (step.node().kind == SchemaNode.Kind.VALUE) {
            return Nodes.child(next, new NodeWithValue<>(step.node().name(), question.value()))
                    != null;
        }
        if (!step.isEntry()) {
            return reaches(question, down, i + 1, next);
        }
        var keys = predicates(question, step);
        if (keys == null) {
            return false;
        }
        if (isNamedByNext(down, i)) {
            keys.putIfAbsent(step.node().keys.getFirst(), question.value());
        }
        if (keys.size() == step.node().keys.size() && keys.keySet().containsAll(step.node().keys)) {
            var entry = Nodes.child(next, Nodes.entry(step.node(), keys));
            return entry != null && reaches(question, down, i + 1, entry);
        }
        for (var entry : ((DistinctNodeContainer<?, ?>) next).body()) {
            if (matches(entry, keys) && reaches(question, down, i + 1, entry)) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(NormalizedNode entry, Map<QName, Object> keys) {
        return keys.entrySet().stream()
                .allMatch(key -> {
                    var leaf =
                            Nodes.child(
                                    entry,
                                    YangInstanceIdentifier.NodeIdentifier.create(key.getKey()));
                    return leaf != null && leaf.body().equals(key.getValue());
                });
    }

    /// The values the predicates ask for; null when a leaf they look at is not there, so that
    /// nothing can match.
    private @Nullable Map<QName, Object> predicates(Question question, Leafref.Step step) {
        var values = new LinkedHashMap<QName, Object>();
        for (var predicate : step.predicates()) {
            var at = Nodes.find(after, start(question.path(), predicate.kept()));
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

    /// Every instance of a leafref in a subtree.
    private void scan(Leafref leafref, YangInstanceIdentifier under, Consumer<Question> questions) {
        var way = new ArrayList<SchemaNode>();
        for (@Nullable SchemaNode at = leafref.holder(); at != null; at = at.parent) {
            way.addFirst(at);
        }
        var start = Nodes.find(after, under);
        if (start != null) {
            int depth = under.getPathArguments().size();
            scan(leafref, way.subList(depth + 1, way.size()), start, under, questions);
        }
    }

    private static void scan(
            Leafref leafref,
            List<SchemaNode> way,
            NormalizedNode at,
            YangInstanceIdentifier path,
            Consumer<Question> questions) {
        if (way.isEmpty()) {
            questions.accept(new Question(leafref, path, at.body()));
            return;
        }
        var next = way.getFirst();
        var rest = way.subList(1, way.size());
        boolean many = next.kind == SchemaNode.Kind.ENTRY || next.kind == SchemaNode.Kind.VALUE;
        if (many) {
            for (var child : ((DistinctNodeContainer<?, ?>) at).body()) {
                scan(leafref, rest, child, path.node(child.name()), questions);
            }
        } else {
            var child = Nodes.child(at, next.id);
            if (child != null) {
                scan(leafref, rest, child, path.node(next.id), questions);
            }
        }
    }
}
