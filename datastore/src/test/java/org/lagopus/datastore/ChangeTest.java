package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lagopus.datastore.Shop.ALICE;
import static org.lagopus.datastore.Shop.merge;
import static org.lagopus.datastore.Shop.path;
import static org.lagopus.datastore.Shop.remove;
import static org.lagopus.datastore.Shop.root;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidate;

class ChangeTest {
    private static final int LONG = 100;

    @TempDir Path directory;

    private static String shelves(int from, int to, IntFunction<String> content) {
        return IntStream.range(from, to)
                .mapToObj(i -> "{'name':'s%d'%s}".formatted(i, content.apply(i)))
                .collect(Collectors.joining(",", "{'shop:stock':{'shelf':[", "]}}"));
    }

    private static Change change(ContainerNode before, Edit... edits) throws DatastoreException {
        var draft = new Draft(Shop.SCHEMA, before);
        draft.apply(List.of(edits));
        return Change.between(before, draft.root(), draft.touched()).orElseThrow();
    }

    private static List<Edit> written(Change change) throws Exception {
        return EditCodec.decode(EditCodec.encode(Shop.SCHEMA, change));
    }

    private static ContainerNode applied(ContainerNode to, List<Edit> edits) throws Exception {
        var draft = new Draft(Shop.SCHEMA, to);
        draft.apply(edits);
        return draft.root();
    }

    @Test
    void aLongListOfWhichMostHasChangedIsWrittenAsOne() throws Exception {
        var before = root(shelves(0, LONG, _ -> ",'label':'1'"));
        var change = change(before, merge(shelves(0, LONG, _ -> ",'label':'2'")));
        assertThat(written(change)).hasSize(1);
        assertThat(EditCodec.undo(EditCodec.encode(Shop.SCHEMA, change))).hasSize(1);
        assertThat(
                        change.childNodes()
                                .iterator()
                                .next()
                                .childNodes()
                                .iterator()
                                .next()
                                .childNodes())
                .as("what others see of it")
                .hasSize(LONG);
    }

    @Test
    void ofALongListOfWhichLittleHasChangedOnlyThatIsWritten() throws Exception {
        var before = root(shelves(0, 10 * LONG, _ -> ",'label':'1'"));
        var change = change(before, merge(shelves(0, LONG, _ -> ",'label':'2'")));
        assertThat(written(change)).hasSize(LONG);
    }

    /// Its entries are large, and what has changed in each is small.
    @Test
    void aLeafInEachOfManyLargeEntriesIsWrittenAlone() throws Exception {
        IntFunction<String> items =
                _ ->
                        IntStream.range(0, 20)
                                .mapToObj("{'kind':'shop:food','id':%d,'price':'1.00'}"::formatted)
                                .collect(Collectors.joining(",", ",'item':[", "]"));
        var before = root(shelves(0, LONG, items));
        var change =
                change(
                        before,
                        merge(
                                shelves(
                                        0,
                                        LONG,
                                        _ ->
                                                ",'item':[{'kind':'shop:food','id':7,'price':'2.00'}]")));
        assertThat(written(change)).hasSize(LONG);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatIsWrittenLeadsThereAndBackWhateverHasChanged(long seed) throws Exception {
        var random = new Random(seed);
        var before = root(shelves(0, LONG, _ -> ",'label':'1'"));
        for (int round = 0; round < 10; round++) {
            int few = random.nextInt(1, LONG);
            int wide = random.nextInt(2, 100);
            var edits = new ArrayList<Edit>();
            edits.add(
                    merge(
                            shelves(
                                    LONG / 2,
                                    LONG / 2 + few,
                                    i -> ",'label':'%d'".formatted(wide + i))));
            for (int i = random.nextInt(LONG); i < LONG; i++) {
                edits.add(remove("/shop:stock/shelf[name='s%d']".formatted(i)));
            }
            var draft = new Draft(Shop.SCHEMA, before);
            draft.apply(edits);
            var found = Change.between(before, draft.root(), draft.touched());
            if (found.isEmpty()) {
                continue;
            }
            var bytes = EditCodec.encode(Shop.SCHEMA, found.get());
            var after = applied(before, EditCodec.decode(bytes));
            assertThat(after).isEqualTo(draft.root());
            assertThat(applied(after, EditCodec.undo(bytes))).isEqualTo(before);
            before = after;
        }
    }

    @Test
    void listenersHearOfWhatDiffersThoughTheListIsWrittenAsOne() throws Exception {
        try (var datastore = Datastore.open(Shop.MODEL, directory, Clock.systemUTC())) {
            datastore.edit(
                    Face.RUNNING, List.of(merge(shelves(0, LONG, _ -> ",'label':'1'"))), ALICE);
            var heard = new CompletableFuture<DataTreeCandidate>();
            datastore.onCommit((_, change) -> heard.complete(change));
            datastore.edit(
                    Face.RUNNING, List.of(merge(shelves(1, LONG, _ -> ",'label':'2'"))), ALICE);
            var edits = new ArrayList<YangInstanceIdentifier>();
            Change.write(
                    heard.get(10, TimeUnit.SECONDS)
                            .getRootNode()
                            .childNodes()
                            .iterator()
                            .next()
                            .childNodes()
                            .iterator()
                            .next()
                            .childNodes()
                            .iterator()
                            .next(),
                    path("/shop:stock/shelf[name='s1']"),
                    (path, _) -> edits.add(path));
            assertThat(edits).containsExactly(path("/shop:stock/shelf[name='s1']/label"));
        }
    }
}
