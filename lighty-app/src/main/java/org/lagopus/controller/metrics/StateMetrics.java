package org.lagopus.controller.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.View;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ChoiceNode;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;

/// What the operational tree holds that a graph is drawn of: counters of interfaces, drops,
/// sessions, components, routes, alarms. What the user may not read is not there.
final class StateMetrics {
    private static final String HELP = "From the state of the box";

    private final Map<String, List<Point>> counters = new TreeMap<>();
    private final Map<String, List<Point>> gauges = new TreeMap<>();

    private record Point(Labels labels, double value) {}

    StateMetrics(View view) {
        var root = view.operational().readNode(YangInstanceIdentifier.of()).orElse(null);
        entries(root, "interfaces", "interface").forEach(this::interfaceOf);
        var dataplane = child(child(root, "dataplane"), "state");
        gauge("lagopus_dataplane_connected", Labels.EMPTY, bool(leaf(dataplane, "connected")));
        for (var drop : entries(dataplane, null, "drop")) {
            count(
                    "lagopus_dataplane_drops",
                    labels("reason", drop, "reason"),
                    leaf(drop, "packets"));
        }
        var netconf = child(root, "netconf-state");
        leaves(
                child(netconf, "statistics"),
                (name, value) -> {
                    if (!name.endsWith("time")) {
                        count("lagopus_netconf_" + name, Labels.EMPTY, value);
                    }
                });
        gauge(
                "lagopus_netconf_sessions",
                Labels.EMPTY,
                entries(netconf, "sessions", "session").size());
        entries(root, "components", "component").forEach(this::component);
        for (var owner : entries(root, "routes", "owner")) {
            var who = labels("owner", owner, "name");
            gauge("lagopus_volatile_routes", who, number(leaf(owner, "routes")));
            count("lagopus_volatile_routes_denied", who, leaf(owner, "denied"));
        }
        alarms(entries(child(root, "system"), "alarms", "alarm"));
    }

    private void interfaceOf(DataContainerNode entry) {
        var state = child(entry, "state");
        var name = text(leaf(entry, "name"));
        var labels = Labels.of("interface", name);
        var status = leaf(state, "oper-status");
        if (status != null) {
            gauge("lagopus_interface_up", labels, text(status).endsWith("UP") ? 1 : 0);
        }
        counters("lagopus_interface_", labels, child(state, "counters"));
        for (var sub : entries(entry, "subinterfaces", "subinterface")) {
            counters(
                    "lagopus_subinterface_",
                    Labels.of("interface", name, "index", text(leaf(sub, "index"))),
                    child(child(sub, "state"), "counters"));
        }
    }

    private void counters(String prefix, Labels labels, @Nullable NormalizedNode of) {
        leaves(of, (name, value) -> count(prefix + name, labels, value));
    }

    private void component(DataContainerNode entry) {
        var state = child(entry, "state");
        var labels = labels("component", entry, "name");
        gauge("lagopus_component_connected", labels, bool(leaf(state, "connected")));
        gauge("lagopus_component_generation", labels, number(leaf(state, "generation")));
    }

    private void alarms(List<DataContainerNode> standing) {
        var bySeverity = new TreeMap<String, Integer>();
        for (var alarm : standing) {
            var severity = text(leaf(child(alarm, "state"), "severity"));
            bySeverity.merge(severity.substring(severity.lastIndexOf(')') + 1), 1, Integer::sum);
        }
        bySeverity.forEach((severity, count) ->
                gauge("lagopus_alarms", Labels.of("severity", severity), count));
    }

    void forEach(Consumer<MetricSnapshot> each) {
        counters.forEach((name, points) -> {
            var snapshot = CounterSnapshot.builder().name(name).help(HELP);
            points.forEach(point ->
                    snapshot.dataPoint(
                            CounterDataPointSnapshot.builder()
                                    .labels(point.labels())
                                    .value(point.value())
                                    .build()));
            each.accept(snapshot.build());
        });
        gauges.forEach((name, points) -> {
            var snapshot = GaugeSnapshot.builder().name(name).help(HELP);
            points.forEach(point ->
                    snapshot.dataPoint(
                            GaugeDataPointSnapshot.builder()
                                    .labels(point.labels())
                                    .value(point.value())
                                    .build()));
            each.accept(snapshot.build());
        });
    }

    // --- the tree

    private interface Leaf {
        void on(String name, Object value);
    }

    private static void leaves(@Nullable NormalizedNode of, Leaf each) {
        if (of instanceof DataContainerNode container) {
            for (var child : container.body()) {
                // A time is a number as well.
                if (child instanceof LeafNode<?> leaf
                        && number(leaf.body()) != null
                        && !leaf.name().getNodeType().getLocalName().startsWith("last-")) {
                    each.on(
                            leaf.name().getNodeType().getLocalName().replace('-', '_'),
                            leaf.body());
                }
            }
        }
    }

    private static @Nullable NormalizedNode child(@Nullable NormalizedNode of, String name) {
        if (!(of instanceof DataContainerNode container)) {
            return null;
        }
        for (var child : container.body()) {
            if (child.name().getNodeType().getLocalName().equals(name)
                    && !(child instanceof ChoiceNode)) {
                return child;
            }
        }
        return null;
    }

    private static @Nullable Object leaf(@Nullable NormalizedNode of, String name) {
        var found = child(of, name);
        return found == null ? null : found.body();
    }

    private static List<DataContainerNode> entries(
            @Nullable NormalizedNode of, @Nullable String container, String list) {
        var found = new ArrayList<DataContainerNode>();
        var in = container == null ? of : child(of, container);
        if (child(in, list) instanceof MapNode map) {
            found.addAll(map.body());
        }
        return found;
    }

    private static Labels labels(String label, DataContainerNode of, String leaf) {
        return Labels.of(label, text(leaf(of, leaf)));
    }

    private static String text(@Nullable Object value) {
        return value == null ? "" : value.toString();
    }

    private static @Nullable Double number(@Nullable Object value) {
        return value instanceof Number number ? Double.valueOf(number.doubleValue()) : null;
    }

    private static @Nullable Integer bool(@Nullable Object value) {
        return value instanceof Boolean is ? Integer.valueOf(is ? 1 : 0) : null;
    }

    private void count(String name, Labels labels, @Nullable Object value) {
        put(counters, name, labels, number(value));
    }

    private void gauge(String name, Labels labels, @Nullable Number value) {
        put(gauges, name, labels, value);
    }

    private static void put(
            Map<String, List<Point>> to, String name, Labels labels, @Nullable Number value) {
        if (value != null) {
            to.computeIfAbsent(name, _ -> new ArrayList<>())
                    .add(new Point(labels, value.doubleValue()));
        }
    }
}
