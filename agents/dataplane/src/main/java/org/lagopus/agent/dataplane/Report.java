package org.lagopus.agent.dataplane;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lagopus.agent.dataplane.config.Configuration;
import org.lagopus.agent.dataplane.worker.Dataplane;
import org.lagopus.component.Edit;
import org.lagopus.component.Path;
import org.lagopus.component.ring.RingClient;
import org.lagopus.component.ring.Words;
import org.lagopus.component.ring.messages.OwnerEntry;
import org.lagopus.component.ring.messages.PortEntry;
import org.lagopus.component.ring.messages.Table;

/// Operational data: what the worker says, under the names of the model. Only records that changed
/// since the last time are sent. A worker that is gone leaves its last counters behind.
final class Report {
    private static final Path DATAPLANE = Path.parse(Agent.RESOURCE);
    private static final Path ROUTES = Path.parse("/lagopus-routes:routes");
    private static final int ETHERNET_HEADER = 14;

    /// The worker's names of what it counts for a port, and the model's.
    private static final Map<String, String> PORT_COUNTERS =
            ordered(
                    "in-octets", "rx-octets",
                    "in-pkts", "rx-packets",
                    "in-unicast-pkts", "rx-unicast",
                    "in-broadcast-pkts", "rx-broadcast",
                    "in-multicast-pkts", "rx-multicast",
                    "in-discards", "rx-drops",
                    "in-errors", "rx-errors",
                    "out-octets", "tx-octets",
                    "out-pkts", "tx-packets",
                    "out-unicast-pkts", "tx-unicast",
                    "out-broadcast-pkts", "tx-broadcast",
                    "out-multicast-pkts", "tx-multicast",
                    "out-discards", "tx-drops",
                    "out-errors", "tx-errors");

    private static final Map<String, String> INTERFACE_COUNTERS =
            ordered(
                    "in-octets", "rx-octets",
                    "in-pkts", "rx-packets",
                    "out-octets", "tx-octets",
                    "out-pkts", "tx-packets");

    private final Configuration configuration;
    private final Controller controller;
    private Map<Path, ObjectNode> sent = new HashMap<>();
    private Map<Long, Dataplane.Counts> portCounters = Map.of();
    private Map<Long, Dataplane.Counts> interfaceCounters = Map.of();
    private List<Dataplane.Counts> drops = List.of();
    private Map<Long, PortEntry> ports = Map.of();
    private @Nullable ObjectNode worker;
    private List<OwnerEntry> owners = List.of();
    private long replays;
    private int waiting;

    Report(Configuration configuration, Controller controller) {
        this.configuration = configuration;
        this.controller = controller;
    }

    /// The datastore knows nothing of what was sent before.
    void forget() {
        sent = new HashMap<>();
    }

    void replayed(long times) {
        replays = times;
    }

    /// Routes of operations that wait for what they name.
    void waiting(int routes) {
        waiting = routes;
    }

    /// @param dataplane null if the worker is not there
    void send(@Nullable Dataplane dataplane, long generation) throws IOException {
        if (dataplane != null) {
            read(dataplane);
        }
        var now = records(dataplane, generation);
        var edits = new ArrayList<Edit>();
        for (var path : sent.keySet()) {
            if (!now.containsKey(path)) {
                edits.add(new Edit.Removed(path));
            }
        }
        now.forEach((path, value) -> {
            if (!value.equals(sent.get(path))) {
                edits.add(new Edit.Put(path, value));
            }
        });
        if (edits.isEmpty() || controller.state(edits)) {
            sent = now;
        }
    }

    private void read(Dataplane dataplane) throws IOException {
        ports = byKey(dataplane.ports(), PortEntry::port);
        portCounters = byKey(dataplane.counters("port"), Dataplane.Counts::key);
        interfaceCounters = byKey(dataplane.counters("interface"), Dataplane.Counts::key);
        drops = dataplane.counters("drop");
        owners = dataplane.dump(Table.OWNER_TABLE).stream().map(OwnerEntry.class::cast).toList();
    }

    private static <T> Map<Long, T> byKey(List<T> rows, Function<T, Long> key) {
        return rows.stream().collect(Collectors.toMap(key, Function.identity(), (_, last) -> last));
    }

    private Map<Path, ObjectNode> records(@Nullable Dataplane dataplane, long generation) {
        boolean there = dataplane != null;
        var records = new LinkedHashMap<Path, ObjectNode>();
        records.put(DATAPLANE, worker(dataplane, generation));
        for (var drop : drops) {
            if (drop.value("packets") != 0) {
                var record = node().put("reason", drop.name());
                record.put("packets", Long.toUnsignedString(drop.value("packets")));
                records.put(
                        DATAPLANE.child("state").child("drop", Map.of("reason", drop.name())),
                        record);
            }
        }
        for (var view : configuration.interfaces()) {
            records.put(view.path(), interfaceRecord(view, there));
            for (var sub : view.subinterfaces()) {
                records.put(sub.path(), subinterface(view, sub, there));
            }
        }
        for (var view : configuration.instances()) {
            records.put(view.path(), instance(view));
        }
        routes(records, there);
        return records;
    }

    private void routes(Map<Path, ObjectNode> records, boolean there) {
        var record = node();
        var state = record.putObject("state").put("waiting", waiting);
        for (var owner : owners) {
            if (owner.owner() == 0) {
                state.put("denied", Long.toUnsignedString(owner.denied()));
            } else {
                records.put(
                        ROUTES.child("owner", Map.of("name", owner.name())), owner(owner, there));
            }
        }
        records.put(ROUTES, record);
    }

