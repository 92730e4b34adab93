package org.lagopus.datastore;

import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;

/// What running still waits for: the confirmation of a confirmed commit (RFC 6241 §8.4).
///
///     Settled --confirmed commit--> Waiting --confirming commit--> Settled
///                                   |  ^ '--confirmed commit again--.
///                                   |  '----------------------------'
///          time is up, cancel-commit, session ended, lagopusd ended
///                                   |
///                                   '--> Reverting --went back--> Settled
///
/// What is gone back to is what running was before the first confirmed commit, however many follow
/// it; each of them only begins the time anew. Without `persist` the wait belongs to a session and
/// ends with it, and nobody else may confirm; with it, it belongs to whoever knows the word. Nobody
/// but a commit that confirms changes running in the meantime: it would be lost in going back.
///
/// The function has no side effects: time is handed in, and whoever calls it does what the next
/// state asks for. Only an event that somebody asked for is ever refused.
sealed interface Confirmation {
    /// Nothing is waited for.
    record Settled() implements Confirmation {}

    /// @param base generation of what is gone back to
    /// @param session whose end ends the wait, unless there is `persist`
    /// @param untilNanos the time is up then
    record Waiting(long base, long session, @Nullable String persist, long untilNanos)
            implements Confirmation {}

    /// Running has to become `base` again; tried until it succeeds.
    record Reverting(long base, String why) implements Confirmation {}

    /// What a commit says about confirmation.
    ///
    /// @param confirmed null for a commit that stays, and so confirms what is waited for
    /// @param persistId of the wait that is meant
    record Terms(@Nullable Confirmed confirmed, @Nullable String persistId) {
        static final Terms NONE = new Terms(null, null);
    }

    /// @param persist the word by which any session may confirm
    record Confirmed(long timeoutNanos, @Nullable String persist) {}

    sealed interface Event {
        /// @param base generation of running before it
        record Commit(Terms terms, long session, long base, long nowNanos) implements Event {}

        /// Any other change of running.
        record Edit() implements Event {}

        record Cancel(long session, @Nullable String persistId) implements Event {}

        record SessionEnded(long session) implements Event {}

        record Tick(long nowNanos) implements Event {}

        record WentBack() implements Event {}
    }

    sealed interface Step {
        record To(Confirmation next) implements Step {}

        record Refused(DataError why) implements Step {}
    }

    default Step on(Event event) {
        return switch (event) {
            case Event.Commit commit -> onCommit(commit);
            case Event.Edit _ -> this instanceof Settled ? new Step.To(this) : busy();
            case Event.Cancel(var session, var id) -> onCancel(session, id);
            case Event.SessionEnded(var session)
                    when this instanceof Waiting(var base, var owner, var persist, _)
                            && persist == null
                            && owner == session ->
                    new Step.To(new Reverting(base, "session %d ended".formatted(session)));
            case Event.Tick(var now)
                    when this instanceof Waiting(var base, _, _, var until) && now - until >= 0 ->
                    new Step.To(new Reverting(base, "not confirmed in time"));
            case Event.WentBack _ when this instanceof Reverting -> new Step.To(new Settled());
            case Event.SessionEnded _, Event.Tick _, Event.WentBack _ -> new Step.To(this);
        };
    }

    private Step onCommit(Event.Commit commit) {
        var id = commit.terms().persistId();
        var confirmed = commit.terms().confirmed();
        return switch (this) {
            case Settled _ when id != null -> unknown("there is no confirmed commit to confirm");
            case Settled _ when confirmed == null -> new Step.To(this);
            case Settled _ when confirmed.persist() == null && commit.session() == 0 ->
                    refused(
                            DataError.of(
                                            ErrorTag.MISSING_ELEMENT,
                                            "a confirmed commit without a session needs persist")
                                    .withInfo("bad-element", "persist"));
            case Settled _ -> new Step.To(waiting(confirmed, commit, commit.base(), null));
            case Waiting(_, _, var persist, _) when id != null && !id.equals(persist) ->
                    unknown("no confirmed commit has this persist-id");
            case Waiting(_, _, var persist, _) when persist != null && id == null -> busy();
            case Waiting(_, var owner, var persist, _)
                    when persist == null && owner != commit.session() ->
                    busy();
            case Waiting _ when confirmed == null -> new Step.To(new Settled());
            case Waiting(var base, _, var persist, _) ->
                    new Step.To(waiting(confirmed, commit, base, persist));
            case Reverting _ -> busy();
        };
    }

    private static Waiting waiting(
            Confirmed confirmed, Event.Commit commit, long base, @Nullable String before) {
        return new Waiting(
                base,
                commit.session(),
                confirmed.persist() == null ? before : confirmed.persist(),
                commit.nowNanos() + confirmed.timeoutNanos());
    }

    private Step onCancel(long session, @Nullable String id) {
        return switch (this) {
            case Waiting(_, _, var persist, _) when id != null && !id.equals(persist) ->
                    unknown("no confirmed commit has this persist-id");
            case Waiting(_, var owner, var persist, _)
                    when id == null && (persist != null || owner != session) ->
                    refused(
                            DataError.of(
                                    ErrorTag.OPERATION_FAILED,
                                    persist != null
                                            ? "the confirmed commit has a persist-id"
                                            : "the confirmed commit is another session's"));
            case Waiting(var base, _, _, _) -> new Step.To(new Reverting(base, "cancelled"));
            case Settled _, Reverting _ when id != null ->
                    unknown("there is no confirmed commit to cancel");
            case Settled _, Reverting _ ->
                    refused(
                            DataError.of(
                                    ErrorTag.OPERATION_FAILED,
                                    "there is no confirmed commit to cancel"));
        };
    }

    private static Step busy() {
        return refused(DataError.of(ErrorTag.IN_USE, "a confirmed commit is not confirmed yet"));
    }

    private static Step unknown(String why) {
        return refused(
                DataError.of(ErrorTag.INVALID_VALUE, why).withInfo("bad-element", "persist-id"));
    }

    private static Step refused(DataError why) {
        return new Step.Refused(why.withType(ErrorType.PROTOCOL));
    }
}
