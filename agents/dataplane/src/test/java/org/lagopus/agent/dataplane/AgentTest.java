package org.lagopus.agent.dataplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lagopus.agent.dataplane.worker.Link;
import org.lagopus.component.Change;
import org.lagopus.component.Edit;
import org.lagopus.component.Refusal;
import org.lagopus.component.RefusedException;
import org.lagopus.component.ring.messages.AddressSet;
import org.lagopus.component.ring.messages.Begin;
import org.lagopus.component.ring.messages.Commit;
import org.lagopus.component.ring.messages.GrantSet;
import org.lagopus.component.ring.messages.InstanceSet;
import org.lagopus.component.ring.messages.Message;
import org.lagopus.component.ring.messages.PortSet;
import org.lagopus.component.ring.messages.Prepare;
import org.lagopus.component.ring.messages.RingError;
import org.lagopus.component.ring.messages.RingObject;
import org.lagopus.component.ring.messages.Scope;

class AgentTest {
    private static final Edit P1 = Config.port("p1", "veth1");
    private static final Edit P2 = Config.port("p2", "veth2");
    private static final Edit SUB1 = Config.sub("p1", 0);
    private static final Edit ADDRESS1 = Config.address("p1", 0, "192.0.2.1/24");

    private final FakeWorker worker = new FakeWorker();
    private final FakeController controller = new FakeController();
    private final Agent agent = new Agent(worker, controller, "/run/lagopus/worker.sock", null);
    private long generation = 1;

    @BeforeEach
    void start() {
        agent.start();
    }

    @AfterEach
    void stop() {
        agent.close();
    }

    // --- two phases

    @Test
    @Tag("R34")
    @Tag("R21")
    void prepareShowsTheWorkerNextAndLeavesCurrentAlone() {
        serve();
        var before = worker.running();
        assertThat(prepare(P1, SUB1, ADDRESS1)).isEmpty();
        assertThat(worker.hasDraft()).isTrue();
        assertThat(worker.running()).isEqualTo(before);
        assertThat(agent.commit(generation)).isEmpty();
        assertThat(worker.running(PortSet.class)).extracting(PortSet::device).contains("veth1");
        assertThat(worker.running(AddressSet.class)).hasSize(1);
        assertThat(worker.generation()).isEqualTo(generation);
    }

    @Test
    @Tag("R34")
    @Tag("R64")
    void whatIsWrongIsRefusedWithThePathAndTheWorkerHearsNothing() {
        serve(P1);
        worker.take();
        assertThat(prepare(Config.port("p2", "veth1")))
                .singleElement()
                .satisfies(r -> {
                    assertThat(String.valueOf(r.path()))
                            .isEqualTo(
                                    Config.interfacePath("p2")
                                            + "/lagopus-dataplane:dataplane/config/device");
                    assertThat(r.message())
                            .isEqualTo("device veth1 is already used by interface p1");
                    assertThat(r.tag()).isEqualTo("in-use");
                });
        assertThat(worker.take()).isEmpty();
        assertThat(commit(P2)).isEmpty();
    }

    @Test
    @Tag("R34")
    void whatTheWorkerRefusesIsToldWithThePathItFollowsFrom() {
        serve(P1);
        worker.refuse(1, Prepare.class::isInstance, RingError.NO_RESOURCE, RingObject.PORT, 2);
        assertThat(prepare(P2))
                .singleElement()
                .satisfies(r -> {
                    assertThat(String.valueOf(r.path()))
                            .isEqualTo(
                                    Config.interfacePath("p2")
                                            + "/lagopus-dataplane:dataplane/config/device");
                    assertThat(r.message()).contains("no resource").contains("told to");
                });
        assertThat(worker.hasDraft()).isFalse();
        assertThat(commit(P2)).isEmpty();
    }

    @Test
    @Tag("R34")
    void aMessageThatTheWorkerRefusesIsToldWithItsOwnPath() {
        serve(P1, SUB1);
        worker.refuse(1, AddressSet.class::isInstance, RingError.NO_RESOURCE, RingObject.NONE, 0);
        assertThat(prepare(ADDRESS1))
                .singleElement()
                .satisfies(r ->
                        assertThat(String.valueOf(r.path()))
                                .isEqualTo(
                                        Config.subPath("p1", 0)
                                                + "/lagopus-if-ip:ipv4/addresses"
                                                + "/address[ip='192.0.2.1']"));
        assertThat(worker.hasDraft()).isFalse();
    }

