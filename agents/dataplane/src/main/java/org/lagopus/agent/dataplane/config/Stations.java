package org.lagopus.agent.dataplane.config;

import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import org.lagopus.agent.dataplane.model.Item;
import org.lagopus.component.ip.Ip;

/// What stands on an interface: its addresses and static neighbors.
final class Stations {
    private final Records records;
    private final Progress progress;

    Stations(Records records, Progress progress) {
        this.records = records;
        this.progress = progress;
    }

    void translate(Set<Place.Address> addresses, Set<Place.Neighbor> neighbors) {
        // What runs is translated first, so that the newcomer is to blame for a conflict.
        addresses.stream()
                .sorted(Comparator.comparing(a -> !progress.runs(a.unit())))
                .forEach(a -> address(a, addresses));
        neighbors.forEach(this::neighbor);
    }

    private void address(Place.Address at, Set<Place.Address> touched) {
        var entry = records.find(at, Entry.Address.class);
        progress.put(
                at.unit(), entry.map(e -> address(at, e, touched)).orElse(Translated.nothing()));
    }

    private Translated address(Place.Address at, Entry.Address entry, Set<Place.Address> touched) {
        var on = progress.item(at.on().unit(), Item.Interface.class);
        if (on.isEmpty() || !speaks(at.on(), at.family())) {
            return new Translated.Groundless();
        }
        if (on.get().forwarding() == Item.Forwarding.BRIDGED) {
            return Translated.refused(
                    at.path(),
                    "invalid-value",
                    "interface "
                            + at.on().label()
                            + " is in an L2VSI, where it can have no address");
        }
        var ip = Ip.parse(at.ip()).filter(i -> i.family() == at.family());
        if (ip.isEmpty() || !canBeOwn(ip.get(), entry.prefixLength())) {
            return Translated.refused(
                    at.path(), "invalid-value", at.ip() + " cannot be the address of an interface");
        }
        if (entry.prefixLength() < 0) {
            return Translated.refused(
                    at.path().child("config").child("prefix-length"),
                    "missing-element",
                    "the address needs a prefix length");
        }
        var twin = twin(at, ip.get(), on.get().instance(), touched);
        if (twin.isPresent()) {
            return Translated.refused(
                    at.path(),
                    "in-use",
                    "address " + at.ip() + " is already on interface " + twin.get().on().label());
        }
        return Translated.to(new Item.Address(on.get().number(), ip.get(), entry.prefixLength()));
    }

    private static boolean canBeOwn(Ip ip, int length) {
        boolean isNetwork =
                ip.family() == 4
                        && length >= 0
                        && length < 31
                        && (ip.masked(length).equals(ip) || ip.filled(length).equals(ip));
        return !ip.isMulticast()
                && !ip.isUnspecified()
                && !ip.isLoopback()
                && !ip.isLimitedBroadcast()
                && !isNetwork;
    }

    /// The same address elsewhere in the instance; link-local ones are only unique on a link.
    private Optional<Place.Address> twin(
            Place.Address at, Ip ip, int instance, Set<Place.Address> touched) {
        if (ip.family() == 6 && ip.isLinkLocal()) {
            return Optional.empty();
        }
        return records.withAddress(ip).stream()
                .filter(o -> !o.equals(at))
                .filter(o ->
                        progress.item(o.on().unit(), Item.Interface.class)
                                .filter(i -> i.instance() == instance)
                                .isPresent())
                .filter(o -> !touched.contains(o) || progress.isTranslated(o.unit()))
                .filter(o -> !progress.items(o.unit()).isEmpty())
                .findFirst();
    }

    private boolean speaks(Place.Subinterface at, int family) {
        return records.find(at, Entry.Subinterface.class)
                .map(s -> s.family(family).enabled())
                .orElse(false);
    }

    private void neighbor(Place.Neighbor at) {
        var entry = records.find(at, Entry.Neighbor.class);
        progress.put(at.unit(), entry.map(e -> neighbor(at, e)).orElse(Translated.nothing()));
    }

    private Translated neighbor(Place.Neighbor at, Entry.Neighbor entry) {
        if (progress.hasFailed(at.on().unit()) || !speaks(at.on(), at.family())) {
            return new Translated.Groundless();
        }
        var on = progress.item(at.on().unit(), Item.Interface.class);
        if (on.isEmpty() || on.get().forwarding() == Item.Forwarding.BRIDGED) {
            return Translated.refused(
                    at.path(),
                    "invalid-value",
                    "interface " + at.on().label() + " routes nothing, so it has no neighbors");
        }
        var ip = Ip.parse(at.ip()).filter(i -> i.family() == at.family());
        var mac = Mac.parse(entry.mac());
        if (ip.isEmpty() || ip.get().isMulticast() || ip.get().isUnspecified()) {
            return Translated.refused(
                    at.path(), "invalid-value", at.ip() + " cannot be a neighbor");
        }
        if (mac.isEmpty() || mac.get() == 0 || Mac.isMulticast(mac.get())) {
            return Translated.refused(
                    at.path().child("config").child("link-layer-address"),
                    entry.mac().isEmpty() ? "missing-element" : "invalid-value",
                    "a neighbor needs the unicast MAC address of its station");
        }
        return Translated.to(new Item.Neighbor(on.get().number(), ip.get(), mac.get()));
    }
}
