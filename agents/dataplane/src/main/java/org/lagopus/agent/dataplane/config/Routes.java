package org.lagopus.agent.dataplane.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.lagopus.agent.dataplane.model.Item;
import org.lagopus.agent.dataplane.model.Unit;
import org.lagopus.component.Path;
import org.lagopus.component.ip.Ip;

/// Static routes.
final class Routes {
    private static final int DEFAULT_PREFERENCE = 1;
    private static final int MAX_PREFERENCE = 255;

    private final Records records;
    private final Progress progress;

    Routes(Records records, Progress progress) {
        this.records = records;
        this.progress = progress;
    }

    void translate(Set<Unit.Route> touched) {
        touched.forEach(unit -> progress.put(unit, route(unit)));
    }

    private Translated route(Unit.Route unit) {
        var statics =
                records.to(unit.instance(), unit.prefix()).stream().filter(this::isUsed).toList();
        if (statics.isEmpty()) {
            return Translated.nothing();
        }
        var at = statics.getFirst();
        if (statics.size() > 1) {
            return Translated.refused(
                    statics.get(1).path(),
                    "in-use",
                    "protocol " + at.of().name() + " has a static route to that prefix already");
        }
        var home = records.find(at.of().of(), Entry.Instance.class);
        var instance = progress.item(at.of().of().unit(), Item.Instance.class);
        if (home.isEmpty() || instance.isEmpty()) {
            return new Translated.Groundless();
        }
        if (home.get().bridges()) {
            return Translated.refused(
                    at.path(),
                    "invalid-value",
                    "network instance " + unit.instance() + " is an L2VSI");
        }
        if (unit.prefix().hasHostBits()) {
            return Translated.refused(
                    at.path(),
                    "invalid-value",
                    at.prefix() + " has bits set behind its prefix length");
        }
        return route(unit, at, instance.get());
    }

    private boolean isUsed(Place.Static at) {
        boolean enabled =
                records.find(at.of(), Entry.Protocol.class)
                        .map(Entry.Protocol::enabled)
                        .orElse(true);
        return at.of().isStatic() && enabled && !nextHops(at).isEmpty();
    }

    private List<Place.NextHop> nextHops(Place.Static at) {
        return records.below(at, Place.NextHop.class);
    }

    private Translated route(Unit.Route unit, Place.Static at, Item.Instance instance) {
        var places = nextHops(at);
        var first = entry(places.getFirst());
        var hops = new ArrayList<Item.Hop>();
        for (var place : places) {
            var entry = entry(place);
            if (entry.preference() > MAX_PREFERENCE) {
                return Translated.refused(
                        config(place).child("preference"),
                        "invalid-value",
                        "a preference is at most 255");
            }
            if (entry.metric() != first.metric() || entry.preference() != first.preference()) {
                return Translated.refused(
                        config(place),
                        "operation-not-supported",
                        "all next hops of a static route must have the same metric and preference");
            }
            switch (hop(unit, place, entry, instance)) {
                case Hop.To(var hop) -> hops.add(hop);
                case Hop.Nowhere(var why) -> {
                    return why;
                }
            }
        }
        if (hops.size() > 1 && hops.contains(new Item.Hop.Blackhole())) {
            return Translated.refused(
                    at.path(), "invalid-value", "DROP can only be the one next hop of a route");
        }
        int preference = first.preference() < 0 ? DEFAULT_PREFERENCE : (int) first.preference();
        return Translated.to(
                new Item.Route(instance.number(), unit.prefix(), preference, first.metric(), hops));
    }

    private static Path config(Place.NextHop at) {
        return at.path().child("config");
    }

    private Entry.NextHop entry(Place.NextHop at) {
        return records.find(at, Entry.NextHop.class).orElseThrow();
    }

    // --- next hops

    /// Where a configured next hop leads, or why it leads nowhere.
    private sealed interface Hop {
        record To(Item.Hop hop) implements Hop {}

        record Nowhere(Translated why) implements Hop {}
    }

    private Hop hop(
            Unit.Route unit, Place.NextHop at, Entry.NextHop entry, Item.Instance instance) {
        if (entry.over() == null) {
            return hop(unit, at, entry.target(), 0);
        }
        var over = progress.item(entry.over().unit(), Item.Interface.class);
        if (over.isEmpty() && progress.hasFailed(entry.over().unit())) {
            return new Hop.Nowhere(new Translated.Groundless());
        }
        if (over.isEmpty() || over.get().instance() != instance.number()) {
            return new Hop.Nowhere(
                    Translated.refused(
                            at.path().child("interface-ref").child("config").child("interface"),
                            "invalid-value",
                            "interface "
                                    + entry.over().label()
                                    + " is not in network instance "
                                    + unit.instance()));
        }
        return hop(unit, at, entry.target(), over.get().number());
    }

    private static Hop hop(Unit.Route unit, Place.NextHop at, String target, int over) {
        return switch (target) {
            case "DROP" -> new Hop.To(new Item.Hop.Blackhole());
            case "", "LOCAL_LINK" ->
                    over == 0
                            ? wrong(
                                    at,
                                    "missing-element",
                                    "a next hop needs an address or an interface")
                            : new Hop.To(new Item.Hop.Connected(over));
            default ->
                    Ip.parse(target)
                            .filter(Routes::canBeGateway)
                            .map(ip -> gateway(unit, at, target, ip, over))
                            .orElse(wrong(at, "invalid-value", target + " cannot be a next hop"));
        };
    }

    private static Hop gateway(Unit.Route unit, Place.NextHop at, String target, Ip ip, int over) {
        if (ip.family() != unit.prefix().ip().family()) {
            return wrong(
                    at, "invalid-value", target + " is not of the family of " + at.of().prefix());
        }
        if (ip.isLinkLocal() && ip.family() == 6 && over == 0) {
            return wrong(at, "missing-element", "a link-local next hop needs an interface");
        }
        return new Hop.To(new Item.Hop.Gateway(ip, over));
    }

    private static Hop wrong(Place.NextHop at, String tag, String message) {
        var target = at.path().child("config").child("next-hop");
        return new Hop.Nowhere(Translated.refused(target, tag, message));
    }

    private static boolean canBeGateway(Ip ip) {
        return !ip.isMulticast()
                && !ip.isUnspecified()
                && !ip.isLoopback()
                && !ip.isLimitedBroadcast();
    }
}
