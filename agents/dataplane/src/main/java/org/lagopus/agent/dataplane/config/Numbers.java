package org.lagopus.agent.dataplane.config;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;

/// Who has which number. Each has one and no number is given twice; what is done can be undone.
final class Numbers<T> {
    private final Map<T, Integer> numbers = new HashMap<>();
    private final Map<Integer, T> owners = new HashMap<>();
    private final Consumer<Runnable> undo;

    /// @param undo told after each change how to take it back
    Numbers(Consumer<Runnable> undo) {
        this.undo = undo;
    }

    OptionalInt of(T owner) {
        var number = numbers.get(owner);
        return number == null ? OptionalInt.empty() : OptionalInt.of(number);
    }

    boolean isFree(int number) {
        return !owners.containsKey(number);
    }

    /// @throws IllegalStateException if somebody else has that number
    int give(T owner, int number) {
        var has = numbers.get(owner);
        if (has != null && has == number) {
            return number;
        }
        if (owners.containsKey(number)) {
            throw new IllegalStateException(number + " belongs to " + owners.get(number));
        }
        take(owner);
        put(owner, number);
        undo.accept(() -> drop(owner));
        return number;
    }

    int giveLowest(T owner, int from) {
        int number = from;
        while (owners.containsKey(number)) {
            number++;
        }
        return give(owner, number);
    }

    /// The owner has no number any more.
    void take(T owner) {
        var number = drop(owner);
        if (number != null) {
            undo.accept(() -> put(owner, number));
        }
    }

    Map<T, Integer> all() {
        return Map.copyOf(numbers);
    }

    private void put(T owner, int number) {
        numbers.put(owner, number);
        owners.put(number, owner);
    }

    private @org.jspecify.annotations.Nullable Integer drop(T owner) {
        var number = numbers.remove(owner);
        if (number != null) {
            owners.remove(number);
        }
        return number;
    }
}
