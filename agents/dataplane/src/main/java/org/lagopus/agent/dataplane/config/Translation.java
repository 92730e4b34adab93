package org.lagopus.agent.dataplane.config;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lagopus.agent.dataplane.model.Desired;
import org.lagopus.agent.dataplane.model.Item;
import org.lagopus.agent.dataplane.model.Unit;
import org.lagopus.component.Path;
import org.lagopus.component.Refusal;
import org.lagopus.component.ip.Ip;
import org.lagopus.component.ip.Prefix;

/// Translates what a change of the records touches into items, and finds what is wrong with it.
///
/// First [#touched] collects the units that a changed record concerns. Then [#run] translates them
/// from the ground up: instances, ports, interfaces, and what stands on interfaces. A unit whose
/// ground moved (an interface got another number or instance) is translated as well, so the work
/// follows the change and what depends on it, not the size of the configuration.
final class Translation {
    private final Records records;
    private final Progress progress;
    private final Homes homes;
    private final Configuration.Hints hints;

    private final Set<String> instances = new LinkedHashSet<>();
    private final Set<String> ports = new LinkedHashSet<>();
    private final Set<Place.Subinterface> interfaces = new LinkedHashSet<>();
    private final Set<Place.Address> addresses = new LinkedHashSet<>();
    private final Set<Place.Neighbor> neighbors = new LinkedHashSet<>();
    private final Set<Unit.Route> routes = new LinkedHashSet<>();

    /// @param hints numbers that things had before the agent started
    Translation(Records records, Desired running, Configuration.Hints hints) {
        this.records = records;
        this.hints = hints;
        this.progress = new Progress(running);
        this.homes = new Homes(records);
    }

    Map<Unit, List<Item>> next() {
        return progress.next();
    }

    List<Refusal> problems() {
        return progress.problems();
    }

    // --- what a changed record concerns

    void touchedDefaultInstance() {
        instances.add(Instances.IMPLICIT);
    }

    void touched(Place place, @Nullable Entry before, @Nullable Entry after) {
        if (Objects.equals(before, after)) {
            return;
        }
        switch (place) {
            case Place.Tree _ -> {}
            case Place.Interface at -> touchedPort(at.name());
            case Place.Subinterface at -> touchedSubinterface(at, before, after);
            case Place.Address at -> {
                addresses.add(at);
                interfaces.add(at.on());
                sameAddress(at).forEach(addresses::add);
            }
            case Place.Neighbor at -> neighbors.add(at);
            case Place.Instance at -> touchedInstance(at, before, after);
            case Place.Member _ -> {
                touchedMember(before);
                touchedMember(after);
            }
            case Place.Vlan at -> touchedMembersOf(at.of());
            case Place.Protocol at ->
                    records.below(at, Place.Static.class).forEach(this::touchedRoute);
            case Place.Static at -> touchedRoute(at);
            case Place.NextHop at -> touchedRoute(at.of());
        }
        if (after != null && place instanceof Place.Protocol at && !at.isStatic()) {
            refuse(
                    at.path().child("config").child("identifier"),
                    "operation-not-supported",
                    "protocol " + Entry.plain(at.identifier()) + " is not implemented");
        }
    }

    private void touchedPort(String name) {
        ports.add(name);
        interfaces.add(new Place.Subinterface(name, 0));
        interfaces.addAll(homes.subinterfaces(name));
    }

    private void touchedSubinterface(
            Place.Subinterface at, @Nullable Entry before, @Nullable Entry after) {
        interfaces.add(at);
        if (before instanceof Entry.Subinterface was
                && after instanceof Entry.Subinterface is
                && was.ip4().equals(is.ip4())
                && was.ip6().equals(is.ip6())) {
            return;
        }
        touchedOn(at);
    }

    private void touchedOn(Place.Subinterface at) {
        addresses.addAll(records.below(at, Place.Address.class));
        neighbors.addAll(records.below(at, Place.Neighbor.class));
    }

    private void touchedInstance(Place.Instance at, @Nullable Entry before, @Nullable Entry after) {
        instances.add(at.name());
        touchedMembersOf(at);
        boolean sameType =
                before instanceof Entry.Instance was
                        && after instanceof Entry.Instance is
                        && was.type().equals(is.type());
        if (!sameType) {
            records.below(at, Place.Protocol.class).stream()
                    .flatMap(p -> records.below(p, Place.Static.class).stream())
                    .forEach(this::touchedRoute);
        }
        if (isDefault(before) || isDefault(after)) {
            instances.add(Instances.IMPLICIT);
            records.below(new Place.Tree(Place.INTERFACES), Place.Interface.class).stream()
                    .flatMap(i -> records.below(i, Place.Subinterface.class).stream())
                    .forEach(interfaces::add);
        }
    }

    private static boolean isDefault(@Nullable Entry entry) {
        return entry instanceof Entry.Instance instance && instance.isDefault();
    }

    private void touchedMembersOf(Place.Instance instance) {
        for (var member : records.below(instance, Place.Member.class)) {
            touchedMember(records.get(member));
        }
    }

    private void touchedMember(@Nullable Entry entry) {
        if (entry instanceof Entry.Member(var target) && target != null) {
            interfaces.add(target);
            ports.add(target.name());
            interfaces.addAll(homes.subinterfaces(target.name()));
        }
    }

    private void touchedRoute(Place.Static at) {
        var prefix = Prefix.parse(at.prefix());
        if (prefix.isPresent()) {
            routes.add(new Unit.Route(at.of().of().name(), prefix.get()));
        } else {
            refuse(at.path(), "invalid-value", at.prefix() + " is no prefix");
        }
    }

    // --- translation, from the ground up

    void run() {
        new Instances(records, progress, hints.instances()).translate(instances);
        new Ports(records, progress, homes, hints.ports(), this::touchedPort).translate(ports);
        new Interfaces(records, progress, homes, this::moved).translate(interfaces);
        new Stations(records, progress).translate(addresses, neighbors);
        new Routes(records, progress).translate(routes);
    }

    private void moved(Place.Subinterface at) {
        touchedOn(at);
        records.routesOver(at).forEach(this::touchedRoute);
    }

    private void refuse(Path path, String tag, String message) {
        progress.refuse(Refusal.at(path, tag, message));
    }

    private List<Place.Address> sameAddress(Place.Address at) {
        return Ip.parse(at.ip()).stream().flatMap(ip -> records.withAddress(ip).stream()).toList();
    }

    /// Where a unit was configured.
    static Path pathOf(Unit unit) {
        return switch (unit) {
            case Unit.Port(var name) -> Place.portConfig(name);
            case Unit.Instance(var name) -> new Place.Instance(name).path();
            case Unit.Interface on -> place(on).path();
            case Unit.Address(var on, var ip) ->
                    new Place.Address(place(on), family(ip), ip).path();
            case Unit.Neighbor(var on, var ip) ->
                    new Place.Neighbor(place(on), family(ip), ip).path();
            case Unit.Route(var instance, _) -> new Place.Instance(instance).path();
        };
    }

    private static Place.Subinterface place(Unit.Interface unit) {
        return new Place.Subinterface(unit.name(), unit.index());
    }

    private static int family(String ip) {
        return ip.indexOf(':') < 0 ? 4 : 6;
    }
}
