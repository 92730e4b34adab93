package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// What validation of many new entries costs, beside `yanglint` on the same data.
@Tag("R12")
class BulkValidationTest {
    private static final Model MODEL = Shop.load("/refs");
    private static final SchemaNode SCHEMA = SchemaNode.of(MODEL);

    @TempDir private Path directory;

    @BeforeAll
    static void yanglintIsThere() {
        Yanglint.isThere();
    }

    /// Entries with a leafref and two `must`, a hundred of them for each entry they refer to.
    private static String json(int entries) {
        return "{'refs:acl':{'group':[%s],'rule':[%s]}}"
                .formatted(
                        IntStream.range(0, entries / 100)
                                .mapToObj("{'name':'g%d'}"::formatted)
                                .collect(Collectors.joining(",")),
                        IntStream.range(0, entries)
                                .mapToObj(
                                        i -> "{'id':%d,'grp':'g%d','prio':7}".formatted(i, i / 100))
                                .collect(Collectors.joining(",")));
    }

    @Test
    void manyNewEntriesCostLessThanYanglintTakes() throws Exception {
        int entries = Integer.getInteger("lagopus.entries", 10_000);
        var empty = Nodes.emptyRoot();
        var draft = new Draft(SCHEMA, empty);
        draft.apply(Edit.merge(YangInstanceIdentifier.of(), Shop.root(MODEL, json(entries))));
        var change = Change.between(empty, draft.root(), draft.touched()).orElseThrow();
        long ours = Long.MAX_VALUE;
        for (int i = 0; i < Integer.getInteger("lagopus.repeats", 30); i++) {
            long start = System.nanoTime();
            assertThat(Validation.of(SCHEMA, new Index(SCHEMA, empty), change)).isEmpty();
            ours = Math.min(ours, System.nanoTime() - start);
        }
        long theirs = Long.MAX_VALUE;
        var json = Yanglint.json(MODEL, draft.root());
        for (int i = 0; i < 3; i++) {
            var verdict = new Yanglint(directory, "refs").judge(json);
            assertThat(verdict.valid()).as(verdict.said()).isTrue();
            theirs = Math.min(theirs, verdict.nanos());
        }
        System.out.printf(
                "validation: %d new entries take %.2f of the time of yanglint%n",
                entries, (double) ours / theirs);
        assertThat(ours).isLessThan(theirs);
    }
}