    @Test
    @Tag("R34")
    void abortForgetsWhatWasPrepared() {
        serve(P1);
        var before = worker.running();
        assertThat(prepare(P2)).isEmpty();
        assertThat(agent.abort(generation)).isEmpty();
        assertThat(worker.hasDraft()).isFalse();
        assertThat(worker.running()).isEqualTo(before);
        assertThat(commit(Config.port("p3", "veth2"))).as("the device is free again").isEmpty();
    }

    @Test
    @Tag("R65")
    @Tag("R22")
    void aFailureInCommitIsToldAndTheOldStateGoesOn() {
        serve(P1);
        var before = worker.running();
        worker.refuse(1, Commit.class::isInstance, RingError.FAULT, RingObject.PORT, 2);
        assertThat(prepare(P2)).isEmpty();
        assertThat(agent.commit(generation))
                .singleElement()
                .satisfies(r -> assertThat(r.message()).contains("fault"));
        worker.cut(); // a real worker has thrown the draft away
        assertThat(agent.abort(generation)).isEmpty();
        awaitServing();
        assertThat(worker.running()).containsExactlyInAnyOrderElementsOf(before);
        assertThat(commit(P2)).isEmpty();
    }

    @Test
    @Tag("R65")
    @Tag("R35")
    void aWorkerThatCouldNotBringAPortBackIsToldEverythingAgainAndFurtherCommitsWork() {
        serve(P1, P2);
        worker.refuse(1, Commit.class::isInstance, RingError.NOT_RESTORED, RingObject.PORT, 2);
        worker.refuse(1, isPort("p2"), RingError.DEVICE_FAILED, RingObject.PORT, 2);
        assertThat(prepare(Config.port("p3", "veth3"))).isEmpty();
        assertThat(agent.commit(generation))
                .singleElement()
                .satisfies(r -> assertThat(r.tag()).isEqualTo("rollback-failed"));
        worker.take();
        assertThat(agent.abort(generation)).isEmpty();
        assertThat(worker.take().getFirst()).isEqualTo(new Begin(true, 0));
        assertThat(worker.running(PortSet.class)).extracting(PortSet::name).containsExactly("p1");
        assertThat(controller.alarm(Agent.CONFIGURATION_INCOMPLETE)).isPresent();
        assertThat(commit(Config.port("p3", "veth3"))).isEmpty();
        assertThat(worker.running(PortSet.class))
                .extracting(PortSet::name)
                .containsExactlyInAnyOrder("p1", "p3");
    }

    @Test
    @Tag("R65")
    @Tag("R35")
    void abortAfterCommitGoesBackToWhatRanBefore() {
        serve(P1, SUB1, ADDRESS1);
        var before = worker.running();
        assertThat(commit(Config.port("p1", "veth9"), P2, Config.remove(Config.subPath("p1", 0))))
                .isEmpty();
        assertThat(worker.running()).isNotEqualTo(before);
        assertThat(agent.abort(generation)).isEmpty();
        assertThat(worker.running()).containsExactlyInAnyOrderElementsOf(before);
        assertThat(commit(Config.address("p1", 0, "192.0.2.2/24"))).isEmpty();
        assertThat(worker.running(AddressSet.class)).hasSize(2);
    }

    @Test
    @Tag("R32")
    void commitAndAbortMayBeRepeated() {
        serve();
        assertThat(commit(P1)).isEmpty();
        var once = worker.running();
        assertThat(agent.commit(generation)).isEmpty();
        assertThat(worker.running()).isEqualTo(once);
        assertThat(agent.abort(generation)).isEmpty();
        assertThat(agent.abort(generation)).isEmpty();
        assertThat(worker.running(PortSet.class)).isEmpty();
    }

    @Test
    @Tag("R34")
    void aCommitThatWasNotPreparedIsRefused() {
        serve();
        assertThat(agent.commit(99)).isNotEmpty();
    }

    @Test
    @Tag("R20")
    void theTransactionFollowsTheChangeAndNotTheConfiguration() {
        var edits = new Edit[300];
        edits[0] = P1;
        edits[1] = SUB1;
        for (int i = 2; i < edits.length; i++) {
            edits[i] = Config.address("p1", 0, "10.%d.%d.1/24".formatted(i / 250, i % 250));
        }
        serve(edits);
        worker.take();
        assertThat(commit(Config.address("p1", 0, "192.0.2.1/24"))).isEmpty();
        assertThat(worker.take())
                .hasSize(4)
                .hasExactlyElementsOfTypes(
                        Begin.class, AddressSet.class, Prepare.class, Commit.class);
    }

    // --- absence, restart, replay

