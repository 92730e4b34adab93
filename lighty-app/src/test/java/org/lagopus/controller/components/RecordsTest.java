package org.lagopus.controller.components;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lagopus.component.wire.MessageCodec;
import org.lagopus.component.wire.WireEdit;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.impl.schema.ImmutableNodes;
import org.opendaylight.yangtools.yang.data.tree.api.DataTree;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidate;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeConfiguration;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeModification;
import org.opendaylight.yangtools.yang.data.tree.api.DataValidationFailedException;
import org.opendaylight.yangtools.yang.data.tree.api.TreeType;
import org.opendaylight.yangtools.yang.data.tree.impl.di.InMemoryDataTreeFactory;

@Tag("R11")
@Tag("R16")
class RecordsTest {
    private static final YangInstanceIdentifier INTERFACES = path("/box:interfaces");

    private final Records records = new Records(BoxModel.MODEL);
    private final DataTree tree =
            new InMemoryDataTreeFactory()
                    .create(
                            new DataTreeConfiguration.Builder(TreeType.CONFIGURATION).build(),
                            BoxModel.MODEL.context());

    private static YangInstanceIdentifier path(String text) {
        return BoxModel.MODEL.parse(text);
    }

    private interface Work {
        void on(DataTreeModification modification);
    }

    private DataTreeCandidate change(Work work) throws DataValidationFailedException {
        var modification = tree.takeSnapshot().newModification();
        work.on(modification);
        modification.ready();
        tree.validate(modification);
        var candidate = tree.prepare(modification);
        tree.commit(candidate);
        return candidate;
    }

    private List<WireEdit> edits(DataTreeCandidate candidate, YangInstanceIdentifier path) {
        DataTreeCandidateNode node = candidate.getRootNode();
        for (var step : path.getPathArguments()) {
            node = node == null ? null : node.modifiedChild(step);
        }
        return node == null ? List.of() : records.changes(path, node);
    }

    private void put(DataTreeModification modification, String path, String json) {
        var at = path(path);
        parents(modification, at);
        modification.write(at, BoxModel.node(path, json));
    }

    /// Makes the way to a place.
    private static void parents(DataTreeModification modification, YangInstanceIdentifier path) {
        var parent = path.getParent();
        if (parent != null && !parent.isEmpty()) {
            modification.merge(
                    YangInstanceIdentifier.of(path.getPathArguments().getFirst()),
                    ImmutableNodes.fromInstanceId(BoxModel.MODEL.context(), parent));
        }
    }

    private static ObjectNode json(String text) throws Exception {
        return MessageCodec.mapper().readValue(text, ObjectNode.class);
    }

    @Test
    void aNewEntryIsOnePutWithItsOwnContentAndOneForEachEntryBelow() throws Exception {
        var candidate =
                change(m ->
                        put(
                                m,
                                "/box:interfaces",
                                """
                                {"interface":[{"name":"e0",
                                  "config":{"mtu":1500,"big":"5000000000","enabled":true,
                                    "kind":"box:round","flag":[null],"tag":["a","b"],
                                    "fast":3,"box-more:driver":"tap"},
                                  "present":{},
                                  "box-more:extra":{"y":"z"},
                                  "subs":{"sub":[{"index":7,"type":"t","description":"d",
                                    "addresses":{"address":[{"ip":"::1","length":64}]}}]}
                                }]}\
                                """));
        var edits = edits(candidate, INTERFACES);
        assertThat(edits)
                .containsExactly(
                        WireEdit.put(
                                "/box:interfaces/interface[name='e0']",
                                json(
                                        """
                                        {"name":"e0","config":{"mtu":1500,"big":"5000000000",
                                         "enabled":true,"kind":"box:round","flag":[null],
                                         "tag":["a","b"],"fast":3,"box-more:driver":"tap"},
                                         "present":{},"box-more:extra":{"y":"z"}}\
                                        """)),
                        WireEdit.put(
                                "/box:interfaces/interface[name='e0']"
                                        + "/subs/sub[index='7'][type='t']",
                                json("{\"index\":7,\"type\":\"t\",\"description\":\"d\"}")),
                        WireEdit.put(
                                "/box:interfaces/interface[name='e0']"
                                        + "/subs/sub[index='7'][type='t']"
                                        + "/addresses/address[ip='::1']",
                                json("{\"ip\":\"::1\",\"length\":64}")));
    }

    @Test
    void aChangedLeafPutsItsRecordAloneHoweverManyThereAre() throws Exception {
        change(m -> {
            for (int i = 0; i < 2000; i++) {
                put(
                        m,
                        "/box:interfaces/interface[name='e" + i + "']",
                        "{\"name\":\"e"
                                + i
                                + "\",\"subs\":{\"sub\":[{\"index\":1,"
                                + "\"type\":\"t\"}]}}");
            }
        });
        var candidate =
                change(m ->
                        put(m, "/box:interfaces/interface[name='e7']/config", "{\"mtu\":9000}"));
        assertThat(edits(candidate, INTERFACES))
                .containsExactly(
                        WireEdit.put(
                                "/box:interfaces/interface[name='e7']",
                                json("{\"name\":\"e7\",\"config\":{\"mtu\":9000}}")));
        assertThat(edits(candidate, YangInstanceIdentifier.of()))
                .isEqualTo(edits(candidate, INTERFACES));
        assertThat(edits(candidate, path("/box:other"))).isEmpty();
    }

