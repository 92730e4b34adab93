package org.lagopus.agent.dataplane;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.lagopus.agent.dataplane.routes.Grants;
import org.lagopus.agent.dataplane.routes.RouteOperations;
import org.lagopus.agent.dataplane.worker.Dataplane;
import org.lagopus.agent.dataplane.worker.RingDataplane;
import org.lagopus.agent.dataplane.worker.Row;
import org.lagopus.component.Component;
import org.lagopus.component.Edit;
import org.lagopus.component.ServiceNotifier;
import org.lagopus.component.Settings;
import org.lagopus.component.ring.RingClient;
import org.lagopus.component.ring.Words;
import org.lagopus.component.ring.messages.FaultSet;
import org.lagopus.component.ring.messages.FaultStep;
import org.lagopus.component.ring.messages.LinkEvent;
import org.lagopus.component.ring.messages.RingError;
import org.lagopus.component.ring.messages.RingObject;
import org.lagopus.component.ring.messages.Table;
import org.lagopus.component.routes.RouteClient;
import org.lagopus.component.wire.Message;
import org.lagopus.component.wire.Severity;

/// `lagopus-dataplane`: the agent, and tools that ask a worker what it holds, or to fail under
/// test.
public final class Main {
    static final List<String> SUBSCRIPTIONS =
            List.of(
                    "/openconfig-interfaces:interfaces",
                    "/lagopus-network-instance:network-instances",
                    "/lagopus-dataplane:dataplane",
                    "/lagopus-routes:routes");

    private static final int USAGE = 2;
    private static final int STATUS_MILLIS = 500;
    private static final String HELP =
            """
            Usage: lagopus-dataplane [--run DIR] [--components SOCKET] [--worker SOCKET]
                   lagopus-dataplane dump TABLE [--run DIR] [--worker SOCKET]
                   lagopus-dataplane fault-set STEP OBJECT COUNT [--run DIR] [--worker SOCKET]

            The dataplane agent: takes the committed configuration from lagopusd and drives the
            worker with it. Both may come and go.

              --run DIR            run directory, /run/lagopus unless given
              --components SOCKET  lagopusd's socket, DIR/components.sock unless given
              --worker SOCKET      the worker's socket, DIR/worker.sock unless given
              --help               this text

            dump prints what the worker holds, a row a line, sorted.

              TABLE   ports, interfaces, instances, neighbors, fdb, owners,
                      routes (what is forwarded by), rib (what is offered)

            fault-set makes a worker that was started with --faults fail in its next COUNT
            transactions (0: no more).

              STEP    in-prepare, in-apply, in-flip, crash-in-apply, stall-in-apply
              OBJECT  none (whatever comes first), port, interface, instance, vlan-member,
                      address, route, static-neighbor, static-fdb
            """;

    private Main() {}

    /// What the command line asks for.
    record Arguments(Path components, Path worker, List<String> words, boolean help) {
        static Arguments of(String... line) {
            var run = Path.of("/run/lagopus");
            Path components = null;
            Path worker = null;
            boolean help = false;
            var words = new ArrayList<String>();
            for (int i = 0; i < line.length; i++) {
                switch (line[i]) {
                    case "--run" -> run = Path.of(value(line, ++i));
                    case "--components" -> components = Path.of(value(line, ++i));
                    case "--worker" -> worker = Path.of(value(line, ++i));
                    case "--help", "-h" -> help = true;
                    case String other when other.startsWith("-") ->
                            throw new IllegalArgumentException("unknown option " + other);
                    default -> words.add(line[i]);
                }
            }
            return new Arguments(
                    components == null ? run.resolve("components.sock") : components,
                    worker == null ? run.resolve("worker.sock") : worker,
                    words,
                    help);
        }

        private static String value(String[] line, int at) {
            if (at == line.length) {
                throw new IllegalArgumentException(line[at - 1] + " needs a value");
            }
            return line[at];
        }
    }

    public static void main(String[] line) throws InterruptedException {
        int status = run(System.out, System.err, line);
        if (status != 0) {
            System.exit(status);
        }
    }

    static int run(PrintStream out, PrintStream err, String... line) throws InterruptedException {
        try {
            var arguments = Arguments.of(line);
            if (arguments.help()) {
                out.print(HELP);
                return 0;
            }
            if (arguments.words().isEmpty()) {
                serve(arguments);
                return 0;
            }
            if (arguments.words().getFirst().equals("dump") && arguments.words().size() == 2) {
                return dump(arguments, out, err);
            }
            if (arguments.words().getFirst().equals("fault-set") && arguments.words().size() == 4) {
                return faultSet(arguments, err);
            }
            throw new IllegalArgumentException("what is " + String.join(" ", arguments.words()));
        } catch (IllegalArgumentException e) {
            err.println("lagopus-dataplane: " + e.getMessage() + " (--help tells)");
            return USAGE;
        }
    }

    // --- the agent

