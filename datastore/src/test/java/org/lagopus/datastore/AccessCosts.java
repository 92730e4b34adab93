package org.lagopus.datastore;

import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;

/// Prints what asking costs with a thousand rules for a user, as a multiple of what it costs a user
/// without rules in the same run. A program, no test: figures depend on the machine.
///
///     java -cp TEST-CLASS-PATH org.lagopus.datastore.AccessCosts DIRECTORY
final class AccessCosts {
    private static final int ENTRIES = 20_000;
    private static final int RULES = 1_000;
    private static final Actor PLAIN = new Actor(9, "plain", "netconf");

    private AccessCosts() {}

    public static void main(String[] args) throws Exception {
        var rules =
                IntStream.range(0, RULES)
                        .mapToObj(i ->
                                Acme.deny(
                                        "*", "/acme:interfaces/interface[name='x%d']".formatted(i)))
                        .toArray(String[]::new);
        var data =
                IntStream.range(0, ENTRIES)
                        .mapToObj("{'name':'e%d','mtu':1500}"::formatted)
                        .collect(Collectors.joining(",", "'acme:interfaces':{'interface':[", "]}"));
        var root =
                Shop.root(
                        Acme.MODEL,
                        "{" + data + "," + Acme.nacm("'write-default': 'permit',", rules) + "}");
        try (var datastore =
                Datastore.open(
                        Acme.MODEL,
                        Path.of(args[0]).resolve("a" + System.nanoTime()),
                        Clock.systemUTC())) {
            datastore.replace(Face.RUNNING, root, Acme.ROOT);
            for (int warm = 0; warm < 3; warm++) {
                var one = Acme.MODEL.parse("/acme:interfaces/interface[name='e777']");
                compare(
                        "read one entry of %d".formatted(ENTRIES),
                        5_000,
                        by ->
                                walk(
                                        datastore
                                                .view(by)
                                                .read(Face.RUNNING)
                                                .readNode(one)
                                                .orElseThrow()));
                compare(
                        "ask for an operation",
                        5_000,
                        by -> datastore.access().rights(by).mayInvoke(Acme.q("ping")) ? 1 : 0);
                compare(
                        "read all",
                        20,
                        by ->
                                walk(
                                        datastore
                                                .view(by)
                                                .read(Face.RUNNING)
                                                .readNode(YangInstanceIdentifier.of())
                                                .orElseThrow()));
                int[] mtu = {1000};
                compare(
                        "edit one entry of the candidate",
                        500,
                        by -> {
                            var edit =
                                    "{'acme:interfaces':{'interface':[{'name':'e5','mtu':%d}]}}"
                                            .formatted(mtu[0]++ % 9000 + 1);
                            datastore.edit(
                                    Face.CANDIDATE,
                                    List.of(
                                            Edit.merge(
                                                    YangInstanceIdentifier.of(),
                                                    Shop.root(Acme.MODEL, edit))),
                                    by);
                            return 1;
                        });
            }
        }
    }

    private interface Work {
        int run(Actor by) throws Exception;
    }

    private static int walk(NormalizedNode node) {
        int nodes = 1;
        if (node instanceof DistinctNodeContainer<?, ?> parent) {
            for (var child : parent.body()) {
                nodes += walk(child);
            }
        }
        return nodes;
    }

    private static void compare(String what, int rounds, Work work) throws Exception {
        double plain = median(rounds, PLAIN, work);
        double ruled = median(rounds, Acme.ANDY, work);
        System.out.printf(
                "%s: %.1f us without rules, %.2f times that with %d%n",
                what, plain / 1e3, ruled / plain, RULES);
    }

    private static double median(int rounds, Actor by, Work work) throws Exception {
        var nanos = new long[rounds];
        for (int i = 0; i < rounds; i++) {
            long start = System.nanoTime();
            work.run(by);
            nanos[i] = System.nanoTime() - start;
        }
        Arrays.sort(nanos);
        return nanos[rounds / 2];
    }
}
