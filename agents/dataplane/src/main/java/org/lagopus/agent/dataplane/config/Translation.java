package org.lagopus.agent.dataplane.config;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lagopus.agent.dataplane.model.Desired;
import org.lagopus.agent.dataplane.model.Ip;
import org.lagopus.agent.dataplane.model.Item;
import org.lagopus.agent.dataplane.model.Prefix;
import org.lagopus.agent.dataplane.model.Unit;
import org.lagopus.component.Path;
import org.lagopus.component.Refusal;

/// Translates what a change of the records touches into items, and finds what is wrong with it.
///
/// First [#touched] collects the units that a changed record concerns. Then [#run] translates them
/// from the ground up: instances, ports, interfaces, and what stands on interfaces. A unit whose
/// ground moved (an interface got another number or instance) is translated as well, so the work
/// follows the change and what depends on it, not the size of the configuration.
final class Translation {
    /// The default instance that is there although nobody configured it.
    static final String IMPLICIT = "";

    private static final int DEFAULT_INSTANCE = 1;
    private static final int ETHERNET_HEADER = 14;
    private static final int ETHERNET_MTU = 1500;
    private static final int MAX_NAME = 63;
    private static final int SLOTS = 16;
    private static final int FIRST_HASHED = 1 << 19;
    private static final int LAST_VLAN = 4094;

    private final Records records;
    private final Desired running;
    private final Map<String, Integer> hints;

    private final Set<String> instances = new LinkedHashSet<>();
    private final Set<String> ports = new LinkedHashSet<>();
    private final Set<Place.Subinterface> interfaces = new LinkedHashSet<>();
    private final Set<Place.Address> addresses = new LinkedHashSet<>();
    private final Set<Place.Neighbor> neighbors = new LinkedHashSet<>();
    private final Set<Unit.Route> routes = new LinkedHashSet<>();

    private final Map<Unit, List<Item>> next = new LinkedHashMap<>();
    private final Set<Unit> failed = new HashSet<>();
    private final List<Refusal> problems = new ArrayList<>();

    /// @param hints port numbers that interfaces had before the agent started
    Translation(Records records, Desired running, Map<String, Integer> hints) {
        this.records = records;
        this.running = running;
        this.hints = hints;
    }

    Map<Unit, List<Item>> next() {
        return next;
    }

    List<Refusal> problems() {
        return problems;
    }

    // --- what a changed record concerns

    void touchedDefaultInstance() {
        instances.add(IMPLICIT);
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
        interfaces.addAll(subinterfaces(name));
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
            instances.add(IMPLICIT);
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
            interfaces.addAll(subinterfaces(target.name()));
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
        instances.forEach(this::giveBackNumber);
        instances.forEach(this::instance);
        numberPorts();
        ports.stream().sorted().forEach(this::port);
        interfaces.forEach(records.interfaces::take);
        interfaces.stream().sorted(BY_LABEL).forEach(this::subinterface);
        // What runs is translated first, so that the newcomer is to blame for a conflict.
        addresses.stream()
                .sorted(Comparator.comparing(a -> running.of(a.unit()).isEmpty()))
                .forEach(this::address);
        neighbors.forEach(this::neighbor);
        routes.forEach(this::route);
    }

    private static final Comparator<Place.Subinterface> BY_LABEL =
            Comparator.comparing(Place.Subinterface::name)
                    .thenComparingLong(Place.Subinterface::index);

    // --- instances