    @Test
    @Tag("R34")
    @Tag("R6")
    void withoutAWorkerNothingIsPreparedAndTheRemedyIsTold() {
        worker.crash();
        await(() -> controller.alarm(Agent.WORKER_ABSENT).isPresent());
        assertThat(prepare(P1))
                .singleElement()
                .satisfies(r ->
                        assertThat(r.message())
                                .startsWith("worker-absent")
                                .contains("start lagopus-worker"));
    }

    @Test
    @Tag("R20")
    @Tag("R30")
    void aRestartedWorkerGetsTheWholeDesiredState() {
        serve(P1, SUB1, ADDRESS1);
        var before = worker.running();
        worker.crash();
        await(() -> controller.alarm(Agent.WORKER_ABSENT).isPresent());
        assertThat(worker.running()).isEmpty();
        worker.take();
        worker.start();
        awaitServing();
        assertThat(worker.running()).containsExactlyInAnyOrderElementsOf(before);
        assertThat(worker.take().getFirst()).isEqualTo(new Begin(true, 0));
        await(() -> controller.alarm(Agent.WORKER_ABSENT).isEmpty());
        assertThat(worker.generation()).isEqualTo(generation);
    }

    @Test
    @Tag("R30")
    void aWorkerThatDiesBetweenPrepareAndCommitFailsTheCommit() {
        serve(P1);
        assertThat(prepare(P2)).isEmpty();
        worker.crash();
        worker.start();
        awaitServing();
        assertThat(agent.commit(generation)).isNotEmpty();
        assertThat(agent.abort(generation)).isEmpty();
        assertThat(worker.running(PortSet.class)).extracting(PortSet::name).containsExactly("p1");
    }

    @Test
    @Tag("R19")
    @Tag("R20")
    void aRunningWorkerKeepsItsConfigurationUntilTheAgentKnowsIt() {
        serve(Config.port("p2", "veth2"), P1);
        var numbers = worker.running(PortSet.class);
        agent.close();
        worker.take();
        try (var next = new Agent(worker, controller, "worker.sock", null)) {
            next.start();
            await(() -> next.link() instanceof Link.Waiting);
            assertThat(worker.take()).isEmpty();
            assertThat(next.replace(generation, List.of(P1, P2))).isEmpty();
            assertThat(worker.running(PortSet.class)).containsExactlyInAnyOrderElementsOf(numbers);
        }
    }

    @Test
    @Tag("R60")
    void numbersStayWhenTheConfigurationComesBeforeTheWorker() {
        serve(Config.port("p2", "veth2"));
        assertThat(commit(P1)).isEmpty();
        var numbers = worker.running(PortSet.class);
        agent.close();
        try (var next = new Agent(worker, controller, "worker.sock", null)) {
            assertThat(next.replace(generation, List.of(P1, P2))).isEmpty();
            next.start();
            await(() -> next.link() instanceof Link.Serving);
            assertThat(worker.running(PortSet.class)).containsExactlyInAnyOrderElementsOf(numbers);
        }
    }

    @Test
    @Tag("R60")
    void aPortThatTheWorkerDidNotHaveTakesNobodysNumber() {
        serve(Config.port("p2", "veth2"));
        assertThat(commit(Config.port("p3", "veth3"))).isEmpty();
        var numbers = worker.running(PortSet.class);
        agent.close();
        try (var next = new Agent(worker, controller, "worker.sock", null)) {
            assertThat(
                            next.replace(
                                    generation,
                                    List.of(
                                            P1,
                                            Config.port("p2", "veth2"),
                                            Config.port("p3", "veth3"))))
                    .isEmpty();
            next.start();
            await(() -> next.link() instanceof Link.Serving);
            assertThat(worker.running(PortSet.class)).containsAll(numbers).hasSize(3);
        }
    }

    @Test
    @Tag("R60")
    void theStatusLineFollowsTheWorker() {
        serve(P1);
        assertThat(agent.status()).isEqualTo("serving generation " + generation);
        worker.crash();
        await(() -> agent.status().startsWith("worker absent: "));
    }

    @Test
    @Tag("R20")
    void replaceRunsExactlyWhatItIsGiven() {
        serve(P1, SUB1, ADDRESS1);
        assertThat(agent.replace(++generation, List.of(P2))).isEmpty();
        assertThat(worker.running(PortSet.class)).extracting(PortSet::name).containsExactly("p2");
        assertThat(worker.running(AddressSet.class)).isEmpty();
    }

