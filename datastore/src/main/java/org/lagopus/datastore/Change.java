package org.lagopus.datastore;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.OrderedNodeContainer;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;
import org.opendaylight.yangtools.yang.data.tree.api.ModificationType;

/// The difference of two versions of a node, found by looking only where edits have been. What did
/// not change is not in it.
final class Change implements DataTreeCandidateNode {
    private final PathArgument name;
    private final ModificationType type;
    private final @Nullable NormalizedNode before;
    private final @Nullable NormalizedNode after;
    private @Nullable Map<PathArgument, DataTreeCandidateNode> children;

    private Change(
            PathArgument name,
            ModificationType type,
            @Nullable NormalizedNode before,
            @Nullable NormalizedNode after,
            @Nullable Map<PathArgument, DataTreeCandidateNode> children) {
        this.name = name;
        this.type = type;
        this.before = before;
        this.after = after;
        this.children = children;
    }

    /// Empty when they are the same.
    static Optional<Change> between(ContainerNode before, ContainerNode after, Touched touched) {
        return Optional.ofNullable(between(before.name(), before, after, touched));
    }

    /// The same change, with some nodes taken out of what it leads to.
    static Change without(
            SchemaNode schema,
            DataTreeCandidateNode change,
            Collection<YangInstanceIdentifier> paths)
            throws DatastoreException {
        var before = (ContainerNode) Objects.requireNonNull(change.dataBefore());
        var draft = new Draft(schema, (ContainerNode) Objects.requireNonNull(change.dataAfter()));
        for (var path : paths) {
            draft.apply(Edit.remove(path));
        }
        var touched = Touched.of(change);
        touched.add(draft.touched());
        return between(before, draft.root(), touched)
                .orElseGet(() ->
                        new Change(
                                before.name(),
                                ModificationType.UNMODIFIED,
                                before,
                                before,
                                Map.of()));
    }

    private static @Nullable Change between(
            PathArgument name,
            @Nullable NormalizedNode before,
            @Nullable NormalizedNode after,
            Touched touched) {
        if (before == after) {
            return null;
        }
        if (before == null) {
            return new Change(name, ModificationType.WRITE, null, after, null);
        }
        if (after == null) {
            return new Change(name, ModificationType.DELETE, before, null, null);
        }
        if (!(before instanceof DistinctNodeContainer<?, ?> old)
                || !(after instanceof DistinctNodeContainer<?, ?> young)) {
            return before.equals(after)
                    ? null
                    : new Change(name, ModificationType.WRITE, before, after, Map.of());
        }
        if (old instanceof OrderedNodeContainer && !Draft.keepsOrder(old, young)) {
            return new Change(name, ModificationType.WRITE, before, after, null);
        }
        var children = touched.whole ? all(old, young) : marked(before, after, touched);
        return children.isEmpty()
                ? null
                : new Change(name, ModificationType.SUBTREE_MODIFIED, before, after, children);
    }

    private static Map<PathArgument, DataTreeCandidateNode> marked(
            NormalizedNode before, NormalizedNode after, Touched touched) {
        var changes = new LinkedHashMap<PathArgument, DataTreeCandidateNode>();
        touched.below()
                .forEach((step, below) -> {
                    var change =
                            between(
                                    step,
                                    Nodes.child(before, step),
                                    Nodes.child(after, step),
                                    below);
                    if (change != null) {
                        changes.put(step, change);
                    }
                });
        return changes;
    }

    private static Map<PathArgument, DataTreeCandidateNode> all(
            @Nullable NormalizedNode before, @Nullable NormalizedNode after) {
        var changes = new LinkedHashMap<PathArgument, DataTreeCandidateNode>();
        var everything = Touched.everything();
        if (before instanceof DistinctNodeContainer<?, ?> old) {
            for (var child : old.body()) {
                var step = child.name();
                var change = between(step, child, Nodes.child(after, step), everything);
                if (change != null) {
                    changes.put(step, change);
                }
            }
        }
        if (after instanceof DistinctNodeContainer<?, ?> young) {
            for (var child : young.body()) {
                if (Nodes.child(before, child.name()) == null) {
                    changes.put(
                            child.name(),
                            new Change(child.name(), ModificationType.WRITE, null, child, null));
                }
            }
        }
        return changes;
    }

