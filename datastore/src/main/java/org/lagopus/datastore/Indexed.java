package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;

/// Something that instances of one node are found by. It depends on nothing but what is below the
/// instance, so that it changes with the instance alone.
sealed interface Indexed {
    SchemaNode owner();

    /// What an instance is found by: nothing, or one key, or several.
    void keys(DataNode owner, Consumer<Object> told);

    /// @param under the instance that both sides of a reference are below; null for the root
    record Key(@Nullable YangInstanceIdentifier under, List<Object> values) {
        static Key of(List<PathArgument> path, int shared, List<Object> values) {
            return new Key(
                    shared == 0 ? null : YangInstanceIdentifier.of(path.subList(0, shared)),
                    values);
        }
    }

    /// A leaf by its value: what refers, or what is referred to.
    ///
    /// @param shared steps of the path that both have in common
    record Values(SchemaNode owner, int shared) implements Indexed {
        @Override
        public void keys(DataNode leaf, Consumer<Object> told) {
            if (leaf.isReal()) {
                told.accept(key(leaf));
            }
        }

        Key key(DataNode leaf) {
            return Key.of(
                    shared == 0 ? List.of() : leaf.path().getPathArguments(),
                    shared,
                    List.of(leaf.text()));
        }
    }

    /// Whoever looks at the entry of a list that has these keys: `list[key = current()/../leaf]`.
    ///
    /// @param shared steps of the path that both have in common
    record Site(SchemaNode owner, int shared, List<Part> parts) implements Indexed {
        /// @param way from the owner down to the leaf whose value the key is compared with
        record Part(QName key, List<SchemaNode> way) {}

        @Override
        public void keys(DataNode holder, Consumer<Object> told) {
            var texts = new ArrayList<Object>(parts.size());
            for (var part : parts) {
                @Nullable DataNode at = holder;
                for (var step : part.way()) {
                    at = at == null ? null : at.only(step);
                }
                if (at == null) {
                    // Nothing is equal to a leaf that is not there.
                    return;
                }
                texts.add(at.text());
            }
            told.accept(
                    Key.of(
                            shared == 0 ? List.of() : holder.path().getPathArguments(),
                            shared,
                            texts));
        }

        /// The key of those who look at an entry, or at what is below it.
        Key key(SchemaNode list, List<PathArgument> trail, Model model) {
            var entry = (NodeIdentifierWithPredicates) trail.get(list.depth - 1);
            var texts = new ArrayList<Object>(parts.size());
            for (var part : parts) {
                texts.add(Indexed.text(list, entry, part.key(), model));
            }
            return Key.of(trail, shared, texts);
        }
    }

    /// Entries of a list by the values that have to be unique together (RFC 7950 §7.8.3).
    record Tuple(SchemaNode owner, List<SchemaNode> leaves) implements Indexed {
        @Override
        public void keys(DataNode entry, Consumer<Object> told) {
            var key = key(entry);
            if (key != null) {
                told.accept(key);
            }
        }

        /// Null when one of the leaves is not there, for then the entry is not compared.
        @Nullable Key key(DataNode entry) {
            var values = new ArrayList<Object>(leaves.size());
            for (var leaf : leaves) {
                var there = entry.first(leaf);
                if (there == null) {
                    return null;
                }
                values.add(there.text());
            }
            var path = entry.path().getPathArguments();
            return Key.of(path, path.size() - 1, values);
        }
    }

    /// Instance-identifiers by what they point at, and by all that is above it.
    record Targets(SchemaNode owner) implements Indexed {
        @Override
        public void keys(DataNode leaf, Consumer<Object> told) {
            if (leaf.value() instanceof YangInstanceIdentifier path) {
                var steps = path.getPathArguments();
                for (int i = 1; i <= steps.size(); i++) {
                    told.accept(YangInstanceIdentifier.of(steps.subList(0, i)));
                }
            }
        }
    }

    /// The value of a key as XPath sees it.
    static String text(
            SchemaNode list, NodeIdentifierWithPredicates entry, QName key, Model model) {
        var leaf = list.children.get(key);
        var value = entry.getValue(key);
        return leaf == null || value == null
                ? Arrays.asList(value).toString()
                : DataNode.text(leaf, value, model);
    }
}
