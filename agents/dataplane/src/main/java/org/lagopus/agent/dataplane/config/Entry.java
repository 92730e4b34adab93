package org.lagopus.agent.dataplane.config;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lagopus.agent.dataplane.model.Item;
import org.lagopus.component.Edit;
import org.lagopus.component.ip.Ip;

/// The content of a record of the configuration, with the defaults of the model filled in.
sealed interface Entry {
    int STALE_SECONDS = 120;

    /// @param mtu bytes of a frame without its check sequence, 0 if not configured
    /// @param mac empty if not configured
    /// @param device null: the interface is no port
    record Interface(
            String type,
            boolean enabled,
            int mtu,
            String description,
            String mac,
            Switching switching,
            @Nullable Device device)
            implements Entry {}

    /// @param mode null if the port does not know VLANs
    /// @param access 0 (as `nativeVlan`) if not configured
    record Switching(Item.@Nullable VlanMode mode, int access, int nativeVlan, List<String> trunk) {
        boolean isConfigured() {
            return mode != null || access != 0 || nativeVlan != 0 || !trunk.isEmpty();
        }
    }

    /// @param portNumber 0 if the agent chooses
    record Device(
            Item.Driver driver,
            String name,
            String arguments,
            int portNumber,
            int rxQueues,
            int txQueues,
            int rxDescriptors,
            int txDescriptors,
            boolean promiscuous,
            long cores,
            List<String> agents) {}

    /// @param vlan 0 if untagged
    record Subinterface(boolean enabled, String description, int vlan, Family ip4, Family ip6)
            implements Entry {
        Family family(int family) {
            return family == 4 ? ip4 : ip6;
        }
    }

    /// @param wanted whether somebody said explicitly that the protocol is enabled
    /// @param mtu 0: the port's
    record Family(boolean enabled, boolean wanted, int mtu) {}

    /// @param prefixLength -1 if not configured
    record Address(int prefixLength) implements Entry {}

    /// @param mac empty if not configured
    record Neighbor(String mac) implements Entry {}

    /// @param type plain name of the identity, empty if not configured
    record Instance(
            String type,
            boolean enabled,
            String description,
            boolean macLearning,
            int macAgeing,
            long macLimit)
            implements Entry {
        boolean isDefault() {
            return type.equals("DEFAULT_INSTANCE");
        }

        boolean bridges() {
            return type.equals("L2VSI");
        }
    }

    /// @param target null if the record names no interface
    record Member(Place.@Nullable Subinterface target) implements Entry {}

    record Vlan(boolean active) implements Entry {}

    record Protocol(boolean enabled) implements Entry {}

    record Static() implements Entry {}

    /// @param target address or plain name of an identity; empty if not configured
    /// @param preference -1 if not configured
    /// @param over null if no interface is named
    record NextHop(String target, long metric, long preference, Place.@Nullable Subinterface over)
            implements Entry {}

    /// @param statisticsSeconds how often counters are read
    record Box(int statisticsSeconds) implements Entry {}

    /// @param staleSeconds how long volatile routes stay when their owner is gone
    record VolatileRoutes(int staleSeconds) implements Entry {}

    /// The trees of interfaces and instances have nothing of their own.
    record Nothing() implements Entry {}

    static Entry of(Place place, Edit.Put record) {
        return switch (place) {
            case Place.Tree(var path) when path.equals(Place.BOX) ->
                    new Box((int) record.number("config/statistics-interval", 1));
            case Place.Tree(var path) when path.equals(Place.ROUTES) ->
                    new VolatileRoutes((int) record.number("config/stale-time", STALE_SECONDS));
            case Place.Tree _ -> new Nothing();
            case Place.Interface _ -> interfaceOf(record);
            case Place.Subinterface _ ->
                    new Subinterface(
                            record.flag("config/enabled", true),
                            record.text("config/description", ""),
                            (int) record.number("vlan/match/single-tagged/config/vlan-id", 0),
                            familyOf(record, "ipv4"),
                            familyOf(record, "ipv6"));
            case Place.Address _ -> new Address((int) record.number("config/prefix-length", -1));
            case Place.Neighbor _ -> new Neighbor(record.text("config/link-layer-address", ""));
            case Place.Instance _ ->
                    new Instance(
                            plain(record.text("config/type", "")),
                            record.flag("config/enabled", true),
                            record.text("config/description", ""),
                            record.flag("fdb/config/mac-learning", true),
                            (int) record.number("fdb/config/mac-aging-time", 300),
                            record.number("fdb/config/maximum-entries", 0));
            case Place.Member _ -> new Member(reference(record, "config"));
            case Place.Vlan _ -> new Vlan(record.text("config/status", "ACTIVE").equals("ACTIVE"));
            case Place.Protocol _ -> new Protocol(record.flag("config/enabled", true));
            case Place.Static _ -> new Static();
            case Place.NextHop _ ->
                    new NextHop(
                            plain(record.text("config/next-hop", "")),
                            record.number("config/metric", 0),
                            record.number("config/preference", -1),
                            reference(record, "interface-ref/config"));
        };
    }

    private static Interface interfaceOf(Edit.Put record) {
        return new Interface(
                record.text("config/type", ""),
                record.flag("config/enabled", true),
                (int) record.number("config/mtu", 0),
                record.text("config/description", ""),
                record.text("ethernet/config/mac-address", ""),
                switchingOf(record),
                deviceOf(record).orElse(null));
    }

    private static Switching switchingOf(Edit.Put record) {
        var at = "ethernet/switched-vlan/config/";
        var mode = record.text(at + "interface-mode");
        return new Switching(
                mode == null ? null : Item.VlanMode.valueOf(mode),
                (int) record.number(at + "access-vlan", 0),
                (int) record.number(at + "native-vlan", 0),
                record.texts(at + "trunk-vlans"));
    }

    private static Optional<Device> deviceOf(Edit.Put record) {
        var at = "dataplane/config/";
        var driver = record.text(at + "driver");
        if (driver == null) {
            return Optional.empty();
        }
        long cores = 0;
        for (var core : record.texts(at + "core")) {
            cores |= 1L << Integer.parseInt(core);
        }
        return Optional.of(
                new Device(
                        Item.Driver.valueOf(driver.toUpperCase(Locale.ROOT).replace('-', '_')),
                        record.text(at + "device", ""),
                        record.text(at + "arguments", ""),
                        (int) record.number(at + "port-number", 0),
                        (int) record.number(at + "rx-queues", 0),
                        (int) record.number(at + "tx-queues", 0),
                        (int) record.number(at + "rx-descriptors", 0),
                        (int) record.number(at + "tx-descriptors", 0),
                        record.flag(at + "promiscuous", false),
                        cores,
                        record.texts(at + "agent")));
    }

    private static Family familyOf(Edit.Put record, String family) {
        return new Family(
                record.flag(family + "/config/enabled", true),
                record.flag(family + "/config/enabled", false),
                (int) record.number(family + "/config/mtu", 0));
    }

    private static Place.@Nullable Subinterface reference(Edit.Put record, String at) {
        var name = record.text(at + "/interface");
        return name == null
                ? null
                : new Place.Subinterface(name, record.number(at + "/subinterface", 0));
    }

    /// The name of an identity without that of its module; anything else as it is.
    static String plain(String value) {
        int colon = value.indexOf(':');
        boolean prefixed = colon > 0 && !isAddress(value);
        return prefixed ? Objects.requireNonNull(value).substring(colon + 1) : value;
    }

    private static boolean isAddress(String value) {
        return Ip.parse(value).isPresent();
    }
}
