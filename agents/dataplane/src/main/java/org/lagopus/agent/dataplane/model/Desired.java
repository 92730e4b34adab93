package org.lagopus.agent.dataplane.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The desired state that is running: the items of each unit.
public final class Desired {
    private final Map<Unit, List<Item>> units = new LinkedHashMap<>();

    public List<Item> of(Unit unit) {
        return units.getOrDefault(unit, List.of());
    }

    public Collection<Unit> units() {
        return units.keySet();
    }

    /// All items, what others refer to first.
    public List<Change> all() {
        var items = new ArrayList<Item>();
        units.values().forEach(items::addAll);
        return Change.between(List.of(), items);
    }

    /// The steps that make these units what they are to become.
    public List<Change> changes(Map<Unit, List<Item>> next) {
        var before = new ArrayList<Item>();
        var after = new ArrayList<Item>();
        next.forEach((unit, items) -> {
            before.addAll(of(unit));
            after.addAll(items);
        });
        return Change.between(before, after);
    }

    /// Makes these units what they are to become, and returns what they were.
    public Map<Unit, List<Item>> apply(Map<Unit, List<Item>> next) {
        var before = new HashMap<Unit, List<Item>>();
        next.forEach((unit, items) -> {
            before.put(unit, of(unit));
            if (items.isEmpty()) {
                units.remove(unit);
            } else {
                units.put(unit, items);
            }
        });
        return before;
    }

    public void clear() {
        units.clear();
    }

    /// Takes an object out, with everything that refers to it.
    public void removeWith(Key key) {
        var gone = new HashSet<Key>();
        var left = new ArrayDeque<Key>();
        left.add(key);
        while (!left.isEmpty()) {
            var target = left.remove();
            if (gone.add(target) && target.ownsOthers()) {
                units.values().stream()
                        .flatMap(List::stream)
                        .filter(item -> item.refersTo(target))
                        .forEach(item -> left.add(item.key()));
            }
        }
        for (var unit : List.copyOf(units.keySet())) {
            var items = of(unit).stream().filter(item -> !gone.contains(item.key())).toList();
            apply(Map.of(unit, items));
        }
    }

    /// The unit an object follows from.
    public static Optional<Unit> ownerOf(Key key, Map<Unit, List<Item>> units) {
        return units.entrySet().stream()
                .filter(e -> e.getValue().stream().anyMatch(item -> item.key().equals(key)))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    public Optional<Unit> ownerOf(Key key) {
        return ownerOf(key, units);
    }
}