    private static void serve(Arguments arguments) throws InterruptedException {
        var channel = new Channel();
        var connector = RingDataplane.at(arguments.worker(), "dataplane-agent");
        try (var agent =
                new Agent(
                        connector,
                        channel,
                        arguments.worker().toString(),
                        RingClient.Settings.of(arguments.worker(), "routes"))) {
            var settings =
                    Settings.of(arguments.components(), "dataplane", version(), SUBSCRIPTIONS)
                            .withRequired(true)
                            .withApis(
                                    List.of(
                                            new Message.Api(
                                                    RouteClient.API,
                                                    "1",
                                                    arguments.worker().toString(),
                                                    "ring",
                                                    Grants.SCOPES)))
                            .withOperations(RouteOperations.ALL)
                            .withLists(List.of(RouteOperations.FORWARDING));
            try (var component = Component.connect(settings, agent)) {
                channel.component.set(component);
                agent.start();
                keepAlive(agent);
                new CountDownLatch(1).await(); // until a signal
            }
        }
    }

    private static String version() {
        var version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "0.1.0" : version;
    }

    /// Tells the service manager that we live, as long as the agent's thread gets on.
    private static void keepAlive(Agent agent) {
        var notifier = ServiceNotifier.fromEnvironment();
        notifier.ready(agent.status());
        var every = notifier.watchdog().map(d -> d.dividedBy(2)).orElse(Duration.ofSeconds(5));
        var beat =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().name("watchdog").daemon().factory());
        var _ =
                beat.scheduleAtFixedRate(
                        () -> {
                            if (agent.isMoving()) {
                                notifier.alive();
                            }
                        },
                        0,
                        every.toMillis(),
                        TimeUnit.MILLISECONDS);
        var told = new AtomicReference<>("");
        var _ =
                beat.scheduleWithFixedDelay(
                        () -> {
                            var status = agent.status();
                            if (!status.equals(told.getAndSet(status))) {
                                notifier.status(status);
                            }
                        },
                        0,
                        STATUS_MILLIS,
                        TimeUnit.MILLISECONDS);
    }

    /// The channel to the datastore, which exists only after the agent that it calls.
    private static final class Channel implements Controller {
        private final AtomicReference<@Nullable Component> component = new AtomicReference<>();

        @Override
        public boolean state(List<Edit> edits) {
            var to = component.get();
            return to != null && to.state(edits);
        }

        @Override
        public boolean event(String topic, JsonNode data) {
            var to = component.get();
            return to != null && to.event(topic, data);
        }

        @Override
        public void raise(String resource, String typeId, Severity severity, String text) {
            var to = component.get();
            if (to != null) {
                to.raise(resource, typeId, severity, text);
            }
        }

        @Override
        public void clear(String resource, String typeId) {
            var to = component.get();
            if (to != null) {
                to.clear(resource, typeId);
            }
        }
    }

    // --- the tools

    private static int dump(Arguments arguments, PrintStream out, PrintStream err) {
        var table =
                switch (arguments.words().get(1)) {
                    case "ports" -> Table.PORT_TABLE;
                    case "interfaces" -> Table.INTERFACE_TABLE;
                    case "instances" -> Table.INSTANCE_TABLE;
                    case "owners" -> Table.OWNER_TABLE;
                    case "routes" -> Table.ROUTE_TABLE;
                    case "rib" -> Table.RIB_TABLE;
                    case "neighbors" -> Table.NEIGHBOR_TABLE;
                    case "fdb" -> Table.FDB_TABLE;
                    case String other ->
                            throw new IllegalArgumentException("there is no table " + other);
                };
        try (var worker = RingDataplane.at(arguments.worker(), "dump").connect(new Silence())) {
            worker.dump(table).stream().map(Row::text).sorted().forEach(out::println);
            return 0;
        } catch (IOException e) {
            err.println("lagopus-dataplane: " + arguments.worker() + ": " + e.getMessage());
            return 1;
        }
    }

    private static int faultSet(Arguments arguments, PrintStream err) throws InterruptedException {
        var words = arguments.words();
        var request =
                new FaultSet(
                        Words.parse(FaultStep.class, words.get(1)),
                        Words.parse(RingObject.class, words.get(2)),
                        Long.parseUnsignedLong(words.get(3)));
        try (var worker =
                RingDataplane.at(arguments.worker(), "fault-set").connect(new Silence())) {
            var answer = worker.ask(0, List.of(request), Duration.ofSeconds(5)).getFirst();
            if (answer.error() == RingError.OK) {
                return 0;
            }
            err.println("lagopus-dataplane: the worker refuses: " + answer.text());
        } catch (IOException e) {
            err.println("lagopus-dataplane: no worker at " + arguments.worker() + ": " + e);
        }
        return 1;
    }

    private static final class Silence implements Dataplane.Listener {
        @Override
        public void linkChanged(LinkEvent event) {}

        @Override
        public void lost(String why) {}
    }
}
