package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.lagopus.datastore.Shop.ALICE;
import static org.lagopus.datastore.Shop.BOB;
import static org.lagopus.datastore.Shop.REST;
import static org.lagopus.datastore.Shop.delete;
import static org.lagopus.datastore.Shop.merge;
import static org.lagopus.datastore.Shop.path;
import static org.lagopus.datastore.Shop.root;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;

@Tag("R17")
class PrivateCandidateTest {
    private static final Actor CAROL = new Actor(3, "carol", "netconf");
    private static final String ONE = "/shop:routes/route[id='1']";

    @TempDir Path directory;
    private Datastore datastore;

    @BeforeEach
    void open() throws Exception {
        datastore = Datastore.open(Shop.MODEL, directory, Clock.systemUTC());
        datastore.separate(ALICE);
        datastore.separate(BOB);
    }

    @AfterEach
    void close() throws Exception {
        datastore.close();
    }

    private NormalizedNode candidate(Actor by) {
        return read(Face.CANDIDATE, by);
    }

    private NormalizedNode running() {
        return read(Face.RUNNING, ALICE);
    }

    private NormalizedNode read(Face face, Actor by) {
        return datastore.view(by).read(face).readNode(YangInstanceIdentifier.of()).orElseThrow();
    }

    private void edit(Actor by, Edit... edits) throws DatastoreException {
        datastore.edit(Face.CANDIDATE, List.of(edits), by);
    }

    private void run(String json) throws DatastoreException {
        datastore.edit(Face.RUNNING, List.of(merge(json)), REST);
    }

    private static List<DataError> refused(ThrowingCallable call) {
        var refused = catchThrowableOfType(DatastoreException.class, call);
        assertThat(refused).as("refusal").isNotNull();
        return refused.errors();
    }

    private static String routes(String... routes) {
        return "{'shop:routes':{'route':[%s]}}".formatted(String.join(",", routes));
    }

    private static String route(int id, int metric) {
        return "{'id':%d,'metric':%d}".formatted(id, metric);
    }

    @Test
    void isSeenByItsOwnSessionOnly() throws Exception {
        edit(ALICE, merge("{'shop:name':'alice'}"));
        edit(CAROL, merge("{'shop:drawer':1}"));
        assertThat(candidate(ALICE)).isEqualTo(root("{'shop:name':'alice'}"));
        assertThat(candidate(BOB)).isEqualTo(root("{}"));
        assertThat(candidate(CAROL)).as("the shared one").isEqualTo(root("{'shop:drawer':1}"));
        assertThat(candidate(REST)).isEqualTo(root("{'shop:drawer':1}"));
        datastore.commit(BOB, null);
        assertThat(running()).isEqualTo(root("{}"));
        datastore.commit(ALICE, null);
        assertThat(running()).isEqualTo(root("{'shop:name':'alice'}"));
    }

    @Test
    void isRunningUntilItIsEditedAndABranchFromThenOn() throws Exception {
        run("{'shop:drawer':1}");
        assertThat(candidate(ALICE)).isEqualTo(root("{'shop:drawer':1}"));
        edit(ALICE, merge("{'shop:name':'alice'}"));
        run("{'shop:drawer':2}");
        assertThat(candidate(ALICE)).isEqualTo(root("{'shop:drawer':1,'shop:name':'alice'}"));
        datastore.update(Resolution.REVERT_ON_CONFLICT, ALICE);
        assertThat(candidate(ALICE)).isEqualTo(root("{'shop:drawer':2,'shop:name':'alice'}"));
        datastore.discard(ALICE);
        run("{'shop:drawer':3}");
        assertThat(candidate(ALICE)).isEqualTo(root("{'shop:drawer':3}"));
    }

    @Test
    void commitsWhatItChangedAndKeepsWhatOthersDid() throws Exception {
        run(routes(route(1, 1), route(2, 1)));
        edit(ALICE, merge(routes(route(1, 7))));
        edit(BOB, merge(routes(route(3, 7))), delete("/shop:routes/route[id='2']"));
        datastore.commit(BOB, null);
        datastore.commit(ALICE, null);
        assertThat(running()).isEqualTo(root(routes(route(1, 7), route(3, 7))));
        assertThat(candidate(ALICE)).isEqualTo(running());
    }