    @Test
    @Tag("R20")
    void onReplaceWhatCannotBeIsLeftOutAndToldAndTheRestRuns() {
        serve();
        worker.refuse(1, isPort("p2"), RingError.DEVICE_FAILED, RingObject.PORT, 2);
        var refusals =
                agent.replace(
                        ++generation,
                        List.of(
                                P1,
                                P2,
                                Config.sub("p2", 0),
                                Config.address("p2", 0, "10.1.1.1/8")));
        assertThat(refusals)
                .singleElement()
                .satisfies(r -> assertThat(String.valueOf(r.path())).contains("name='p2'"));
        assertThat(worker.running(PortSet.class)).extracting(PortSet::name).containsExactly("p1");
        assertThat(worker.running(AddressSet.class)).isEmpty();
        assertThat(controller.alarm(Agent.CONFIGURATION_INCOMPLETE)).isPresent();
        // and a later commit is not hindered by it
        assertThat(commit(Config.port("p3", "veth3"))).isEmpty();
        assertThat(worker.running(PortSet.class)).extracting(PortSet::name).contains("p3");
    }

    @Test
    @Tag("R1")
    void whatIsReplacedWhileTheWorkerIsAwayRunsWhenItComes() {
        worker.crash();
        await(() -> controller.alarm(Agent.WORKER_ABSENT).isPresent());
        assertThat(agent.replace(7, List.of(P1))).isEmpty();
        worker.start();
        awaitServing();
        assertThat(worker.running(PortSet.class)).hasSize(1);
        assertThat(worker.generation()).isEqualTo(7);
    }

    // --- operational data

    @Test
    @Tag("R52")
    void countersAndLinkStateAppearUnderTheNamesOfTheModel() {
        serve(Config.port("p1", "veth1", ",'port-number':5"));
        worker.count(41);
        var path = Config.interfacePath("p1");
        await(() -> controller.value(path, "/state/counters/in-pkts").equals("41"));
        assertThat(controller.value(path, "/state/oper-status")).isEqualTo("UP");
        assertThat(controller.value(path, "/state/ifindex")).isEqualTo("5");
        assertThat(controller.value(path, "/state/mtu")).isEqualTo("1514");
        assertThat(controller.value(path, "/lagopus-dataplane:dataplane/state/port-number"))
                .isEqualTo("5");
        var drop = "/lagopus-dataplane:dataplane/state/drop[reason='ttl-exceeded']";
        await(() -> controller.value(drop, "/packets").equals("41"));
        assertThat(controller.value("/lagopus-dataplane:dataplane", "/state/version"))
                .isEqualTo("0.1.0-fake");
    }

    @Test
    @Tag("R52")
    void onlyWhatChangedIsReported() {
        serve(P1, P2);
        var path = Config.interfacePath("p1");
        await(() -> controller.value(path, "/state/oper-status").equals("UP"));
        controller.takeEdits();
        assertThat(commit(Config.port("p3", "veth3"))).isEmpty();
        await(() -> !controller.value(Config.interfacePath("p3"), "/state/name").isEmpty());
        assertThat(controller.takeEdits())
                .extracting(e -> e.path().toString())
                .contains(Config.interfacePath("p3"))
                .doesNotContain(path);
    }

    @Test
    @Tag("R6")
    @Tag("R52")
    void aWorkerThatIsGoneLeavesItsLastCountersBehind() {
        serve(P1);
        worker.count(3);
        var path = Config.interfacePath("p1");
        await(() -> controller.value(path, "/state/counters/in-pkts").equals("3"));
        worker.crash();
        await(() -> controller.value(path, "/state/oper-status").equals("UNKNOWN"));
        assertThat(controller.value(path, "/state/counters/in-pkts")).isEqualTo("3");
        assertThat(controller.value("/lagopus-dataplane:dataplane", "/state/connected"))
                .isEqualTo("false");
    }

    @Test
    @Tag("R24")
    void aLinkThatChangesIsAnEvent() {
        serve(P1);
        worker.link(1, false);
        await(() -> !controller.events().isEmpty());
        assertThat(controller.events().getFirst().get("interface").asText()).isEqualTo("p1");
        assertThat(controller.events().getFirst().get("oper-status").asText()).isEqualTo("DOWN");
    }

    // --- grants

