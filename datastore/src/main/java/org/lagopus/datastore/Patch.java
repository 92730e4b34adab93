package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.ChoiceNode;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.OrderedNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.ValueNode;

/// What leads from one version of data to another, as edits of RFC 8072.
public record Patch(List<Edit> edits) {
    public enum Operation {
        CREATE,
        DELETE,
        INSERT,
        MOVE,
        REPLACE;

        /// The name RFC 8072 has for it.
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// @param value the node at the path, null where the operation takes none
    /// @param point of an insert or move: the entry in front of it, null where it is the first
    public record Edit(
            Operation operation,
            YangInstanceIdentifier path,
            @Nullable NormalizedNode value,
            @Nullable YangInstanceIdentifier point) {}

    /// The cost is that of a walk over both, but for what they share.
    static Patch between(@Nullable NormalizedNode before, @Nullable NormalizedNode after) {
        var edits = new ArrayList<Edit>();
        differ(YangInstanceIdentifier.of(), before, after, edits);
        return new Patch(edits);
    }

    private static void differ(
            YangInstanceIdentifier path,
            @Nullable NormalizedNode before,
            @Nullable NormalizedNode after,
            List<Edit> edits) {
        if (before == after) {
            return;
        }
        var one = Objects.requireNonNull(after == null ? before : after);
        boolean within = path.isEmpty() || Nodes.isList(one) || one instanceof ChoiceNode;
        if (one instanceof OrderedNodeContainer) {
            ordered(path, before, after, edits);
        } else if (within || before != null && after != null && isInner(before)) {
            children(path, before, after, edits);
        } else if (after == null) {
            edits.add(new Edit(Operation.DELETE, path, null, null));
        } else if (before == null) {
            edits.add(new Edit(Operation.CREATE, path, after, null));
        } else if (!before.equals(after)) {
            edits.add(new Edit(Operation.REPLACE, path, after, null));
        }
    }

    private static boolean isInner(NormalizedNode node) {
        return node instanceof DistinctNodeContainer<?, ?> && !(node instanceof ValueNode);
    }

    private static void children(
            YangInstanceIdentifier path,
            @Nullable NormalizedNode before,
            @Nullable NormalizedNode after,
            List<Edit> edits) {
        if (before instanceof DistinctNodeContainer<?, ?> old) {
            for (var child : old.body()) {
                differ(path.node(child.name()), child, Nodes.child(after, child.name()), edits);
            }
        }
        if (after instanceof DistinctNodeContainer<?, ?> young) {
            for (var child : young.body()) {
                if (Nodes.child(before, child.name()) == null) {
                    differ(path.node(child.name()), null, child, edits);
                }
            }
        }
    }

    /// First what goes, then every entry to its place behind the one in front of it, as far as it
    /// is not there already.
    private static void ordered(
            YangInstanceIdentifier path,
            @Nullable NormalizedNode before,
            @Nullable NormalizedNode after,
            List<Edit> edits) {
        var places = new ArrayList<PathArgument>();
        for (var child : body(before)) {
            if (Nodes.child(after, child.name()) == null) {
                edits.add(new Edit(Operation.DELETE, path.node(child.name()), null, null));
            } else {
                places.add(child.name());
            }
        }
        int at = 0;
        PathArgument front = null;
        for (var child : body(after)) {
            var here = path.node(child.name());
            var point = front == null ? null : path.node(front);
            var old = Nodes.child(before, child.name());
            if (old == null) {
                edits.add(new Edit(Operation.INSERT, here, child, point));
                places.add(at, child.name());
            } else {
                if (!places.get(at).equals(child.name())) {
                    places.remove(child.name());
                    places.add(at, child.name());
                    edits.add(new Edit(Operation.MOVE, here, null, point));
                }
                differ(here, old, child, edits);
            }
            front = child.name();
            at++;
        }
    }

    private static Iterable<? extends NormalizedNode> body(@Nullable NormalizedNode node) {
        return node instanceof DistinctNodeContainer<?, ?> container
                ? List.copyOf(container.body())
                : List.of();
    }
}
