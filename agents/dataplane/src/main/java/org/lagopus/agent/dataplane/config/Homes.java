package org.lagopus.agent.dataplane.config;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lagopus.agent.dataplane.model.Unit;

/// Where interfaces belong, as configured.
final class Homes {
    private final Records records;

    Homes(Records records) {
        this.records = records;
    }

    /// The instance an interface belongs to.
    ///
    /// @param at null: the default instance that nobody configured
    /// @param member null: nobody listed the interface, it is in the default instance
    record Home(
            Place.@Nullable Instance at,
            Entry.@Nullable Instance entry,
            Place.@Nullable Member member) {
        boolean bridges() {
            return entry != null && entry.bridges();
        }

        boolean enabled() {
            return entry == null || entry.enabled();
        }

        String name() {
            return at == null ? "default" : at.name();
        }

        Unit.Instance unit() {
            return new Unit.Instance(at == null ? Instances.IMPLICIT : at.name());
        }
    }

    Optional<Home> of(Place.Subinterface at) {
        var members = records.membersOn(at);
        if (!members.isEmpty()) {
            var member = members.getFirst();
            var entry = records.find(member.of(), Entry.Instance.class).orElse(null);
            return Optional.of(new Home(member.of(), entry, member));
        }
        if (!speaksIp(at)) {
            return Optional.empty();
        }
        return Optional.of(
                records.defaultInstances().stream()
                        .findFirst()
                        .map(i ->
                                new Home(
                                        i,
                                        records.find(i, Entry.Instance.class).orElse(null),
                                        null))
                        .orElse(new Home(null, null, null)));
    }

    private boolean speaksIp(Place.Subinterface at) {
        return records.find(at, Entry.Subinterface.class)
                .map(s ->
                        s.ip4().wanted()
                                || s.ip6().wanted()
                                || !records.below(at, Place.Address.class).isEmpty())
                .orElse(false);
    }

    boolean isBridged(String name) {
        return of(new Place.Subinterface(name, 0)).map(Home::bridges).orElse(false);
    }

    List<Place.Subinterface> subinterfaces(String name) {
        return records.below(new Place.Interface(name), Place.Subinterface.class);
    }

    Entry.@Nullable Device device(String name) {
        return records.find(new Place.Interface(name), Entry.Interface.class)
                .map((Function<Entry.Interface, Entry.@Nullable Device>) Entry.Interface::device)
                .orElse(null);
    }
}
