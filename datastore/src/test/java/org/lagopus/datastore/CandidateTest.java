package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.lagopus.datastore.Shop.ALICE;
import static org.lagopus.datastore.Shop.BOB;
import static org.lagopus.datastore.Shop.REST;
import static org.lagopus.datastore.Shop.create;
import static org.lagopus.datastore.Shop.merge;
import static org.lagopus.datastore.Shop.path;
import static org.lagopus.datastore.Shop.remove;
import static org.lagopus.datastore.Shop.root;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;

@Tag("R17")
class CandidateTest {
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

    private NormalizedNode read(Face face) {
        return datastore.read(face).readNode(YangInstanceIdentifier.of()).orElseThrow();
    }

    private void edit(Actor by, Face face, String json) throws DatastoreException {
        datastore.edit(face, List.of(merge(json)), by);
    }

    private static DataError refused(ThrowingCallable call) {
        var refused = catchThrowableOfType(DatastoreException.class, call);
        assertThat(refused).as("refusal").isNotNull();
        return refused.errors().getFirst();
    }

    @Test
    void everybodySeesTheSameCandidateAndRunningStaysAsItIs() throws Exception {
        edit(ALICE, Face.CANDIDATE, "{'shop:name':'n'}");
        edit(BOB, Face.CANDIDATE, "{'shop:drawer':1}");
        assertThat(read(Face.CANDIDATE)).isEqualTo(root("{'shop:name':'n','shop:drawer':1}"));
        assertThat(read(Face.RUNNING)).isEqualTo(root("{}"));
        datastore.discard(BOB);
        assertThat(read(Face.CANDIDATE)).isEqualTo(root("{}"));
    }

    @Test
    void aSnapshotNeverChanges() throws Exception {
        edit(ALICE, Face.CANDIDATE, "{'shop:name':'n'}");
        var snapshot = datastore.read(Face.CANDIDATE);
        edit(ALICE, Face.CANDIDATE, "{'shop:name':'m'}");
        datastore.commit(ALICE, null);
        assertThat(snapshot.readNode(YangInstanceIdentifier.of()))
                .contains(root("{'shop:name':'n'}"));
    }

    @Test
    void oneWrongEditAndNoneIsDone() throws Exception {
        edit(ALICE, Face.CANDIDATE, "{'shop:name':'n'}");
        assertThat(
                        refused(() ->
                                        datastore.edit(
                                                Face.CANDIDATE,
                                                List.of(
                                                        merge("{'shop:drawer':1}"),
                                                        create("/shop:name", "{'shop:name':'x'}")),
                                                ALICE))
                                .tag())
                .isEqualTo(ErrorTag.DATA_EXISTS);
        assertThat(read(Face.CANDIDATE)).isEqualTo(root("{'shop:name':'n'}"));
    }

    @Test
    void editsOfTheCandidateSurviveACommitOfRunning() throws Exception {
        edit(ALICE, Face.CANDIDATE, "{'shop:stock':{'shelf':[{'name':'a','label':'mine'}]}}");
        edit(REST, Face.RUNNING, "{'shop:name':'n','shop:stock':{'shelf':[{'name':'b'}]}}");
        var both =
                root(
                        "{'shop:name':'n','shop:stock':{'shelf':[{'name':'a','label':'mine'},{'name':'b'}]}}");
        assertThat(read(Face.CANDIDATE)).isEqualTo(both);
        edit(REST, Face.RUNNING, "{'shop:motto':['m']}");
        datastore.commit(ALICE, null);
        assertThat(read(Face.RUNNING))
                .isEqualTo(
                        root(
                                "{'shop:name':'n','shop:motto':['m'],'shop:stock':{'shelf':[{'name':'a','label':'mine'},{'name':'b'}]}}"));
        assertThat(read(Face.CANDIDATE)).isEqualTo(read(Face.RUNNING));
    }

    @Test
    void theSameChangeOnBothSidesIsNoConflict() throws Exception {
        edit(ALICE, Face.CANDIDATE, "{'shop:name':'n'}");
        edit(REST, Face.RUNNING, "{'shop:name':'n'}");
        assertThat(datastore.commit(ALICE, null).changed()).isFalse();
    }

