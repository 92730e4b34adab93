package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.lagopus.datastore.FakeComponent.Mood;
import static org.lagopus.datastore.FakeComponent.Step;
import static org.lagopus.datastore.Shop.ALICE;
import static org.lagopus.datastore.Shop.BOB;
import static org.lagopus.datastore.Shop.merge;
import static org.lagopus.datastore.Shop.path;
import static org.lagopus.datastore.Shop.remove;
import static org.lagopus.datastore.Shop.root;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opendaylight.yangtools.yang.common.ErrorTag;

class CommitTest {
    @TempDir Path directory;
    private final List<String> calls = new ArrayList<>();
    private Datastore datastore;

    @BeforeEach
    void open() throws Exception {
        datastore =
                Datastore.open(
                        Shop.MODEL,
                        new Datastore.Settings(
                                directory,
                                Clock.systemUTC(),
                                Duration.ofMillis(100),
                                Duration.ofMillis(100),
                                1 << 20));
    }

    @AfterEach
    void close() throws Exception {
        datastore.close();
    }

    private FakeComponent component(String name, int faces, String... subscriptions) {
        var component =
                new FakeComponent(
                        name,
                        faces,
                        true,
                        calls,
                        subscriptions.length == 0 ? new String[] {"/shop:stock"} : subscriptions);
        datastore.attach(component);
        return component;
    }

    private Commit shelf(String name) throws DatastoreException {
        datastore.edit(
                Face.CANDIDATE,
                List.of(merge("{'shop:stock':{'shelf':[{'name':'%s'}]}}".formatted(name))),
                ALICE);
        return datastore.commit(ALICE, null);
    }

    private List<DataError> refused(String name) {
        var refused = catchThrowableOfType(DatastoreException.class, () -> shelf(name));
        assertThat(refused).as("refusal").isNotNull();
        return refused.errors();
    }

    private boolean runs(String name) {
        return datastore
                .read(Face.RUNNING)
                .readNode(path("/shop:stock/shelf[name='%s']".formatted(name)))
                .isPresent();
    }

    @Test
    @Tag("R11")
    @Tag("R34")
    void onlyThoseWhoseSubscriptionsAreTouchedAreAsked() throws Exception {
        var stock = component("stock", 2, "/shop:stock");
        var offers = component("offers", 2, "/shop:offers", "/shop:name");
        var all = component("all", 2, "/");
        shelf("a");
        assertThat(stock.calls).containsExactly("PREPARE 1", "COMMIT 1");
        assertThat(all.calls).containsExactly("PREPARE 1", "COMMIT 1");
        assertThat(offers.calls).isEmpty();
        assertThat(stock.runs).isEqualTo(1);
    }

    @Test
    @Tag("R11")
    void aParticipantSeesItsSliceAndNoMore() throws Exception {
        var deep =
                component(
                        "deep",
                        2,
                        "/shop:stock/shelf",
                        "/shop:name",
                        "/shop:stock/shelf[name='a']");
        datastore.edit(
                Face.RUNNING,
                List.of(
                        merge(
                                "{'shop:name':'n','shop:motto':['m'],'shop:stock':{'shelf':[{'name':'a'}],'sign':[{'id':1}]}}")),
                ALICE);
        var slices = deep.transactions.getFirst().slices();
        assertThat(slices)
                .extracting(slice -> slice.getRootPath())
                .as("what is below another subscription is told once")
                .containsExactly(path("/shop:stock/shelf"), path("/shop:name"));
        assertThat(slices.getFirst().getRootNode().childNodes()).hasSize(1);
        datastore.edit(Face.RUNNING, List.of(remove("/shop:stock")), ALICE);
        var removal = deep.transactions.getLast().slices();
        assertThat(removal).hasSize(1);
        assertThat(removal.getFirst().getRootNode().dataAfter()).isNull();
        assertThat(removal.getFirst().getRootNode().dataBefore()).isNotNull();
        assertThat(deep.transactions.getLast().base()).isEqualTo(1);
    }

