package org.lagopus.agent.dataplane.model;

import java.util.List;
import org.lagopus.component.ip.Ip;
import org.lagopus.component.ip.Prefix;

/// One object of the dataplane. Numbers are chosen by the agent and are how objects refer to each
/// other; two items with the same [Key] are two versions of one object.
public sealed interface Item {
    Key key();

    /// Whether this object cannot be without that one.
    default boolean refersTo(Key other) {
        return switch (this) {
            case Port _, Instance _ -> false;
            case Interface i ->
                    other.equals(new Key.Port(i.port()))
                            || other.equals(new Key.Instance(i.instance()));
            case VlanMember m -> other.equals(new Key.Interface(m.ofInterface()));
            case Address a -> other.equals(new Key.Interface(a.ofInterface()));
            case Neighbor n -> other.equals(new Key.Interface(n.ofInterface()));
            case Route r ->
                    other.equals(new Key.Instance(r.instance()))
                            || r.hops().stream()
                                    .anyMatch(h -> other.equals(new Key.Interface(h.over())));
        };
    }

    /// How a device is reached.
    enum Driver {
        AF_PACKET,
        TAP,
        MEMIF,
        NULL,
        PCAP,
        PCI,
        AF_XDP
    }

    /// @param mtu bytes of layer 3
    /// @param mac 0: the device's own
    /// @param rxQueues 0 (as the others): the driver's default
    /// @param cores bit n: core n polls the port; 0: the worker chooses
    record Port(
            int number,
            String name,
            Driver driver,
            String device,
            String arguments,
            boolean enabled,
            boolean promiscuous,
            int mtu,
            long mac,
            int rxQueues,
            int txQueues,
            int rxDescriptors,
            int txDescriptors,
            long cores)
            implements Item {
        @Override
        public Key key() {
            return new Key.Port(number);
        }
    }

    enum Forwarding {
        ROUTED,
        BRIDGED
    }

    /// @param macAgeing seconds
    /// @param macLimit 0: the worker's limit
    record Instance(
            int number,
            String name,
            Forwarding forwarding,
            boolean macLearning,
            int macAgeing,
            long macLimit)
            implements Item {
        @Override
        public Key key() {
            return new Key.Instance(number);
        }
    }

    /// Which frames a bridged interface takes.
    enum VlanMode {
        ANY,
        ACCESS,
        TRUNK
    }

    /// A subinterface.
    ///
    /// @param vlan routed: the tag, 0 if untagged; access: the VLAN; trunk: the native VLAN or 0
    /// @param mtu4 0 (as `mtu6`): the port's
    record Interface(
            int number,
            String name,
            int port,
            int instance,
            Forwarding forwarding,
            boolean enabled,
            VlanMode vlanMode,
            int vlan,
            int mtu4,
            int mtu6)
            implements Item {
        @Override
        public Key key() {
            return new Key.Interface(number);
        }
    }

    /// A range of VLANs that a trunk carries.
    record VlanMember(int ofInterface, int first, int last) implements Item {
        @Override
        public Key key() {
            return new Key.VlanMember(ofInterface, first, last);
        }
    }

    record Address(int ofInterface, Ip ip, int prefixLength) implements Item {
        @Override
        public Key key() {
            return new Key.Address(ofInterface, ip, prefixLength);
        }
    }

    record Neighbor(int ofInterface, Ip ip, long mac) implements Item {
        @Override
        public Key key() {
            return new Key.Neighbor(ofInterface, ip);
        }
    }

    record Route(int instance, Prefix prefix, int preference, long metric, List<Hop> hops)
            implements Item {
        public Route {
            hops = List.copyOf(hops);
        }

        @Override
        public Key key() {
            return new Key.Route(instance, prefix);
        }
    }

    /// Where a route leads.
    sealed interface Hop {
        /// @param over 0: whatever interface the address is connected to
        record Gateway(Ip ip, int over) implements Hop {}

        record Connected(int over) implements Hop {}

        record Blackhole() implements Hop {
            @Override
            public int over() {
                return 0;
            }
        }

        /// The interface it leads over, 0 if none is named.
        int over();
    }
}
