package org.lagopus.datastore;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.OrderedNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.ValueNode;

/// Two versions of a tree, cut down to what may differ between them and what leads there: small
/// enough to be filtered and compared whole.
///
/// The leaves beside what was touched stay, for filters look at them: keys, and values that decide
/// whether what is around them is taken. Where such a leaf itself was touched, everything around it
/// may be taken now and was not before, so all of that stays as well. Lists in an order of their
/// own stay whole, for an entry's place among the others is part of the change.
record Restricted(@Nullable NormalizedNode before, @Nullable NormalizedNode after) {
    /// The cost follows what was touched.
    static Restricted of(ContainerNode before, ContainerNode after, Touched touched) {
        return before == after || touched.whole
                ? new Restricted(before, after)
                : inside(before, after, touched);
    }

    private static Restricted cut(
            @Nullable NormalizedNode before, @Nullable NormalizedNode after, Touched touched) {
        if (before == null
                || after == null
                || before == after
                || touched.whole
                || before instanceof OrderedNodeContainer
                || !(before instanceof DistinctNodeContainer<?, ?>)
                || decides(before, after, touched)) {
            return new Restricted(before, after);
        }
        return inside(before, after, touched);
    }

    private static Restricted inside(NormalizedNode before, NormalizedNode after, Touched touched) {
        var old = Nodes.builder(Nodes.emptied(before));
        var young = Nodes.builder(Nodes.emptied(after));
        leaves(before, touched, old::addChild);
        leaves(after, touched, young::addChild);
        touched.below()
                .forEach((step, below) -> {
                    var both = cut(Nodes.child(before, step), Nodes.child(after, step), below);
                    if (both.before != null) {
                        old.addChild(both.before);
                    }
                    if (both.after != null) {
                        young.addChild(both.after);
                    }
                });
        return new Restricted(old.build(), young.build());
    }

    private static void leaves(
            NormalizedNode node, Touched touched, Consumer<NormalizedNode> kept) {
        if (node instanceof DistinctNodeContainer<?, ?> container && !Nodes.isList(node)) {
            for (var child : container.body()) {
                if (child instanceof ValueNode && !touched.below().containsKey(child.name())) {
                    kept.accept(child);
                }
            }
        }
    }

    private static boolean decides(NormalizedNode before, NormalizedNode after, Touched touched) {
        return !Nodes.isList(before)
                && touched.below().keySet().stream()
                        .anyMatch(step ->
                                Nodes.child(before, step) instanceof ValueNode
                                        || Nodes.child(after, step) instanceof ValueNode);
    }

    /// Configuration and state as one.
    Restricted with(Restricted state) {
        return new Restricted(Nodes.merged(before, state.before), Nodes.merged(after, state.after));
    }
}
