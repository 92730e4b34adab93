package org.lagopus.agent.dataplane.config;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lagopus.component.ip.Ip;
import org.lagopus.component.ip.Prefix;

/// The records of the configuration with what is needed to find, without a search, whatever a
/// changed record concerns. Every change can be undone until [#keep()].
final class Records {
    private final Map<Place, Entry> entries = new HashMap<>();

    /// A place where there is one, a set where there are more: most have one.
    private final Map<By, Object> index = new HashMap<>();

    /// Instances and protocols that places below them share.
    private final Map<Place, Place> shared = new HashMap<>();

    private Place.@Nullable Static last;
    private final Deque<Runnable> undo = new ArrayDeque<>();

    final Numbers<String> ports = new Numbers<>(undo::push);
    final Numbers<String> instances = new Numbers<>(undo::push);
    final Numbers<Place.Subinterface> interfaces = new Numbers<>(undo::push);

    /// What records are found by, besides their place.
    private sealed interface By {
        record Parent(Place place) implements By {}

        record Target(Place.Subinterface target) implements By {}

        record Over(Place.Subinterface over) implements By {}

        record PortNumber(int number) implements By {}

        record DeviceName(String device) implements By {}

        record OwnAddress(Ip ip) implements By {}

        record Destination(String instance, Prefix prefix) implements By {}

        record DefaultInstance() implements By {}
    }

    @Nullable Entry get(Place place) {
        return entries.get(place);
    }

    <E extends Entry> Optional<E> find(Place place, Class<E> type) {
        return Optional.ofNullable(entries.get(place)).map(type::cast);
    }

    void put(Place put, Entry entry) {
        var place = sharing(put);
        var before = swap(place, entry);
        undo.push(() -> swap(place, before));
    }

    /// Removes the record and everything below it, and returns what there was.
    Map<Place, Entry> remove(Place place) {
        var removed = new LinkedHashMap<Place, Entry>();
        removeInto(place, removed);
        return removed;
    }

    private void removeInto(Place place, Map<Place, Entry> removed) {
        for (var child : List.copyOf(found(new By.Parent(place)))) {
            removeInto(child, removed);
        }
        var before = swap(place, null);
        if (before != null) {
            removed.put(place, before);
            undo.push(() -> swap(place, before));
        }
    }

    /// Takes back everything since the last [#keep()].
    void undo() {
        while (!undo.isEmpty()) {
            undo.pop().run();
        }
    }

    /// Takes the way back away with it: running it undoes what was kept.
    Deque<Runnable> keep() {
        var kept = new ArrayDeque<>(undo);
        undo.clear();
        return kept;
    }

    <P extends Place> List<P> below(Place place, Class<P> kind) {
        return listed(new By.Parent(place), kind);
    }

    List<Place.Member> membersOn(Place.Subinterface target) {
        return listed(new By.Target(target), Place.Member.class);
    }

    List<Place.Static> routesOver(Place.Subinterface over) {
        return found(new By.Over(over)).stream()
                .map(Place.NextHop.class::cast)
                .map(Place.NextHop::of)
                .distinct()
                .toList();
    }

    List<Place.Interface> withPortNumber(int number) {
        return listed(new By.PortNumber(number), Place.Interface.class);
    }

    List<Place.Interface> withDevice(String device) {
        return listed(new By.DeviceName(device), Place.Interface.class);
    }

    List<Place.Address> withAddress(Ip ip) {
        return listed(new By.OwnAddress(ip), Place.Address.class);
    }

    List<Place.Static> to(String instance, Prefix prefix) {
        return listed(new By.Destination(instance, prefix), Place.Static.class);
    }

    List<Place.Instance> defaultInstances() {
        return listed(new By.DefaultInstance(), Place.Instance.class);
    }

    Set<Place> places() {
        return entries.keySet();
    }

    /// The same place, standing on parents that are kept once.
    private Place sharing(Place place) {
        return switch (place) {
            case Place.Instance _ -> shared.computeIfAbsent(place, same -> same);
            case Place.Protocol(var of, var identifier, var name) -> {
                var parent = (Place.Instance) sharing(of);
                yield shared.computeIfAbsent(
                        place, _ -> new Place.Protocol(parent, identifier, name));
            }
            case Place.Static(var of, var prefix) -> {
                var made = new Place.Static((Place.Protocol) sharing(of), prefix);
                last = made;
                yield made;
            }
            // A parent is told just before what is below it.
            case Place.NextHop(var of, var index) ->
                    new Place.NextHop(
                            last != null && last.equals(of) ? last : (Place.Static) sharing(of),
                            index.intern());
            default -> place;
        };
    }

    @SuppressWarnings("unchecked")
    private Set<Place> found(By by) {
        var found = index.get(by);
        return switch (found) {
            case null -> Set.of();
            case Place one -> Set.of(one);
            default -> (Set<Place>) found;
        };
    }

    private <P extends Place> List<P> listed(By by, Class<P> kind) {
        return found(by).stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private @Nullable Entry swap(Place place, @Nullable Entry entry) {
        var before = entry == null ? entries.remove(place) : entries.put(place, entry);
        if (before != null) {
            marks(place, before).forEach(by -> unmark(by, place));
        }
        if (entry != null) {
            marks(place, entry).forEach(by -> mark(by, place));
        }
        return before;
    }

    private void mark(By by, Place place) {
        var found = found(by);
        if (found.isEmpty()) {
            index.put(by, place);
        } else if (found.size() > 1) {
            found.add(place);
        } else if (!found.contains(place)) {
            var both = new LinkedHashSet<>(found);
            both.add(place);
            index.put(by, both);
        }
    }

    private void unmark(By by, Place place) {
        var found = found(by);
        if (found.size() > 2) {
            found.remove(place);
        } else if (found.contains(place)) {
            found.stream()
                    .filter(other -> !other.equals(place))
                    .findFirst()
                    .ifPresentOrElse(other -> index.put(by, other), () -> index.remove(by));
        }
    }

    private static Stream<By> marks(Place place, Entry entry) {
        var own =
                switch (entry) {
                    case Entry.Interface(_, _, _, _, _, _, var device) when device != null ->
                            Stream.concat(
                                    Devices.name(device).map(By.DeviceName::new).stream(),
                                    device.portNumber() == 0
                                            ? Stream.<By>empty()
                                            : Stream.of(new By.PortNumber(device.portNumber())));
                    case Entry.Member(var target) when target != null ->
                            Stream.of(new By.Target(target));
                    case Entry.NextHop hop when hop.over() != null ->
                            Stream.of(new By.Over(hop.over()));
                    case Entry.Instance instance when instance.isDefault() ->
                            Stream.of(new By.DefaultInstance());
                    case Entry.Address _ when place instanceof Place.Address(_, _, var ip) ->
                            Ip.parse(ip).map(By.OwnAddress::new).stream();
                    case Entry.Static _
                            when place instanceof Place.Static(var protocol, var prefix) ->
                            Prefix.parse(prefix)
                                    .map(p -> new By.Destination(protocol.of().name(), p))
                                    .stream();
                    default -> Stream.<By>empty();
                };
        var parent = place.parent();
        return parent == null
                ? Stream.<By>concat(own, Stream.of())
                : Stream.<By>concat(own, Stream.of(new By.Parent(parent)));
    }
}