    @Test
    void whatBothChangedIsAConflictWithItsPath() throws Exception {
        edit(REST, Face.RUNNING, "{'shop:stock':{'shelf':[{'name':'a','label':'old'}]}}");
        var label = path("/shop:stock/shelf[name='a']/label");
        edit(ALICE, Face.CANDIDATE, "{'shop:stock':{'shelf':[{'name':'a','label':'mine'}]}}");
        edit(REST, Face.RUNNING, "{'shop:stock':{'shelf':[{'name':'a','label':'theirs'}]}}");
        var error = refused(() -> datastore.commit(ALICE, null));
        assertThat(error.path()).isEqualTo(label);
        assertThat(error.message()).contains("label", "discard");
        assertThat(datastore.read(Face.CANDIDATE).readNode(label).orElseThrow().body())
                .as("nothing is lost")
                .isEqualTo("mine");
        datastore.discard(ALICE);
        assertThat(datastore.commit(ALICE, null).changed()).isFalse();
    }

    @Test
    void bothSidesMayMakeTheSameListAndNotTheSameEntry() throws Exception {
        edit(
                ALICE,
                Face.CANDIDATE,
                "{'shop:stock':{'shelf':[{'name':'a'},{'name':'b','label':'x'}]}}");
        edit(REST, Face.RUNNING, "{'shop:stock':{'shelf':[{'name':'a'},{'name':'c'}]}}");
        assertThat(read(Face.CANDIDATE))
                .isEqualTo(
                        root(
                                "{'shop:stock':{'shelf':[{'name':'a'},{'name':'b','label':'x'},{'name':'c'}]}}"));
        edit(REST, Face.RUNNING, "{'shop:stock':{'shelf':[{'name':'b','label':'y'}]}}");
        assertThat(refused(() -> datastore.commit(ALICE, null)).path())
                .isEqualTo(path("/shop:stock/shelf[name='b']"));
    }

    @Test
    void whatTheCandidateRemovesAndRunningChangesIsAConflict() throws Exception {
        edit(
                REST,
                Face.RUNNING,
                "{'shop:stock':{'shelf':[{'name':'a','label':'l'},{'name':'b'}]}}");
        datastore.edit(Face.CANDIDATE, List.of(remove("/shop:stock")), ALICE);
        edit(REST, Face.RUNNING, "{'shop:stock':{'shelf':[{'name':'a','label':'m'}]}}");
        assertThat(refused(() -> datastore.commit(ALICE, null)).path())
                .isEqualTo(path("/shop:stock/shelf[name='a']"));
    }

    @Test
    void anEditBelowWhatIsGoneInRunningIsAConflict() throws Exception {
        edit(REST, Face.RUNNING, "{'shop:stock':{'shelf':[{'name':'a','label':'l'}]}}");
        edit(
                ALICE,
                Face.CANDIDATE,
                "{'shop:stock':{'shelf':[{'name':'a','shop-ext:color':'red'}]}}");
        datastore.edit(Face.RUNNING, List.of(remove("/shop:stock/shelf[name='a']")), REST);
        assertThat(refused(() -> datastore.commit(ALICE, null)).path())
                .isEqualTo(path("/shop:stock/shelf[name='a']"));
    }

    @Test
    void anotherCaseInRunningIsAConflict() throws Exception {
        edit(ALICE, Face.CANDIDATE, "{'shop:rules':{'kinds':{'a1':'x'}}}");
        edit(REST, Face.RUNNING, "{'shop:rules':{'kinds':{'c1':'y'}}}");
        assertThat(refused(() -> datastore.commit(ALICE, null)).message()).contains("discard");
        assertThat(read(Face.RUNNING)).isEqualTo(root("{'shop:rules':{'kinds':{'c1':'y'}}}"));
    }

