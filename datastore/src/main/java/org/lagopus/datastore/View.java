package org.lagopus.datastore;

import java.util.Optional;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeSnapshot;

/// The datastore as one client sees it. Northbound servers read through it and through nothing
/// else.
public final class View {
    private final Datastore datastore;
    private final Actor by;

    View(Datastore datastore, Actor by) {
        this.datastore = datastore;
        this.by = by;
    }

    /// In constant time, and it never changes. The candidate is the client's own where it has one.
    public DataTreeSnapshot read(Face face) {
        return datastore.read(face, by);
    }

    /// State alone: nodes of `config false`, and the list keys above them.
    public DataTreeSnapshot operational() {
        return datastore.operational();
    }

    /// Running configuration and state in one (RFC 6241 §7.7); what only one of them has is shared.
    public Optional<NormalizedNode> readAll(YangInstanceIdentifier path) {
        return Optional.ofNullable(
                Nodes.merged(
                        read(Face.RUNNING).readNode(path).orElse(null),
                        operational().readNode(path).orElse(null)));
    }
}
