package org.lagopus.agent.dataplane.config;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.lagopus.agent.dataplane.model.Change;
import org.lagopus.agent.dataplane.model.Desired;
import org.lagopus.agent.dataplane.model.Item;
import org.lagopus.agent.dataplane.model.Key;
import org.lagopus.agent.dataplane.model.Unit;
import org.lagopus.component.Edit;
import org.lagopus.component.Path;
import org.lagopus.component.Refusal;
import org.lagopus.component.ip.Prefix;

/// The two faces of the dataplane's configuration: the records, which are next as soon as a change
/// is prepared, and the desired state that runs.
///
///     Running --prepare--> Prepared --commit--> Running, with a way back
///        ^                    |                    |
///        +------forget--------+------goBack--------+
///
/// Not safe for several threads.
public final class Configuration {
    private static final int MOST_REFUSALS = 100;

    private Records records = new Records();
    private final Desired running = new Desired();
    private final Hints hints = new Hints(new HashMap<>(), new HashMap<>());
    private Deque<Runnable> wayBack = new ArrayDeque<>();
    private Map<Unit, List<Item>> before = Map.of();

    /// What a change comes to.
    ///
    /// @param refusals why it cannot be; then nothing has changed
    public record Draft(Map<Unit, List<Item>> next, List<Change> changes, List<Refusal> refusals) {}

    public Desired running() {
        return running;
    }

    /// Numbers that things had, to be given to them again where nothing else is configured: others
    /// know them by these.
    record Hints(Map<String, Integer> ports, Map<String, Integer> instances) {}

    public void portNumbersWere(Map<String, Integer> numbers) {
        hints.ports().putAll(numbers);
    }

    public void instanceNumbersWere(Map<String, Integer> numbers) {
        hints.instances().putAll(numbers);
    }

    /// Changes the records, unless something is wrong with the change.
    public Draft prepare(List<Edit> edits) {
        wayBack.clear();
        records.keep();
        var translation = new Translation(records, running, hints);
        touch(translation, edits);
        translation.run();
        if (!translation.problems().isEmpty()) {
            records.undo();
            return new Draft(Map.of(), List.of(), distinct(translation.problems()));
        }
        var next = translation.next();
        return new Draft(next, running.changes(next), List.of());
    }

    /// Runs what was prepared.
    public void commit(Draft draft) {
        before = running.apply(draft.next());
        wayBack = records.keep();
    }

    /// Forgets what was prepared.
    public void forget() {
        records.undo();
    }

    /// Takes back the last commit, and returns what that changes.
    public List<Change> goBack() {
        while (!wayBack.isEmpty()) {
            wayBack.pop().run();
        }
        var changes = running.changes(before);
        running.apply(before);
        before = Map.of();
        return changes;
    }

    /// Takes these records for the whole configuration. What is wrong is left out and told.
    public List<Refusal> replace(List<Edit> edits) {
        hints.ports().putAll(records.ports.all());
        hints.instances().putAll(records.instances.all());
        records = new Records();
        running.clear();
        wayBack.clear();
        var translation = new Translation(records, running, hints);
        translation.touchedDefaultInstance();
        touch(translation, edits);
        translation.run();
        records.keep();
        running.apply(translation.next());
        return distinct(translation.problems());
    }

    /// Translates everything anew, to find what is configured and does not run.
    public Draft retry() {
        var translation = everything();
        records.keep();
        return new Draft(
                translation.next(), running.changes(translation.next()), translation.problems());
    }

    /// Gives the numbers that were told ([#portNumbersWere], [#instanceNumbersWere]). Only good
    /// while nobody has been told the ones they have.
    public void renumber() {
        List.copyOf(records.ports.all().keySet()).forEach(records.ports::take);
        List.copyOf(records.instances.all().keySet()).forEach(records.instances::take);
        running.clear();
        var translation = everything();
        records.keep();
        wayBack.clear();
        running.apply(translation.next());
    }

    private Translation everything() {
        var translation = new Translation(records, running, hints);
        translation.touchedDefaultInstance();
        for (var place : List.copyOf(records.places())) {
            translation.touched(place, null, records.get(place));
        }
        translation.run();
        return translation;
    }

    /// Takes an object out of what runs, with everything that refers to it: the worker will not
    /// have it. The records stay.
    public void leaveOut(Key key) {
        running.removeWith(key);
    }

