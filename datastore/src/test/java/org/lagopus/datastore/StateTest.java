package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.lagopus.datastore.Shop.ALICE;
import static org.lagopus.datastore.Shop.merge;
import static org.lagopus.datastore.Shop.path;
import static org.lagopus.datastore.Shop.q;
import static org.lagopus.datastore.Shop.root;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opendaylight.mdsal.common.api.LogicalDatastoreType;
import org.opendaylight.mdsal.common.api.OptimisticLockFailedException;
import org.opendaylight.mdsal.common.api.TransactionCommitFailedException;
import org.opendaylight.mdsal.dom.api.DOMDataBroker;
import org.opendaylight.mdsal.dom.api.DOMDataTreeChangeListener;
import org.opendaylight.mdsal.dom.api.DOMDataTreeIdentifier;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.common.Uint64;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidate;

class StateTest {
    private static final LogicalDatastoreType CONFIGURATION = LogicalDatastoreType.CONFIGURATION;

    @TempDir Path directory;
    private Datastore datastore;

    @BeforeEach
    void open() throws Exception {
        datastore = Datastore.open(Shop.MODEL, directory, Clock.systemUTC());
    }

    @AfterEach
    void close() throws Exception {
        datastore.close();
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private static Edit state(String where, String leaf, Object value) {
        return Edit.merge(path(where), ImmutableNodes.leafNode(q(leaf), value));
    }

    @Test
    @Tag("R67")
    void stateHangsOnEntriesNobodyConfigured() {
        datastore.writeState(
                List.of(
                        state(
                                "/shop:stock/shelf[name='a']/item[kind='shop:food'][id='1']/sold",
                                "sold",
                                Uint64.TWO),
                        state("/shop:stock/shelf[name='a']/state/items", "items", Uint32.ONE),
                        state("/shop:health/ok", "ok", true)));
        await(() -> datastore.operational().readNode(path("/shop:health/ok")).isPresent());
        var operational = datastore.operational();
        assertThat(
                        operational.readNode(
                                path(
                                        "/shop:stock/shelf[name='a']/item[kind='shop:food'][id='1']/sold")))
                .isPresent();
        assertThat(operational.readNode(path("/shop:stock/shelf[name='a']/state/items")))
                .isPresent();
        assertThat(datastore.read(Face.RUNNING).readNode(YangInstanceIdentifier.of()))
                .contains(root("{}"));
    }

    @Test
    @Tag("R67")
    void anEditThatDoesNotFitDoesNotKeepOutTheOthers() {
        datastore.writeState(
                List.of(
                        Edit.merge(
                                YangInstanceIdentifier.of(q("nonsense")),
                                ImmutableNodes.leafNode(q("nonsense"), "x")),
                        state("/shop:health/ok", "ok", true)));
        await(() -> datastore.operational().readNode(path("/shop:health/ok")).isPresent());
    }

    @Test
    void allOfItIsConfigurationAndStateInOne() throws Exception {
        datastore.edit(
                Face.RUNNING,
                List.of(
                        merge(
                                "{'shop:name':'n','shop:stock':{'shelf':[{'name':'a','label':'l'},{'name':'b'}]}}")),
                ALICE);
        datastore.writeState(
                List.of(
                        state("/shop:stock/shelf[name='a']/state/items", "items", Uint32.ONE),
                        state("/shop:stock/shelf[name='c']/state/items", "items", Uint32.TWO),
                        state("/shop:health/ok", "ok", true)));
        await(() -> datastore.operational().readNode(path("/shop:health")).isPresent());
        var all = datastore.view(Actor.SYSTEM).readAll(YangInstanceIdentifier.of()).orElseThrow();
        for (var where :
                List.of(
                        "/shop:name",
                        "/shop:health/ok",
                        "/shop:stock/shelf[name='a']/label",
                        "/shop:stock/shelf[name='a']/state/items",
                        "/shop:stock/shelf[name='b']",
                        "/shop:stock/shelf[name='c']/state/items")) {
            assertThat(Nodes.find(all, path(where))).as(where).isNotNull();
        }
        var running = datastore.read(Face.RUNNING);
        assertThat(Nodes.find(all, path("/shop:stock/shelf[name='b']")))
                .as("shared")
                .isSameAs(running.readNode(path("/shop:stock/shelf[name='b']")).orElseThrow());
        assertThat(datastore.view(Actor.SYSTEM).readAll(path("/shop:routes"))).isEmpty();
        assertThat(datastore.view(Actor.SYSTEM).readAll(path("/shop:stock/shelf[name='a']/state")))
                .isPresent();
    }

    @Test
    @Tag("R67")
    void stateDoesNotWaitForACommit() throws Exception {
        var inside = new CountDownLatch(1);
        var go = new CompletableFuture<List<DataError>>();
        datastore.attach(
                new FakeComponent("slow", 2, true, new ArrayList<>(), "/") {
                    @Override
                    public CompletionStage<List<DataError>> prepare(Transaction transaction) {
                        inside.countDown();
                        return go;
                    }
                });
        var commit =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                datastore.edit(
                                        Face.RUNNING, List.of(merge("{'shop:name':'n'}")), ALICE);
                            } catch (DatastoreException e) {
                                throw new AssertionError(e);
                            }
                        });
        assertThat(inside.await(5, TimeUnit.SECONDS)).isTrue();
        datastore.writeState(List.of(state("/shop:health/ok", "ok", true)));
        await(() -> datastore.operational().readNode(path("/shop:health/ok")).isPresent());
        var transaction = datastore.stateBroker().newWriteOnlyTransaction();
        transaction.put(
                LogicalDatastoreType.OPERATIONAL,
                path("/shop:health/ok"),
                ImmutableNodes.leafNode(q("ok"), false));
        transaction.commit().get(5, TimeUnit.SECONDS);
        assertThat(commit.isAlive()).isTrue();
        go.complete(List.of());
        commit.join();
        assertThat(datastore.generation()).isEqualTo(1);
    }

    private void put(DOMDataBroker broker, String where, NormalizedNode node) throws Exception {
        var transaction = broker.newWriteOnlyTransaction();
        transaction.put(CONFIGURATION, path(where), node);
        transaction.commit().get(5, TimeUnit.SECONDS);
    }

    @Test
    @Tag("R34")
    void aTransactionOfTheBrokerIsACommitLikeAnyOther() throws Exception {
        var component = new FakeComponent("all", 2, true, new ArrayList<>(), "/");
        datastore.attach(component);
        var heard = new ArrayList<DataTreeCandidate>();
        var told = new CountDownLatch(2);
        var changes =
                Objects.requireNonNull(
                        datastore.broker().extension(DOMDataBroker.DataTreeChangeExtension.class));
        changes.registerTreeChangeListener(
                DOMDataTreeIdentifier.of(CONFIGURATION, path("/shop:name")),
                new DOMDataTreeChangeListener() {
                    @Override
                    public void onDataTreeChanged(List<DataTreeCandidate> several) {
                        heard.addAll(several);
                        told.countDown();
                    }

                    @Override
                    public void onInitialData() {
                        told.countDown();
                    }
                });
        put(datastore.broker(), "/shop:name", ImmutableNodes.leafNode(q("name"), "n"));
        assertThat(component.calls).containsExactly("PREPARE 1", "COMMIT 1");
        assertThat(datastore.generation()).isEqualTo(1);
        assertThat(datastore.last().orElseThrow().by()).isEqualTo(Actor.SYSTEM);
        assertThat(told.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(heard).hasSize(1);

        put(datastore.broker(), "/shop:name", ImmutableNodes.leafNode(q("name"), "n"));
        datastore.close();
        open();
        assertThat(datastore.read(Face.RUNNING).readNode(YangInstanceIdentifier.of()))
                .contains(root("{'shop:name':'n'}"));
    }

    @Test
    @Tag("R34")
    void aTransactionThatIsRefusedTellsWhyAndLeavesTheGateOpen() throws Exception {
        var component =
                new FakeComponent("all", 2, true, new ArrayList<>(), "/")
                        .is(FakeComponent.Step.COMMIT, FakeComponent.Mood.REFUSING);
        datastore.attach(component);
        var name = ImmutableNodes.leafNode(q("name"), "n");
        for (var step : FakeComponent.Step.values()) {
            component.recovers();
            component.is(step, FakeComponent.Mood.REFUSING);
            if (step == FakeComponent.Step.ABORT) {
                component.is(FakeComponent.Step.COMMIT, FakeComponent.Mood.REFUSING);
            }
            var failure =
                    catchThrowableOfType(
                            ExecutionException.class,
                            () -> put(datastore.broker(), "/shop:name", name));
            assertThat(failure.getCause())
                    .isInstanceOfSatisfying(
                            TransactionCommitFailedException.class,
                            e ->
                                    assertThat(e.getErrorList().getFirst().getMessage())
                                            .containsAnyOf("no room", "could not go back"));
            assertThat(failure).hasRootCauseInstanceOf(DatastoreException.class);
            assertThat(component.runs)
                    .isEqualTo(step == FakeComponent.Step.ABORT ? component.runs : 0);
        }
        var dangling =
                catchThrowableOfType(
                        ExecutionException.class,
                        () ->
                                put(
                                        datastore.broker(),
                                        "/shop:offers",
                                        Shop.node(
                                                "/shop:offers",
                                                "{'shop:offers':{'offer':[{'id':1,'shelf':'nope'}]}}")));
        assertThat(dangling.getCause())
                .cause()
                .isInstanceOfSatisfying(
                        DatastoreException.class,
                        e ->
                                assertThat(e.errors())
                                        .extracting(DataError::tag)
                                        .containsExactly(ErrorTag.DATA_MISSING));
        component.recovers();
        put(datastore.broker(), "/shop:name", name);
        assertThat(datastore.read(Face.RUNNING).readNode(path("/shop:name"))).isPresent();
    }

    @Test
    void twoTransactionsOnOneNodeConflictAndALockExcludesThemToo() throws Exception {
        var first = datastore.broker().newReadWriteTransaction();
        var second = datastore.broker().newReadWriteTransaction();
        first.put(CONFIGURATION, path("/shop:name"), ImmutableNodes.leafNode(q("name"), "1"));
        second.put(CONFIGURATION, path("/shop:name"), ImmutableNodes.leafNode(q("name"), "2"));
        first.commit().get(5, TimeUnit.SECONDS);
        assertThatThrownBy(() -> second.commit().get(5, TimeUnit.SECONDS))
                .hasCauseInstanceOf(OptimisticLockFailedException.class);
        datastore.locks().lock(Face.RUNNING, ALICE);
        assertThatThrownBy(() ->
                        put(
                                datastore.broker(),
                                "/shop:name",
                                ImmutableNodes.leafNode(q("name"), "3")))
                .hasMessageContaining("locked by session 1");
        datastore.locks().release(1);
        var chain = datastore.broker().createTransactionChain();
        for (int i = 0; i < 5; i++) {
            var transaction = chain.newWriteOnlyTransaction();
            transaction.put(
                    CONFIGURATION, path("/shop:name"), ImmutableNodes.leafNode(q("name"), "c" + i));
            transaction.commit().get(5, TimeUnit.SECONDS);
        }
        chain.close();
        assertThat(datastore.read(Face.RUNNING).readNode(path("/shop:name")).orElseThrow().body())
                .isEqualTo("c4");
    }

    @Test
    @Tag("R63")
    void operationsGoToTheirHandlerAndToNobodyElse() throws Exception {
        var ring = q("ring");
        var input = Nodes.container(q("input"));
        var missing =
                catchThrowableOfType(
                        DatastoreException.class,
                        () -> datastore.operations().invoke(ring, input, ALICE));
        assertThat(missing.errors().getFirst().tag()).isEqualTo(ErrorTag.OPERATION_NOT_SUPPORTED);
        var output = Nodes.container(q("output"));
        var registration = datastore.operations().register(ring, (_, _) -> Optional.of(output));
        assertThat(datastore.operations().invoke(ring, input, ALICE)).contains(output);
        assertThat(datastore.operations().registered()).containsExactly(ring);
        assertThatThrownBy(() -> datastore.operations().register(ring, (_, _) -> Optional.empty()))
                .isInstanceOf(IllegalStateException.class);
        registration.close();
        assertThat(datastore.operations().registered()).isEmpty();
    }
}
