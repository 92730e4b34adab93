package org.lagopus.agent.dataplane.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.lagopus.agent.dataplane.model.Item;
import org.lagopus.agent.dataplane.model.Unit;

/// Subinterfaces: who takes which frames of a port, and in which instance.
final class Interfaces {
    private static final int SLOTS = 16;
    private static final int FIRST_HASHED = 1 << 19;
    private static final Comparator<Place.Subinterface> BY_LABEL =
            Comparator.comparing(Place.Subinterface::name)
                    .thenComparingLong(Place.Subinterface::index);

    private final Records records;
    private final Progress progress;
    private final Homes homes;
    private final Consumer<Place.Subinterface> moved;

    /// @param moved told whose number or instance is another one, for what stands on it
    Interfaces(
            Records records, Progress progress, Homes homes, Consumer<Place.Subinterface> moved) {
        this.records = records;
        this.progress = progress;
        this.homes = homes;
        this.moved = moved;
    }

    void translate(Set<Place.Subinterface> touched) {
        touched.forEach(records.interfaces::take);
        touched.stream().sorted(BY_LABEL).forEach(this::subinterface);
    }

    private void subinterface(Place.Subinterface at) {
        var unit = at.unit();
        progress.put(unit, homes.of(at).map(h -> subinterface(at, h)).orElse(Translated.nothing()));
        if (!ground(progress.items(unit)).equals(ground(progress.before(unit)))) {
            moved.accept(at);
        }
    }

    /// What the things on an interface stand on.
    private static List<Object> ground(List<Item> items) {
        return items.stream()
                .filter(Item.Interface.class::isInstance)
                .map(Item.Interface.class::cast)
                .<Object>map(i -> List.of(i.number(), i.instance(), i.forwarding()))
                .toList();
    }

    private Translated subinterface(Place.Subinterface at, Homes.Home home) {
        var blamed = home.member() == null ? at.path() : home.member().path();
        var members = records.membersOn(at);
        if (members.size() > 1) {
            return Translated.refused(
                    members.get(1).path(),
                    "in-use",
                    "interface "
                            + at.label()
                            + " is already in network instance "
                            + members.getFirst().of().name());
        }
        if (homes.device(at.name()) == null) {
            return Translated.refused(
                    blamed,
                    "invalid-value",
                    "interface " + at.name() + " has no driver, so it is no port of the dataplane");
        }
        var port = progress.item(new Unit.Port(at.name()), Item.Port.class);
        var instance = progress.item(home.unit(), Item.Instance.class);
        if (port.isEmpty() || instance.isEmpty()) {
            return new Translated.Groundless();
        }
        return home.bridges()
                ? bridged(at, home, port.get(), instance.get())
                : routed(at, home, port.get(), instance.get());
    }

    private Translated routed(
            Place.Subinterface at, Homes.Home home, Item.Port port, Item.Instance instance) {
        var entry =
                records.find(at, Entry.Subinterface.class)
                        .orElse(
                                new Entry.Subinterface(
                                        true,
                                        "",
                                        0,
                                        new Entry.Family(true, false, 0),
                                        new Entry.Family(true, false, 0)));
        var vlan = at.path().child("openconfig-vlan:vlan");
        if (at.index() != 0 && entry.vlan() == 0) {
            return Translated.refused(
                    vlan,
                    "missing-element",
                    "subinterface " + at.label() + " needs a VLAN to match");
        }
        var rival = rival(at, entry.vlan());
        if (rival.isPresent()) {
            return Translated.refused(
                    vlan.child("match").child("single-tagged").child("config").child("vlan-id"),
                    "in-use",
                    entry.vlan() == 0
                            ? "untagged frames already belong to " + rival.get().label()
                            : "VLAN "
                                    + entry.vlan()
                                    + " already belongs to "
                                    + rival.get().label());
        }
        for (int family : new int[] {4, 6}) {
            if (entry.family(family).mtu() > port.mtu()) {
                return Translated.refused(
                        at.path().child("lagopus-if-ip:ipv" + family).child("config").child("mtu"),
                        "invalid-value",
                        "an MTU of "
                                + entry.family(family).mtu()
                                + " is more than the "
                                + port.mtu()
                                + " octets that the port carries");
            }
        }
        return Translated.to(
                new Item.Interface(
                        number(at, port),
                        at.label(),
                        port.number(),
                        instance.number(),
                        Item.Forwarding.ROUTED,
                        entry.enabled() && home.enabled(),
                        Item.VlanMode.ANY,
                        entry.vlan(),
                        entry.ip4().mtu(),
                        entry.ip6().mtu()));
    }

