package org.lagopus.agent.dataplane.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;

/// One step from a desired state to the next.
public sealed interface Change {
    Key key();

    /// The object is made, or takes the place of the one with the same key.
    record Set(Item item) implements Change {
        @Override
        public Key key() {
            return item.key();
        }
    }

    record Remove(Key key) implements Change {}

    /// The steps from one set of items to another, in the order in which they can be taken: what
    /// has nobody below it is removed first, then all is set from the ground up, and what would
    /// take others along is removed at last, when they are gone or belong to somebody else.
    static List<Change> between(Collection<Item> before, Collection<Item> after) {
        var old = new LinkedHashMap<Key, Item>();
        before.forEach(item -> old.put(item.key(), item));
        var steps = new ArrayList<Change>();
        for (var item : after) {
            var was = old.remove(item.key());
            if (!item.equals(was)) {
                steps.add(new Set(item));
            }
        }
        old.keySet().forEach(key -> steps.add(new Remove(key)));
        steps.sort(Comparator.comparingInt(Change::turn));
        return steps;
    }

    private int turn() {
        return switch (this) {
            case Remove(var key) when !key.ownsOthers() -> -key.depth();
            case Set(var item) -> 10 + item.key().depth();
            case Remove(var key) -> 30 - key.depth();
        };
    }
}
