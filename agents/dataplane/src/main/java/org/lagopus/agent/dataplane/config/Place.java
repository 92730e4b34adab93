package org.lagopus.agent.dataplane.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lagopus.agent.dataplane.model.Unit;
import org.lagopus.component.Path;

/// Where a record of the configuration stands: a list entry, by its keys as they were written.
sealed interface Place {
    Path INTERFACES = Path.parse("/openconfig-interfaces:interfaces");
    Path INSTANCES = Path.parse("/lagopus-network-instance:network-instances");
    Path BOX = Path.parse("/lagopus-dataplane:dataplane");
    Path ROUTES = Path.parse("/lagopus-routes:routes");

    /// The container of one of the three trees itself.
    record Tree(Path path) implements Place {}

    record Interface(String name) implements Place {
        @Override
        public Path path() {
            return INTERFACES.child("interface", Map.of("name", name));
        }

        Unit.Port unit() {
            return new Unit.Port(name);
        }
    }

    record Subinterface(String name, long index) implements Place {
        @Override
        public Path path() {
            return new Interface(name)
                    .path()
                    .child("subinterfaces")
                    .child("subinterface", Map.of("index", Long.toString(index)));
        }

        Unit.Interface unit() {
            return new Unit.Interface(name, index);
        }

        String label() {
            return unit().label();
        }
    }

    record Address(Subinterface on, int family, String ip) implements Place {
        @Override
        public Path path() {
            return on.path()
                    .child("lagopus-if-ip:ipv" + family)
                    .child("addresses")
                    .child("address", Map.of("ip", ip));
        }

        Unit.Address unit() {
            return new Unit.Address(on.unit(), ip);
        }
    }

    record Neighbor(Subinterface on, int family, String ip) implements Place {
        @Override
        public Path path() {
            return on.path()
                    .child("lagopus-if-ip:ipv" + family)
                    .child("neighbors")
                    .child("neighbor", Map.of("ip", ip));
        }

        Unit.Neighbor unit() {
            return new Unit.Neighbor(on.unit(), ip);
        }
    }

    record Instance(String name) implements Place {
        @Override
        public Path path() {
            return INSTANCES.child("network-instance", Map.of("name", name));
        }

        Unit.Instance unit() {
            return new Unit.Instance(name);
        }
    }

    record Member(Instance of, String id) implements Place {
        @Override
        public Path path() {
            return of.path().child("interfaces").child("interface", Map.of("id", id));
        }
    }

    record Vlan(Instance of, int id) implements Place {
        @Override
        public Path path() {
            return of.path().child("vlans").child("vlan", Map.of("vlan-id", Integer.toString(id)));
        }
    }

    record Protocol(Instance of, String identifier, String name) implements Place {
        @Override
        public Path path() {
            var keys = new LinkedHashMap<String, String>();
            keys.put("identifier", identifier);
            keys.put("name", name);
            return of.path().child("protocols").child("protocol", keys);
        }

        boolean isStatic() {
            return Entry.plain(identifier).equals("STATIC");
        }
    }

    record Static(Protocol of, String prefix) implements Place {
        @Override
        public Path path() {
            return of.path().child("static-routes").child("static", Map.of("prefix", prefix));
        }
    }

    record NextHop(Static of, String index) implements Place {
        @Override
        public Path path() {
            return of.path().child("next-hops").child("next-hop", Map.of("index", index));
        }
    }

    Path path();

    /// Where the device of a port is configured.
    static Path portConfig(String name) {
        return new Interface(name).path().child("lagopus-dataplane:dataplane").child("config");
    }

    /// The record this one belongs to, where it belongs to one.
    default @Nullable Place parent() {
        return switch (this) {
            case Tree _ -> null;
            case Interface _ -> new Tree(INTERFACES);
            case Subinterface(var name, _) -> new Interface(name);
            case Address(var on, _, _) -> on;
            case Neighbor(var on, _, _) -> on;
            case Instance _ -> new Tree(INSTANCES);
            case Member(var of, _) -> of;
            case Vlan(var of, _) -> of;
            case Protocol(var of, _, _) -> of;
            case Static(var of, _) -> of;
            case NextHop(var of, _) -> of;
        };
    }

    /// Reads the path of a record; empty if it is none that the dataplane knows.
    static Optional<Place> of(Path path) {
        return Optional.ofNullable(
                switch (path.shape()) {
                    case "interfaces", "network-instances", "dataplane", "routes" -> new Tree(path);
                    case "interfaces/interface" -> interfaceOf(path);
                    case "interfaces/interface/subinterfaces/subinterface" -> subinterfaceOf(path);
                    case "interfaces/interface/subinterfaces/subinterface/ipv4/addresses/address" ->
                            new Address(subinterfaceOf(path), 4, path.key("address", "ip"));
                    case "interfaces/interface/subinterfaces/subinterface/ipv6/addresses/address" ->
                            new Address(subinterfaceOf(path), 6, path.key("address", "ip"));
                    case "interfaces/interface/subinterfaces/subinterface/ipv4/neighbors/neighbor" ->
                            new Neighbor(subinterfaceOf(path), 4, path.key("neighbor", "ip"));
                    case "interfaces/interface/subinterfaces/subinterface/ipv6/neighbors/neighbor" ->
                            new Neighbor(subinterfaceOf(path), 6, path.key("neighbor", "ip"));
                    case "network-instances/network-instance" -> instanceOf(path);
                    case "network-instances/network-instance/interfaces/interface" ->
                            new Member(instanceOf(path), path.key("interface", "id"));
                    case "network-instances/network-instance/vlans/vlan" ->
                            new Vlan(
                                    instanceOf(path),
                                    Integer.parseInt(path.key("vlan", "vlan-id")));
                    case "network-instances/network-instance/protocols/protocol" ->
                            protocolOf(path);
                    case "network-instances/network-instance/protocols/protocol/static-routes/static" ->
                            staticOf(path);
                    case "network-instances/network-instance/protocols/protocol/static-routes/static"
                                    + "/next-hops/next-hop" ->
                            new NextHop(staticOf(path), path.key("next-hop", "index"));
                    default -> null;
                });
    }

    private static Interface interfaceOf(Path path) {
        return new Interface(path.key("interface", "name"));
    }

    private static Subinterface subinterfaceOf(Path path) {
        return new Subinterface(
                path.key("interface", "name"), Long.parseLong(path.key("subinterface", "index")));
    }

    private static Instance instanceOf(Path path) {
        return new Instance(path.key("network-instance", "name"));
    }

    private static Protocol protocolOf(Path path) {
        return new Protocol(
                instanceOf(path), path.key("protocol", "identifier"), path.key("protocol", "name"));
    }

    private static Static staticOf(Path path) {
        return new Static(protocolOf(path), path.key("static", "prefix"));
    }
}
