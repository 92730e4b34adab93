package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidate;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;
import org.opendaylight.yangtools.yang.data.tree.api.ModificationType;
import org.opendaylight.yangtools.yang.data.tree.spi.DataTreeCandidates;

/// Cuts out of a change what lies under the paths somebody wants to hear of.
final class Subscriptions {
    private Subscriptions() {}

    /// Empty when the change is none of theirs. A path below another one of the list is not told
    /// twice.
    static List<DataTreeCandidate> slices(
            DataTreeCandidateNode root, Collection<YangInstanceIdentifier> paths) {
        var slices = new ArrayList<DataTreeCandidate>();
        for (var path : paths) {
            boolean covered =
                    paths.stream().anyMatch(other -> !other.equals(path) && other.contains(path));
            var node = covered ? null : find(root, path);
            if (node != null) {
                slices.add(DataTreeCandidates.newDataTreeCandidate(path, node));
            }
        }
        return slices;
    }

    static boolean touches(DataTreeCandidateNode root, YangInstanceIdentifier path) {
        return find(root, path) != null;
    }

    private static @Nullable DataTreeCandidateNode find(
            DataTreeCandidateNode root, YangInstanceIdentifier path) {
        @Nullable DataTreeCandidateNode at = root;
        for (var step : path.getPathArguments()) {
            at = at.modifiedChild(step);
            if (at == null) {
                return null;
            }
        }
        return at.modificationType() == ModificationType.UNMODIFIED ? null : at;
    }
}
