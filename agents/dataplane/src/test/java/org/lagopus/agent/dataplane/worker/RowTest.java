package org.lagopus.agent.dataplane.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.lagopus.component.ring.messages.FdbEntry;
import org.lagopus.component.ring.messages.InstanceEntry;
import org.lagopus.component.ring.messages.InstanceKind;
import org.lagopus.component.ring.messages.InterfaceEntry;
import org.lagopus.component.ring.messages.InterfaceKind;
import org.lagopus.component.ring.messages.NeighborEntry;
import org.lagopus.component.ring.messages.NeighborState;
import org.lagopus.component.ring.messages.NextHop;
import org.lagopus.component.ring.messages.NextHopKind;
import org.lagopus.component.ring.messages.OwnerEntry;
import org.lagopus.component.ring.messages.Ping;
import org.lagopus.component.ring.messages.PortEntry;
import org.lagopus.component.ring.messages.RouteEntry;
import org.lagopus.component.ring.messages.RouteSource;

class RowTest {
    private static final long MAC = 0x0200_0000_00aaL;

    @Test
    void aRowIsALine() {
        assertThat(Row.text(new PortEntry(7, true, false, 1500, 0, MAC, 99, "p7", "net_tap")))
                .isEqualTo(
                        "port 7 name p7 driver net_tap mac 02:00:00:00:00:aa mtu 1500 stopped up");
        assertThat(Row.text(new NeighborEntry(3, 4, NeighborState.STALE, MAC, 9, 10L << 56, 0)))
                .isEqualTo("neighbor interface 3 10.0.0.0 mac 02:00:00:00:00:aa state stale");
        assertThat(Row.text(new InterfaceEntry(16, 1, 2, InterfaceKind.ROUTED, true, 10, "p1.10")))
                .isEqualTo("interface 16 name p1.10 port 1 instance 2 routed vlan 10 enabled");
        assertThat(Row.text(new InstanceEntry(2, InstanceKind.L3, "red")))
                .isEqualTo("instance 2 name red l3");
        assertThat(Row.text(new OwnerEntry(2, 12, 120, false, true, 7, 1, "bgpd")))
                .isEqualTo(
                        "owner 2 name bgpd routes 7 denied 1 scopes rib-write,rib-read stale-time 120 stale");
        assertThat(Row.text(new OwnerEntry(0, 0, 0xffff_ffffL, true, false, 0, 0, "")))
                .isEqualTo("owner 0 name - routes 0 denied 0 scopes - stale-time - attached");
        assertThat(Row.text(new FdbEntry(1, 2, 30, MAC, 5, true)))
                .isEqualTo("fdb instance 1 vlan 30 mac 02:00:00:00:00:aa interface 2 permanent");
    }

    @Test
    void theNextHopsOfARouteHaveAnOrder() {
        var one = new NextHop(NextHopKind.GATEWAY, 4, 3, 1, 0xc000_0201L << 32, 0);
        var two = new NextHop(NextHopKind.GATEWAY, 4, 2, 5, 0xc000_0202L << 32, 0);

        var text = Row.text(route(List.of(two, one)));

        assertThat(text)
                .isEqualTo(
                        "route instance 1 10.0.0.0/8 source static owner 1 preference 5 metric 0 active via 192.0.2.1 interface 3 weight 1 via 192.0.2.2 interface 2 weight 5");
        assertThat(Row.text(route(List.of(one, two)))).isEqualTo(text);
        assertThat(Row.text(route(List.of(new NextHop(NextHopKind.BLACKHOLE, 4, 0, 1, 0, 0)))))
                .isEqualTo(
                        "route instance 1 10.0.0.0/8 source static owner 1 preference 5 metric 0 active blackhole");
    }

    private static RouteEntry route(List<NextHop> hops) {
        return new RouteEntry(
                1, 4, 8, RouteSource.STATIC, 5, 0, true, false, 1, 10L << 56, 0, hops);
    }

    @Test
    void whatIsNoRowIsRefused() {
        assertThatThrownBy(() -> Row.text(new Ping(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
