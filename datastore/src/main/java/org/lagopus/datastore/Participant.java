package org.lagopus.datastore;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// One component as the coordinator sees it.
///
/// A stage completes exceptionally only when the component is gone; a refusal is a list of errors,
/// and the empty list means yes.
public interface Participant {
    String name();

    /// 1 or 2: a component with one face saves its old parameters and applies in `commit`, before
    /// those that hold two and only flip.
    int faces();

    /// Whether a commit that touches its subscriptions needs it.
    boolean required();

    /// More time than others have for what it was asked last, because that is much.
    default Duration allowance() {
        return Duration.ZERO;
    }

    /// The subtrees it wants to hear of; the empty path is everything.
    Collection<YangInstanceIdentifier> subscriptions();

    /// Checks against its own resources and builds its next face.
    CompletionStage<List<DataError>> prepare(Transaction transaction);

    CompletionStage<List<DataError>> commit(Transaction transaction);

    /// Forgets what was prepared, and after a commit goes back to [Transaction#base()].
    CompletionStage<List<DataError>> abort(Transaction transaction);
}
