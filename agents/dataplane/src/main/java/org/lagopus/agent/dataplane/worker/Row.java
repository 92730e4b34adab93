package org.lagopus.agent.dataplane.worker;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.stream.Collectors;
import org.lagopus.component.ip.Ip;
import org.lagopus.component.ring.RingClient;
import org.lagopus.component.ring.Words;
import org.lagopus.component.ring.messages.FdbEntry;
import org.lagopus.component.ring.messages.InstanceEntry;
import org.lagopus.component.ring.messages.InterfaceEntry;
import org.lagopus.component.ring.messages.Message;
import org.lagopus.component.ring.messages.NeighborEntry;
import org.lagopus.component.ring.messages.NextHop;
import org.lagopus.component.ring.messages.OwnerEntry;
import org.lagopus.component.ring.messages.PortEntry;
import org.lagopus.component.ring.messages.RouteEntry;

/// A row of a worker's table in one line: words and values, the same for the same content. What
/// passes by itself (ages, the time of the last change) is not in it.
public final class Row {
    private Row() {}

    /// @throws IllegalArgumentException if the message is no row of a table
    public static String text(Message row) {
        return switch (row) {
            case PortEntry p ->
                    "port %d name %s driver %s mac %s mtu %d %s %s"
                            .formatted(
                                    p.port(),
                                    p.name(),
                                    p.driverName(),
                                    mac(p.mac()),
                                    p.mtu(),
                                    p.running() ? "running" : "stopped",
                                    p.linkUp() ? "up" : "down");
            case RouteEntry r ->
                    "route instance %d %s/%d source %s owner %d preference %d metric %d%s%s%s"
                            .formatted(
                                    r.instance(),
                                    new Ip(r.family(), r.prefixHi(), r.prefixLo()),
                                    r.prefixLength(),
                                    Words.of(r.source()),
                                    r.owner(),
                                    r.preference(),
                                    r.metric(),
                                    r.active() ? " active" : "",
                                    r.stale() ? " stale" : "",
                                    r.nextHops().stream()
                                            .map(Row::nextHop)
                                            .sorted()
                                            .collect(Collectors.joining()));
            case NeighborEntry n ->
                    "neighbor interface %d %s mac %s state %s"
                            .formatted(
                                    n.interface_(),
                                    new Ip(n.family(), n.addressHi(), n.addressLo()),
                                    mac(n.mac()),
                                    Words.of(n.state()));
            case FdbEntry f ->
                    "fdb instance %d vlan %d mac %s interface %d%s"
                            .formatted(
                                    f.instance(),
                                    f.vlan(),
                                    mac(f.mac()),
                                    f.interface_(),
                                    f.permanent() ? " permanent" : "");
            case InterfaceEntry i ->
                    "interface %d name %s port %d instance %d %s vlan %d %s"
                            .formatted(
                                    i.interface_(),
                                    i.name(),
                                    i.port(),
                                    i.instance(),
                                    Words.of(i.kind()),
                                    i.vlan(),
                                    i.enabled() ? "enabled" : "disabled");
            case InstanceEntry i ->
                    "instance %d name %s %s".formatted(i.instance(), i.name(), Words.of(i.kind()));
            case OwnerEntry o ->
                    "owner %d name %s routes %d denied %d scopes %s stale-time %s%s%s"
                            .formatted(
                                    o.owner(),
                                    o.name().isEmpty() ? "-" : o.name(),
                                    o.routes(),
                                    o.denied(),
                                    scopes(o.scopes()),
                                    o.staleSeconds() == RingClient.FOR_EVER
                                            ? "-"
                                            : o.staleSeconds(),
                                    o.attached() ? " attached" : "",
                                    o.stale() ? " stale" : "");
            default -> throw new IllegalArgumentException(row + " is no row of a table");
        };
    }

    private static String scopes(long mask) {
        var names = Words.scopes(mask);
        return names.isEmpty() ? "-" : String.join(",", names);
    }

    private static String nextHop(NextHop hop) {
        return switch (hop.kind()) {
            case GATEWAY ->
                    " via %s interface %d weight %d"
                            .formatted(
                                    new Ip(hop.family(), hop.addressHi(), hop.addressLo()),
                                    hop.interface_(),
                                    hop.weight());
            case CONNECTED -> " interface %d".formatted(hop.interface_());
            case BLACKHOLE, REJECT -> " " + Words.of(hop.kind());
        };
    }

    private static String mac(long mac) {
        return HexFormat.ofDelimiter(":")
                .formatHex(ByteBuffer.allocate(Long.BYTES).putLong(mac).array(), 2, 8);
    }
}
