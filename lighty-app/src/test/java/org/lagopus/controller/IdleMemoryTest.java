package org.lagopus.controller;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("R2")
class IdleMemoryTest {
    private final AtomicLong made = new AtomicLong();
    private final AtomicInteger collections = new AtomicInteger();
    private IdleMemory.Old old = new IdleMemory.Old(0, 0);
    private final IdleMemory memory =
            new IdleMemory(made::get, () -> old, collections::incrementAndGet);

    private void look(long madeSince) {
        made.addAndGet(madeSince);
        memory.look();
    }

    @Test
    void collectsOnceWhenWorkIsOver() {
        look(IdleMemory.MUCH);
        look(IdleMemory.MUCH);
        assertThat(collections).as("while somebody works").hasValue(0);
        look(0);
        look(0);
        look(IdleMemory.IDLE - 1);
        assertThat(collections).hasValue(1);
    }

    @Test
    void whatGrowsOldUnderALoadIsCollectedWhenItStays() {
        old = new IdleMemory.Old(IdleMemory.GROWTH + 9, 10);
        for (int i = 0; i < 100; i++) {
            look(IdleMemory.MUCH);
        }
        assertThat(collections).as("it has not grown enough").hasValue(0);
        old = new IdleMemory.Old(IdleMemory.GROWTH + 10, 10);
        for (int i = 0; i < IdleMemory.LOOKS - 1; i++) {
            look(IdleMemory.MUCH);
        }
        old = new IdleMemory.Old(0, 10);
        look(IdleMemory.MUCH);
        old = new IdleMemory.Old(IdleMemory.GROWTH + 10, 10);
        for (int i = 0; i < IdleMemory.LOOKS - 1; i++) {
            look(IdleMemory.MUCH);
        }
        assertThat(collections).as("it does not stay").hasValue(0);
        look(IdleMemory.MUCH);
        assertThat(collections).hasValue(1);
        look(IdleMemory.MUCH);
        assertThat(collections).as("once").hasValue(1);
    }

    @Test
    void ofALargeConfigurationMoreMayGrowOld() {
        long alive = 8 * IdleMemory.GROWTH;
        old = new IdleMemory.Old(alive + 4 * IdleMemory.GROWTH - 1, alive);
        for (int i = 0; i < 100; i++) {
            look(IdleMemory.MUCH);
        }
        assertThat(collections).hasValue(0);
    }

    @Test
    void littleIsNotWorthTheWhile() {
        look(IdleMemory.MUCH - IdleMemory.IDLE);
        look(0);
        assertThat(collections).hasValue(0);
    }

    @Test
    void whatIsMadeSlowlyCountsAsWell() {
        for (long all = 0; all < IdleMemory.MUCH; all += IdleMemory.IDLE / 2) {
            look(IdleMemory.IDLE / 2);
        }
        look(0);
        assertThat(collections).hasValue(1);
    }
}
