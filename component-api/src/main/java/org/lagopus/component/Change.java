package org.lagopus.component;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one commit changes under a component's subscriptions.
///
/// @param generation the commit, never used twice
/// @param base the generation it stands on
/// @param edits removals first, then puts, each parent before what is below it
/// @param user who asked for it
/// @param comment what the user said about it
/// @param transaction what it is called in log lines: 16 hexadecimal digits, in the MDC as
///   [#LOG_KEY] while the handler works on it; null for one that runs already
public record Change(
        long generation,
        long base,
        List<Edit> edits,
        String user,
        @Nullable String comment,
        @Nullable String transaction) {
    /// Key of the transaction's name in the MDC of whatever thread works on it.
    public static final String LOG_KEY = "transaction";

    public Change {
        edits = List.copyOf(edits);
    }
}
