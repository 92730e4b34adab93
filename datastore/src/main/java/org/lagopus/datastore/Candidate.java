package org.lagopus.datastore;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.access.Rights;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeSnapshot;

/// A next face: running with edits on it. Without edits it is running, and costs nothing.
///
/// When running moves on, the edits of the shared one (RFC 6241 §8.3) are put on the new running
/// the next time somebody looks, unless both changed the same thing: then it stays as it was
/// edited, and its commit is refused with what they differ in. A private one
/// (draft-ietf-netconf-privcand) is a branch: from its first edit on it sees nothing of running
/// until its session updates or commits.
final class Candidate {
    enum Kind {
        SHARED("discard the candidate's changes and edit again"),
        PRIVATE(
                "update with a resolution-mode says which of them stays, discard-changes drops"
                        + " yours");

        private final String remedy;

        Kind(String remedy) {
            this.remedy = remedy;
        }
    }

    private final Kind kind;
    private final Model model;
    private final SchemaNode schema;
    private final Supplier<Running> running;

    private Branch branch;
    private @Nullable Branch unconfirmed;
    private @Nullable DataTreeSnapshot snapshot;

    /// @param touched where root may differ from base
    private record Branch(Running base, ContainerNode root, Touched touched) {
        static Branch of(Running base) {
            return new Branch(base, base.root(), new Touched());
        }
    }

    Candidate(Kind kind, Model model, SchemaNode schema, Supplier<Running> running) {
        this.kind = kind;
        this.model = model;
        this.schema = schema;
        this.running = running;
        branch = Branch.of(running.get());
    }

    boolean isShared() {
        return kind == Kind.SHARED;
    }

    synchronized DataTreeSnapshot snapshot() {
        follow();
        if (branch.touched.isEmpty()) {
            return branch.base.snapshot();
        }
        var current = snapshot;
        if (current == null) {
            current = new TreeSnapshot(model.context(), branch.root);
            snapshot = current;
        }
        return current;
    }

    synchronized ContainerNode root() {
        follow();
        return branch.root;
    }

    synchronized void edit(List<Edit> edits, Rights rights) throws DatastoreException {
        follow();
        var draft = new Draft(schema, branch.root);
        draft.apply(edits, rights);
        branch.touched.add(draft.touched());
        become(new Branch(branch.base, draft.root(), branch.touched));
    }

    synchronized boolean isDirty() {
        follow();
        return Change.between(branch.base.root(), branch.root, branch.touched).isPresent();
    }

    /// Candidate is what running is.
    synchronized void reset() {
        become(Branch.of(running.get()));
    }

    /// Its edits are edits of what running is now. All of it is done or nothing.
    synchronized void update(Resolution resolution) throws DatastoreException {
        become(moved(running.get(), resolution));
    }

    /// The same for somebody who has to be allowed what that changes.
    synchronized void reset(Rights rights) throws DatastoreException {
        follow();
        var change = Change.between(branch.root, branch.base.root(), branch.touched);
        if (change.isPresent()) {
            rights.checkWrite(change.get());
        }
        reset();
    }

    /// What it would make of running.
    ///
    /// @param edited what it was then
    record Proposal(
            ContainerNode edited,
            Running base,
            ContainerNode root,
            Touched touched,
            Optional<Change> change) {}

    /// @param onto what running is when the proposal has its turn
    synchronized Proposal proposal(Running onto) throws DatastoreException {
        follow();
        var moved = moved(onto, Resolution.REVERT_ON_CONFLICT);
        return new Proposal(
                branch.root,
                onto,
                moved.root,
                moved.touched,
                Change.between(onto.root(), moved.root, moved.touched));
    }

    /// Its proposal has become running. Edits made meanwhile stay.
    ///
    /// @param isConfirmed whether it stays
    synchronized void committed(Proposal proposal, boolean isConfirmed) {
        if (isConfirmed) {
            unconfirmed = null;
        } else if (!isShared()) {
            var before = unconfirmed;
            if (before != null) {
                proposal.touched.add(before.touched);
            }
            unconfirmed =
                    new Branch(
                            before == null ? proposal.base : before.base,
                            proposal.root,
                            proposal.touched);
        }
        if (branch.root == proposal.edited) {
            reset();
        }
    }

    /// What was committed to be confirmed stays.
    synchronized void confirmed() {
        unconfirmed = null;
    }

    /// What was committed to be confirmed is not running any more: the edits are its own again
    /// (draft-ietf-netconf-privcand §4.8.2.9).
    synchronized void takenBack() {
        var back = unconfirmed;
        unconfirmed = null;
        if (back == null) {
            return;
        }
        var root = back.root;
        if (!branch.touched.isEmpty()) {
            back.touched.add(branch.touched);
            root = branch.root;
        }
        try {
            become(
                    moved(
                            new Branch(back.base, root, back.touched),
                            running.get(),
                            Resolution.PREFER_CANDIDATE));
        } catch (DatastoreException e) {
            reset();
        }
    }

    private void become(Branch next) {
        if (next != branch) {
            branch = next;
            snapshot = null;
        }
    }

    private void follow() {
        if (branch.touched.isEmpty() || isShared()) {
            try {
                become(moved(running.get(), Resolution.REVERT_ON_CONFLICT));
            } catch (DatastoreException e) {
                // It stays as it was edited; who commits it is told.
            }
        }
    }

    private Branch moved(Running onto, Resolution resolution) throws DatastoreException {
        return moved(branch, onto, resolution);
    }

    private Branch moved(Branch from, Running onto, Resolution resolution)
            throws DatastoreException {
        if (onto == from.base) {
            return from;
        }
        if (from.touched.isEmpty()) {
            return Branch.of(onto);
        }
        var rebase =
                Rebase.of(
                        schema, from.base.root(), onto.root(), from.root, from.touched, resolution);
        if (!rebase.conflicts().isEmpty()) {
            throw new DatastoreException(rebase.conflicts().stream().map(this::conflict).toList());
        }
        var draft = new Draft(schema, onto.root());
        draft.apply(rebase.edits());
        return new Branch(onto, draft.root(), draft.touched());
    }

    private DataError conflict(YangInstanceIdentifier path) {
        return DataError.at(
                        path,
                        ErrorTag.OPERATION_FAILED,
                        "%s was changed in running while the candidate changed it: %s"
                                .formatted(model.format(path), kind.remedy))
                .withAppTag("conflict");
    }
}
