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

    /// Null while it is what running is: so it keeps no running of the past in memory.
    private @Nullable Branch branch;

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
    }

    boolean isShared() {
        return kind == Kind.SHARED;
    }

    synchronized DataTreeSnapshot snapshot() {
        var now = now();
        if (branch == null) {
            return now.base.snapshot();
        }
        var known = snapshot;
        if (known == null) {
            known = new TreeSnapshot(model.context(), now.root);
            snapshot = known;
        }
        return known;
    }

    synchronized ContainerNode root() {
        return now().root;
    }

    synchronized void edit(List<Edit> edits, Rights rights) throws DatastoreException {
        var now = now();
        var draft = new Draft(schema, now.root);
        draft.apply(edits, rights);
        now.touched.add(draft.touched());
        become(new Branch(now.base, draft.root(), now.touched));
    }

    synchronized boolean isDirty() {
        var now = now();
        return Change.between(now.base.root(), now.root, now.touched).isPresent();
    }

    /// Candidate is what running is.
    synchronized void reset() {
        branch = null;
        snapshot = null;
    }

    /// Its edits are edits of what running is now. All of it is done or nothing.
    synchronized void update(Resolution resolution) throws DatastoreException {
        become(moved(now(), running.get(), resolution));
    }

    /// The same for somebody who has to be allowed what that changes.
    synchronized void reset(Rights rights) throws DatastoreException {
        var now = now();
        var change = Change.between(now.root, now.base.root(), now.touched);
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
        var now = now();
        var moved = moved(now, onto, Resolution.REVERT_ON_CONFLICT);
        return new Proposal(
                now.root,
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
        if (branch != null && branch.root == proposal.edited) {
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
        var own = branch;
        if (own != null) {
            back.touched.add(own.touched);
            root = own.root;
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
            branch = next.touched.isEmpty() ? null : next;
            snapshot = null;
        }
    }

    /// Its edits on what they were made on; those of the shared one follow running.
    private Branch now() {
        if (branch != null && isShared()) {
            try {
                become(moved(branch, running.get(), Resolution.REVERT_ON_CONFLICT));
            } catch (DatastoreException e) {
                // It stays as it was edited; who commits it is told.
            }
        }
        return branch == null ? Branch.of(running.get()) : branch;
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
