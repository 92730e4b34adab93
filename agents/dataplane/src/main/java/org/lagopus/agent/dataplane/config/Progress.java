package org.lagopus.agent.dataplane.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lagopus.agent.dataplane.model.Desired;
import org.lagopus.agent.dataplane.model.Item;
import org.lagopus.agent.dataplane.model.Unit;
import org.lagopus.component.Refusal;

/// How far a translation has come: the units that are translated, before all others as they run.
final class Progress {
    private final Desired running;
    private final Map<Unit, List<Item>> next = new LinkedHashMap<>();
    private final Set<Unit> failed = new HashSet<>();
    private final List<Refusal> problems = new ArrayList<>();

    Progress(Desired running) {
        this.running = running;
    }

    void put(Unit unit, Translated translated) {
        switch (translated) {
            case Translated.Items(var items) -> next.put(unit, items);
            case Translated.Refused(var refusal) -> {
                refuse(refusal);
                fail(unit);
            }
            case Translated.Groundless _ -> fail(unit);
        }
    }

    private void fail(Unit unit) {
        failed.add(unit);
        next.put(unit, List.of());
    }

    void refuse(Refusal refusal) {
        problems.add(refusal);
    }

    boolean hasFailed(Unit unit) {
        return failed.contains(unit);
    }

    boolean isTranslated(Unit unit) {
        return next.containsKey(unit);
    }

    boolean runs(Unit unit) {
        return !running.of(unit).isEmpty();
    }

    List<Item> items(Unit unit) {
        var mine = next.get(unit);
        return mine == null ? running.of(unit) : mine;
    }

    /// What a unit was before it was translated.
    List<Item> before(Unit unit) {
        return running.of(unit);
    }

    <I extends Item> Optional<I> item(Unit unit, Class<I> kind) {
        return items(unit).stream().filter(kind::isInstance).map(kind::cast).findFirst();
    }

    Map<Unit, List<Item>> next() {
        return next;
    }

    List<Refusal> problems() {
        return problems;
    }
}
