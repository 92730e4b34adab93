package org.lagopus.datastore;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What became of a commit that failed, step by step.
///
/// @param transaction its id in log lines and messages
/// @param commit its number; null where none was taken, for it was not valid
/// @param outcome how it ended, with what the client was told
record Attempt(
        String transaction,
        @Nullable Long commit,
        Instant time,
        Actor by,
        @Nullable String comment,
        Life outcome,
        List<Step> steps) {
    enum Phase {
        VALIDATE,
        PREPARE,
        LOG,
        COMMIT,
        ABORT
    }

    enum Result {
        DONE,
        REFUSED,
        LATE,
        GONE,
        /// It was told, and nobody waited for an answer.
        TOLD
    }

    /// @param component who was asked; null for what the datastore does itself, or all of them
    ///   together
    /// @param nanos until the answer, or the end of its time
    record Step(
            Phase phase,
            @Nullable String component,
            long nanos,
            Result result,
            List<DataError> errors) {
        /// Errors of one step that are kept.
        private static final int MOST = 100;

        Step {
            errors = List.copyOf(errors.subList(0, Math.min(MOST, errors.size())));
        }

        CommitReport.Step reported() {
            return new CommitReport.Step(
                    phase.name().toLowerCase(Locale.ROOT),
                    component,
                    nanos,
                    result == Result.DONE || result == Result.TOLD);
        }

        static Step of(Phase phase, String component, long nanos, Round.Answer answer) {
            return switch (answer) {
                case Round.Answer.Yes _ ->
                        new Step(phase, component, nanos, Result.DONE, List.of());
                case Round.Answer.No(var errors) ->
                        new Step(phase, component, nanos, Result.REFUSED, errors);
                case Round.Answer.Late _ ->
                        new Step(phase, component, nanos, Result.LATE, List.of());
                case Round.Answer.Gone _ ->
                        new Step(phase, component, nanos, Result.GONE, List.of());
            };
        }
    }

    Attempt {
        steps = List.copyOf(steps);
    }

    /// The last ones, until the end of the process.
    static final class Kept {
        private static final int MOST = 32;

        private final Deque<Attempt> kept = new ArrayDeque<>();

        synchronized void add(Attempt attempt) {
            if (kept.size() == MOST) {
                kept.removeFirst();
            }
            kept.addLast(attempt);
        }

        /// @param commit its number; null for the last one
        synchronized Optional<Attempt> find(@Nullable Long commit) {
            return commit == null
                    ? Optional.ofNullable(kept.peekLast())
                    : kept.stream().filter(one -> commit.equals(one.commit())).findFirst();
        }
    }
}
