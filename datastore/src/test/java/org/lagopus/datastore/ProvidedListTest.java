package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lagopus.datastore.Shop.ALICE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;

/// Lists of state that nobody holds: read by key, in pages, or not at all.
@Tag("R67")
class ProvidedListTest {
    private static final String TABLES =
            """
            module tables {
              namespace "urn:tables";
              prefix t;
              container tables {
                leaf size { type uint32; }
                leaf used { config false; type uint32; }
                list row { config false; key id; leaf id { type uint32; } leaf of { type string; } }
                list bag { config false; leaf id { type uint32; } }
                list kept { key id; leaf id { type uint32; }
                  list below { config false; key id; leaf id { type uint32; } } }
              }
            }
            """;

    @TempDir Path modules;
    @TempDir Path state;

    private Datastore store;
    private YangInstanceIdentifier rows;
    private QName row;
    private final Table table = new Table();

    /// Numbers from 0 on, ten a page.
    private final class Table implements ListProvider {
        int size = 25;
        int failsFrom = Integer.MAX_VALUE;
        final List<String> asked = new ArrayList<>();

        @Override
        public Optional<MapEntryNode> entry(NodeIdentifierWithPredicates keys) throws IOException {
            var id = Integer.parseInt(String.valueOf(keys.values().iterator().next()));
            asked.add("entry " + id);
            if (id >= failsFrom) {
                throw new IOException("the table is locked");
            }
            return id < size ? Optional.of(entry(id)) : Optional.empty();
        }

        @Override
        public Page page(@Nullable String after) throws IOException {
            asked.add("page " + after);
            int from = after == null ? 0 : Integer.parseInt(after);
            if (from >= failsFrom) {
                throw new IOException("the table is locked");
            }
            int to = Math.min(from + 10, size);
            var entries = new ArrayList<MapEntryNode>();
            for (int id = from; id < to; id++) {
                entries.add(entry(id));
            }
            return new Page(entries, to < size ? Integer.toString(to) : null);
        }

        private MapEntryNode entry(int id) {
            var key = QName.create(row, "id");
            var number = org.opendaylight.yangtools.yang.common.Uint32.valueOf(id);
            return ImmutableNodes.newMapEntryBuilder()
                    .withNodeIdentifier(NodeIdentifierWithPredicates.of(row, key, number))
                    .withChild(ImmutableNodes.leafNode(key, number))
                    .withChild(ImmutableNodes.leafNode(QName.create(row, "of"), "o" + id % 2))
                    .build();
        }
    }

    @BeforeEach
    void open() throws Exception {
        Files.writeString(modules.resolve("tables.yang"), TABLES);
        var model = Model.load(new ModelSources(List.of(), List.of(modules)));
        store = Datastore.open(model, state, Clock.systemUTC());
        rows = model.parse("/tables:tables/row");
        row = Objects.requireNonNull(rows.getLastPathArgument()).getNodeType();
        store.edit(
                Face.RUNNING,
                List.of(
                        Edit.merge(
                                YangInstanceIdentifier.of(),
                                Shop.root(model, "{'tables:tables':{'size':7}}"))),
                ALICE);
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    private int count(YangInstanceIdentifier path) {
        var found = store.view(ALICE).readAll(path).orElseThrow();
        var list = found instanceof MapNode map ? map : list((ContainerNode) found);
        int count = 0;
        for (var entry : list.body()) {
            assertThat(entry.name().values()).hasSize(1);
            count++;
        }
        return count;
    }

    private MapNode list(ContainerNode tables) {
        return (MapNode) Objects.requireNonNull(Nodes.child(tables, NodeIdentifier.create(row)));
    }

    @Test
    void aWalkAsksForAPageAtATime() {
        try (var _ = store.provide(rows, table)) {
            var found = (MapNode) store.view(ALICE).readAll(rows).orElseThrow();
            assertThat(table.asked).isEmpty();
            var walk = found.body().iterator();
            for (int i = 0; i < 10; i++) {
                walk.next();
            }
            assertThat(table.asked).containsExactly("page null");
            assertThat(walk.hasNext()).isTrue();
            assertThat(table.asked).containsExactly("page null", "page 10");
            assertThat(count(rows)).isEqualTo(25);
            assertThat(count(store.model().parse("/tables:tables"))).isEqualTo(25);
            assertThat(found.size()).isEqualTo(25);
            table.size = 0;
            assertThat(found.isEmpty()).isTrue();
            assertThat(count(rows)).isZero();
        }
        assertThat(store.view(ALICE).readAll(rows)).isEmpty();
    }

    @Test
    void anEntryIsOneQuestion() {
        try (var _ = store.provide(rows, table)) {
            var model = store.model();
            var view = store.view(ALICE);
            assertThat(view.readAll(model.parse("/tables:tables/row[id='24']"))).isPresent();
            assertThat(view.readAll(model.parse("/tables:tables/row[id='24']/of")))
                    .hasValueSatisfying(leaf -> assertThat(leaf.body()).isEqualTo("o0"));
            assertThat(view.readAll(model.parse("/tables:tables/row[id='25']"))).isEmpty();
            assertThat(table.asked).containsExactly("entry 24", "entry 24", "entry 25");
            // What is stored is not mixed up with it, and follows no provider.
            table.asked.clear();
            assertThat(view.operational().readNode(rows)).isEmpty();
            assertThat(view.readAll(model.parse("/tables:tables/size"))).isPresent();
            assertThat(table.asked).isEmpty();
        }
    }

    @Test
    void aListThatCannotBeReadIsAnErrorToWhoAskedForIt() {
        try (var _ = store.provide(rows, table)) {
            table.failsFrom = 0;
            var model = store.model();
            assertThatThrownBy(() -> count(rows)).isInstanceOf(UnreadableException.class);
            assertThatThrownBy(() ->
                            store.view(ALICE).readAll(model.parse("/tables:tables/row[id='3']")))
                    .isInstanceOfSatisfying(
                            UnreadableException.class,
                            e -> {
                                var error = e.refusal().errors().getFirst();
                                assertThat(error.tag()).isEqualTo(ErrorTag.RESOURCE_DENIED);
                                assertThat(error.message()).isEqualTo("the table is locked");
                                assertThat(String.valueOf(error.path())).contains("row");
                            });
            // Who asked for more gets the rest.
            assertThat(count(model.parse("/tables:tables"))).isZero();
            // But half a list is no list, whoever asked for it.
            table.failsFrom = 20;
            assertThatThrownBy(() -> count(model.parse("/tables:tables")))
                    .isInstanceOf(UnreadableException.class);
        }
    }

    @Test
    void onlyAListOfStateWithKeysCanBeProvidedAndByOne() {
        var model = store.model();
        for (var path :
                List.of(
                        "/tables:tables",
                        "/tables:tables/used",
                        "/tables:tables/bag",
                        "/tables:tables/kept",
                        "/tables:tables/kept[id='1']/below")) {
            assertThatThrownBy(() -> store.provide(model.parse(path), table))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        try (var _ = store.provide(rows, table)) {
            assertThatThrownBy(() -> store.provide(rows, table))
                    .hasMessage("it is provided already");
        }
        store.provide(rows, table).close();
    }
}