    private void touch(Translation translation, List<Edit> edits) {
        record Touched(@Nullable Entry before, @Nullable Entry after) {}
        var touched = new LinkedHashMap<Place, Touched>();
        for (var edit : edits) {
            var place = Place.of(edit.path());
            if (place.isEmpty()) {
                continue; // a record that says nothing about the dataplane
            }
            switch (edit) {
                case Edit.Put put -> {
                    var entry = Entry.of(place.get(), put);
                    var was = records.get(place.get());
                    records.put(place.get(), entry);
                    touched.merge(
                            place.get(),
                            new Touched(was, entry),
                            (old, now) -> new Touched(old.before(), now.after()));
                }
                case Edit.Removed _ ->
                        records.remove(place.get())
                                .forEach((at, was) ->
                                        touched.merge(
                                                at,
                                                new Touched(was, null),
                                                (old, now) -> new Touched(old.before(), null)));
            }
        }
        touched.forEach((place, t) -> translation.touched(place, t.before(), t.after()));
    }

    private static List<Refusal> distinct(List<Refusal> refusals) {
        return refusals.stream().distinct().limit(MOST_REFUSALS).toList();
    }

    // --- what it says

    /// Where the configuration asks for an object; the draft is looked at before what runs.
    public Optional<Path> pathOf(Key key, Draft draft) {
        return Desired.ownerOf(key, draft.next()).or(() -> running.ownerOf(key)).map(this::pathOf);
    }

    private Path pathOf(Unit unit) {
        if (unit instanceof Unit.Route(var instance, Prefix prefix)) {
            var statics = records.to(instance, prefix);
            if (!statics.isEmpty()) {
                return statics.getFirst().path();
            }
        }
        return Translation.pathOf(unit);
    }

    /// Where the device of a port is configured.
    public static Path deviceOf(Path port) {
        return port.child("device");
    }

    public int statisticsSeconds() {
        return records.find(new Place.Tree(Place.BOX), Entry.Box.class)
                .map(Entry.Box::statisticsSeconds)
                .orElse(1);
    }

    public int staleSeconds() {
        return records.find(new Place.Tree(Place.ROUTES), Entry.VolatileRoutes.class)
                .map(Entry.VolatileRoutes::staleSeconds)
                .orElse(Entry.STALE_SECONDS);
    }

    /// An interface as configured, for its operational data.
    public record InterfaceView(
            Path path,
            String name,
            String type,
            boolean enabled,
            String description,
            Optional<PortView> port,
            List<SubinterfaceView> subinterfaces) {}

    public record PortView(int number, String driver, String device, List<String> agents) {}

    public record SubinterfaceView(
            Path path,
            long index,
            String label,
            boolean enabled,
            String description,
            OptionalInt number) {}

    public record InstanceView(
            Path path, String name, String type, boolean enabled, String description) {}

    public List<InterfaceView> interfaces() {
        var views = new TreeMap<String, InterfaceView>();
        for (var at : records.below(new Place.Tree(Place.INTERFACES), Place.Interface.class)) {
            var entry = records.find(at, Entry.Interface.class).orElseThrow();
            var device = Optional.ofNullable(entry.device());
            views.put(
                    at.name(),
                    new InterfaceView(
                            at.path(),
                            at.name(),
                            entry.type(),
                            entry.enabled(),
                            entry.description(),
                            device.map(d -> portView(at, d)),
                            subinterfaces(at)));
        }
        return List.copyOf(views.values());
    }

    private PortView portView(Place.Interface at, Entry.Device device) {
        return new PortView(
                records.ports.of(at.name()).orElse(0),
                Devices.driver(device),
                device.name(),
                device.agents());
    }

    private List<SubinterfaceView> subinterfaces(Place.Interface at) {
        var views = new ArrayList<SubinterfaceView>();
        for (var sub : records.below(at, Place.Subinterface.class)) {
            var entry = records.find(sub, Entry.Subinterface.class).orElseThrow();
            views.add(
                    new SubinterfaceView(
                            sub.path(),
                            sub.index(),
                            sub.label(),
                            entry.enabled(),
                            entry.description(),
                            running.of(sub.unit()).isEmpty()
                                    ? OptionalInt.empty()
                                    : records.interfaces.of(sub)));
        }
        return views;
    }

    public List<InstanceView> instances() {
        var views = new TreeMap<String, InstanceView>();
        for (var at : records.below(new Place.Tree(Place.INSTANCES), Place.Instance.class)) {
            var entry = records.find(at, Entry.Instance.class).orElseThrow();
            views.put(
                    at.name(),
                    new InstanceView(
                            at.path(),
                            at.name(),
                            entry.type(),
                            entry.enabled(),
                            entry.description()));
        }
        return List.copyOf(views.values());
    }
}