    @Test
    void anInvalidCandidateCanBeRepaired() throws Exception {
        edit(ALICE, Face.CANDIDATE, "{'shop:rules':{'opening':{'hour':7}}}");
        assertThat(refused(() -> datastore.commit(ALICE, null)).appTag())
                .isEqualTo("too-few-elements");
        assertThat(refused(() -> datastore.validate(Face.CANDIDATE, ALICE)).appTag())
                .isEqualTo("too-few-elements");
        edit(ALICE, Face.CANDIDATE, "{'shop:rules':{'opening':{'door':[{'id':1}]}}}");
        assertThat(datastore.commit(ALICE, null).changed()).isTrue();
    }

    @Test
    void wholeContentReplacesAndCopies() throws Exception {
        edit(ALICE, Face.RUNNING, "{'shop:name':'n','shop:motto':['m']}");
        datastore.replace(Face.CANDIDATE, root("{'shop:drawer':1}"), ALICE);
        assertThat(read(Face.CANDIDATE)).isEqualTo(root("{'shop:drawer':1}"));
        datastore.copy(Face.CANDIDATE, Face.RUNNING, ALICE);
        assertThat(read(Face.RUNNING)).isEqualTo(root("{'shop:drawer':1}"));
        edit(ALICE, Face.CANDIDATE, "{'shop:name':'n'}");
        datastore.copy(Face.RUNNING, Face.CANDIDATE, ALICE);
        assertThat(read(Face.CANDIDATE)).isEqualTo(root("{'shop:drawer':1}"));
        assertThat(refused(() -> datastore.copy(Face.RUNNING, Face.RUNNING, ALICE)).tag())
                .isEqualTo(ErrorTag.INVALID_VALUE);
        datastore.replace(Face.RUNNING, root("{}"), ALICE);
        assertThat(read(Face.RUNNING)).isEqualTo(root("{}"));
    }

    @Test
    void aLockExcludesOthersAndTellsWhoHoldsIt() throws Exception {
        datastore.locks().lock(Face.CANDIDATE, ALICE);
        datastore.locks().lock(Face.RUNNING, ALICE);
        for (var face : Face.values()) {
            for (var other : List.of(BOB, ALICE)) {
                var denied = refused(() -> datastore.locks().lock(face, other));
                assertThat(denied.tag()).isEqualTo(ErrorTag.LOCK_DENIED);
                assertThat(denied.type()).isEqualTo(ErrorType.PROTOCOL);
                assertThat(denied.info()).containsEntry("session-id", "1");
            }
            assertThat(refused(() -> edit(BOB, face, "{'shop:name':'n'}")).tag())
                    .isEqualTo(ErrorTag.IN_USE);
            assertThat(refused(() -> edit(REST, face, "{'shop:name':'n'}")).tag())
                    .isEqualTo(ErrorTag.IN_USE);
            assertThat(refused(() -> datastore.locks().unlock(face, BOB)).tag())
                    .isEqualTo(ErrorTag.OPERATION_FAILED);
        }
        assertThat(refused(() -> datastore.commit(BOB, null)).tag()).isEqualTo(ErrorTag.IN_USE);
        assertThat(refused(() -> datastore.discard(BOB)).tag()).isEqualTo(ErrorTag.IN_USE);
        edit(ALICE, Face.CANDIDATE, "{'shop:name':'n'}");
        datastore.commit(ALICE, null);
        var holder = datastore.locks().holder(Face.RUNNING).orElseThrow();
        assertThat(holder.owner()).isEqualTo(ALICE);
        datastore.locks().unlock(Face.RUNNING, ALICE);
        datastore.locks().unlock(Face.CANDIDATE, ALICE);
        assertThat(refused(() -> datastore.locks().unlock(Face.CANDIDATE, ALICE)).tag())
                .isEqualTo(ErrorTag.OPERATION_FAILED);
        edit(BOB, Face.RUNNING, "{'shop:name':'m'}");
    }

    @Test
    void aLockOfRunningAloneLeavesTheCandidateOpenButItsCommitClosed() throws Exception {
        datastore.locks().lock(Face.RUNNING, ALICE);
        edit(BOB, Face.CANDIDATE, "{'shop:name':'n'}");
        assertThat(refused(() -> datastore.commit(BOB, null)).tag()).isEqualTo(ErrorTag.IN_USE);
        datastore.locks().release(ALICE.session());
        assertThat(datastore.commit(BOB, null).changed()).isTrue();
    }

