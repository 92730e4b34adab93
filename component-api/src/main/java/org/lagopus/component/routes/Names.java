package org.lagopus.component.routes;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lagopus.component.ip.Ip;
import org.lagopus.component.ip.Prefix;
import org.lagopus.component.ring.messages.InstanceEntry;
import org.lagopus.component.ring.messages.InstanceKind;
import org.lagopus.component.ring.messages.InterfaceEntry;
import org.lagopus.component.ring.messages.Message;
import org.lagopus.component.ring.messages.NextHop;
import org.lagopus.component.ring.messages.NextHopKind;
import org.lagopus.component.ring.messages.OwnerEntry;
import org.lagopus.component.ring.messages.RouteDelete;
import org.lagopus.component.ring.messages.RouteEntry;
import org.lagopus.component.ring.messages.RouteSet;

/// What the worker's numbers mean, between two changes of it.
final class Names {
    private final long version;
    private final Map<String, Long> instances = new HashMap<>();
    private final Map<String, Long> interfaces = new HashMap<>();
    private final Map<Long, String> instanceNames = new HashMap<>();
    private final Map<Long, String> interfaceNames = new HashMap<>();

    /// @param version as the worker counts it
    /// @param rows of the tables of instances and interfaces
    Names(long version, List<Message> rows) {
        this.version = version;
        for (var row : rows) {
            switch (row) {
                case InstanceEntry i -> {
                    instanceNames.put(i.instance(), i.name());
                    if (i.kind() == InstanceKind.L3) {
                        instances.put(i.name(), i.instance());
                    }
                }
                case InterfaceEntry i -> {
                    interfaceNames.put(i.interface_(), i.name());
                    interfaces.put(i.name(), i.interface_());
                }
                default -> {} // no table that has names
            }
        }
    }

    long version() {
        return version;
    }

    Optional<Long> instance(String name) {
        return Optional.ofNullable(instances.get(name));
    }

    /// The first name in it that means nothing.
    Optional<String> unknown(Route.Key key) {
        return instances.containsKey(key.instance())
                ? Optional.empty()
                : Optional.of("there is no network instance " + key.instance() + " that routes");
    }

    Optional<String> unknown(Route route) {
        var instance = unknown(route.key());
        if (instance.isPresent()) {
            return instance;
        }
        return route.hops().stream()
                .map(Route.Hop::over)
                .filter(over -> over != null && !interfaces.containsKey(over))
                .findFirst()
                .map(over -> "there is no interface " + over);
    }

    RouteSet set(Route route) {
        var key = route.key();
        var ip = key.prefix().ip();
        return new RouteSet(
                number(instances, key.instance()),
                ip.family(),
                key.prefix().length(),
                key.source(),
                route.preference(),
                route.metric(),
                ip.high(),
                ip.low(),
                route.hops().stream().map(hop -> hop(hop, ip.family())).toList());
    }

    RouteDelete delete(Route.Key key) {
        var ip = key.prefix().ip();
        return new RouteDelete(
                number(instances, key.instance()),
                ip.family(),
                key.prefix().length(),
                key.source(),
                ip.high(),
                ip.low());
    }

    private NextHop hop(Route.Hop hop, int family) {
        var to = hop.address();
        long over = hop.over() == null ? 0 : number(interfaces, hop.over());
        return to == null
                ? new NextHop(hop.kind(), family, over, hop.weight(), 0, 0)
                : new NextHop(hop.kind(), to.family(), over, hop.weight(), to.high(), to.low());
    }

    private static long number(Map<String, Long> numbers, String name) {
        var number = numbers.get(name);
        if (number == null) {
            throw new IllegalArgumentException(name);
        }
        return number;
    }

    /// @param owners by number
    Route.Entry entry(RouteEntry row, Map<Long, OwnerEntry> owners) {
        var prefix =
                new Prefix(
                        new Ip(row.family(), row.prefixHi(), row.prefixLo()), row.prefixLength());
        var instance = instanceNames.getOrDefault(row.instance(), Long.toString(row.instance()));
        var owner = owners.get(row.owner());
        return new Route.Entry(
                new Route(
                        new Route.Key(instance, prefix, row.source()),
                        row.preference(),
                        row.metric(),
                        row.nextHops().stream().map(this::hop).toList()),
                owner == null ? "" : owner.name(),
                row.active(),
                row.stale());
    }

    private Route.Hop hop(NextHop hop) {
        return new Route.Hop(
                hop.kind(),
                hop.kind() == NextHopKind.GATEWAY
                        ? new Ip(hop.family(), hop.addressHi(), hop.addressLo())
                        : null,
                over(hop),
                (int) hop.weight());
    }

    private @Nullable String over(NextHop hop) {
        return hop.interface_() == 0
                ? null
                : interfaceNames.getOrDefault(hop.interface_(), Long.toString(hop.interface_()));
    }
}
