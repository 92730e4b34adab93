package org.lagopus.datastore;

import java.util.Optional;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeModification;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeSnapshot;
import org.opendaylight.yangtools.yang.data.tree.api.VersionInfo;
import org.opendaylight.yangtools.yang.model.api.EffectiveModelContext;

/// An immutable tree to read from. What is written goes through [Datastore], so it makes no
/// modifications.
record TreeSnapshot(EffectiveModelContext modelContext, NormalizedNode root)
        implements DataTreeSnapshot {
    @Override
    public Optional<NormalizedNode> readNode(YangInstanceIdentifier path) {
        return Optional.ofNullable(Nodes.find(root, path));
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