    private static ObjectNode owner(OwnerEntry entry, boolean there) {
        var record = node().put("name", entry.name());
        var scopes = record.putArray("scope");
        Words.scopes(entry.scopes()).forEach(scopes::add);
        if (entry.staleSeconds() != RingClient.FOR_EVER) {
            record.put("stale-time", entry.staleSeconds());
        }
        record.put("attached", there && entry.attached());
        record.put("stale", entry.stale());
        record.put("routes", Long.toUnsignedString(there ? entry.routes() : 0));
        record.put("denied", Long.toUnsignedString(entry.denied()));
        return record;
    }

    private ObjectNode worker(@Nullable Dataplane dataplane, long generation) {
        var state = worker == null ? node() : worker.deepCopy();
        state.put("connected", dataplane != null);
        state.put("replays", Long.toString(replays));
        if (dataplane != null) {
            var said = dataplane.welcome();
            state.put("version", said.version());
            state.put("pid", said.pid());
            state.put("instance", Long.toHexString(said.instance()));
            state.put("generation", Long.toString(generation));
            state.put("cores", said.cores());
            state.put("hugepages", said.hugepages());
        }
        worker = state;
        var record = node();
        record.set("state", state.deepCopy());
        return record;
    }

    private ObjectNode interfaceRecord(Configuration.InterfaceView view, boolean there) {
        var port = view.port().map(p -> ports.get((long) p.number()));
        var state = node().put("name", view.name());
        state.put("type", view.type());
        if (!view.description().isEmpty()) {
            state.put("description", view.description());
        }
        state.put("enabled", view.enabled());
        state.put("admin-status", view.enabled() ? "UP" : "DOWN");
        state.put("oper-status", operStatus(view, there));
        var record = node().put("name", view.name());
        record.set("state", state);
        view.port()
                .ifPresent(p -> {
                    state.put("ifindex", p.number());
                    record.set("lagopus-dataplane:dataplane", port(p, port.orElse(null)));
                    counters(state, PORT_COUNTERS, portCounters.get((long) p.number()));
                });
        port.ifPresent(entry -> {
            state.put("mtu", entry.mtu() + ETHERNET_HEADER);
            state.put("last-change", Long.toUnsignedString(entry.lastChangeNanos()));
            var ethernet = node();
            ethernet.putObject("state").put("mac-address", mac(entry.mac()));
            record.set("openconfig-if-ethernet:ethernet", ethernet);
        });
        return record;
    }

    private static ObjectNode port(Configuration.PortView view, @Nullable PortEntry entry) {
        var container = node();
        var state = container.putObject("state").put("driver", view.driver());
        if (!view.device().isEmpty()) {
            state.put("device", view.device());
        }
        state.put("port-number", view.number());
        if (entry != null) {
            state.put("device-driver", entry.driverName());
            state.put("running", entry.running());
            if (entry.speedMbps() != 0) {
                state.put("speed", entry.speedMbps());
            }
        }
        if (!view.agents().isEmpty()) {
            view.agents().forEach(state.putArray("agent")::add);
        }
        return container;
    }

    private String operStatus(Configuration.InterfaceView view, boolean there) {
        if (view.port().isEmpty()) {
            return "NOT_PRESENT";
        }
        if (!there) {
            return "UNKNOWN";
        }
        var entry = ports.get((long) view.port().get().number());
        if (entry == null) {
            return "NOT_PRESENT";
        }
        return view.enabled() && entry.running() && entry.linkUp() ? "UP" : "DOWN";
    }

    private ObjectNode subinterface(
            Configuration.InterfaceView view, Configuration.SubinterfaceView sub, boolean there) {
        var record = node().put("index", sub.index());
        var state = record.putObject("state").put("index", sub.index());
        state.put("name", sub.label());
        if (!sub.description().isEmpty()) {
            state.put("description", sub.description());
        }
        boolean enabled = view.enabled() && sub.enabled();
        state.put("enabled", sub.enabled());
        state.put("admin-status", enabled ? "UP" : "DOWN");
        var below = operStatus(view, there);
        state.put("oper-status", below.equals("UP") && !enabled ? "DOWN" : below);
        sub.number()
                .ifPresent(
                        n -> counters(state, INTERFACE_COUNTERS, interfaceCounters.get((long) n)));
        return record;
    }

    private static ObjectNode instance(Configuration.InstanceView view) {
        var record = node().put("name", view.name());
        var state = record.putObject("state").put("name", view.name());
        if (!view.type().isEmpty()) {
            state.put("type", "openconfig-network-instance-types:" + view.type());
        }
        state.put("enabled", view.enabled());
        if (!view.description().isEmpty()) {
            state.put("description", view.description());
        }
        return record;
    }

    private static void counters(
            ObjectNode state, Map<String, String> names, Dataplane.@Nullable Counts counts) {
        if (counts == null) {
            return;
        }
        var counters = state.putObject("counters");
        names.forEach(
                (ours, theirs) -> counters.put(ours, Long.toUnsignedString(counts.value(theirs))));
    }

    private static String mac(long mac) {
        var text = new StringBuilder();
        for (int shift = 40; shift >= 0; shift -= 8) {
            text.append(String.format("%02x", mac >>> shift & 0xff));
            text.append(shift == 0 ? "" : ":");
        }
        return text.toString();
    }

    private static ObjectNode node() {
        return JsonNodeFactory.instance.objectNode();
    }

    private static Map<String, String> ordered(String... pairs) {
        var map = new LinkedHashMap<String, String>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(pairs[i], pairs[i + 1]);
        }
        return map;
    }
}
