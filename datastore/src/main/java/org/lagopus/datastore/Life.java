package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.List;

/// Life of one commit.
///
///     Editing --submitted--> Validating --valid--> Preparing --agreed--> Deciding --logged--> Applying --confirmed--> Running
///                                |                     |                     |                   |
///                              wrong                declined              not logged           failed
///                                |                     |                     |                   |
///                                '----> Refused <------'                     '---> RollingBack <-'
///                                                                                      |
///                                                                                  went back
///                                                                                      |
///                                                                                      v
///                                                                                   Restored
///
/// The record in the log is the decision: before it nothing has happened anywhere, behind it the
/// commit happens or is taken back, whoever dies in between. Refused, Running and Restored are the
/// ends; in Refused and Restored running is what it was.
///
/// One at a time is in Validating, Preparing and Applying. In Deciding there may be several, in the
/// order of the log, when no participant takes part in them: each stands on the one before it, and a
/// record that does not come to the disk takes all behind it with it ([GroupCommit]). A commit that
/// participants are asked about is alone from Preparing to its end.
sealed interface Life {
    record Editing() implements Life {}

    record Validating() implements Life {}

    record Preparing() implements Life {}

    record Deciding() implements Life {}

    record Applying() implements Life {}

    record Running() implements Life {}

    record Refused(List<DataError> errors) implements Life {}

    /// @param errors why
    record RollingBack(List<DataError> errors) implements Life {}

    /// @param errors why, and what could not go back
    record Restored(List<DataError> errors) implements Life {}

    sealed interface Event {
        List<DataError> errors();

        record Submitted() implements Event {
            @Override
            public List<DataError> errors() {
                return List.of();
            }
        }

        /// @param errors empty when it is valid
        record Validated(List<DataError> errors) implements Event {}

        /// @param errors empty when all agreed
        record Prepared(List<DataError> errors) implements Event {}

        /// @param errors empty when the record is on the disk
        record Logged(List<DataError> errors) implements Event {}

        /// @param errors empty when all confirmed
        record Applied(List<DataError> errors) implements Event {}

        /// @param errors of those that could not go back
        record WentBack(List<DataError> errors) implements Event {}
    }

    default Life on(Event event) {
        return switch (event) {
            case Event.Submitted _ when this instanceof Editing -> new Validating();
            case Event.Validated(var errors) when this instanceof Validating ->
                    errors.isEmpty() ? new Preparing() : new Refused(errors);
            case Event.Prepared(var errors) when this instanceof Preparing ->
                    errors.isEmpty() ? new Deciding() : new Refused(errors);
            case Event.Logged(var errors) when this instanceof Deciding ->
                    errors.isEmpty() ? new Applying() : new RollingBack(errors);
            case Event.Applied(var errors) when this instanceof Applying ->
                    errors.isEmpty() ? new Running() : new RollingBack(errors);
            case Event.WentBack(var errors) when this instanceof RollingBack(var why) -> {
                var all = new ArrayList<>(errors);
                all.addAll(why);
                yield new Restored(List.copyOf(all));
            }
            case Event.Submitted _,
                    Event.Validated _,
                    Event.Prepared _,
                    Event.Logged _,
                    Event.Applied _,
                    Event.WentBack _ ->
                    throw new IllegalStateException(this + " cannot take " + event);
        };
    }
}
