package org.lagopus.agent.dataplane.config;

import java.util.Map;
import java.util.Set;
import org.lagopus.agent.dataplane.model.Item;

/// Network instances.
final class Instances {
    /// Stands for the default instance that is there although nobody configured it.
    static final String IMPLICIT = "";

    private static final int NUMBER_OF_DEFAULT = 1;

    private final Records records;
    private final Progress progress;
    private final Map<String, Integer> hints;

    /// @param hints numbers that instances had before the agent started
    Instances(Records records, Progress progress, Map<String, Integer> hints) {
        this.records = records;
        this.progress = progress;
        this.hints = hints;
    }

    void translate(Set<String> touched) {
        touched.forEach(this::giveBackNumber);
        touched.forEach(this::comeBackToNumber);
        touched.forEach(name -> instance(name, touched));
    }

    private void instance(String name, Set<String> touched) {
        var at = new Place.Instance(name);
        if (name.equals(IMPLICIT)) {
            var implicit = new Item.Instance(1, "default", Item.Forwarding.ROUTED, false, 0, 0);
            progress.put(
                    at.unit(),
                    records.defaultInstances().isEmpty()
                            ? Translated.to(implicit)
                            : Translated.nothing());
            return;
        }
        var entry = records.find(at, Entry.Instance.class);
        if (entry.isEmpty()) {
            records.instances.take(name);
        }
        progress.put(
                at.unit(), entry.map(e -> instance(at, e, touched)).orElse(Translated.nothing()));
    }

    /// Number 1 is for the default instance only, and free for another as soon as it is none.
    private void giveBackNumber(String name) {
        var at = new Place.Instance(name);
        boolean isDefault =
                records.find(at, Entry.Instance.class)
                        .filter(Entry.Instance::isDefault)
                        .isPresent();
        if (isNumbered(at) && !isDefault) {
            records.instances.take(name);
        }
    }

    /// Those with a number to come back to are first, or a new one would take it.
    private void comeBackToNumber(String name) {
        int hint = hints.getOrDefault(name, 0);
        boolean isOther =
                records.find(new Place.Instance(name), Entry.Instance.class)
                        .filter(entry -> !entry.isDefault())
                        .isPresent();
        if (isOther
                && hint > NUMBER_OF_DEFAULT
                && records.instances.of(name).isEmpty()
                && records.instances.isFree(hint)) {
            records.instances.give(name, hint);
        }
    }

    private Translated instance(Place.Instance at, Entry.Instance entry, Set<String> touched) {
        var type = at.path().child("config").child("type");
        switch (entry.type()) {
            case "" -> {
                return Translated.refused(
                        type, "missing-element", "a network instance needs a type");
            }
            case "DEFAULT_INSTANCE" -> {
                var others = records.defaultInstances().stream().filter(o -> !o.equals(at));
                var other = others.filter(o -> isNumbered(o) || !touched.contains(o.name()));
                var first = other.findFirst();
                if (first.isPresent()) {
                    return Translated.refused(
                            type,
                            "in-use",
                            "network instance "
                                    + first.get().name()
                                    + " is the default instance already");
                }
            }
            case "L3VRF", "L2VSI" -> {
                if (at.name().equals("default")) {
                    return Translated.refused(
                            type,
                            "invalid-value",
                            "the name default belongs to the instance of type DEFAULT_INSTANCE");
                }
            }
            default -> {
                return Translated.refused(
                        type,
                        "operation-not-supported",
                        "a network instance of type " + entry.type() + " is not implemented");
            }
        }
        return Translated.to(
                new Item.Instance(
                        instanceNumber(at, entry),
                        at.name(),
                        entry.bridges() ? Item.Forwarding.BRIDGED : Item.Forwarding.ROUTED,
                        entry.bridges() && entry.macLearning(),
                        entry.bridges() ? entry.macAgeing() : 0,
                        entry.bridges() ? entry.macLimit() : 0));
    }

    private boolean isNumbered(Place.Instance at) {
        return records.instances.of(at.name()).orElse(0) == NUMBER_OF_DEFAULT;
    }

    private int instanceNumber(Place.Instance at, Entry.Instance entry) {
        var has = records.instances.of(at.name());
        if (entry.isDefault()) {
            return records.instances.give(at.name(), NUMBER_OF_DEFAULT);
        }
        if (has.isPresent() && has.getAsInt() != NUMBER_OF_DEFAULT) {
            return has.getAsInt();
        }
        return records.instances.giveLowest(at.name(), NUMBER_OF_DEFAULT + 1);
    }
}