    /// From how many changed children on a list may be written as a whole.
    private static final int MANY = 64;

    /// Writes and deletes that make the one version out of the other: the least, but that a list of
    /// which most has changed is written as one.
    interface Writer {
        /// @param node null to delete
        void set(YangInstanceIdentifier path, @Nullable NormalizedNode node);
    }

    static void write(DataTreeCandidateNode change, YangInstanceIdentifier path, Writer writer) {
        switch (change.modificationType()) {
            case WRITE, APPEARED -> writer.set(path, change.dataAfter());
            case DELETE, DISAPPEARED -> writer.set(path, null);
            case SUBTREE_MODIFIED -> {
                if (isMostly(change, change.dataAfter())) {
                    writer.set(path, change.dataAfter());
                } else {
                    change.childNodes()
                            .forEach(child -> write(child, path.node(child.name()), writer));
                }
            }
            case UNMODIFIED -> {}
        }
    }

    /// The same the other way round. Entries that a user ordered come back to their places.
    static void undo(DataTreeCandidateNode change, YangInstanceIdentifier path, Writer writer) {
        var before = change.dataBefore();
        switch (change.modificationType()) {
            case WRITE, APPEARED, DELETE, DISAPPEARED -> writer.set(path, before);
            case SUBTREE_MODIFIED -> {
                boolean reordered =
                        before instanceof DistinctNodeContainer<?, ?> old
                                && before instanceof OrderedNodeContainer<?>
                                && change.dataAfter() instanceof DistinctNodeContainer<?, ?> young
                                && !Draft.keepsOrder(young, old);
                if (reordered || isMostly(change, before)) {
                    writer.set(path, before);
                } else {
                    change.childNodes()
                            .forEach(child -> undo(child, path.node(child.name()), writer));
                }
            }
            case UNMODIFIED -> {}
        }
    }

    /// Whether it costs no more to write a version of a long list than what differs in it. So the
    /// cost still follows the change.
    private static boolean isMostly(
            DataTreeCandidateNode change, @Nullable NormalizedNode version) {
        return change.childNodes().size() >= MANY && isDense(change, version, 2);
    }

    /// Whether one child in so many has changed for the larger part.
    private static boolean isDense(
            DataTreeCandidateNode change, @Nullable NormalizedNode version, int oneIn) {
        if (change.modificationType() != ModificationType.SUBTREE_MODIFIED) {
            return true;
        }
        if (!(version instanceof DistinctNodeContainer<?, ?> container)) {
            return false;
        }
        long wanted = container.size();
        for (var child : change.childNodes()) {
            if (isDense(child, Nodes.child(version, child.name()), 4)) {
                wanted -= oneIn;
            }
            if (wanted <= 0) {
                return true;
            }
        }
        return false;
    }

    private Map<PathArgument, DataTreeCandidateNode> below() {
        var found = children;
        if (found == null) {
            found = all(before, after);
            children = found;
        }
        return found;
    }

    @Override
    public PathArgument name() {
        return name;
    }

    @Override
    public Collection<DataTreeCandidateNode> childNodes() {
        return below().values();
    }

    @Override
    public @Nullable DataTreeCandidateNode modifiedChild(PathArgument step) {
        return below().get(Objects.requireNonNull(step));
    }

    @Override
    public ModificationType modificationType() {
        return type;
    }

    @Override
    public @Nullable NormalizedNode dataBefore() {
        return before;
    }

    @Override
    public @Nullable NormalizedNode dataAfter() {
        return after;
    }

    @Override
    public String toString() {
        return type + " " + name;
    }
}