    /// The example of draft-ietf-netconf-privcand §4.7: one changes in an entry what the other
    /// deletes.
    private void conflict() throws DatastoreException {
        run(routes(route(1, 1), route(2, 1)));
        edit(ALICE, merge(routes(route(1, 5))));
        edit(BOB, delete(ONE), merge(routes(route(2, 9))));
        datastore.commit(BOB, null);
    }

    @Test
    void namesWhatIsInConflictAndDoesNothing() throws Exception {
        conflict();
        for (var call :
                List.<ThrowingCallable>of(
                        () -> datastore.update(Resolution.REVERT_ON_CONFLICT, ALICE),
                        () -> datastore.validate(Face.CANDIDATE, ALICE),
                        () -> datastore.commit(ALICE, null))) {
            var error = refused(call).getFirst();
            assertThat(error.path()).isEqualTo(path(ONE));
            assertThat(error.appTag()).isEqualTo("conflict");
            assertThat(error.message()).contains("update with a resolution-mode");
        }
        assertThat(candidate(ALICE)).isEqualTo(root(routes(route(1, 5), route(2, 1))));
        assertThat(running()).isEqualTo(root(routes(route(2, 9))));
    }

    @Test
    void prefersTheCandidateWhereItIsTold() throws Exception {
        conflict();
        datastore.update(Resolution.PREFER_CANDIDATE, ALICE);
        assertThat(candidate(ALICE)).isEqualTo(root(routes(route(1, 5), route(2, 9))));
        datastore.commit(ALICE, null);
        assertThat(running()).isEqualTo(root(routes(route(1, 5), route(2, 9))));
    }

    @Test
    void prefersRunningWhereItIsTold() throws Exception {
        conflict();
        edit(ALICE, merge("{'shop:name':'alice'}"));
        datastore.update(Resolution.PREFER_RUNNING, ALICE);
        assertThat(candidate(ALICE))
                .isEqualTo(
                        root(
                                "{'shop:name':'alice','shop:routes':{'route':[%s]}}"
                                        .formatted(route(2, 9))));
    }

    @Test
    void allConflictsAreToldTogether() throws Exception {
        run(routes(route(1, 1), route(2, 1)));
        edit(ALICE, merge(routes(route(1, 5), route(2, 5))));
        run(routes(route(1, 6), route(2, 6)));
        assertThat(refused(() -> datastore.commit(ALICE, null)))
                .extracting(DataError::path)
                .containsExactlyInAnyOrder(
                        path(ONE + "/metric"), path("/shop:routes/route[id='2']/metric"));
    }

    @Test
    void whatBothMadeOutOfNothingIsInConflictWhereItDiffers() throws Exception {
        edit(ALICE, merge(routes(route(1, 5), route(2, 5))));
        edit(BOB, merge(routes(route(1, 6), route(2, 5))));
        datastore.commit(BOB, null);
        assertThat(refused(() -> datastore.commit(ALICE, null)))
                .extracting(DataError::path)
                .containsExactly(path(ONE));
    }

    @Test
    void endsWithItsSession() throws Exception {
        edit(ALICE, merge("{'shop:name':'alice'}"));
        datastore.ended(ALICE.session());
        assertThat(candidate(ALICE)).isEqualTo(root("{}"));
        assertThat(refused(() -> datastore.update(Resolution.PREFER_RUNNING, ALICE)))
                .extracting(DataError::tag)
                .containsExactly(ErrorTag.OPERATION_NOT_SUPPORTED);
    }

