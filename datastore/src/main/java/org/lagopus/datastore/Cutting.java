package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;

/// Makes a stored configuration valid (RFC 7950 §8) by taking out as little as it can.
///
/// A value that refers to nothing, a node whose condition does not hold and a surplus entry go
/// themselves. What is missing takes with it the entry or presence container that cannot be without
/// it. Of a broken `must` the smallest part of its node goes without which it holds, or the node.
/// One is cut at a time, and the rest asked again, for one mistake is often the cause of others;
/// where there are many they go together.
///
/// The cost is a validation of everything for each cut, or for each round where there are many.
final class Cutting {
    /// More than that are cut together.
    private static final int ONE_BY_ONE = 32;

    /// So many parts of a node are tried.
    private static final int TRIALS = 256;

    private final Model model;
    private final SchemaNode schema;
    private final Names names;
    private final List<Cut> cuts;
    private ContainerNode root;

    Cutting(Model model, SchemaNode schema, Names names, List<Cut> cuts, ContainerNode root) {
        this.model = model;
        this.schema = schema;
        this.names = names;
        this.cuts = cuts;
        this.root = root;
    }

    ContainerNode root() {
        return root;
    }

    /// @return what is wrong still, for there is nothing to cut: something mandatory is missing at
    ///   the top
    List<DataError> cut() {
        while (true) {
            var errors = Validation.of(schema, root);
            var wanted = new LinkedHashMap<YangInstanceIdentifier, String>();
            for (var error : errors) {
                for (var path : offending(error)) {
                    wanted.putIfAbsent(path, error.message());
                }
            }
            if (wanted.isEmpty()) {
                return errors;
            }
            if (wanted.size() > ONE_BY_ONE) {
                wanted.forEach(this::cut);
            } else {
                wanted.entrySet().stream()
                        .max(Comparator.comparingInt(one -> depth(one.getKey())))
                        .ifPresent(one -> cut(one.getKey(), one.getValue()));
            }
        }
    }

    private static int depth(YangInstanceIdentifier path) {
        return path.getPathArguments().size();
    }

    private void cut(YangInstanceIdentifier path, String reason) {
        var node = Nodes.find(root, path);
        if (node != null) {
            cuts.add(Cut.of(names, dataPath(path), node, reason));
            root = without(path).root();
        }
    }

    /// Without its choices, which are no nodes of the data.
    private YangInstanceIdentifier dataPath(YangInstanceIdentifier path) {
        var steps = new ArrayList<YangInstanceIdentifier.PathArgument>();
        @Nullable SchemaNode at = schema;
        for (var step : path.getPathArguments()) {
            at = at == null ? null : at.child(step);
            if (at == null || at.kind != SchemaNode.Kind.CHOICE) {
                steps.add(step);
            }
        }
        return YangInstanceIdentifier.of(steps);
    }

    private Draft without(YangInstanceIdentifier path) {
        var draft = new Draft(schema, root);
        try {
            draft.apply(Edit.remove(path));
        } catch (DatastoreException e) {
            throw new IllegalStateException("%s cannot be cut".formatted(model.format(path)), e);
        }
        return draft;
    }

    /// What has to go for an error to go; nothing if there is nothing.
    private List<YangInstanceIdentifier> offending(DataError error) {
        var path = error.path();
        if (path == null) {
            return List.of();
        }
        var appTag = error.appTag();
        if ("too-many-elements".equals(appTag)) {
            return surplus(path);
        }
        if ("data-not-unique".equals(appTag)) {
            return doubles(path);
        }
        boolean isThere = Nodes.find(root, path) != null;
        boolean isTooFew = "too-few-elements".equals(appTag) || "missing-choice".equals(appTag);
        if (!isThere || isTooFew) {
            return holder(path).stream().toList();
        }
        return removable(smallest(path)).stream().toList();
    }

    /// The entries of a list that have what others before them have.
    private List<YangInstanceIdentifier> doubles(YangInstanceIdentifier path) {
        if (!(Nodes.find(root, path) instanceof DistinctNodeContainer<?, ?> all)) {
            return List.of();
        }
        var tree = DataNode.of(model, schema, root);
        var unique = new Unique(new Index(schema, root), tree);
        for (var entry : all.body()) {
            var node = tree.find(path.node(entry.name()).getPathArguments());
            if (node != null) {
                unique.changed(node);
            }
        }
        return unique.surplus();
    }

    private List<YangInstanceIdentifier> surplus(YangInstanceIdentifier path) {
        var list = schema.find(path);
        if (list == null || !(Nodes.find(root, path) instanceof DistinctNodeContainer<?, ?> all)) {
            return List.of();
        }
        return all.body().stream().skip(list.max).map(entry -> path.node(entry.name())).toList();
    }

    /// The nearest node above that may be left out with all that is demanded in it.
    private Optional<YangInstanceIdentifier> holder(YangInstanceIdentifier path) {
        for (var up = path; up != null && !up.isEmpty(); up = up.getParent()) {
            var at = schema.find(up);
            if (at != null && at.kind.holdsTogether() && Nodes.find(root, up) != null) {
                return Optional.of(up);
            }
        }
        return Optional.empty();
    }

    /// A key goes with its entry.
    private Optional<YangInstanceIdentifier> removable(YangInstanceIdentifier path) {
        var at = schema.find(path);
        if (path.isEmpty()) {
            return Optional.empty();
        }
        return at != null && at.isKey() ? Optional.of(path.coerceParent()) : Optional.of(path);
    }

    /// The smallest part of a node without which its `must` statements hold and nothing else
    /// breaks; the node itself if there is none.
    private YangInstanceIdentifier smallest(YangInstanceIdentifier path) {
        if (!breaksItsRules(root, path)) {
            return path;
        }
        var parts = new LinkedHashMap<YangInstanceIdentifier, Integer>();
        collect(path, Nodes.find(root, path), parts);
        return parts.entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .limit(TRIALS)
                .map(Map.Entry::getKey)
                .filter(part -> helps(path, part))
                .findFirst()
                .orElse(path);
    }

    private boolean helps(YangInstanceIdentifier path, YangInstanceIdentifier part) {
        var draft = without(part);
        var after = draft.root();
        var change = Change.between(root, after, draft.touched());
        return Nodes.find(after, path) != null
                && !breaksItsRules(after, path)
                && change.isPresent()
                && Validation.of(schema, new Index(schema, root), change.get()).isEmpty();
    }

    private boolean breaksItsRules(ContainerNode tree, YangInstanceIdentifier path) {
        var node = DataNode.of(model, schema, tree).find(path.getPathArguments());
        return node != null
                && node.schema.rules.stream()
                        .anyMatch(rule -> rule.kind() == Rule.Kind.MUST && breaks(rule, node));
    }

    private static boolean breaks(Rule rule, DataNode node) {
        var ask = rule.ask();
        return ask != null && !ask.holds(node);
    }

    /// @return how many nodes there are, the node itself included
    private int collect(
            YangInstanceIdentifier path,
            @Nullable NormalizedNode node,
            Map<YangInstanceIdentifier, Integer> parts) {
        int size = 1;
        if (node instanceof DistinctNodeContainer<?, ?> container) {
            for (var child : container.body()) {
                var below = path.node(child.name());
                int inside = collect(below, child, parts);
                size += inside;
                var at = schema.find(below);
                if (at != null && !at.isKey()) {
                    parts.put(below, inside);
                }
            }
        }
        return size;
    }
}
