package org.lagopus.agent.dataplane.worker;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lagopus.agent.dataplane.model.Key;
import org.lagopus.component.ring.messages.RingError;

/// How a step of a transaction ended.
public sealed interface Outcome {
    record Done() implements Outcome {}

    /// The worker will not, and everything is as before.
    record Refused(List<Fault> faults) implements Outcome {
        public Refused {
            faults = List.copyOf(faults);
        }
    }

    /// Nobody knows how it ended: the worker went, or did not answer in time.
    record Lost(String why) implements Outcome {}

    /// @param key the object it is about, where it is about one
    record Fault(@Nullable Key key, RingError error, String text) {}
}
