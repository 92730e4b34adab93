package org.lagopus.agent.dataplane.worker;

import java.util.List;
import org.lagopus.agent.dataplane.model.Change;
import org.lagopus.agent.dataplane.model.Item;
import org.lagopus.agent.dataplane.model.Key;
import org.lagopus.component.ring.messages.AddressDelete;
import org.lagopus.component.ring.messages.AddressSet;
import org.lagopus.component.ring.messages.Driver;
import org.lagopus.component.ring.messages.InstanceDelete;
import org.lagopus.component.ring.messages.InstanceKind;
import org.lagopus.component.ring.messages.InstanceSet;
import org.lagopus.component.ring.messages.InterfaceDelete;
import org.lagopus.component.ring.messages.InterfaceKind;
import org.lagopus.component.ring.messages.InterfaceSet;
import org.lagopus.component.ring.messages.Message;
import org.lagopus.component.ring.messages.NextHop;
import org.lagopus.component.ring.messages.NextHopKind;
import org.lagopus.component.ring.messages.PortDelete;
import org.lagopus.component.ring.messages.PortSet;
import org.lagopus.component.ring.messages.RouteDelete;
import org.lagopus.component.ring.messages.RouteSet;
import org.lagopus.component.ring.messages.RouteSource;
import org.lagopus.component.ring.messages.StaticNeighborDelete;
import org.lagopus.component.ring.messages.StaticNeighborSet;
import org.lagopus.component.ring.messages.VlanMemberDelete;
import org.lagopus.component.ring.messages.VlanMemberSet;
import org.lagopus.component.ring.messages.VlanMode;

/// The changes of the desired state in the words of the rings.
public final class Messages {
    private Messages() {}

    public static Message of(Change change) {
        return switch (change) {
            case Change.Set(var item) -> set(item);
            case Change.Remove(var key) -> delete(key);
        };
    }

    private static Message set(Item item) {
        return switch (item) {
            case Item.Port p ->
                    new PortSet(
                            p.number(),
                            Driver.valueOf(p.driver().name()),
                            p.enabled(),
                            p.promiscuous(),
                            p.mtu(),
                            p.rxQueues(),
                            p.txQueues(),
                            p.rxDescriptors(),
                            p.txDescriptors(),
                            p.mac(),
                            p.cores(),
                            p.name(),
                            p.device(),
                            p.arguments());
            case Item.Instance i ->
                    new InstanceSet(
                            i.number(),
                            i.forwarding() == Item.Forwarding.ROUTED
                                    ? InstanceKind.L3
                                    : InstanceKind.L2,
                            i.macLearning(),
                            i.macAgeing(),
                            i.macLimit(),
                            i.name());
            case Item.Interface i ->
                    new InterfaceSet(
                            i.number(),
                            i.port(),
                            i.instance(),
                            InterfaceKind.valueOf(i.forwarding().name()),
                            i.enabled(),
                            VlanMode.valueOf(i.vlanMode().name()),
                            i.vlan(),
                            i.mtu4(),
                            i.mtu6(),
                            i.name());
            case Item.VlanMember(var on, var first, var last) -> new VlanMemberSet(on, first, last);
            case Item.Address(var on, var ip, var length) ->
                    new AddressSet(on, ip.family(), length, ip.high(), ip.low());
            case Item.Neighbor(var on, var ip, var mac) ->
                    new StaticNeighborSet(on, ip.family(), mac, ip.high(), ip.low());
            case Item.Route r ->
                    new RouteSet(
                            r.instance(),
                            r.prefix().ip().family(),
                            r.prefix().length(),
                            RouteSource.STATIC,
                            r.preference(),
                            r.metric(),
                            r.prefix().ip().high(),
                            r.prefix().ip().low(),
                            nextHops(r));
        };
    }

    private static List<NextHop> nextHops(Item.Route route) {
        int family = route.prefix().ip().family();
        return route.hops().stream()
                .map(hop ->
                        switch (hop) {
                            case Item.Hop.Gateway(var ip, var over) ->
                                    new NextHop(
                                            NextHopKind.GATEWAY,
                                            ip.family(),
                                            over,
                                            1,
                                            ip.high(),
                                            ip.low());
                            case Item.Hop.Connected(var over) ->
                                    new NextHop(NextHopKind.CONNECTED, family, over, 1, 0, 0);
                            case Item.Hop.Blackhole _ ->
                                    new NextHop(NextHopKind.BLACKHOLE, family, 0, 1, 0, 0);
                        })
                .toList();
    }

    private static Message delete(Key key) {
        return switch (key) {
            case Key.Port(var number) -> new PortDelete(number);
            case Key.Instance(var number) -> new InstanceDelete(number);
            case Key.Interface(var number) -> new InterfaceDelete(number);
            case Key.VlanMember(var on, var first, var last) ->
                    new VlanMemberDelete(on, first, last);
            case Key.Address(var on, var ip, var length) ->
                    new AddressDelete(on, ip.family(), length, ip.high(), ip.low());
            case Key.Neighbor(var on, var ip) ->
                    new StaticNeighborDelete(on, ip.family(), ip.high(), ip.low());
            case Key.Route(var instance, var prefix) ->
                    new RouteDelete(
                            instance,
                            prefix.ip().family(),
                            prefix.length(),
                            RouteSource.STATIC,
                            prefix.ip().high(),
                            prefix.ip().low());
        };
    }
}
