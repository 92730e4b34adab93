package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.lagopus.datastore.Shop.ALICE;
import static org.lagopus.datastore.Shop.BOB;
import static org.lagopus.datastore.Shop.REST;
import static org.lagopus.datastore.Shop.merge;
import static org.lagopus.datastore.Shop.path;
import static org.lagopus.datastore.Shop.remove;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opendaylight.yangtools.yang.common.ErrorTag;

/// Locks on parts of running (RFC 5717).
@Tag("R17")
class PartialLockTest {
    private static final String ONE = "/shop:routes/route[id='1']";
    private static final String TWO = "/shop:routes/route[id='2']";

    @TempDir Path directory;
    private Datastore datastore;

    @BeforeEach
    void open() throws Exception {
        datastore = Datastore.open(Shop.MODEL, directory, Clock.systemUTC());
        run(ALICE, route(1, 1), route(2, 1));
    }

    @AfterEach
    void close() throws Exception {
        datastore.close();
    }

    private static Edit route(int id, int metric) {
        return merge("{'shop:routes':{'route':[{'id':%d,'metric':%d}]}}".formatted(id, metric));
    }

    private void run(Actor by, Edit... edits) throws DatastoreException {
        datastore.edit(Face.RUNNING, List.of(edits), by);
    }

    private Locks.PartialLock lock(Actor by, String... nodes) throws DatastoreException {
        var paths = Stream.of(nodes).map(Shop::path).collect(Collectors.toSet());
        return datastore.locks().lockPart(List.of(nodes), _ -> paths, by);
    }

    private static DataError refused(ThrowingCallable call) {
        var refused = catchThrowableOfType(DatastoreException.class, call);
        assertThat(refused).as("refusal").isNotNull();
        return refused.errors().getFirst();
    }

    private static void inUse(ThrowingCallable call) {
        var error = refused(call);
        assertThat(error.tag()).isEqualTo(ErrorTag.IN_USE);
        assertThat(error.path()).isEqualTo(path(ONE));
        assertThat(error.message()).contains("locked by session 1 of alice");
    }

    @Test
    void keepsOthersFromItsNodesAndAllBelowInEveryWay() throws Exception {
        lock(ALICE, ONE);
        inUse(() -> run(BOB, route(1, 2)));
        inUse(() -> run(REST, remove(ONE)));
        inUse(() -> run(REST, remove("/shop:routes")));
        datastore.edit(Face.CANDIDATE, List.of(route(1, 3)), BOB);
        inUse(() -> datastore.commit(BOB, null));
        inUse(() -> datastore.copy(Face.CANDIDATE, Face.RUNNING, BOB));
        datastore.discard(BOB);
        inUse(() -> datastore.rollBack(0, BOB, null));
        run(BOB, route(2, 2), route(3, 3));
        run(ALICE, route(1, 4));
        datastore.validate(Face.CANDIDATE, BOB);
    }

    @Test
    void isGivenBackByItsNumberAndByTheEndOfTheSession() throws Exception {
        var first = lock(ALICE, ONE);
        var second = lock(ALICE, ONE, TWO);
        assertThat(datastore.locks().parts()).containsExactly(first, second);
        assertThat(refused(() -> datastore.locks().unlockPart(first.id(), BOB)).tag())
                .isEqualTo(ErrorTag.INVALID_VALUE);
        datastore.locks().unlockPart(second.id(), ALICE);
        run(BOB, route(2, 5));
        inUse(() -> run(BOB, route(1, 5)));
        datastore.ended(ALICE.session());
        run(BOB, route(1, 5));
        assertThat(datastore.locks().parts()).isEmpty();
    }

    @Test
    void locksOfTwoSessionsDoNotOverlap() throws Exception {
        lock(ALICE, ONE);
        lock(BOB, TWO);
        for (var node : List.of(ONE, ONE + "/metric", "/shop:routes")) {
            var denied = refused(() -> lock(BOB, node));
            assertThat(denied.tag()).isEqualTo(ErrorTag.LOCK_DENIED);
            assertThat(denied.path()).isEqualTo(path(node));
            assertThat(denied.info()).containsEntry("session-id", "1");
        }
    }

    @Test
    void runningIsLockedWhollyOrInParts() throws Exception {
        lock(ALICE, ONE);
        for (var by : List.of(ALICE, BOB)) {
            var denied = refused(() -> datastore.locks().lock(Face.RUNNING, by));
            assertThat(denied.tag()).isEqualTo(ErrorTag.LOCK_DENIED);
            assertThat(denied.info()).containsEntry("session-id", "1");
        }
        datastore.ended(ALICE.session());
        datastore.locks().lock(Face.RUNNING, BOB);
        assertThat(refused(() -> lock(ALICE, ONE)).info()).containsEntry("session-id", "2");
    }

    @Test
    void isDeniedWhileTheCommitOfAnotherWaitsToBeConfirmed() throws Exception {
        datastore.edit(Face.CANDIDATE, List.of(route(1, 3)), BOB);
        datastore.commit(BOB, null, new Datastore.Confirmed(Duration.ofMinutes(1), null), null);
        var denied = refused(() -> lock(ALICE, TWO));
        assertThat(denied.tag()).isEqualTo(ErrorTag.LOCK_DENIED);
        assertThat(denied.appTag()).isEqualTo("outstanding-confirmed-commit");
        lock(BOB, ONE);
        datastore.cancelCommit(BOB, null);
    }

    @Test
    void goingBackIsHeldUpByNobody() throws Exception {
        datastore.edit(Face.CANDIDATE, List.of(route(1, 3)), BOB);
        datastore.commit(BOB, null, new Datastore.Confirmed(Duration.ofMinutes(1), "word"), null);
        datastore.locks().lockPart(List.of(ONE), _ -> Set.of(path(ONE)), BOB);
        datastore.cancelCommit(ALICE, "word");
        assertThat(
                        datastore
                                .read(Face.RUNNING)
                                .readNode(path(ONE + "/metric"))
                                .orElseThrow()
                                .body()
                                .toString())
                .isEqualTo("1");
    }
}
