package org.lagopus.controller.components;

import java.util.function.LongSupplier;
import org.lagopus.datastore.Datastore;

/// What all sessions share, and the world as they see it.
///
/// @param ids a number that was not used before, not even by the process before this one
/// @param nanos a clock that only goes forward
record Shared(
        ComponentSettings settings,
        Datastore datastore,
        Records records,
        StateReader stateReader,
        Roster roster,
        Grants grants,
        LongSupplier ids,
        LongSupplier nanos,
        Threads threads) {
    /// Does what may have to wait for a commit.
    @FunctionalInterface
    interface Threads {
        void start(String name, Runnable work);
    }

    static Shared of(
            ComponentSettings settings,
            Datastore datastore,
            Roster roster,
            Grants grants,
            LongSupplier ids) {
        return new Shared(
                settings,
                datastore,
                new Records(datastore.model()),
                new StateReader(datastore.model()),
                roster,
                grants,
                ids,
                System::nanoTime,
                (name, work) -> Thread.ofVirtual().name(name).start(work));
    }
}
