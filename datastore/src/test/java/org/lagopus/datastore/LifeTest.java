package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lagopus.datastore.Life.Event;
import org.opendaylight.yangtools.yang.common.ErrorTag;

@Tag("R34")
@Tag("R65")
class LifeTest {
    private static final List<DataError> NONE = List.of();
    private static final List<DataError> WRONG =
            List.of(DataError.of(ErrorTag.OPERATION_FAILED, "wrong"));
    private static final List<DataError> STUCK =
            List.of(DataError.of(ErrorTag.ROLLBACK_FAILED, "stuck"));

    private static Life after(Event... events) {
        Life life = new Life.Editing();
        for (var event : events) {
            life = life.on(event);
        }
        return life;
    }

    @Test
    void runsThroughWhenNothingFails() {
        assertThat(
                        after(
                                new Event.Submitted(),
                                new Event.Validated(NONE),
                                new Event.Prepared(NONE),
                                new Event.Logged(NONE),
                                new Event.Applied(NONE)))
                .isEqualTo(new Life.Running());
    }

    @Test
    void beforeTheDecisionAFailureIsARefusal() {
        assertThat(after(new Event.Submitted(), new Event.Validated(WRONG)))
                .isEqualTo(new Life.Refused(WRONG));
        assertThat(
                        after(
                                new Event.Submitted(),
                                new Event.Validated(NONE),
                                new Event.Prepared(WRONG)))
                .isEqualTo(new Life.Refused(WRONG));
    }

    @Test
    void behindItAFailureRollsBackAndKeepsItsReasons() {
        var notLogged =
                after(
                        new Event.Submitted(),
                        new Event.Validated(NONE),
                        new Event.Prepared(NONE),
                        new Event.Logged(WRONG));
        assertThat(notLogged).isEqualTo(new Life.RollingBack(WRONG));
        assertThat(notLogged.on(new Event.WentBack(NONE))).isEqualTo(new Life.Restored(WRONG));
        var notApplied =
                after(
                        new Event.Submitted(),
                        new Event.Validated(NONE),
                        new Event.Prepared(NONE),
                        new Event.Logged(NONE),
                        new Event.Applied(WRONG),
                        new Event.WentBack(STUCK));
        assertThat(notApplied)
                .isEqualTo(new Life.Restored(List.of(STUCK.getFirst(), WRONG.getFirst())));
    }

    @Test
    void noStepIsLeftOutOrTakenTwice() {
        for (var event :
                List.of(
                        new Event.Validated(NONE),
                        new Event.Prepared(NONE),
                        new Event.Logged(NONE),
                        new Event.Applied(NONE),
                        new Event.WentBack(NONE))) {
            assertThatThrownBy(() -> after(event)).isInstanceOf(IllegalStateException.class);
        }
        assertThatThrownBy(() -> after(new Event.Submitted(), new Event.Submitted()))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() ->
                        after(
                                new Event.Submitted(),
                                new Event.Validated(WRONG),
                                new Event.Prepared(NONE)))
                .isInstanceOf(IllegalStateException.class);
    }
}