    /// Another subinterface of the port that takes the same frames.
    private Optional<Place.Subinterface> rival(Place.Subinterface at, int vlan) {
        var whole = new Place.Subinterface(at.name(), 0);
        if (at.index() != 0 && takesAll(whole)) {
            return Optional.of(whole);
        }
        return homes.subinterfaces(at.name()).stream()
                .filter(o -> !o.equals(at) && vlan(o) == vlan)
                .filter(o -> !(o.index() == 0 && homes.isBridged(at.name())))
                .filter(o -> homes.of(o).isPresent())
                .findFirst();
    }

    private boolean takesAll(Place.Subinterface whole) {
        return homes.isBridged(whole.name())
                && records.find(new Place.Interface(whole.name()), Entry.Interface.class)
                        .map(i -> i.switching().mode() == null)
                        .orElse(false);
    }

    private int vlan(Place.Subinterface at) {
        return records.find(at, Entry.Subinterface.class).map(Entry.Subinterface::vlan).orElse(0);
    }

    private Translated bridged(
            Place.Subinterface at, Homes.Home home, Item.Port port, Item.Instance instance) {
        var sub = records.find(at, Entry.Subinterface.class);
        if (at.index() != 0 || sub.map(Entry.Subinterface::vlan).orElse(0) != 0) {
            return Translated.refused(
                    Objects.requireNonNull(home.member()).path(),
                    "operation-not-supported",
                    "a tagged subinterface cannot be in an L2VSI: use switched-vlan of the port");
        }
        var entry =
                records.find(new Place.Interface(at.name()), Entry.Interface.class).orElseThrow();
        var switching = entry.switching();
        var vlans = new Vlans(records, Objects.requireNonNull(home.at()));
        int number = number(at, port);
        boolean enabled = home.enabled() && sub.map(Entry.Subinterface::enabled).orElse(true);
        var items = new ArrayList<Item>();
        var mode = switching.mode() == null ? Item.VlanMode.ANY : switching.mode();
        int vlan = 0;
        switch (mode) {
            case ANY -> {
                var others = homes.subinterfaces(at.name()).stream().filter(o -> o.index() != 0);
                var other = others.filter(o -> homes.of(o).isPresent()).findFirst();
                if (other.isPresent()) {
                    return Translated.refused(
                            Objects.requireNonNull(home.member()).path(),
                            "in-use",
                            "interface "
                                    + at.name()
                                    + " would bridge all frames, but has "
                                    + other.get().label());
                }
            }
            case ACCESS -> {
                vlan = switching.access() == 0 ? 1 : switching.access();
                if (!vlans.knows(vlan)) {
                    return Translated.refused(
                            new Place.Interface(at.name())
                                    .path()
                                    .child("openconfig-if-ethernet:ethernet")
                                    .child("openconfig-vlan:switched-vlan")
                                    .child("config")
                                    .child("access-vlan"),
                            "invalid-value",
                            "VLAN "
                                    + vlan
                                    + " is not configured in network instance "
                                    + home.name());
                }
                enabled &= vlans.isActive(vlan);
            }
            case TRUNK -> {
                vlan = switching.nativeVlan();
                items.addAll(vlans.members(number, switching.trunk()));
            }
        }
        items.addFirst(
                new Item.Interface(
                        number,
                        at.label(),
                        port.number(),
                        instance.number(),
                        Item.Forwarding.BRIDGED,
                        enabled,
                        mode,
                        vlan,
                        0,
                        0));
        return new Translated.Items(items);
    }

    /// A number that follows from the port's and the index, so that it is the same again after a
    /// restart. Indexes that have no place of their own are scattered over the upper half.
    private int number(Place.Subinterface at, Item.Port port) {
        var has = records.interfaces.of(at);
        if (has.isPresent()) {
            return has.getAsInt();
        }
        if (at.index() < SLOTS && port.number() < FIRST_HASHED / SLOTS) {
            return records.interfaces.give(at, port.number() * SLOTS + (int) at.index());
        }
        int number = FIRST_HASHED + Math.floorMod(at.label().hashCode(), FIRST_HASHED - 1);
        while (!records.interfaces.isFree(number)) {
            number = number == 2 * FIRST_HASHED - 1 ? FIRST_HASHED : number + 1;
        }
        return records.interfaces.give(at, number);
    }
}