    @Test
    @Tag("R34")
    @Tag("R64")
    void aVetoChangesNothingAndAllErrorsComeTogether() throws Exception {
        var good = component("good", 2);
        var bad = component("bad", 2).is(Step.PREPARE, Mood.REFUSING);
        var slow = component("slow", 1).is(Step.PREPARE, Mood.SILENT);
        var errors = refused("a");
        assertThat(errors)
                .extracting(DataError::message)
                .containsExactlyInAnyOrder(
                        "bad: no room to PREPARE", "slow did not answer prepare within 100 ms");
        assertThat(errors)
                .filteredOn(e -> e.message().startsWith("bad"))
                .allSatisfy(e -> {
                    assertThat(e.tag()).isEqualTo(ErrorTag.RESOURCE_DENIED);
                    assertThat(e.path()).isEqualTo(path("/shop:stock"));
                });
        assertThat(runs("a")).isFalse();
        assertThat(datastore.generation()).isZero();
        for (var component : List.of(good, bad, slow)) {
            assertThat(component.calls).containsExactly("PREPARE 1", "ABORT 1");
            assertThat(component.prepared).isZero();
            component.recovers();
        }
        assertThat(datastore.commit(ALICE, "again").generation())
                .as("the candidate is kept for repair, the number is not used again")
                .isEqualTo(2);
        assertThat(runs("a")).isTrue();
    }

    @Test
    @Tag("R12")
    @Tag("R64")
    void invalidDataIsRefusedBeforeAnybodyIsAsked() throws Exception {
        var component = component("all", 2, "/");
        datastore.edit(
                Face.CANDIDATE, List.of(merge("{'shop:rules':{'opening':{},'how':{}}}")), ALICE);
        var refused =
                catchThrowableOfType(DatastoreException.class, () -> datastore.commit(ALICE, null));
        assertThat(refused.errors()).hasSize(3);
        assertThat(component.calls).isEmpty();
        datastore.edit(
                Face.CANDIDATE,
                List.of(remove("/shop:rules/opening"), remove("/shop:rules/how")),
                ALICE);
        assertThat(datastore.commit(ALICE, null).changed()).isFalse();
    }

    @Test
    @Tag("R22")
    void thoseWithOneFaceApplyBeforeTheOthersFlip() throws Exception {
        component("two", 2);
        component("one", 1);
        component("also-two", 2);
        shelf("a");
        assertThat(calls)
                .containsExactly(
                        "two PREPARE 1",
                        "one PREPARE 1",
                        "also-two PREPARE 1",
                        "one COMMIT 1",
                        "two COMMIT 1",
                        "also-two COMMIT 1");
    }

    @Test
    @Tag("R22")
    @Tag("R65")
    void whenOneFaceFailsNobodyHasFlipped() throws Exception {
        var two = component("two", 2);
        component("one", 1).is(Step.COMMIT, Mood.REFUSING);
        var errors = refused("a");
        assertThat(errors).hasSize(1);
        assertThat(errors.getFirst().tag()).isEqualTo(ErrorTag.OPERATION_FAILED);
        assertThat(errors.getFirst().path()).isEqualTo(path("/shop:stock"));
        assertThat(errors.getFirst().message()).isEqualTo("one: no room to COMMIT");
        assertThat(two.calls).containsExactly("PREPARE 1", "ABORT 1");
    }

