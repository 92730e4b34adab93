package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lagopus.datastore.Confirmation.Confirmed;
import org.lagopus.datastore.Confirmation.Event;
import org.lagopus.datastore.Confirmation.Reverting;
import org.lagopus.datastore.Confirmation.Settled;
import org.lagopus.datastore.Confirmation.Step;
import org.lagopus.datastore.Confirmation.Terms;
import org.lagopus.datastore.Confirmation.Waiting;
import org.opendaylight.yangtools.yang.common.ErrorTag;

@Tag("R17")
@Tag("R35")
class ConfirmationTest {
    private static final Settled SETTLED = new Settled();

    private static Event confirmed(
            long session,
            long base,
            long now,
            long timeout,
            @Nullable String persist,
            @Nullable String id) {
        return new Event.Commit(new Terms(new Confirmed(timeout, persist), id), session, base, now);
    }

    private static Event commit(long session, @Nullable String id) {
        return new Event.Commit(new Terms(null, id), session, 9, 0);
    }

    private static Confirmation after(Confirmation from, Event... events) {
        var at = from;
        for (var event : events) {
            at =
                    switch (at.on(event)) {
                        case Step.To(var next) -> next;
                        case Step.Refused(var why) -> fail("%s refused %s: %s", at, event, why);
                    };
        }
        return at;
    }

    private static ErrorTag refusal(Confirmation at, Event event) {
        return switch (at.on(event)) {
            case Step.To(var next) -> fail("%s took %s to %s", at, event, next);
            case Step.Refused(var why) -> why.tag();
        };
    }

    @Test
    void aCommitOfTheSameSessionConfirms() {
        var waiting = after(SETTLED, confirmed(1, 4, 100, 50, null, null));
        assertThat(waiting).isEqualTo(new Waiting(4, 1, null, 150));
        assertThat(after(waiting, commit(1, null))).isEqualTo(SETTLED);
        assertThat(refusal(waiting, commit(2, null))).isEqualTo(ErrorTag.IN_USE);
        assertThat(refusal(waiting, commit(1, "x"))).isEqualTo(ErrorTag.INVALID_VALUE);
    }

    @Test
    void withPersistWhoeverKnowsTheWordConfirms() {
        var waiting = after(SETTLED, confirmed(1, 4, 100, 50, "word", null));
        assertThat(after(waiting, commit(2, "word"))).isEqualTo(SETTLED);
        assertThat(refusal(waiting, commit(1, null))).isEqualTo(ErrorTag.IN_USE);
        assertThat(refusal(waiting, commit(1, "guess"))).isEqualTo(ErrorTag.INVALID_VALUE);
        assertThat(after(waiting, new Event.SessionEnded(1))).isEqualTo(waiting);
    }

    @Test
    void aSecondOneBeginsTheTimeAnewAndKeepsTheBackup() {
        var first = after(SETTLED, confirmed(1, 4, 100, 50, null, null));
        var second = after(first, confirmed(1, 5, 140, 50, null, null));
        assertThat(second).isEqualTo(new Waiting(4, 1, null, 190));
        assertThat(after(second, new Event.Tick(150))).isEqualTo(second);
        assertThat(after(second, new Event.Tick(190)))
                .isEqualTo(new Reverting(4, "not confirmed in time"));
        assertThat(after(first, confirmed(1, 5, 140, 50, "late", null)))
                .as("may persist from then on")
                .isEqualTo(new Waiting(4, 1, "late", 190));
        var persistent = after(SETTLED, confirmed(1, 4, 100, 50, "word", null));
        assertThat(after(persistent, confirmed(2, 5, 120, 50, null, "word")))
                .isEqualTo(new Waiting(4, 2, "word", 170));
    }

    @Test
    void theEndOfItsSessionAndNoOtherGoesBack() {
        var waiting = after(SETTLED, confirmed(1, 4, 100, 50, null, null));
        assertThat(after(waiting, new Event.SessionEnded(2))).isEqualTo(waiting);
        assertThat(after(waiting, new Event.SessionEnded(1)))
                .isEqualTo(new Reverting(4, "session 1 ended"));
    }

    @Test
    void cancellingIsForWhoMayConfirm() {
        var waiting = after(SETTLED, confirmed(1, 4, 100, 50, null, null));
        var persistent = after(SETTLED, confirmed(1, 4, 100, 50, "word", null));
        var back = new Reverting(4, "cancelled");
        assertThat(after(waiting, new Event.Cancel(1, null))).isEqualTo(back);
        assertThat(after(persistent, new Event.Cancel(7, "word"))).isEqualTo(back);
        assertThat(refusal(waiting, new Event.Cancel(2, null)))
                .isEqualTo(ErrorTag.OPERATION_FAILED);
        assertThat(refusal(persistent, new Event.Cancel(1, null)))
                .isEqualTo(ErrorTag.OPERATION_FAILED);
        assertThat(refusal(persistent, new Event.Cancel(1, "guess")))
                .isEqualTo(ErrorTag.INVALID_VALUE);
        assertThat(refusal(SETTLED, new Event.Cancel(1, null)))
                .isEqualTo(ErrorTag.OPERATION_FAILED);
        assertThat(refusal(SETTLED, new Event.Cancel(1, "word"))).isEqualTo(ErrorTag.INVALID_VALUE);
    }

    @Test
    void nobodyElseWritesInTheMeantime() {
        var waiting = after(SETTLED, confirmed(1, 4, 100, 50, null, null));
        var reverting = after(waiting, new Event.Tick(150));
        assertThat(refusal(waiting, new Event.Edit())).isEqualTo(ErrorTag.IN_USE);
        assertThat(refusal(reverting, new Event.Edit())).isEqualTo(ErrorTag.IN_USE);
        assertThat(refusal(reverting, commit(1, null))).isEqualTo(ErrorTag.IN_USE);
        assertThat(after(reverting, new Event.WentBack(), new Event.Edit())).isEqualTo(SETTLED);
    }

    @Test
    void withNothingToConfirmAnIdIsWrong() {
        assertThat(refusal(SETTLED, commit(1, "word"))).isEqualTo(ErrorTag.INVALID_VALUE);
        assertThat(after(SETTLED, commit(1, null))).isEqualTo(SETTLED);
        assertThat(refusal(SETTLED, confirmed(0, 4, 0, 1, null, null)))
                .as("without a session nobody would end it")
                .isEqualTo(ErrorTag.MISSING_ELEMENT);
    }

    @Test
    void timeMayPassTheEndOfItsNumbers() {
        var waiting = after(SETTLED, confirmed(1, 4, Long.MAX_VALUE - 10, 50, null, null));
        assertThat(after(waiting, new Event.Tick(Long.MAX_VALUE))).isEqualTo(waiting);
        assertThat(after(waiting, new Event.Tick(Long.MIN_VALUE + 45)))
                .isInstanceOf(Reverting.class);
    }
}
