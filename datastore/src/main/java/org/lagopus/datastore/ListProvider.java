package org.lagopus.datastore;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;

/// Gives out the entries of a list of state that no store holds: a large table is read where it is,
/// when somebody asks. Called by whoever reads, by several at once.
public interface ListProvider {
    /// The entry with these keys; empty if there is none.
    Optional<MapEntryNode> entry(NodeIdentifierWithPredicates keys) throws IOException;

    /// Some entries, in an order of the provider's own.
    ///
    /// @param after null at the beginning, or what the page before said comes after it
    Page page(@Nullable String after) throws IOException;

    /// @param after where the next page begins; null for the last one
    record Page(List<MapEntryNode> entries, @Nullable String after) {
        public Page {
            entries = List.copyOf(entries);
        }
    }
}
