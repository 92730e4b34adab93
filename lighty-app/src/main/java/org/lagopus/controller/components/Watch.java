package org.lagopus.controller.components;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lagopus.component.wire.WireEdit;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.PathPattern;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;
import org.opendaylight.yangtools.yang.data.tree.api.ModificationType;
import org.opendaylight.yangtools.yang.model.api.DataNodeContainer;

/// What somebody wants to hear of when it has changed: a subtree, a table (a list), a column (a
/// leaf of all its entries) or a cell (a leaf of one).
final class Watch {
    private final Records records;
    private final PathPattern pattern;
    private final boolean isLeaf;

    private Watch(Records records, PathPattern pattern) {
        this.records = records;
        this.pattern = pattern;
        isLeaf = !(pattern.target() instanceof DataNodeContainer);
    }

    /// @throws IllegalArgumentException if the model knows no such place
    static Watch of(Model model, Records records, String text) {
        return new Watch(records, model.pattern(text));
    }

    /// What a commit has changed there, at a cost that follows the change.
    List<WireEdit> changes(DataTreeCandidateNode root) {
        var edits = new ArrayList<WireEdit>();
        changed(root, 0, YangInstanceIdentifier.of(), edits);
        return edits;
    }

    private void changed(
            DataTreeCandidateNode node,
            int step,
            YangInstanceIdentifier path,
            List<WireEdit> edits) {
        if (node.modificationType() == ModificationType.UNMODIFIED) {
            return;
        }
        if (step == pattern.steps().size()) {
            if (isLeaf) {
                compared(node.dataBefore(), node.dataAfter(), step, path, edits);
            } else {
                edits.addAll(records.changes(path, node));
            }
        } else if (isLeaf && isWhole(node)) {
            compared(node.dataBefore(), node.dataAfter(), step, path, edits);
        } else if (pattern.isAnyEntry(step)) {
            node.childNodes()
                    .forEach(entry -> changed(entry, step + 1, path.node(entry.name()), edits));
        } else {
            var next = pattern.steps().get(step);
            var child = node.modifiedChild(next);
            if (child != null) {
                changed(child, step + 1, path.node(next), edits);
            }
        }
    }

    /// Whether it came, went or was written as one, and may not tell of what is below.
    private static boolean isWhole(DataTreeCandidateNode node) {
        return switch (node.modificationType()) {
            case WRITE, DELETE, APPEARED, DISAPPEARED -> true;
            case SUBTREE_MODIFIED, UNMODIFIED -> false;
        };
    }

    private void compared(
            @Nullable NormalizedNode before,
            @Nullable NormalizedNode after,
            int step,
            YangInstanceIdentifier path,
            List<WireEdit> edits) {
        if (Objects.equals(before, after)) {
            return;
        }
        if (step == pattern.steps().size()) {
            edits.add(records.leaf(path, after));
        } else if (pattern.isAnyEntry(step)) {
            for (var entry : entries(before)) {
                compared(
                        entry,
                        child(after, entry.name()),
                        step + 1,
                        path.node(entry.name()),
                        edits);
            }
            for (var entry : entries(after)) {
                if (child(before, entry.name()) == null) {
                    compared(null, entry, step + 1, path.node(entry.name()), edits);
                }
            }
        } else {
            var next = pattern.steps().get(step);
            compared(child(before, next), child(after, next), step + 1, path.node(next), edits);
        }
    }

    @SuppressWarnings("unchecked")
    private static Iterable<NormalizedNode> entries(@Nullable NormalizedNode list) {
        return list instanceof DistinctNodeContainer<?, ?> container
                ? (Iterable<NormalizedNode>) container.body()
                : List.of();
    }

    @SuppressWarnings("unchecked")
    private static @Nullable NormalizedNode child(
            @Nullable NormalizedNode node, PathArgument name) {
        return node instanceof DistinctNodeContainer<?, ?> container
                ? ((DistinctNodeContainer<PathArgument, ?>) container).childByArg(name)
                : null;
    }
}
