package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;

/// `unique` of one list (RFC 7950 §7.8.3). Entries that lack one of the leaves are not compared; a
/// default in use counts as a value.
///
/// @param path of the list
record Unique(
        YangInstanceIdentifier path, SchemaNode list, DataNode tree, Consumer<DataError> errors) {

    void check() {
        var entries = entries();
        list.unique.forEach(leaves -> check(leaves, entries));
    }

    private List<DataNode> entries() {
        var steps = new ArrayList<>(path.getPathArguments());
        @Nullable SchemaNode above = list;
        do {
            steps.removeLast();
            above = above.parent;
        } while (above != null && above.kind == SchemaNode.Kind.CHOICE);
        var parent = tree.find(steps);
        return parent == null ? List.of() : parent.instances(list.children().iterator().next());
    }

    private void check(List<SchemaNode> leaves, List<DataNode> entries) {
        var seen = new HashMap<List<Object>, List<DataNode>>();
        for (var entry : entries) {
            var values = values(entry, leaves);
            if (values != null) {
                seen.computeIfAbsent(values, _ -> new ArrayList<>(1)).add(entry);
            }
        }
        seen.forEach((values, same) -> {
            if (same.size() > 1) {
                errors.accept(error(leaves, same));
            }
        });
    }

    /// The entries that would have to go for the others to be unique.
    List<YangInstanceIdentifier> surplus() {
        var surplus = new LinkedHashSet<YangInstanceIdentifier>();
        for (var leaves : list.unique) {
            var seen = new HashSet<List<Object>>();
            for (var entry : entries()) {
                var values = values(entry, leaves);
                if (values != null && !seen.add(values)) {
                    surplus.add(entry.path());
                }
            }
        }
        return List.copyOf(surplus);
    }

    private static @Nullable List<Object> values(DataNode entry, List<SchemaNode> leaves) {
        var values = new ArrayList<Object>();
        for (var leaf : leaves) {
            var found = new ArrayList<DataNode>();
            entry.each(leaf, found::add);
            var value = found.isEmpty() ? null : found.getFirst().value();
            if (value == null) {
                return null;
            }
            values.add(value);
        }
        return values;
    }

    /// RFC 7950 §15.1.
    private DataError error(List<SchemaNode> leaves, List<DataNode> same) {
        return new DataError(
                org.opendaylight.yangtools.yang.common.ErrorType.APPLICATION,
                ErrorTag.OPERATION_FAILED,
                "data-not-unique",
                path,
                "entries %s have the same %s"
                        .formatted(
                                same.stream()
                                        .map(entry -> entry.path().getLastPathArgument())
                                        .map(Unique::name)
                                        .sorted()
                                        .collect(Collectors.joining(", ")),
                                leaves.stream()
                                        .map(leaf -> leaf.name().getLocalName())
                                        .sorted()
                                        .collect(Collectors.joining(" and "))),
                Map.of(
                        "non-unique",
                        same.stream()
                                .flatMap(entry -> leaves.stream().map(leaf -> at(entry, leaf)))
                                .sorted()
                                .collect(Collectors.joining(" "))));
    }

    private String at(DataNode entry, SchemaNode leaf) {
        var found = new ArrayList<DataNode>();
        entry.each(leaf, found::add);
        return found.isEmpty() ? "" : tree.schema.model().format(found.getFirst().path());
    }

    private static String name(PathArgument step) {
        return step instanceof YangInstanceIdentifier.NodeIdentifierWithPredicates keys
                ? keys.values().stream().map(Object::toString).collect(Collectors.joining(" "))
                : step.toString();
    }
}
