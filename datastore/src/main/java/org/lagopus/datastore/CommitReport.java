package org.lagopus.datastore;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a commit went, for who counts.
///
/// @param nanos from the moment it had something to do until its end
public record CommitReport(Outcome outcome, long nanos, List<Step> steps) {
    /// Where it ended.
    public enum Outcome {
        /// It runs everywhere.
        RUNNING,
        /// It was not valid, or a component refused it: nothing has changed.
        REFUSED,
        /// It could not be written or applied, and was taken back.
        TAKEN_BACK
    }

    /// @param phase of the two-phase commit: `validate`, `prepare`, `log`, `commit`, `abort`
    /// @param component who was asked; null for the whole phase
    /// @param done false if the answer was no, late, or none
    public record Step(String phase, @Nullable String component, long nanos, boolean done) {}

    public CommitReport {
        steps = List.copyOf(steps);
    }
}
