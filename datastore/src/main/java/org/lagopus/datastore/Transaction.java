package org.lagopus.datastore;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidate;

/// A commit as one participant sees it.
///
/// @param id what it is called in the log lines of all processes: 16 hexadecimal digits
/// @param generation what running will be called
/// @param base what running is called now
/// @param slices the changed subtrees under the participant's subscriptions
public record Transaction(
        String id,
        long generation,
        long base,
        Actor by,
        @Nullable String comment,
        List<DataTreeCandidate> slices) {
    static final String LOG_KEY = "transaction";

    public Transaction {
        slices = List.copyOf(slices);
    }
}
