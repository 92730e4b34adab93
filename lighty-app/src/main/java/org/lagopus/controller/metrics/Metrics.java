package org.lagopus.controller.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.lagopus.datastore.CommitReport;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.View;
import org.lagopus.restconf.MetricsPage;

/// Counts and times of this process, and what the state of the box holds, in the text formats of
/// OpenMetrics 1.0 and Prometheus. A commit adds a few counts to it, without a lock; everything
/// else is looked up when somebody asks.
public final class Metrics implements MetricsPage, AutoCloseable {
    /// Edges of the histograms: from a commit that nobody has to be asked about to one that runs
    /// into a deadline.
    private static final Duration[] EDGES =
            List.of(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000).stream()
                    .map(Duration::ofMillis)
                    .toArray(Duration[]::new);

    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final ExpositionFormats formats = ExpositionFormats.init();
    private final JvmGcMetrics collector = new JvmGcMetrics();
    private final Map<String, Timer> timers = new ConcurrentHashMap<>();
    private final Map<CommitReport.Outcome, Counter> outcomes =
            new EnumMap<>(CommitReport.Outcome.class);

    public Metrics(Datastore datastore, String version) {
        for (var binder :
                List.of(
                        new JvmMemoryMetrics(),
                        new JvmThreadMetrics(),
                        new ClassLoaderMetrics(),
                        new ProcessorMetrics(),
                        new FileDescriptorMetrics(),
                        new UptimeMetrics(),
                        collector)) {
            binder.bindTo(registry);
        }
        registry.gauge("lagopus.build", List.of(Tag.of("version", version)), 1);
        registry.gauge("lagopus.running.generation", datastore, d -> (double) d.generation());
        for (var outcome : CommitReport.Outcome.values()) {
            outcomes.put(outcome, commits(registry, outcome));
        }
        datastore.observe(this::count);
    }

    private static Counter commits(MeterRegistry registry, CommitReport.Outcome outcome) {
        return Counter.builder("lagopus.commits")
                .description("Commits by how they ended")
                .tag("outcome", word(outcome))
                .register(registry);
    }

    private void count(CommitReport report) {
        Objects.requireNonNull(outcomes.get(report.outcome())).increment();
        timer("lagopus.commit", "A whole commit", word(report.outcome()), "")
                .record(Duration.ofNanos(report.nanos()));
        for (var step : report.steps()) {
            var component = step.component();
            if (component == null) {
                timer("lagopus.commit.phase", "A phase of commits", step.phase(), "")
                        .record(Duration.ofNanos(step.nanos()));
            } else {
                timer(
                                "lagopus.commit.component",
                                "Until a component has answered in a phase",
                                step.phase(),
                                component)
                        .record(Duration.ofNanos(step.nanos()));
            }
        }
    }

    private Timer timer(String name, String description, String which, String component) {
        return timers.computeIfAbsent(
                name + " " + which + " " + component,
                _ -> {
                    var timer =
                            Timer.builder(name)
                                    .description(description)
                                    .serviceLevelObjectives(EDGES)
                                    .tag(
                                            name.equals("lagopus.commit") ? "outcome" : "phase",
                                            which);
                    return (component.isEmpty() ? timer : timer.tag("component", component))
                            .register(registry);
                });
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public String type(String accept) {
        return formats.findWriter(accept).getContentType();
    }

    @Override
    public void write(String accept, View view, OutputStream to) throws IOException {
        var all = MetricSnapshots.builder();
        registry.getPrometheusRegistry().scrape().forEach(all::metricSnapshot);
        new StateMetrics(view).forEach(all::metricSnapshot);
        formats.findWriter(accept).write(to, all.build());
    }

    @Override
    public void close() {
        collector.close();
        registry.close();
    }
}
