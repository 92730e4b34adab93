package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;

/// `unique` (RFC 7950 §7.8.3). Entries that lack one of the leaves are not compared; a default in
/// use counts as a value.
///
/// An entry that came or changed is looked up among the others by its values, so the cost follows
/// the change. Where a default depends on a condition elsewhere, all entries of the list are
/// compared.
final class Unique {
    private final Index base;
    private final DataNode tree;
    private final Map<SchemaNode, Set<DataNode>> changed = new LinkedHashMap<>();

    /// @param base of what the change comes from
    /// @param tree what it leads to
    Unique(Index base, DataNode tree) {
        this.base = base;
        this.tree = tree;
    }

    /// An entry that came, or that something changed in.
    void changed(DataNode entry) {
        changed.computeIfAbsent(entry.schema, _ -> new LinkedHashSet<>()).add(entry);
    }

    void check(Consumer<DataError> errors) {
        changed.forEach((schema, entries) -> {
            for (var leaves : listOf(schema).unique) {
                var tuple = new Indexed.Tuple(schema, leaves);
                var same =
                        leaves.stream().allMatch(Dependencies::isSteady)
                                ? byIndex(tuple, entries)
                                : byKey(tuple, siblings(schema, entries));
                for (var some : same.values()) {
                    if (some.size() > 1) {
                        errors.accept(error(leaves, List.copyOf(some)));
                    }
                }
            }
        });
    }

    /// The entries that would have to go for the others to be unique.
    List<YangInstanceIdentifier> surplus() {
        var surplus = new LinkedHashSet<YangInstanceIdentifier>();
        changed.forEach((schema, entries) -> {
            for (var leaves : listOf(schema).unique) {
                for (var same : byKey(new Indexed.Tuple(schema, leaves), entries).values()) {
                    same.stream().skip(1).map(DataNode::path).forEach(surplus::add);
                }
            }
        });
        return List.copyOf(surplus);
    }

    private static SchemaNode listOf(SchemaNode entry) {
        return entry.parent == null ? entry : entry.parent;
    }

    private Map<Indexed.Key, Set<DataNode>> byIndex(Indexed.Tuple tuple, Set<DataNode> entries) {
        var same = byKey(tuple, entries);
        var holders = base.of(tuple);
        if (!holders.isEmpty()) {
            same.forEach((key, some) -> {
                for (var path : holders.get(key)) {
                    var other = tree.find(path.getPathArguments());
                    // One that changed as well is there by what it is now.
                    if (other != null && !entries.contains(other)) {
                        some.add(other);
                    }
                }
            });
        }
        return same;
    }

    private static Map<Indexed.Key, Set<DataNode>> byKey(
            Indexed.Tuple tuple, Set<DataNode> entries) {
        var same = new HashMap<Indexed.Key, Set<DataNode>>();
        for (var entry : entries) {
            var key = tuple.key(entry);
            if (key != null) {
                same.computeIfAbsent(key, _ -> new LinkedHashSet<>(2)).add(entry);
            }
        }
        return same;
    }

    private static Set<DataNode> siblings(SchemaNode schema, Set<DataNode> entries) {
        var all = new LinkedHashSet<DataNode>();
        entries.stream()
                .map(DataNode::parent)
                .distinct()
                .forEach(parent -> {
                    if (parent != null) {
                        all.addAll(parent.instances(schema));
                    }
                });
        return all;
    }

    /// RFC 7950 §15.1.
    private DataError error(List<SchemaNode> leaves, List<DataNode> same) {
        var model = tree.schema.model();
        var places = new ArrayList<YangInstanceIdentifier>();
        for (var entry : same) {
            for (var leaf : leaves) {
                var there = entry.first(leaf);
                if (there != null) {
                    places.add(there.path());
                }
            }
        }
        places.sort(Comparator.comparing(model::format));
        var list = same.getFirst().path().getPathArguments();
        return new DataError(
                ErrorType.APPLICATION,
                ErrorTag.OPERATION_FAILED,
                "data-not-unique",
                YangInstanceIdentifier.of(list.subList(0, list.size() - 1)),
                "entries %s have the same %s"
                        .formatted(
                                same.stream()
                                        .map(entry -> name(entry.path().getLastPathArgument()))
                                        .sorted()
                                        .collect(Collectors.joining(", ")),
                                leaves.stream()
                                        .map(leaf -> leaf.name().getLocalName())
                                        .sorted()
                                        .collect(Collectors.joining(" and "))),
                Map.of(),
                places);
    }

    private static String name(PathArgument step) {
        return step instanceof NodeIdentifierWithPredicates keys
                ? keys.values().stream().map(Object::toString).collect(Collectors.joining(" "))
                : step.toString();
    }
}
