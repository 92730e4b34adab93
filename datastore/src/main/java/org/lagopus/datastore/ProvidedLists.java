package org.lagopus.datastore;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.model.api.ListSchemaNode;

/// The lists of state that are read where they are.
final class ProvidedLists {
    private record Provided(YangInstanceIdentifier path, ListProvider provider) {}

    private final Model model;
    private final List<Provided> all = new CopyOnWriteArrayList<>();

    ProvidedLists(Model model) {
        this.model = model;
    }

    /// @throws IllegalArgumentException if there can be no such list, or somebody provides it
    synchronized Registration add(YangInstanceIdentifier path, ListProvider provider) {
        var schema =
                model.tree()
                        .findChild(path)
                        .orElseThrow(() -> new IllegalArgumentException("there is no such node"))
                        .dataSchemaNode();
        if (!(schema instanceof ListSchemaNode list)
                || list.getKeyDefinition().isEmpty()
                || list.effectiveConfig().orElse(true)) {
            throw new IllegalArgumentException("it is no list of state with keys");
        }
        if (!path.getPathArguments().stream().allMatch(NodeIdentifier.class::isInstance)) {
            throw new IllegalArgumentException("it stands in an entry of another list");
        }
        if (all.stream().anyMatch(one -> one.path().equals(path))) {
            throw new IllegalArgumentException("it is provided already");
        }
        var one = new Provided(path, provider);
        all.add(one);
        return () -> all.remove(one);
    }

    /// The same tree with the lists in it. Costs the children of what they stand in.
    ///
    /// @param asked what is going to be read
    ContainerNode in(ContainerNode root, YangInstanceIdentifier asked) {
        var with = root;
        for (var one : all) {
            var list = new ProvidedList(one.path(), one.provider(), one.path().contains(asked));
            with = in(with, one.path().getPathArguments(), list);
        }
        return with;
    }

    private static ContainerNode in(
            ContainerNode container, List<PathArgument> way, ProvidedList list) {
        var builder = ImmutableNodes.newContainerBuilder().withNodeIdentifier(container.name());
        container.body().forEach(builder::withChild);
        if (way.size() == 1) {
            return builder.withChild(list).build();
        }
        var step = (NodeIdentifier) way.getFirst();
        var child = (ContainerNode) Nodes.child(container, step);
        var empty = ImmutableNodes.newContainerBuilder().withNodeIdentifier(step);
        return builder.withChild(
                        in(child == null ? empty.build() : child, way.subList(1, way.size()), list))
                .build();
    }
}
