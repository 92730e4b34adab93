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
    private final IdleMemory memory = new IdleMemory(made::get, collections::incrementAndGet);

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
