package org.lagopus.agent.dataplane.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lagopus.component.ip.Ip;
import org.lagopus.component.ip.Prefix;

@Tag("R21")
class ChangeTest {
    private static final Ip IP = Ip.parse("192.0.2.1").orElseThrow();
    private static final Item RED = instance(2, "red");
    private static final Item BLUE = instance(3, "blue");
    private static final Item IN_RED = onInstance(2);
    private static final Item IN_BLUE = onInstance(3);
    private static final Item ADDRESS = new Item.Address(16, IP, 24);

    private static Item.Instance instance(int number, String name) {
        return new Item.Instance(number, name, Item.Forwarding.ROUTED, false, 0, 0);
    }

    private static Item.Interface onInstance(int number) {
        return new Item.Interface(
                16, "p1", 1, number, Item.Forwarding.ROUTED, true, Item.VlanMode.ANY, 0, 0, 0);
    }

    @Test
    void whatIsEqualIsNotSent() {
        assertThat(Change.between(List.of(RED, ADDRESS), List.of(ADDRESS, RED))).isEmpty();
    }

    @Test
    void anInstanceGoesOnlyAfterItsInterfacesLeftIt() {
        assertThat(Change.between(List.of(RED, IN_RED, ADDRESS), List.of(BLUE, IN_BLUE, ADDRESS)))
                .containsExactly(
                        new Change.Set(BLUE),
                        new Change.Set(IN_BLUE),
                        new Change.Remove(RED.key()));
    }

    @Test
    void whatHasNobodyBelowItGoesFirst() {
        assertThat(Change.between(List.of(RED, IN_RED, ADDRESS), List.of()))
                .containsExactly(
                        new Change.Remove(ADDRESS.key()),
                        new Change.Remove(IN_RED.key()),
                        new Change.Remove(RED.key()));
    }

    @Test
    void whatIsAppliedCanBeTakenBack() {
        var desired = new Desired();
        var unit = new Unit.Instance("red");
        desired.apply(Map.of(unit, List.of(RED)));
        var before = desired.apply(Map.of(unit, List.of(BLUE)));
        assertThat(desired.changes(before))
                .containsExactly(new Change.Set(RED), new Change.Remove(BLUE.key()));
        desired.apply(before);
        assertThat(desired.of(unit)).containsExactly(RED);
    }

    @Test
    void whatRefersToAnObjectIsLeftOutWithIt() {
        var desired = new Desired();
        var unit = new Unit.Interface("p1", 0);
        var route =
                new Item.Route(3, new Prefix(IP, 32), 1, 0, List.of(new Item.Hop.Connected(16)));
        desired.apply(
                Map.of(
                        new Unit.Instance("red"),
                        List.of(RED),
                        unit,
                        List.of(IN_RED),
                        new Unit.Address(unit, "192.0.2.1"),
                        List.of(ADDRESS),
                        new Unit.Route("blue", new Prefix(IP, 32)),
                        List.of(route),
                        new Unit.Instance("blue"),
                        List.of(BLUE)));
        desired.removeWith(RED.key());
        assertThat(desired.all()).containsExactly(new Change.Set(BLUE));
    }
}