    @Test
    void isLockedAgainstNobodyAndKeepsItsChangesWhenUnlocked() throws Exception {
        datastore.locks().lock(Face.CANDIDATE, CAROL);
        edit(ALICE, merge("{'shop:name':'alice'}"));
        datastore.locks().lock(Face.CANDIDATE, ALICE);
        datastore.locks().lock(Face.CANDIDATE, BOB);
        assertThat(refused(() -> datastore.locks().lock(Face.CANDIDATE, ALICE)))
                .extracting(DataError::tag)
                .containsExactly(ErrorTag.LOCK_DENIED);
        datastore.locks().unlock(Face.CANDIDATE, ALICE);
        refused(() -> datastore.locks().unlock(Face.CANDIDATE, ALICE));
        assertThat(candidate(ALICE)).isEqualTo(root("{'shop:name':'alice'}"));
        assertThat(datastore.locks().holder(Face.CANDIDATE).orElseThrow().owner()).isEqualTo(CAROL);
        datastore.locks().lock(Face.RUNNING, BOB);
        assertThat(refused(() -> datastore.commit(ALICE, null)))
                .extracting(DataError::tag)
                .containsExactly(ErrorTag.IN_USE);
    }

    private static Datastore.Confirmed terms(@Nullable String persist) {
        return new Datastore.Confirmed(Duration.ofMinutes(10), persist);
    }

    @Test
    void hasItsChangesAgainWhenTheyAreNotConfirmed() throws Exception {
        run("{'shop:drawer':1}");
        edit(ALICE, merge("{'shop:name':'alice'}"));
        datastore.commit(ALICE, null, terms(null), null);
        edit(ALICE, merge("{'shop:motto':['m']}"));
        datastore.commit(ALICE, null, terms(null), null);
        edit(ALICE, merge("{'shop:motto':['n']}"));
        assertThat(running())
                .isEqualTo(root("{'shop:drawer':1,'shop:name':'alice','shop:motto':['m']}"));
        datastore.cancelCommit(ALICE, null);
        assertThat(running()).isEqualTo(root("{'shop:drawer':1}"));
        assertThat(candidate(ALICE))
                .isEqualTo(root("{'shop:drawer':1,'shop:name':'alice','shop:motto':['m','n']}"));
        datastore.commit(ALICE, null);
        assertThat(running()).isEqualTo(candidate(ALICE));
    }

    @Test
    void hasNothingAgainOnceTheyAreConfirmedOrItsSessionIsOver() throws Exception {
        edit(ALICE, merge("{'shop:name':'alice'}"));
        datastore.commit(ALICE, null, terms("word"), null);
        datastore.commit(BOB, null, null, "word");
        edit(BOB, merge("{'shop:motto':['m']}"));
        datastore.commit(BOB, null, terms("word"), null);
        datastore.ended(BOB.session());
        datastore.cancelCommit(ALICE, "word");
        assertThat(running()).isEqualTo(root("{'shop:name':'alice'}"));
        assertThat(candidate(ALICE)).isEqualTo(running());
        assertThat(candidate(BOB)).isEqualTo(running());
    }

    @Test
    void isCopiedAndComparedLikeTheSharedOne() throws Exception {
        edit(ALICE, merge("{'shop:name':'alice'}"));
        assertThat(datastore.candidate(ALICE)).isEqualTo(root("{'shop:name':'alice'}"));
        datastore.copy(Face.CANDIDATE, Face.RUNNING, ALICE);
        assertThat(running()).isEqualTo(root("{'shop:name':'alice'}"));
        edit(ALICE, merge("{'shop:name':'other'}"));
        datastore.copy(Face.RUNNING, Face.CANDIDATE, ALICE);
        assertThat(candidate(ALICE)).isEqualTo(running());
        datastore.replace(Face.CANDIDATE, root("{'shop:drawer':1}"), ALICE);
        assertThat(candidate(ALICE)).isEqualTo(root("{'shop:drawer':1}"));
    }

    @Test
    void runningIsNotLockedWhileSomebodyElsesCommitWaitsToBeConfirmed() throws Exception {
        edit(ALICE, merge("{'shop:name':'alice'}"));
        datastore.commit(ALICE, null, terms(null), null);
        var denied = refused(() -> datastore.locks().lock(Face.RUNNING, BOB)).getFirst();
        assertThat(denied.tag()).isEqualTo(ErrorTag.LOCK_DENIED);
        assertThat(denied.info()).containsEntry("session-id", "1");
        datastore.locks().lock(Face.RUNNING, ALICE);
    }
}