    @Test
    @Tag("R36")
    @Tag("R4")
    void aGrantIsGoodAtOnceAndForTheNextWorkerToo() throws Exception {
        serve(P1);
        var token = agent.grant("dataplane.routes", "bgpd", List.of("rib-write"));
        assertThat(token).matches("[0-9a-f]{64}");
        var told = worker.granted("bgpd");
        assertThat(told.scopes()).isEqualTo(1 << Scope.RIB_WRITE.number());
        assertThat(told.staleSeconds()).isEqualTo(120);
        worker.crash();
        await(() -> agent.link() instanceof Link.Absent);
        var other = agent.grant("dataplane.routes", "ospfd", List.of("rib-write", "rib-read"));
        assertThat(other).isNotEqualTo(token);
        worker.start();
        awaitServing();
        assertThat(worker.grants()).containsOnlyKeys("bgpd", "ospfd");
        assertThat(worker.granted("bgpd").token()).isEqualTo(told.token());
        agent.revoke("dataplane.routes", "bgpd");
        assertThat(worker.grants()).containsOnlyKeys("ospfd");
    }

    @Test
    @Tag("R36")
    @Tag("R4")
    void whatIsNotOfferedIsNotGranted() {
        serve(P1);
        assertThatThrownBy(() -> agent.grant("other.api", "bgpd", List.of()))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("other.api");
        for (var scope : List.of("config", "grant", "state-read", "RIB-WRITE")) {
            assertThatThrownBy(() -> agent.grant("dataplane.routes", "bgpd", List.of(scope)))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("no scope " + scope);
        }
        for (var name : List.of("northbound", "x".repeat(64))) {
            assertThatThrownBy(() -> agent.grant("dataplane.routes", name, List.of()))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining(name);
        }
        worker.refuse(1, GrantSet.class::isInstance, RingError.NO_RESOURCE, RingObject.NONE, 0);
        assertThatThrownBy(() -> agent.grant("dataplane.routes", "bgpd", List.of()))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("told to");
        assertThat(worker.grants()).isEmpty();
        assertThatThrownBy(() ->
                        agent.invoke(
                                "/lagopus-routes:add",
                                JsonNodeFactory.instance.objectNode(),
                                "admin"))
                .isInstanceOf(RefusedException.class);
    }

    @Test
    @Tag("R36")
    void theStaleTimeIsConfiguration() throws Exception {
        serve(P1);
        var unused = agent.grant("dataplane.routes", "bgpd", List.of("rib-write"));
        assertThat(prepare(Config.put("/lagopus-routes:routes", "{'config':{'stale-time':7}}")))
                .isEmpty();
        LockSupport.parkNanos(300_000_000);
        assertThat(worker.granted("bgpd").staleSeconds()).isEqualTo(120);
        assertThat(agent.commit(generation)).isEmpty();
        await(() -> worker.granted("bgpd").staleSeconds() == 7);
    }

    @Test
    @Tag("R36")
    @Tag("R60")
    void instancesKeepTheNumbersThatVolatileRoutesKnowThemBy() {
        serve(Config.instance("red", "L3VRF"));
        assertThat(commit(Config.instance("blue", "L3VRF"))).isEmpty();
        assertThat(commit(Config.remove(Config.instancePath("red")))).isEmpty();
        assertThat(commit(Config.instance("green", "L3VRF"))).isEmpty();
        var numbers = numbers();
        var all = List.of(Config.instance("blue", "L3VRF"), Config.instance("green", "L3VRF"));
        // Told everything again, by the same agent and by another one.
        assertThat(agent.replace(generation, all)).isEmpty();
        assertThat(numbers()).isEqualTo(numbers);
        agent.close();
        try (var next = new Agent(worker, controller, "worker.sock", null)) {
            next.start();
            await(() -> next.link() instanceof Link.Waiting);
            assertThat(next.replace(generation, all)).isEmpty();
            assertThat(numbers()).isEqualTo(numbers);
        }
    }

    private Map<String, Long> numbers() {
        return worker.running(InstanceSet.class).stream()
                .collect(Collectors.toMap(InstanceSet::name, InstanceSet::instance));
    }

    // --- how tests speak to it

    private void serve(Edit... edits) {
        assertThat(agent.replace(generation, List.of(edits))).isEmpty();
        awaitServing();
    }

    private void awaitServing() {
        await(() -> agent.link() instanceof Link.Serving);
    }

    private List<Refusal> prepare(Edit... edits) {
        long base = generation++;
        return agent.prepare(
                new Change(generation, base, Arrays.asList(edits), "admin", null, null));
    }

    private List<Refusal> commit(Edit... edits) {
        var refusals = prepare(edits);
        return refusals.isEmpty() ? agent.commit(generation) : refusals;
    }

    private static java.util.function.Predicate<Message> isPort(String name) {
        return m -> m instanceof PortSet p && p.name().equals(name);
    }

    private static void await(BooleanSupplier condition) {
        long until = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(until);
            LockSupport.parkNanos(5_000_000);
        }
    }
}