    private void instance(String name) {
        if (name.equals(IMPLICIT)) {
            var implicit = new Item.Instance(1, "default", Item.Forwarding.ROUTED, false, 0, 0);
            next.put(
                    new Unit.Instance(IMPLICIT),
                    records.defaultInstances().isEmpty() ? List.of(implicit) : List.of());
            return;
        }
        var at = new Place.Instance(name);
        var entry = records.find(at, Entry.Instance.class);
        if (entry.isEmpty()) {
            records.instances.take(name);
            next.put(at.unit(), List.of());
            return;
        }
        next.put(at.unit(), one(at.unit(), instanceItem(at, entry.get())));
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

    private Item.@Nullable Instance instanceItem(Place.Instance at, Entry.Instance entry) {
        var type = at.path().child("config").child("type");
        switch (entry.type()) {
            case "" -> {
                return refuse(type, "missing-element", "a network instance needs a type");
            }
            case "DEFAULT_INSTANCE" -> {
                var others = records.defaultInstances().stream().filter(o -> !o.equals(at));
                var other = others.filter(o -> isNumbered(o) || !instances.contains(o.name()));
                var first = other.findFirst();
                if (first.isPresent()) {
                    return refuse(
                            type,
                            "in-use",
                            "network instance "
                                    + first.get().name()
                                    + " is the default instance already");
                }
            }
            case "L3VRF", "L2VSI" -> {
                if (at.name().equals("default")) {
                    return refuse(
                            type,
                            "invalid-value",
                            "the name default belongs to the instance of type DEFAULT_INSTANCE");
                }
            }
            default -> {
                return refuse(
                        type,
                        "operation-not-supported",
                        "a network instance of type " + entry.type() + " is not implemented");
            }
        }
        return new Item.Instance(
                instanceNumber(at, entry),
                at.name(),
                entry.bridges() ? Item.Forwarding.BRIDGED : Item.Forwarding.ROUTED,
                entry.bridges() && entry.macLearning(),
                entry.bridges() ? entry.macAgeing() : 0,
                entry.bridges() ? entry.macLimit() : 0);
    }

    private boolean isNumbered(Place.Instance at) {
        return records.instances.of(at.name()).orElse(0) == DEFAULT_INSTANCE;
    }

    private int instanceNumber(Place.Instance at, Entry.Instance entry) {
        var has = records.instances.of(at.name());
        if (entry.isDefault()) {
            return records.instances.give(at.name(), DEFAULT_INSTANCE);
        }
        if (has.isPresent() && has.getAsInt() != DEFAULT_INSTANCE) {
            return has.getAsInt();
        }
        return records.instances.giveLowest(at.name(), DEFAULT_INSTANCE + 1);
    }

    // --- ports

    /// Gives each touched port its number: the configured one, whoever had it until now, else the
    /// one it has, else the one it had before the agent started, else the lowest free.
    private void numberPorts() {
        for (var name : List.copyOf(ports)) {
            var device = device(name);
            if (device == null) {
                records.ports.take(name);
            } else if (device.portNumber() != 0) {
                claimNumber(name, device.portNumber());
            }
        }
        for (var name : ports.stream().sorted().toList()) {
            var device = device(name);
            if (device != null && device.portNumber() == 0 && records.ports.of(name).isEmpty()) {
                int hint = hints.getOrDefault(name, 0);
                if (hint != 0 && records.ports.isFree(hint)) {
                    records.ports.give(name, hint);
                } else {
                    records.ports.giveLowest(name, 1);
                }
            }
        }
    }

    private void claimNumber(String name, int number) {
        for (var other : records.withPortNumber(number)) {
            if (!other.name().equals(name) && records.ports.of(other.name()).orElse(0) == number) {
                failed.add(new Unit.Port(name));
                refuse(
                        portConfig(name).child("port-number"),
                        "in-use",
                        "port-number " + number + " is already used by interface " + other.name());
                return;
            }
        }
        for (var holder : records.ports.all().entrySet()) {
            if (holder.getValue() == number && !holder.getKey().equals(name)) {
                records.ports.take(holder.getKey());
                touchedPort(holder.getKey());
            }
        }
        records.ports.give(name, number);
    }

    private void port(String name) {
        var unit = new Unit.Port(name);
        var entry = records.find(new Place.Interface(name), Entry.Interface.class).orElse(null);
        var device = entry == null ? null : entry.device();
        if (entry == null || device == null || failed.contains(unit)) {
            next.put(unit, List.of());
            return;
        }
        next.put(unit, one(unit, portItem(new Place.Interface(name), entry, device)));
    }

    private Item.@Nullable Port portItem(
            Place.Interface at, Entry.Interface entry, Entry.Device device) {
        var config = portConfig(at.name());
        var mac = mac(entry.mac());
        if (at.name().getBytes(java.nio.charset.StandardCharsets.UTF_8).length > MAX_NAME) {
            return refuse(at.path(), "invalid-value", "the name of a port has at most 63 bytes");
        }
        if (Devices.needsName(device) && device.name().isEmpty()) {
            return refuse(
                    config.child("device"),
                    "missing-element",
                    "driver " + Devices.driver(device) + " needs a device");
        }
        if (Devices.needsArguments(device) && device.arguments().isEmpty()) {
            return refuse(
                    config.child("arguments"),
                    "missing-element",
                    "driver " + Devices.driver(device) + " needs arguments");
        }
        var other = otherWithDevice(at, device);
        if (other.isPresent()) {
            return refuse(
                    config.child("device"),
                    "in-use",
                    "device "
                            + device.name()
                            + " is already used by interface "
                            + other.get().name());
        }
        if (mac.isEmpty() || isMulticast(mac.get())) {
            return refuse(
                    at.path()
                            .child("openconfig-if-ethernet:ethernet")
                            .child("config")
                            .child("mac-address"),
                    "invalid-value",
                    entry.mac() + " cannot be the address of a port");
        }
        if (entry.mtu() != 0 && entry.mtu() < 68 + ETHERNET_HEADER) {
            return refuse(
                    at.path().child("config").child("mtu"),
                    "invalid-value",
                    "an MTU of "
                            + entry.mtu()
                            + " octets, Ethernet header included, has no room for IP");
        }
        boolean bridged = isBridged(at.name());
        if (entry.switching().isConfigured() && !bridged) {
            return refuse(
                    at.path()
                            .child("openconfig-if-ethernet:ethernet")
                            .child("openconfig-vlan:switched-vlan"),
                    "invalid-value",
                    "interface " + at.name() + " switches VLANs but is in no L2VSI");
        }
        return new Item.Port(
                records.ports.of(at.name()).orElseThrow(),
                at.name(),
                device.driver(),
                device.name(),
                device.arguments(),
                entry.enabled(),
                device.promiscuous() || bridged,
                portMtu(entry),
                mac.get(),
                device.rxQueues(),
                device.txQueues(),
                device.rxDescriptors(),
                device.txDescriptors(),
                device.cores());
    }

    /// The model counts the octets of a frame, the dataplane those of layer 3.
    private static int portMtu(Entry.Interface entry) {
        return entry.mtu() == 0 ? ETHERNET_MTU : entry.mtu() - ETHERNET_HEADER;
    }

    private Optional<Place.Interface> otherWithDevice(Place.Interface at, Entry.Device device) {
        return Devices.name(device).stream()
                .flatMap(n -> records.withDevice(n).stream())
                .filter(o -> !o.equals(at))
                .filter(o -> !ports.contains(o.name()) || next.containsKey(o.unit()))
                .findFirst();
    }

    private boolean isBridged(String name) {
        return home(new Place.Subinterface(name, 0)).map(Home::bridges).orElse(false);
    }

    // --- interfaces

    /// The instance an interface belongs to.
    ///
    /// @param at null: the default instance that nobody configured
    /// @param member null: nobody listed the interface, it is in the default instance
    private record Home(
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
            return new Unit.Instance(at == null ? IMPLICIT : at.name());
        }
    }

