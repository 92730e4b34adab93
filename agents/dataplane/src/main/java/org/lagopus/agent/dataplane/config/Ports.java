package org.lagopus.agent.dataplane.config;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.lagopus.agent.dataplane.model.Item;
import org.lagopus.agent.dataplane.model.Unit;

/// Ports: their numbers and devices.
final class Ports {
    private static final int ETHERNET_HEADER = 14;
    private static final int ETHERNET_MTU = 1500;
    private static final int MAX_NAME = 63;

    private final Records records;
    private final Progress progress;
    private final Homes homes;
    private final Map<String, Integer> hints;
    private final Consumer<String> displaced;

    /// @param hints numbers that interfaces had before the agent started
    /// @param displaced told who lost its number to somebody else
    Ports(
            Records records,
            Progress progress,
            Homes homes,
            Map<String, Integer> hints,
            Consumer<String> displaced) {
        this.records = records;
        this.progress = progress;
        this.homes = homes;
        this.hints = hints;
        this.displaced = displaced;
    }

    /// @param touched grows by those that lose their number to one of them
    void translate(Set<String> touched) {
        number(touched);
        touched.stream().sorted().forEach(name -> port(name, touched));
    }

    /// Gives each touched port its number: the configured one, whoever had it until now, else the
    /// one it has, else the one it had before the agent started, else the lowest free. Those with a
    /// number to come back to are first, or a new one would take it.
    private void number(Set<String> ports) {
        for (var name : List.copyOf(ports)) {
            var device = homes.device(name);
            if (device == null) {
                records.ports.take(name);
            } else if (device.portNumber() != 0) {
                claimNumber(name, device.portNumber());
            }
        }
        var unnumbered =
                ports.stream()
                        .filter(name -> {
                            var device = homes.device(name);
                            return device != null
                                    && device.portNumber() == 0
                                    && records.ports.of(name).isEmpty();
                        })
                        .sorted()
                        .toList();
        for (var name : unnumbered) {
            int hint = hints.getOrDefault(name, 0);
            if (hint != 0 && records.ports.isFree(hint)) {
                records.ports.give(name, hint);
            }
        }
        for (var name : unnumbered) {
            if (records.ports.of(name).isEmpty()) {
                records.ports.giveLowest(name, 1);
            }
        }
    }

    private void claimNumber(String name, int number) {
        for (var other : records.withPortNumber(number)) {
            if (!other.name().equals(name) && records.ports.of(other.name()).orElse(0) == number) {
                progress.put(
                        new Unit.Port(name),
                        Translated.refused(
                                Place.portConfig(name).child("port-number"),
                                "in-use",
                                "port-number "
                                        + number
                                        + " is already used by interface "
                                        + other.name()));
                return;
            }
        }
        for (var holder : records.ports.all().entrySet()) {
            if (holder.getValue() == number && !holder.getKey().equals(name)) {
                records.ports.take(holder.getKey());
                displaced.accept(holder.getKey());
            }
        }
        records.ports.give(name, number);
    }

    private void port(String name, Set<String> touched) {
        var at = new Place.Interface(name);
        var entry = records.find(at, Entry.Interface.class);
        var device = homes.device(name);
        if (progress.hasFailed(at.unit())) {
            return; // it did not get its number
        }
        progress.put(
                at.unit(),
                entry.isEmpty() || device == null
                        ? Translated.nothing()
                        : port(at, entry.get(), device, touched));
    }

    private Translated port(
            Place.Interface at, Entry.Interface entry, Entry.Device device, Set<String> touched) {
        var config = Place.portConfig(at.name());
        var mac = Mac.parse(entry.mac());
        if (at.name().getBytes(StandardCharsets.UTF_8).length > MAX_NAME) {
            return Translated.refused(
                    at.path(), "invalid-value", "the name of a port has at most 63 bytes");
        }
        if (Devices.needsName(device) && device.name().isEmpty()) {
            return Translated.refused(
                    config.child("device"),
                    "missing-element",
                    "driver " + Devices.driver(device) + " needs a device");
        }
        if (Devices.needsArguments(device) && device.arguments().isEmpty()) {
            return Translated.refused(
                    config.child("arguments"),
                    "missing-element",
                    "driver " + Devices.driver(device) + " needs arguments");
        }
        var other = otherWithDevice(at, device, touched);
        if (other.isPresent()) {
            return Translated.refused(
                    config.child("device"),
                    "in-use",
                    "device "
                            + device.name()
                            + " is already used by interface "
                            + other.get().name());
        }
        if (mac.isEmpty() || Mac.isMulticast(mac.get())) {
            return Translated.refused(
                    at.path()
                            .child("openconfig-if-ethernet:ethernet")
                            .child("config")
                            .child("mac-address"),
                    "invalid-value",
                    entry.mac() + " cannot be the address of a port");
        }
        if (entry.mtu() != 0 && entry.mtu() < 68 + ETHERNET_HEADER) {
            return Translated.refused(
                    at.path().child("config").child("mtu"),
                    "invalid-value",
                    "an MTU of "
                            + entry.mtu()
                            + " octets, Ethernet header included, has no room for IP");
        }
        boolean bridged = homes.isBridged(at.name());
        if (entry.switching().isConfigured() && !bridged) {
            return Translated.refused(
                    at.path()
                            .child("openconfig-if-ethernet:ethernet")
                            .child("openconfig-vlan:switched-vlan"),
                    "invalid-value",
                    "interface " + at.name() + " switches VLANs but is in no L2VSI");
        }
        return Translated.to(
                new Item.Port(
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
                        device.cores()));
    }

    /// The model counts the octets of a frame, the dataplane those of layer 3.
    private static int portMtu(Entry.Interface entry) {
        return entry.mtu() == 0 ? ETHERNET_MTU : entry.mtu() - ETHERNET_HEADER;
    }

    private Optional<Place.Interface> otherWithDevice(
            Place.Interface at, Entry.Device device, Set<String> touched) {
        return Devices.name(device).stream()
                .flatMap(n -> records.withDevice(n).stream())
                .filter(o -> !o.equals(at))
                .filter(o -> !touched.contains(o.name()) || progress.isTranslated(o.unit()))
                .findFirst();
    }
}