    @Test
    void aRemovedEntryIsOneRemoval() throws Exception {
        change(m ->
                put(
                        m,
                        "/box:interfaces/interface[name='e0']",
                        "{\"name\":\"e0\",\"subs\":{\"sub\":[{\"index\":1,\"type\":\"t\"},"
                                + "{\"index\":2,\"type\":\"t\"}]}}"));
        var below = change(m -> m.delete(path("/box:interfaces/interface[name='e0']/subs")));
        assertThat(edits(below, INTERFACES))
                .containsExactlyInAnyOrder(
                        WireEdit.remove(
                                "/box:interfaces/interface[name='e0']"
                                        + "/subs/sub[index='1'][type='t']"),
                        WireEdit.remove(
                                "/box:interfaces/interface[name='e0']"
                                        + "/subs/sub[index='2'][type='t']"));
        var whole = change(m -> m.delete(path("/box:interfaces/interface[name='e0']")));
        assertThat(edits(whole, YangInstanceIdentifier.of()).getFirst().op())
                .isEqualTo(WireEdit.Op.REMOVE);
    }

    @Test
    void aSubscriptionBelowTheTopHasItsContainerAsARecord() throws Exception {
        var config = path("/box:interfaces/interface[name='e0']/config");
        var candidate =
                change(m ->
                        put(
                                m,
                                "/box:interfaces/interface[name='e0']",
                                "{\"name\":\"e0\",\"config\":{\"mtu\":9000}}"));
        assertThat(edits(candidate, config))
                .containsExactly(
                        WireEdit.put(
                                "/box:interfaces/interface[name='e0']/config",
                                json("{\"mtu\":9000}")));
    }

    @Test
    void subscriptionsAreToContainersAndLists() {
        records.check(YangInstanceIdentifier.of());
        records.check(INTERFACES);
        records.check(path("/box:interfaces/interface"));
        records.check(path("/box:interfaces/interface[name='e0']/config"));
        assertThatThrownBy(() -> records.check(path("/box:other/text")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /// What a component holds that does what it is told.
    private static void apply(Map<String, ObjectNode> held, Iterator<WireEdit> edits) {
        edits.forEachRemaining(edit -> {
            var value = edit.value();
            if (value == null) {
                held.keySet()
                        .removeIf(p -> p.equals(edit.path()) || p.startsWith(edit.path() + "/"));
            } else if (value.isEmpty() && !edit.path().endsWith("]")) {
                held.remove(edit.path());
            } else {
                held.put(edit.path(), value);
            }
        });
    }

    private Map<String, ObjectNode> all() {
        var held = new TreeMap<String, ObjectNode>();
        tree.takeSnapshot()
                .readNode(YangInstanceIdentifier.of())
                .ifPresent(root -> apply(held, records.all(YangInstanceIdentifier.of(), root)));
        return held;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    @Tag("R20")
    void whoFollowsEveryChangeHoldsWhatTheDatastoreHolds(long seed) throws Exception {
        var random = new Random(seed);
        var held = new TreeMap<String, ObjectNode>();
        for (int round = 0; round < 150; round++) {
            var candidate = change(m -> randomChange(m, random));
            apply(held, edits(candidate, YangInstanceIdentifier.of()).iterator());
            assertThat(held).as("seed %d, round %d", seed, round).isEqualTo(all());
        }
    }

    private void randomChange(DataTreeModification m, Random random) {
        for (int i = random.nextInt(4); i >= 0; i--) {
            var name = "e" + random.nextInt(4);
            var interfacePath = "/box:interfaces/interface[name='" + name + "']";
            switch (random.nextInt(10)) {
                case 0, 1 -> put(m, interfacePath, randomInterface(random, name));
                case 2 ->
                        put(
                                m,
                                interfacePath + "/config",
                                "{\"mtu\":" + random.nextInt(3) + ",\"tag\":[\"x\"]}");
                case 3 ->
                        put(
                                m,
                                interfacePath + "/subs/sub[index='1'][type='t']",
                                "{\"index\":1,\"type\":\"t\",\"description\":\""
                                        + random.nextInt(3)
                                        + "\"}");
                case 4 -> {
                    var all = new ArrayList<String>();
                    for (int n = random.nextInt(4); n >= 0; n--) {
                        all.add(randomInterface(random, "e" + n));
                    }
                    put(m, "/box:interfaces", "{\"interface\":" + all + "}");
                }
                case 5 -> delete(m, interfacePath);
                case 6 -> delete(m, interfacePath + "/subs");
                case 7 -> delete(m, "/box:interfaces");
                case 8 -> put(m, "/box:other", "{\"text\":\"" + random.nextInt(3) + "\"}");
                default -> delete(m, "/box:other");
            }
        }
    }

    private static void delete(DataTreeModification m, String place) {
        if (m.readNode(path(place)).isPresent()) {
            m.delete(path(place));
        }
    }

    private static String randomInterface(Random random, String name) {
        var parts = new ArrayList<String>();
        parts.add("\"name\":\"" + name + "\"");
        if (random.nextBoolean()) {
            parts.add("\"present\":{}");
        }
        if (random.nextBoolean()) {
            parts.add(
                    "\"config\":{\"slow\":{\"how\":"
                            + random.nextInt(2)
                            + ",\"step\":[{\"n\":"
                            + random.nextInt(2)
                            + "}]}}");
        } else if (random.nextBoolean()) {
            parts.add("\"config\":{\"fast\":1}");
        }
        if (random.nextBoolean()) {
            parts.add(
                    "\"subs\":{\"sub\":[{\"index\":"
                            + random.nextInt(2)
                            + ",\"type\":\"t\",\"addresses\":{\"address\":[{\"ip\":\"a\","
                            + "\"length\":"
                            + random.nextInt(3)
                            + "}]}}]}");
        }
        return "{" + String.join(",", parts) + "}";
    }
}
