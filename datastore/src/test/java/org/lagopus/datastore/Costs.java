package org.lagopus.datastore;

import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// Prints what a commit of one entry costs beside so and so many others, and what the large
/// operations cost. A program, no test: figures depend on the machine.
///
///     java -cp TEST-CLASS-PATH org.lagopus.datastore.Costs DIRECTORY
final class Costs {
    private Costs() {}

    public static void main(String[] args) throws Exception {
        for (int entries : new int[] {1_000, 100_000, 1_000, 100_000}) {
            measure(Path.of(args[0]).resolve("c" + System.nanoTime()), entries);
        }
    }

    private static void measure(Path directory, int entries) throws Exception {
        try (var datastore = Datastore.open(Shop.MODEL, directory, Clock.systemUTC())) {
            var all = routes(0, entries);
            timed(entries, "load", () -> datastore.edit(Face.CANDIDATE, List.of(all), Shop.ALICE));
            timed(entries, "commit all", () -> datastore.commit(Shop.ALICE, null));
            var same = routes(0, entries);
            timed(
                    entries,
                    "merge over the same",
                    () -> datastore.edit(Face.CANDIDATE, List.of(same), Shop.ALICE));
            timed(entries, "commit of nothing", () -> datastore.commit(Shop.ALICE, null));
            var replace =
                    Edit.replace(
                            YangInstanceIdentifier.of(),
                            Objects.requireNonNull(routes(0, entries).data()));
            timed(
                    entries,
                    "replace by the same",
                    () -> datastore.edit(Face.CANDIDATE, List.of(replace), Shop.ALICE));
            datastore.discard(Shop.ALICE);
            int rounds = 500;
            var nanos = new long[rounds];
            for (int warm = 0; warm < 2; warm++) {
                for (int i = 0; i < rounds; i++) {
                    var one = routes(entries + warm * rounds + i, 1);
                    long start = System.nanoTime();
                    datastore.edit(Face.CANDIDATE, List.of(one), Shop.ALICE);
                    datastore.commit(Shop.ALICE, null);
                    nanos[i] = System.nanoTime() - start;
                }
            }
            Arrays.sort(nanos);
            System.out.printf(
                    "%7d entries: one-entry edit+commit p50 %.3f ms p99 %.3f ms%n",
                    entries, nanos[rounds / 2] / 1e6, nanos[rounds * 99 / 100] / 1e6);
        }
        timed(
                entries,
                "open again",
                () -> Datastore.open(Shop.MODEL, directory, Clock.systemUTC()).close());
    }

    private static Edit routes(int from, int count) {
        return Shop.merge(
                IntStream.range(from, from + count)
                        .mapToObj(
                                "{'id':%d,'prefix':'10.0.0.0/8','next-hop':'192.0.2.1','metric':7}"
                                        ::formatted)
                        .collect(Collectors.joining(",", "{'shop:routes':{'route':[", "]}}")));
    }

    private interface Work {
        void run() throws Exception;
    }

    private static void timed(int entries, String what, Work work) throws Exception {
        long start = System.nanoTime();
        work.run();
        System.out.printf(
                "%7d entries: %s %.1f ms%n", entries, what, (System.nanoTime() - start) / 1e6);
    }
}
