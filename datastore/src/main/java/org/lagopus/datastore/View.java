package org.lagopus.datastore;

import java.util.Optional;
import org.lagopus.datastore.access.Rights;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeModification;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeSnapshot;
import org.opendaylight.yangtools.yang.data.tree.api.VersionInfo;
import org.opendaylight.yangtools.yang.model.api.EffectiveModelContext;

/// The datastore as one client sees it: what it may not read is not there (RFC 8341 §3.2.4).
/// Northbound servers read through it and through nothing else, so that no filter, count or error
/// can tell what is left out. The rights are those of when the view was taken.
public final class View {
    private final Datastore datastore;
    private final Actor by;
    private final Rights rights;

    View(Datastore datastore, Actor by, Rights rights) {
        this.datastore = datastore;
        this.by = by;
        this.rights = rights;
    }

    /// In constant time, and it never changes. The candidate is the client's own where it has one.
    public DataTreeSnapshot read(Face face) {
        return readable(datastore.read(face, by));
    }

    /// State alone, as far as it is kept here: nodes of `config false`, and the list keys above
    /// them.
    public DataTreeSnapshot operational() {
        return readable(datastore.operational());
    }

    /// The same with the lists that are read where they are ([ListProvider]). One that cannot be
    /// read is an error ([UnreadableException]) if it is what is asked for, and else left out.
    ///
    /// @param asked what is going to be read of it; the root for all
    public DataTreeSnapshot observed(YangInstanceIdentifier asked) {
        return readable(datastore.observed(asked));
    }

    /// Running configuration and state in one (RFC 6241 §7.7); what only one of them has is shared.
    public Optional<NormalizedNode> readAll(YangInstanceIdentifier path) {
        return Optional.ofNullable(
                        Nodes.merged(
                                datastore.read(Face.RUNNING).readNode(path).orElse(null),
                                datastore.observed(path).readNode(path).orElse(null)))
                .flatMap(node -> rights.readable(path, node));
    }

    /// What the client may do besides.
    public Rights rights() {
        return rights;
    }

    DataTreeSnapshot readable(DataTreeSnapshot all) {
        return rights.unlimited() ? all : new Readable(all, rights);
    }

    private record Readable(DataTreeSnapshot all, Rights rights) implements DataTreeSnapshot {
        @Override
        public EffectiveModelContext modelContext() {
            return all.modelContext();
        }

        @Override
        public Optional<NormalizedNode> readNode(YangInstanceIdentifier path) {
            return all.readNode(path).flatMap(node -> rights.readable(path, node));
        }

        @Override
        public Optional<VersionInfo> readVersionInfo(YangInstanceIdentifier path) {
            return Optional.empty();
        }

        @Override
        public DataTreeModification newModification() {
            throw new UnsupportedOperationException("edits go through the datastore");
        }
    }
}
