package org.lagopus.controller.components;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Face;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidate;

/// Who watches a table, a column or a cell hears of exactly that.
@Tag("R16")
@Timeout(60)
class WatchTest {
    private static final String TABLE = "/box:interfaces/interface";
    private static final String COLUMN = "/box:interfaces/interface/config/mtu";
    private static final String CELL = "/box:interfaces/interface[name='e7']/config/mtu";
    private static final Actor BY = new Actor(1, "alice", "netconf");

    @TempDir Path directory;
    private Datastore datastore;
    private final BlockingQueue<DataTreeCandidate> commits = new LinkedBlockingQueue<>();

    @BeforeEach
    void open() throws Exception {
        datastore = Datastore.open(BoxModel.MODEL, directory, Clock.systemUTC());
        var _ = datastore.onCommit((_, change) -> commits.add(change));
    }

    @AfterEach
    void close() throws Exception {
        datastore.close();
    }

    /// Commits, and tells what each of these watches hears of it.
    private List<List<String>> heard(List<String> watches, Edit... edits) throws Exception {
        datastore.edit(Face.RUNNING, Arrays.asList(edits), BY);
        var change = commits.poll(10, TimeUnit.SECONDS);
        assertThat(change).isNotNull();
        return watches.stream()
                .map(text ->
                        Watch.of(BoxModel.MODEL, new Records(BoxModel.MODEL), text)
                                .changes(change.getRootNode())
                                .stream()
                                .map(edit -> edit.path() + " " + edit.value())
                                .sorted()
                                .toList())
                .toList();
    }

    private List<String> heard(String watch, Edit... edits) throws Exception {
        return heard(List.of(watch), edits).getFirst();
    }

    private static Edit merge(String entry) {
        return Edit.merge(
                BoxModel.MODEL.parse("/box:interfaces"),
                BoxModel.node(
                        "/box:interfaces",
                        "{'interface':[%s]}".formatted(entry).replace('\'', '"')));
    }

    private static Edit mtu(int number, int mtu) {
        return merge("{'name':'e%d','config':{'mtu':%d}}".formatted(number, mtu));
    }

    private static Edit remove(String path) {
        return Edit.remove(BoxModel.MODEL.parse(path));
    }

    private static String entry(int number) {
        return "/box:interfaces/interface[name='e%d']".formatted(number);
    }

    private static String put(int number, int mtu) {
        return "%s/config/mtu {\"mtu\":%d}".formatted(entry(number), mtu);
    }

    @Test
    void ofAHundredChangesEachHearsItsOwn() throws Exception {
        var watches = List.of(TABLE, COLUMN, CELL);
        var first =
                heard(
                        watches,
                        IntStream.range(0, 100).mapToObj(i -> mtu(i, 1500)).toArray(Edit[]::new));
        assertThat(first.get(0)).hasSize(100);
        assertThat(first.get(1)).hasSize(100).contains(put(42, 1500));
        assertThat(first.get(2)).containsExactly(put(7, 1500));

        // Half of them change in another leaf, of ten the MTU.
        var edits = new ArrayList<Edit>();
        for (int i = 0; i < 50; i++) {
            edits.add(merge("{'name':'e%d','config':{'enabled':true}}".formatted(i)));
        }
        for (int i = 0; i < 10; i++) {
            edits.add(mtu(i, 1400));
        }
        var second = heard(watches, edits.toArray(Edit[]::new));
        assertThat(second.get(0)).hasSize(50);
        assertThat(second.get(1))
                .containsExactlyElementsOf(
                        IntStream.range(0, 10).mapToObj(i -> put(i, 1400)).toList());
        assertThat(second.get(2)).containsExactly(put(7, 1400));
    }

    @Test
    void whatIsNotTouchedIsNotHeardOf() throws Exception {
        heard(COLUMN, mtu(7, 1500), mtu(8, 1500));
        assertThat(heard(List.of(CELL, "/box:other"), mtu(8, 1400))).allMatch(List::isEmpty);
        assertThat(heard(COLUMN, merge("{'name':'e9'}"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/box:interfaces", TABLE, "entry", "config", "leaf"})
    void whatGoesIsHeardOfAtWhateverPlaceItWasRemoved(String place) throws Exception {
        heard(COLUMN, mtu(7, 1500));
        var path =
                switch (place) {
                    case "entry" -> entry(7);
                    case "config" -> entry(7) + "/config";
                    case "leaf" -> CELL;
                    default -> place;
                };
        assertThat(heard(List.of(COLUMN, CELL), remove(path)))
                .containsExactly(List.of(CELL + " null"), List.of(CELL + " null"));
    }

    @Test
    void columnsOfListsInListsChoicesAndLeafLists() throws Exception {
        var sub = "/box:interfaces/interface/subs/sub";
        var watches =
                List.of(
                        sub + "/description",
                        "/box:interfaces/interface/config/fast",
                        "/box:interfaces/interface/config/tag",
                        "/box:interfaces/interface/subs/sub[index='2'][type='b']/description");
        var heard =
                heard(
                        watches,
                        merge(
                                "{'name':'e1','config':{'fast':3,'tag':['x','y']},'subs':{'sub':[{'index':1,'type':'a','description':'one'},{'index':2,'type':'b','description':'two'}]}}"));

        var one = entry(1) + "/subs/sub[index='1'][type='a']";
        var two = entry(1) + "/subs/sub[index='2'][type='b']";
        assertThat(heard)
                .containsExactly(
                        List.of(
                                one + "/description {\"description\":\"one\"}",
                                two + "/description {\"description\":\"two\"}"),
                        List.of(entry(1) + "/config/fast {\"fast\":3}"),
                        List.of(entry(1) + "/config/tag {\"tag\":[\"x\",\"y\"]}"),
                        List.of(two + "/description {\"description\":\"two\"}"));
    }

    @Test
    void aPlaceThatIsNoneIsRefusedWithItsName() {
        var records = new Records(BoxModel.MODEL);
        assertThatThrownBy(() -> Watch.of(BoxModel.MODEL, records, COLUMN + "s"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("mtus");
        assertThatThrownBy(
                        () -> Watch.of(BoxModel.MODEL, records, "/box:interfaces/interface[x='1']"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("name");
    }
}
