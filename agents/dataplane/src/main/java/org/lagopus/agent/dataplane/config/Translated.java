package org.lagopus.agent.dataplane.config;

import java.util.List;
import org.lagopus.agent.dataplane.model.Item;
import org.lagopus.component.Path;
import org.lagopus.component.Refusal;

/// What a unit of the configuration comes to.
sealed interface Translated {
    record Items(List<Item> items) implements Translated {
        public Items {
            items = List.copyOf(items);
        }
    }

    record Refused(Refusal refusal) implements Translated {}

    /// What it stands on was refused, and that is told already.
    record Groundless() implements Translated {}

    static Translated to(Item... items) {
        return new Items(List.of(items));
    }

    static Translated nothing() {
        return new Items(List.of());
    }

    static Translated refused(Path path, String tag, String message) {
        return new Refused(Refusal.at(path, tag, message));
    }
}
