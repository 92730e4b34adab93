package org.lagopus.datastore;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;

/// Commits for ever, and says so after each; somebody kills it. Each commit writes in two places
/// what has to agree.
final class Crasher {
    private Crasher() {}

    public static void main(String[] args) throws Exception {
        var datastore =
                Datastore.open(
                        Shop.MODEL,
                        new Datastore.Settings(
                                Path.of(args[0]),
                                Clock.systemUTC(),
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(1),
                                5000));
        for (long next = datastore.generation() + 1; ; next = datastore.generation() + 1) {
            var json =
                    "{'shop:name':'%d','shop:routes':{'route':[{'id':%d}]}}".formatted(next, next);
            datastore.edit(Face.CANDIDATE, List.of(Shop.merge(json)), Shop.ALICE);
            System.out.println(datastore.commit(Shop.ALICE, null).generation() + ";");
        }
    }

    static ContainerNode running(Datastore datastore) {
        return (ContainerNode)
                datastore
                        .read(Face.RUNNING)
                        .readNode(YangInstanceIdentifier.of())
                        .orElseGet(Nodes::emptyRoot);
    }

    /// Whether all of it is there: one route for each generation, and the name of the last.
    static void check(Datastore datastore) {
        long generation = datastore.generation();
        if (generation == 0) {
            return;
        }
        var root = running(datastore);
        var name = Objects.requireNonNull(Nodes.find(root, Shop.path("/shop:name"))).body();
        var routes =
                (MapNode) Objects.requireNonNull(Nodes.find(root, Shop.path("/shop:routes/route")));
        boolean hasLast =
                routes.body().stream()
                        .anyMatch(r -> r.name().values().contains(Uint32.valueOf(generation)));
        if (!name.equals(Long.toString(generation)) || !hasLast || routes.size() > generation) {
            throw new AssertionError(
                    "generation %d, name %s, %d routes".formatted(generation, name, routes.size()));
        }
    }
}