    /// Every way to fail at every step, with one face and with two: whoever is asked ends where he
    /// began, running and the files too, and the next commit goes through.
    @ParameterizedTest
    @CsvSource({
        "1,PREPARE,REFUSING", "1,PREPARE,SILENT", "1,PREPARE,MUTE", "1,PREPARE,DYING",
        "1,PREPARE,BROKEN", "1,COMMIT,REFUSING", "1,COMMIT,SILENT", "1,COMMIT,MUTE",
        "1,COMMIT,DYING", "1,COMMIT,BROKEN", "2,PREPARE,REFUSING", "2,PREPARE,SILENT",
        "2,PREPARE,MUTE", "2,PREPARE,DYING", "2,PREPARE,BROKEN", "2,COMMIT,REFUSING",
        "2,COMMIT,SILENT", "2,COMMIT,MUTE", "2,COMMIT,DYING", "2,COMMIT,BROKEN"
    })
    @Tag("R22")
    @Tag("R34")
    @Tag("R35")
    @Tag("R65")
    void aFailureAnywhereLeavesEverybodyWhereHeWas(int faces, Step step, Mood mood)
            throws Exception {
        var first = component("first", 1);
        var failing = component("failing", faces);
        var last = component("last", 2);
        var all = List.of(first, failing, last);
        shelf("a");
        failing.is(step, mood);
        refused("b");
        assertThat(all).allSatisfy(c -> assertThat(c.runs).isEqualTo(1));
        assertThat(all).allSatisfy(c -> assertThat(c.prepared).isZero());
        assertThat(runs("a")).isTrue();
        assertThat(runs("b")).isFalse();
        assertThat(datastore.generation()).isEqualTo(1);

        datastore.close();
        open();
        assertThat(datastore.findings()).isEmpty();
        assertThat(runs("b")).as("not after a restart either").isFalse();
        all.forEach(datastore::attach);
        failing.recovers();
        assertThat(shelf("c").generation()).isEqualTo(3);
        assertThat(all).allSatisfy(c -> assertThat(c.runs).isEqualTo(3));
    }

    @ParameterizedTest
    @CsvSource({"REFUSING", "SILENT", "DYING", "BROKEN"})
    @Tag("R65")
    void whoCannotGoBackIsToldToTheClient(Mood mood) throws Exception {
        component("fails", 2).is(Step.COMMIT, Mood.REFUSING);
        component("stuck", 1).is(Step.ABORT, mood);
        var errors = refused("a");
        assertThat(errors)
                .extracting(DataError::tag)
                .containsExactly(ErrorTag.ROLLBACK_FAILED, ErrorTag.OPERATION_FAILED);
        assertThat(errors.getFirst().message())
                .startsWith("stuck could not go back to generation 0");
        assertThat(runs("a")).isFalse();
    }

    @Test
    @Tag("R34")
    void anOptionalOneThatIsGoneIsNotMissed() throws Exception {
        var optional = new FakeComponent("optional", 1, false, calls, "/shop:stock");
        datastore.attach(optional.is(Step.PREPARE, Mood.DYING));
        var needed = component("needed", 2);
        shelf("a");
        assertThat(needed.runs).isEqualTo(1);
        assertThat(optional.calls).containsExactly("PREPARE 1");
        optional.recovers();
        optional.is(Step.PREPARE, Mood.REFUSING);
        assertThat(refused("b")).as("one that is there is heard").hasSize(1);
    }

    @Test
    @Tag("R34")
    void aRequiredOneThatIsAbsentRefusesWhatItWouldBeAsked() throws Exception {
        datastore.requires(
                () -> List.of(new Datastore.Absent("dataplane", List.of(path("/shop:stock")))));
        var errors = refused("a");
        assertThat(errors).hasSize(1);
        assertThat(errors.getFirst().message()).contains("dataplane", "not there");
        assertThat(errors.getFirst().path()).isEqualTo(path("/shop:stock"));
        datastore.discard(ALICE);
        datastore.edit(Face.RUNNING, List.of(merge("{'shop:name':'n'}")), ALICE);
        assertThat(datastore.generation()).isPositive();
        component("dataplane", 2);
        shelf("a");
        assertThat(runs("a")).isTrue();
    }

    @Test
    @Tag("R34")
    void validateAsksAndForgets() throws Exception {
        var component = component("all", 2, "/");
        datastore.edit(Face.CANDIDATE, List.of(merge("{'shop:name':'n'}")), ALICE);
        datastore.validate(Face.CANDIDATE, ALICE);
        assertThat(component.calls).containsExactly("PREPARE 1", "ABORT 1");
        assertThat(component.prepared).isZero();
        datastore.validate(root("{'shop:name':'other'}"), ALICE);
        datastore.validate(Face.RUNNING, ALICE);
        assertThat(datastore.generation()).isZero();
        component.is(Step.PREPARE, Mood.REFUSING);
        assertThat(
                        catchThrowableOfType(
                                        DatastoreException.class,
                                        () -> datastore.validate(Face.CANDIDATE, ALICE))
                                .errors())
                .extracting(DataError::message)
                .containsExactly("all: no room to PREPARE");
        component.recovers();
        assertThat(datastore.commit(ALICE, null).generation()).isEqualTo(4);
    }

