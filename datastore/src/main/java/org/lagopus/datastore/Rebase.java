package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;

/// Edits of one version of running, put on a later one. What running changed and the edits did not
/// is taken over; where both changed the same thing and do not mean the same, they are in conflict.
///
/// The cost follows the edits.
final class Rebase {
    private final SchemaNode schema;
    private final Resolution resolution;
    private final List<Edit> edits = new ArrayList<>();
    private final List<YangInstanceIdentifier> conflicts = new ArrayList<>();

    private Rebase(SchemaNode schema, Resolution resolution) {
        this.schema = schema;
        this.resolution = resolution;
    }

    /// @param touched where the edits have been
    static Rebase of(
            SchemaNode schema,
            ContainerNode base,
            ContainerNode running,
            ContainerNode edited,
            Touched touched,
            Resolution resolution) {
        var rebase = new Rebase(schema, resolution);
        rebase.collect(touched, new Versions(base, running, edited), YangInstanceIdentifier.of());
        return rebase;
    }

    /// Nodes that are in conflict, where that is not resolved.
    List<YangInstanceIdentifier> conflicts() {
        return conflicts;
    }

    /// What makes of running what is wanted.
    List<Edit> edits() {
        return edits;
    }

    /// One node in three versions: before the edits, as running has it now, and as edited.
    private record Versions(
            @Nullable NormalizedNode base,
            @Nullable NormalizedNode running,
            @Nullable NormalizedNode edited) {
        Versions child(PathArgument step) {
            return new Versions(
                    Nodes.child(base, step), Nodes.child(running, step), Nodes.child(edited, step));
        }

        boolean ranOn() {
            return base == null ? running != null : !base.equals(running);
        }

        boolean isEdited() {
            return base == null ? edited != null : !base.equals(edited);
        }

        boolean isEverywhere() {
            return base != null && running != null && edited != null;
        }

        Set<PathArgument> steps() {
            var steps = new LinkedHashSet<PathArgument>();
            for (var one : Arrays.asList(base, running, edited)) {
                if (one instanceof DistinctNodeContainer<?, ?> container) {
                    container.body().forEach(child -> steps.add(child.name()));
                }
            }
            return steps;
        }

        boolean agree() {
            return running == null ? edited == null : running.equals(edited);
        }
    }

    private void collect(Touched at, Versions versions, YangInstanceIdentifier path) {
        if (at.whole || versions.edited() == null) {
            terminal(versions, path);
            return;
        }
        var node = schema.find(path);
        boolean isGone =
                versions.base() != null
                        && versions.running() == null
                        && node != null
                        && !node.kind.appearsByItself();
        boolean isSwitched =
                node != null
                        && node.kind == SchemaNode.Kind.CHOICE
                        && ofCase(node, versions.base()) != ofCase(node, versions.running());
        if ((isGone || isSwitched) && versions.isEdited()) {
            conflict(versions, path);
            return;
        }
        at.below().forEach((step, below) -> collect(below, versions.child(step), path.node(step)));
    }

    /// Whether both sides may have changed it without meaning the same thing: what exists only for
    /// what is in it, and what neither side made or removed.
    private static boolean isMergeable(@Nullable SchemaNode node, Versions versions) {
        if (node == null || node.userOrdered) {
            return false;
        }
        if (node.kind == SchemaNode.Kind.CHOICE) {
            var theirs = ofCase(node, versions.running());
            var ours = ofCase(node, versions.edited());
            return theirs == null || ours == null || theirs == ours;
        }
        return node.kind.appearsByItself() || node.kind.holdsTogether() && versions.isEverywhere();
    }

    private static @Nullable Object ofCase(SchemaNode choice, @Nullable NormalizedNode node) {
        return choice.children().stream()
                .filter(child -> Nodes.child(node, child.id) != null)
                .map(child -> child.ofCase)
                .findFirst()
                .orElse(null);
    }

    private void terminal(Versions versions, YangInstanceIdentifier path) {
        if (versions.agree() || !versions.isEdited()) {
            return;
        }
        if (versions.ranOn()) {
            if (isMergeable(schema.find(path), versions)) {
                versions.steps().forEach(step -> terminal(versions.child(step), path.node(step)));
            } else {
                conflict(versions, path);
            }
            return;
        }
        take(versions, path);
    }

    private void take(Versions versions, YangInstanceIdentifier path) {
        var edited = versions.edited();
        edits.add(edited == null ? Edit.remove(path) : Edit.replace(path, edited));
    }

    private void conflict(Versions versions, YangInstanceIdentifier path) {
        switch (resolution) {
            case REVERT_ON_CONFLICT -> conflicts.add(path);
            case PREFER_CANDIDATE -> take(versions, path);
            case PREFER_RUNNING -> {
                // What running has stays.
            }
        }
    }
}