    private Optional<Home> home(Place.Subinterface at) {
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

    private void subinterface(Place.Subinterface at) {
        var unit = at.unit();
        var home = home(at);
        var items = home.map(h -> interfaceItems(at, h)).orElse(List.of());
        next.put(unit, items);
        if (!ground(items).equals(ground(running.of(unit)))) {
            touchedOn(at);
            records.routesOver(at).forEach(this::touchedRoute);
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

    private List<Item> interfaceItems(Place.Subinterface at, Home home) {
        var blamed = home.member() == null ? at.path() : home.member().path();
        var members = records.membersOn(at);
        if (members.size() > 1) {
            return none(
                    at.unit(),
                    members.get(1).path(),
                    "in-use",
                    "interface "
                            + at.label()
                            + " is already in network instance "
                            + members.getFirst().of().name());
        }
        if (device(at.name()) == null) {
            return none(
                    at.unit(),
                    blamed,
                    "invalid-value",
                    "interface " + at.name() + " has no driver, so it is no port of the dataplane");
        }
        var port = item(new Unit.Port(at.name()), Item.Port.class);
        var instance = item(home.unit(), Item.Instance.class);
        if (port.isEmpty() || instance.isEmpty()) {
            failed.add(at.unit()); // and whatever is wrong with them is told already
            return List.of();
        }
        return home.bridges()
                ? bridged(at, home, port.get(), instance.get())
                : routed(at, home, port.get(), instance.get());
    }

    private List<Item> routed(
            Place.Subinterface at, Home home, Item.Port port, Item.Instance instance) {
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
            return none(
                    at.unit(),
                    vlan,
                    "missing-element",
                    "subinterface " + at.label() + " needs a VLAN to match");
        }
        var rival = rival(at, entry.vlan());
        if (rival.isPresent()) {
            return none(
                    at.unit(),
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
                return none(
                        at.unit(),
                        at.path().child("lagopus-if-ip:ipv" + family).child("config").child("mtu"),
                        "invalid-value",
                        "an MTU of "
                                + entry.family(family).mtu()
                                + " is more than the "
                                + port.mtu()
                                + " octets that the port carries");
            }
        }
        return List.of(
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
        return subinterfaces(at.name()).stream()
                .filter(o -> !o.equals(at) && vlan(o) == vlan)
                .filter(o -> !(o.index() == 0 && isBridged(at.name())))
                .filter(o -> home(o).isPresent())
                .findFirst();
    }

    private boolean takesAll(Place.Subinterface whole) {
        return isBridged(whole.name())
                && records.find(new Place.Interface(whole.name()), Entry.Interface.class)
                        .map(i -> i.switching().mode() == null)
                        .orElse(false);
    }

    private int vlan(Place.Subinterface at) {
        return records.find(at, Entry.Subinterface.class).map(Entry.Subinterface::vlan).orElse(0);
    }

    private List<Item> bridged(
            Place.Subinterface at, Home home, Item.Port port, Item.Instance instance) {
        var sub = records.find(at, Entry.Subinterface.class);
        if (at.index() != 0 || sub.map(Entry.Subinterface::vlan).orElse(0) != 0) {
            return none(
                    at.unit(),
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
                var others = subinterfaces(at.name()).stream().filter(o -> o.index() != 0);
                var other = others.filter(o -> home(o).isPresent()).findFirst();
                if (other.isPresent()) {
                    return none(
                            at.unit(),
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
                    return none(
                            at.unit(),
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
        return List.copyOf(items);
    }

    /// The VLANs that a switch carries: all, if it lists none.
    private record Vlans(BitSet listed, BitSet active) {
        Vlans(Records records, Place.Instance instance) {
            this(new BitSet(), new BitSet());
            for (var vlan : records.below(instance, Place.Vlan.class)) {
                listed.set(vlan.id());
                active.set(
                        vlan.id(),
                        records.find(vlan, Entry.Vlan.class).map(Entry.Vlan::active).orElse(true));
            }
            if (listed.isEmpty()) {
                listed.set(1, LAST_VLAN + 1);
                active.set(1, LAST_VLAN + 1);
            }
        }

        boolean knows(int vlan) {
            return listed.get(vlan);
        }

        boolean isActive(int vlan) {
            return active.get(vlan);
        }

        List<Item> members(int ofInterface, List<String> ranges) {
            var carried = new BitSet();
            for (var range : ranges) {
                int dots = range.indexOf("..");
                int first = Integer.parseInt(dots < 0 ? range : range.substring(0, dots));
                int last = dots < 0 ? first : Integer.parseInt(range.substring(dots + 2));
                carried.set(first, Math.max(first, last) + 1);
            }
            if (ranges.isEmpty()) {
                carried.set(1, LAST_VLAN + 1);
            }
            carried.and(active);
            var members = new ArrayList<Item>();
            for (int from = carried.nextSetBit(0); from >= 0; ) {
                int end = carried.nextClearBit(from);
                members.add(new Item.VlanMember(ofInterface, from, end - 1));
                from = carried.nextSetBit(end);
            }
            return members;
        }
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

    // --- what stands on interfaces

    private void address(Place.Address at) {
        var unit = at.unit();
        var entry = records.find(at, Entry.Address.class);
        next.put(unit, entry.map(e -> one(unit, addressItem(at, e))).orElse(List.of()));
    }

    private Item.@Nullable Address addressItem(Place.Address at, Entry.Address entry) {
        var on = item(at.on().unit(), Item.Interface.class);
        if (on.isEmpty() || !speaks(at.on(), at.family())) {
            return null;
        }
        if (on.get().forwarding() == Item.Forwarding.BRIDGED) {
            return refuse(
                    at.path(),
                    "invalid-value",
                    "interface "
                            + at.on().label()
                            + " is in an L2VSI, where it can have no address");
        }
        var ip = Ip.parse(at.ip()).filter(i -> i.family() == at.family());
        if (ip.isEmpty() || !canBeOwn(ip.get(), entry.prefixLength())) {
            return refuse(
                    at.path(), "invalid-value", at.ip() + " cannot be the address of an interface");
        }
        if (entry.prefixLength() < 0) {
            return refuse(
                    at.path().child("config").child("prefix-length"),
                    "missing-element",
                    "the address needs a prefix length");
        }
        var twin = twin(at, ip.get(), on.get().instance());
        if (twin.isPresent()) {
            return refuse(
                    at.path(),
                    "in-use",
                    "address " + at.ip() + " is already on interface " + twin.get().on().label());
        }
        return new Item.Address(on.get().number(), ip.get(), entry.prefixLength());
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
    private Optional<Place.Address> twin(Place.Address at, Ip ip, int instance) {
        if (ip.family() == 6 && ip.isLinkLocal()) {
            return Optional.empty();
        }
        return records.withAddress(ip).stream()
                .filter(o -> !o.equals(at))
                .filter(o ->
                        item(o.on().unit(), Item.Interface.class)
                                .filter(i -> i.instance() == instance)
                                .isPresent())
                .filter(o -> !addresses.contains(o) || next.containsKey(o.unit()))
                .filter(o -> !itemsOf(o.unit()).isEmpty())
                .findFirst();
    }

    private List<Place.Address> sameAddress(Place.Address at) {
        return Ip.parse(at.ip()).stream().flatMap(ip -> records.withAddress(ip).stream()).toList();
    }

    private boolean speaks(Place.Subinterface at, int family) {
        return records.find(at, Entry.Subinterface.class)
                .map(s -> s.family(family).enabled())
                .orElse(false);
    }

    private void neighbor(Place.Neighbor at) {
        var unit = at.unit();
        var entry = records.find(at, Entry.Neighbor.class);
        next.put(unit, entry.map(e -> one(unit, neighborItem(at, e))).orElse(List.of()));
    }

    private Item.@Nullable Neighbor neighborItem(Place.Neighbor at, Entry.Neighbor entry) {
        if (failed.contains(at.on().unit()) || !speaks(at.on(), at.family())) {
            return null;
        }
        var on = item(at.on().unit(), Item.Interface.class);
        if (on.isEmpty() || on.get().forwarding() == Item.Forwarding.BRIDGED) {
            return refuse(
                    at.path(),
                    "invalid-value",
                    "interface " + at.on().label() + " routes nothing, so it has no neighbors");
        }
        var ip = Ip.parse(at.ip()).filter(i -> i.family() == at.family());
        var mac = mac(entry.mac());
        if (ip.isEmpty() || ip.get().isMulticast() || ip.get().isUnspecified()) {
            return refuse(at.path(), "invalid-value", at.ip() + " cannot be a neighbor");
        }
        if (mac.isEmpty() || mac.get() == 0 || isMulticast(mac.get())) {
            return refuse(
                    at.path().child("config").child("link-layer-address"),
                    entry.mac().isEmpty() ? "missing-element" : "invalid-value",
                    "a neighbor needs the unicast MAC address of its station");
        }
        return new Item.Neighbor(on.get().number(), ip.get(), mac.get());
    }

    // --- routes

    private void route(Unit.Route unit) {
        var all = records.to(unit.instance(), unit.prefix());
        var statics = all.stream().filter(this::isUsed).toList();
        if (statics.isEmpty()) {
            next.put(unit, List.of());
            return;
        }
        next.put(unit, one(unit, routeItem(unit, statics)));
    }

    private boolean isUsed(Place.Static at) {
        boolean enabled =
                records.find(at.of(), Entry.Protocol.class)
                        .map(Entry.Protocol::enabled)
                        .orElse(true);
        return at.of().isStatic() && enabled && !records.below(at, Place.NextHop.class).isEmpty();
    }

    private Item.@Nullable Route routeItem(Unit.Route unit, List<Place.Static> statics) {
        var at = statics.getFirst();
        if (statics.size() > 1) {
            return refuse(
                    statics.get(1).path(),
                    "in-use",
                    "protocol " + at.of().name() + " has a static route to that prefix already");
        }
        var home = records.find(at.of().of(), Entry.Instance.class);
        var instance = item(at.of().of().unit(), Item.Instance.class);
        if (home.isEmpty() || instance.isEmpty()) {
            return null;
        }
        if (home.get().bridges()) {
            return refuse(
                    at.path(),
                    "invalid-value",
                    "network instance " + unit.instance() + " is an L2VSI");
        }
        if (unit.prefix().hasHostBits()) {
            return refuse(
                    at.path(),
                    "invalid-value",
                    at.prefix() + " has bits set behind its prefix length");
        }
        return routeItem(unit, at, instance.get());
    }

    private Item.@Nullable Route routeItem(
            Unit.Route unit, Place.Static at, Item.Instance instance) {
        var hops = new ArrayList<Item.Hop>();
        Entry.NextHop first = null;
        for (var place : records.below(at, Place.NextHop.class)) {
            var entry = records.find(place, Entry.NextHop.class).orElseThrow();
            var config = place.path().child("config");
            first = first == null ? entry : first;
            if (entry.preference() > 255) {
                return refuse(
                        config.child("preference"), "invalid-value", "a preference is at most 255");
            }
            if (entry.metric() != first.metric() || entry.preference() != first.preference()) {
                return refuse(
                        config,
                        "operation-not-supported",
                        "all next hops of a static route must have the same metric and preference");
            }
            var hop = hop(unit, place, entry, instance);
            if (hop == null) {
                return null;
            }
            hops.add(hop);
        }
        if (hops.size() > 1 && hops.contains(new Item.Hop.Blackhole())) {
            return refuse(
                    at.path(), "invalid-value", "DROP can only be the one next hop of a route");
        }
        int preference = first == null || first.preference() < 0 ? 1 : (int) first.preference();
        long metric = first == null ? 0 : first.metric();
        return new Item.Route(instance.number(), unit.prefix(), preference, metric, hops);
    }

    private Item.@Nullable Hop hop(
            Unit.Route unit, Place.NextHop place, Entry.NextHop entry, Item.Instance instance) {
        var target = place.path().child("config").child("next-hop");
        int over = 0;
        if (entry.over() != null) {
            var on = item(entry.over().unit(), Item.Interface.class);
            if (on.isEmpty() && failed.contains(entry.over().unit())) {
                return null;
            }
            if (on.isEmpty() || on.get().instance() != instance.number()) {
                return refuse(
                        place.path().child("interface-ref").child("config").child("interface"),
                        "invalid-value",
                        "interface "
                                + entry.over().label()
                                + " is not in network instance "
                                + unit.instance());
            }
            over = on.get().number();
        }
        switch (entry.target()) {
            case "DROP" -> {
                return new Item.Hop.Blackhole();
            }
            case "", "LOCAL_LINK" -> {
                if (over == 0) {
                    return refuse(
                            target,
                            "missing-element",
                            "a next hop needs an address or an interface");
                }
                return new Item.Hop.Connected(over);
            }
            default -> {
                var ip = Ip.parse(entry.target());
                if (ip.isEmpty() || !canBeGateway(ip.get())) {
                    return refuse(
                            target, "invalid-value", entry.target() + " cannot be a next hop");
                }
                if (ip.get().family() != unit.prefix().ip().family()) {
                    return refuse(
                            target,
                            "invalid-value",
                            entry.target() + " is not of the family of " + place.of().prefix());
                }
                if (ip.get().isLinkLocal() && ip.get().family() == 6 && over == 0) {
                    return refuse(
                            target, "missing-element", "a link-local next hop needs an interface");
                }
                return new Item.Hop.Gateway(ip.get(), over);
            }
        }
    }

    private static boolean canBeGateway(Ip ip) {
        return !ip.isMulticast()
                && !ip.isUnspecified()
                && !ip.isLoopback()
                && !ip.isLimitedBroadcast();
    }

    // --- common

    private List<Place.Subinterface> subinterfaces(String name) {
        return records.below(new Place.Interface(name), Place.Subinterface.class);
    }

    private Entry.@Nullable Device device(String name) {
        return records.find(new Place.Interface(name), Entry.Interface.class)
                .map((Function<Entry.Interface, Entry.@Nullable Device>) Entry.Interface::device)
                .orElse(null);
    }

    private static Path portConfig(String name) {
        return new Place.Interface(name)
                .path()
                .child("lagopus-dataplane:dataplane")
                .child("config");
    }

    private List<Item> itemsOf(Unit unit) {
        var mine = next.get(unit);
        return mine == null ? running.of(unit) : mine;
    }

    private <I extends Item> Optional<I> item(Unit unit, Class<I> kind) {
        return itemsOf(unit).stream().filter(kind::isInstance).map(kind::cast).findFirst();
    }

    private List<Item> one(Unit unit, @Nullable Item item) {
        if (item == null) {
            failed.add(unit);
            return List.of();
        }
        return List.of(item);
    }

    private <T> @Nullable T refuse(Path path, String tag, String message) {
        problems.add(Refusal.at(path, tag, message));
        return null;
    }

    private List<Item> none(Unit unit, Path path, String tag, String message) {
        failed.add(unit);
        problems.add(Refusal.at(path, tag, message));
        return List.of();
    }

    /// 0 for an empty text, nothing for one that is no MAC address.
    static Optional<Long> mac(String text) {
        if (text.isEmpty()) {
            return Optional.of(0L);
        }
        try {
            return Optional.of(Long.parseLong(text.replace(":", ""), 16));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static boolean isMulticast(long mac) {
        return (mac >>> 40 & 1) != 0;
    }

    /// Where a unit was configured.
    static Path pathOf(Unit unit) {
        return switch (unit) {
            case Unit.Port(var name) -> portConfig(name);
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
