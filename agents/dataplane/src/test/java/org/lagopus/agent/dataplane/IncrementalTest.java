package org.lagopus.agent.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lagopus.agent.dataplane.config.Configuration;
import org.lagopus.agent.dataplane.model.Change;
import org.lagopus.agent.dataplane.model.Item;
import org.lagopus.component.Edit;

/// Commits follow the change, not the configuration. Whether they forget something is found by
/// comparing, after each of many random commits, with a configuration that was read at once.
@Tag("R20")
@Tag("R21")
@Tag("R65")
class IncrementalTest {
    private static final int COMMITS = 800;
    private static final List<String> PORTS = List.of("p1", "p2", "p3");
    private static final List<String> INSTANCES = List.of("default", "red", "br0");
    private static final List<String> PREFIXES = List.of("10.0.0.0/8", "172.16.0.0/12");

    private final Map<String, Edit> records = new LinkedHashMap<>();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261122})
    void manyCommitsComeToTheSameAsOne(long seed) {
        var random = new Random(seed);
        var configuration = new Configuration();
        configuration.replace(List.of());
        int accepted = 0;
        for (int i = 0; i < COMMITS; i++) {
            var edits = edits(random);
            var before = text(configuration);
            var draft = configuration.prepare(edits);
            assertThat(text(configuration)).as("what runs, prepared").isEqualTo(before);
            if (!draft.refusals().isEmpty()) {
                continue;
            }
            if (random.nextInt(5) == 0) {
                configuration.forget();
                continue;
            }
            configuration.commit(draft);
            if (random.nextInt(5) == 0) {
                configuration.goBack();
                assertThat(text(configuration)).as("gone back, %d", i).isEqualTo(before);
                continue;
            }
            accepted++;
            edits.forEach(this::remember);
            var fresh = new Configuration();
            assertThat(fresh.replace(List.copyOf(records.values()))).as("%s", edits).isEmpty();
            assertThat(text(configuration)).as("commit %d: %s", i, edits).isEqualTo(text(fresh));
        }
        assertThat(accepted).isGreaterThan(COMMITS / 10);
    }

    private void remember(Edit edit) {
        var path = edit.path().toString();
        switch (edit) {
            case Edit.Put _ -> records.put(path, edit);
            case Edit.Removed _ ->
                    records.keySet().removeIf(p -> p.equals(path) || p.startsWith(path + "/"));
        }
    }

    private static List<Edit> edits(Random random) {
        var edits = new ArrayList<Edit>();
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            edits.addAll(edit(random));
        }
        return edits;
    }

    private static <T> T one(Random random, List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private static List<Edit> edit(Random random) {
        var port = one(random, PORTS);
        var instance = one(random, INSTANCES);
        var prefix = one(random, PREFIXES);
        int index = random.nextBoolean() ? 0 : 10;
        int number = 1 + random.nextInt(4);
        return switch (random.nextInt(16)) {
            case 0, 1 -> List.of(port(random, port));
            case 2 -> List.of(Config.remove(Config.interfacePath(port)));
            case 3, 4 ->
                    List.of(
                            sub(random, port, index),
                            Config.address(port, index, "10.0.%d.1/24".formatted(number)));
            case 5 -> List.of(Config.remove(Config.subPath(port, index)));
            case 6 -> List.of(sub(random, port, index));
            case 7 ->
                    List.of(
                            Config.sub(port, 0),
                            Config.put(
                                    Config.subPath(port, 0)
                                            + "/lagopus-if-ip:ipv4/neighbors/neighbor[ip='10.0.1.9']",
                                    "{'ip':'10.0.1.9','config':{'ip':'10.0.1.9','link-layer-address':"
                                            + "'02:00:00:00:00:0%d'}}".formatted(number)));
            case 8 -> List.of(instance(random, instance));
            case 9 -> List.of(Config.remove(Config.instancePath(instance)));
            case 10, 11 -> List.of(instance(random, instance), Config.member(instance, port));
            case 12 -> List.of(Config.remove(Config.memberPath(instance, port)));
            case 13 ->
                    List.of(
                            instance(random, instance),
                            Config.staticProtocol(instance),
                            Config.route(instance, prefix),
                            Config.hop(
                                    instance,
                                    prefix,
                                    "1",
                                    random.nextBoolean() ? ",'next-hop':'10.0.1.2'" : "",
                                    ",'interface-ref':{'config':{'interface':'%s'}}"
                                            .formatted(port)));
            case 14 -> List.of(Config.remove(Config.staticPath(instance, prefix)));
            default ->
                    List.of(
                            instance(random, "br0"),
                            Config.put(
                                    Config.instancePath("br0")
                                            + "/vlans/vlan[vlan-id='"
                                            + number
                                            + "']",
                                    "{'vlan-id':%d,'config':{'vlan-id':%d,'status':'%s'}}"
                                            .formatted(
                                                    number,
                                                    number,
                                                    random.nextBoolean()
                                                            ? "ACTIVE"
                                                            : "SUSPENDED")));
        };
    }

    private static Edit port(Random random, String name) {
        var device = random.nextInt(8) == 0 ? "veth1" : "v" + name;
        var numbered = ",'port-number':" + (name.charAt(1) - '0' + 4 * random.nextInt(2));
        if (random.nextInt(10) == 0) {
            return Config.put(
                    Config.interfacePath(name), "{'name':'%s','config':{}}".formatted(name));
        }
        if (random.nextInt(3) == 0) {
            var mode = random.nextBoolean() ? "ACCESS" : "TRUNK";
            return Config.put(
                    Config.interfacePath(name),
                    ("{'name':'%s','config':{},'openconfig-if-ethernet:ethernet':{"
                                    + "'openconfig-vlan:switched-vlan':{'config':{'interface-mode':'%s'}}},"
                                    + "'lagopus-dataplane:dataplane':{'config':{'driver':'tap',"
                                    + "'device':'%s'%s}}}")
                            .formatted(name, mode, device, numbered));
        }
        return Config.port(name, device, numbered);
    }

    private static Edit sub(Random random, String port, int index) {
        if (index != 0) {
            return Config.tagged(port, index, 10 + random.nextInt(2));
        }
        return random.nextInt(4) == 0
                ? Config.put(
                        Config.subPath(port, 0),
                        "{'index':0,'config':{'enabled':false},'lagopus-if-ip:ipv4':{'config':"
                                + "{'enabled':%s}}}".formatted(random.nextBoolean()))
                : Config.sub(port, 0);
    }

    private static Edit instance(Random random, String name) {
        var types =
                switch (name) {
                    case "default" -> List.of("DEFAULT_INSTANCE");
                    case "red" -> List.of("L3VRF", "L3VRF", "DEFAULT_INSTANCE");
                    default -> List.of("L2VSI", "L2VSI", "L3VRF");
                };
        return Config.instance(name, one(random, types));
    }

    /// All items, with instances called by their names: their numbers tell who came first.
    private static String text(Configuration configuration) {
        var items =
                configuration.running().all().stream()
                        .map(change -> ((Change.Set) change).item())
                        .toList();
        var names = new HashMap<Integer, String>();
        for (var item : items) {
            if (item instanceof Item.Instance i) {
                names.put(i.number(), i.name());
            }
        }
        var lines = new TreeSet<String>();
        for (var item : items) {
            lines.add(
                    switch (item) {
                        case Item.Instance i -> i.name() + i.forwarding() + i.macAgeing();
                        case Item.Interface i ->
                                i.toString().replace("instance=" + i.instance(), "")
                                        + names.get(i.instance());
                        case Item.Route r ->
                                r.toString().replace("instance=" + r.instance(), "")
                                        + names.get(r.instance());
                        default -> item.toString();
                    });
        }
        return String.join("\n", lines);
    }
}