    @Test
    @Tag("R35")
    void aGenerationIsNeverUsedTwice() throws Exception {
        var component = component("all", 2, "/").is(Step.PREPARE, Mood.REFUSING);
        refused("a");
        datastore.close();
        open();
        datastore.attach(component);
        component.recovers();
        assertThat(shelf("a").generation()).isEqualTo(2);
    }

    @Test
    @Tag("R11")
    void listenersHearOfEveryCommitInOrder() throws Exception {
        var heard = new ArrayList<String>();
        var done = new CountDownLatch(20);
        var registration =
                datastore.onCommit((commit, change) -> {
                    heard.add(commit.generation() + " " + change.getRootNode().childNodes().size());
                    done.countDown();
                });
        for (int i = 1; i <= 20; i++) {
            shelf("s" + i);
        }
        assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(heard).hasSize(20).first().isEqualTo("1 1");
        assertThat(heard.getLast()).isEqualTo("20 1");
        registration.close();
        shelf("more");
        assertThat(heard).hasSize(20);
    }

    @Test
    @Tag("R17")
    void commitsOfSeveralThreadsComeOneAfterTheOther() throws Exception {
        var component = component("all", 2, "/");
        var threads = new ArrayList<Thread>();
        var failures = new ArrayList<Throwable>();
        for (int t = 0; t < 4; t++) {
            int id = t;
            threads.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    for (int i = 0; i < 25; i++) {
                                        datastore.edit(
                                                Face.RUNNING,
                                                List.of(
                                                        merge(
                                                                "{'shop:stock':{'shelf':[{'name':'%d-%d'}]}}"
                                                                        .formatted(id, i))),
                                                BOB);
                                    }
                                } catch (DatastoreException | RuntimeException e) {
                                    synchronized (failures) {
                                        failures.add(e);
                                    }
                                }
                            }));
        }
        for (var thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        assertThat(datastore.generation()).isEqualTo(100);
        assertThat(component.runs).isEqualTo(100);
        assertThat(component.transactions)
                .allSatisfy(t -> assertThat(t.base()).isEqualTo(t.generation() - 1));
    }

    /// A session that is killed interrupts its thread.
    @Test
    @Tag("R35")
    void whoIsInterruptedInACommitHasItDoneOrRefusedAndTheLogGoesOn() throws Exception {
        var component =
                new FakeComponent("all", 2, true, calls, "/") {
                    @Override
                    public CompletionStage<List<DataError>> prepare(Transaction transaction) {
                        return CompletableFuture.supplyAsync(
                                () -> super.prepare(transaction).toCompletableFuture().join(),
                                CompletableFuture.delayedExecutor(30, TimeUnit.MILLISECONDS));
                    }
                };
        datastore.attach(component);
        var failures = new ArrayList<Throwable>();
        var session =
                Thread.ofVirtual()
                        .start(() -> {
                            Thread.currentThread().interrupt();
                            try {
                                shelf("a");
                                if (!Thread.interrupted()) {
                                    failures.add(new AssertionError("interrupt is lost"));
                                }
                            } catch (DatastoreException | RuntimeException e) {
                                failures.add(e);
                            }
                        });
        session.join();
        assertThat(failures).isEmpty();
        assertThat(component.runs).isEqualTo(1);
        shelf("b");
        assertThat(runs("b")).isTrue();
    }

    @Test
    @Tag("R35")
    void whatCannotBeWrittenIsNotCommitted() throws Exception {
        shelf("a");
        datastore.close();
        assertThat(refused("b"))
                .singleElement()
                .satisfies(e -> {
                    assertThat(e.tag()).isEqualTo(ErrorTag.OPERATION_FAILED);
                    assertThat(e.message()).contains("cannot be written");
                });
        assertThat(runs("b")).isFalse();
        var component = component("all", 2, "/");
        refused("b");
        assertThat(component.runs).isZero();
        assertThat(component.prepared).isZero();
    }
}