    @Test
    void aChangedCandidateCannotBeLocked() throws Exception {
        edit(BOB, Face.CANDIDATE, "{'shop:name':'n'}");
        var denied = refused(() -> datastore.locks().lock(Face.CANDIDATE, ALICE));
        assertThat(denied.tag()).isEqualTo(ErrorTag.LOCK_DENIED);
        assertThat(denied.info()).containsEntry("session-id", "0");
        datastore.edit(Face.CANDIDATE, List.of(remove("/shop:name")), BOB);
        datastore.locks().lock(Face.CANDIDATE, ALICE);
    }

    @Test
    void theEndOfTheSessionReleasesItsLocksAndDiscardsItsChanges() throws Exception {
        datastore.locks().lock(Face.CANDIDATE, ALICE);
        edit(ALICE, Face.CANDIDATE, "{'shop:name':'n'}");
        datastore.locks().release(BOB.session());
        assertThat(datastore.locks().holder(Face.CANDIDATE)).isPresent();
        datastore.locks().release(ALICE.session());
        assertThat(datastore.locks().holder(Face.CANDIDATE)).isEmpty();
        assertThat(read(Face.CANDIDATE)).isEqualTo(root("{}"));
    }

    @Test
    void editsMadeWhileACommitIsUnderWayStayInTheCandidate() throws Exception {
        var late =
                new FakeComponent("late", 2, true, new ArrayList<>(), "/") {
                    @Override
                    public CompletionStage<List<DataError>> prepare(Transaction transaction) {
                        try {
                            edit(BOB, Face.CANDIDATE, "{'shop:drawer':1}");
                        } catch (DatastoreException e) {
                            throw new AssertionError(e);
                        }
                        return super.prepare(transaction);
                    }
                };
        datastore.attach(late);
        edit(ALICE, Face.CANDIDATE, "{'shop:name':'n'}");
        datastore.commit(ALICE, null);
        assertThat(read(Face.RUNNING)).isEqualTo(root("{'shop:name':'n'}"));
        assertThat(read(Face.CANDIDATE)).isEqualTo(root("{'shop:name':'n','shop:drawer':1}"));
        datastore.detach(late);
        datastore.commit(ALICE, null);
        assertThat(read(Face.RUNNING)).isEqualTo(root("{'shop:name':'n','shop:drawer':1}"));
    }

    private static Edit toTheFront(String sign) {
        return Edit.merge(path(sign), Shop.node(sign, "{'shop:stock':{'sign':[{'id':3}]}}"))
                .at(new Edit.Position.First());
    }

    @Test
    void aMoveOfTheCandidateSurvivesACommitOfRunning() throws Exception {
        edit(REST, Face.RUNNING, "{'shop:stock':{'sign':[{'id':1},{'id':2},{'id':3}]}}");
        datastore.edit(Face.CANDIDATE, List.of(toTheFront("/shop:stock/sign[id='3']")), ALICE);
        edit(REST, Face.RUNNING, "{'shop:name':'n','shop:stock':{'shelf':[{'name':'b'}]}}");
        datastore.commit(ALICE, null);
        var signs = path("/shop:stock/sign");
        assertThat(datastore.read(Face.RUNNING).readNode(signs))
                .contains(
                        Shop.node(
                                "/shop:stock/sign",
                                "{'shop:stock':{'sign':[{'id':3},{'id':1},{'id':2}]}}"));
    }

    @Test
    void whoeverElseMadeAnotherOrderIsTold() throws Exception {
        edit(REST, Face.RUNNING, "{'shop:stock':{'sign':[{'id':1},{'id':2},{'id':3}]}}");
        datastore.edit(Face.CANDIDATE, List.of(toTheFront("/shop:stock/sign[id='3']")), ALICE);
        edit(REST, Face.RUNNING, "{'shop:stock':{'sign':[{'id':4}]}}");
        var error = refused(() -> datastore.commit(ALICE, null));
        assertThat(error.appTag()).isEqualTo("conflict");
        assertThat(error.path()).isEqualTo(path("/shop:stock/sign"));
    }
}
