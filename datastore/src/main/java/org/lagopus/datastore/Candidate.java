package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeSnapshot;

/// The next face: one for everybody (RFC 6241 §8.3).
///
/// It is running with edits on it. When running moves on, the edits are put on the new running the
/// next time somebody looks, unless both changed the same thing: then the candidate stays as it was
/// edited, and its commit is refused with what they differ in.
final class Candidate {
    private final Model model;
    private final SchemaNode schema;
    private final Supplier<Running> running;

    private Running base;
    private ContainerNode root;
    private Touched touched = new Touched();
    private @Nullable DataTreeSnapshot snapshot;

    Candidate(Model model, SchemaNode schema, Supplier<Running> running) {
        this.model = model;
        this.schema = schema;
        this.running = running;
        base = running.get();
        root = base.root();
    }

    synchronized DataTreeSnapshot snapshot() {
        rebase();
        if (touched.isEmpty()) {
            return base.snapshot();
        }
        var current = snapshot;
        if (current == null) {
            current = new TreeSnapshot(model.context(), root);
            snapshot = current;
        }
        return current;
    }

    synchronized ContainerNode root() {
        rebase();
        return root;
    }

    synchronized void edit(List<Edit> edits) throws DatastoreException {
        rebase();
        var draft = new Draft(schema, root);
        draft.apply(edits);
        become(draft.root());
        touched.add(draft.touched());
    }

    synchronized boolean isDirty() {
        rebase();
        return Change.between(base.root(), root, touched).isPresent();
    }

    /// Candidate is what running is.
    synchronized void reset() {
        base = running.get();
        become(base.root());
        touched = new Touched();
    }

    /// What it would make of running.
    record Proposal(ContainerNode root, Optional<Change> change) {}

    synchronized Proposal proposal() throws DatastoreException {
        var conflicts = rebase();
        if (!conflicts.isEmpty()) {
            throw new DatastoreException(conflicts);
        }
        return new Proposal(root, Change.between(base.root(), root, touched));
    }

    /// Its proposal has become running. Edits made meanwhile stay.
    synchronized void committed(Proposal proposal) {
        if (root == proposal.root()) {
            reset();
        } else {
            base = running.get();
        }
    }

    private void become(ContainerNode next) {
        root = next;
        snapshot = null;
    }

    /// Puts the edits on what running is now.
    ///
    /// @return where both sides changed the same; then nothing is done
    private List<DataError> rebase() {
        var now = running.get();
        if (now == base) {
            return List.of();
        }
        if (touched.isEmpty()) {
            reset();
            return List.of();
        }
        var conflicts = new ArrayList<DataError>();
        var edits = new ArrayList<Edit>();
        collect(
                touched,
                new Versions(base.root(), now.root(), root),
                YangInstanceIdentifier.of(),
                edits,
                conflicts);
        if (conflicts.isEmpty()) {
            try {
                var draft = new Draft(schema, now.root());
                draft.apply(edits);
                base = now;
                become(draft.root());
                touched = draft.touched();
            } catch (DatastoreException e) {
                return e.errors();
            }
        }
        return conflicts;
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

    private void collect(
            Touched at,
            Versions versions,
            YangInstanceIdentifier path,
            List<Edit> edits,
            List<DataError> conflicts) {
        if (at.whole || versions.edited() == null) {
            terminal(versions, path, edits, conflicts);
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
            conflicts.add(conflict(path));
            return;
        }
        at.below.forEach((step, below) ->
                collect(below, versions.child(step), path.node(step), edits, conflicts));
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

    private void terminal(
            Versions versions,
            YangInstanceIdentifier path,
            List<Edit> edits,
            List<DataError> conflicts) {
        if (versions.agree() || !versions.isEdited()) {
            return;
        }
        if (versions.ranOn()) {
            if (isMergeable(schema.find(path), versions)) {
                versions.steps()
                        .forEach(step ->
                                terminal(versions.child(step), path.node(step), edits, conflicts));
            } else {
                conflicts.add(conflict(path));
            }
            return;
        }
        var edited = versions.edited();
        edits.add(edited == null ? Edit.remove(path) : Edit.replace(path, edited));
    }

    private DataError conflict(YangInstanceIdentifier path) {
        return DataError.at(
                        path,
                        ErrorTag.OPERATION_FAILED,
                        "%s was changed in running while the candidate changed it: discard the candidate's changes and edit again"
                                .formatted(model.format(path)))
                .withAppTag("conflict");
    }
}
