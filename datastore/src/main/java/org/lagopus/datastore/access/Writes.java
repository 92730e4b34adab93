package org.lagopus.datastore.access;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.OrderedNodeContainer;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;
import org.opendaylight.yangtools.yang.data.tree.api.ModificationType;

/// Which parts of a change may not be made (RFC 8341 §3.2.5, §3.4.5): nodes that are made need
/// `create`, those that go `delete`, values that change and entries that move `update`. What does
/// not differ needs nothing, so one may edit an entry of a list that one may not make.
///
/// A container without presence is there whenever it is looked at (RFC 7950 §7.5.1): making it is
/// making what is in it. The keys of an entry are made and go with it.
///
/// A subtree that is made or goes is walked only where some rule below refuses it.
final class Writes {
    /// The most that are told.
    private static final int MOST = 16;

    /// @param path of the topmost node that is refused
    record Refused(YangInstanceIdentifier path, Operation operation) {}

    private final List<Refused> refused = new ArrayList<>();

    private Writes() {}

    static List<Refused> refused(DataTreeCandidateNode change, Scope root) {
        var writes = new Writes();
        writes.change(change, root, YangInstanceIdentifier.of());
        return writes.refused;
    }

    private boolean isEnough() {
        return refused.size() >= MOST;
    }

    private void change(
            DataTreeCandidateNode change, @Nullable Scope scope, YangInstanceIdentifier path) {
        if (isEnough() || change.modificationType() == ModificationType.UNMODIFIED) {
            return;
        }
        var before = change.dataBefore();
        var after = change.dataAfter();
        if (before == null || after == null) {
            var node = before == null ? after : before;
            if (node != null) {
                whole(before == null ? Operation.CREATE : Operation.DELETE, node, scope, path);
            }
            return;
        }
        if (scope == null) {
            refused.add(new Refused(path, Operation.UPDATE));
            return;
        }
        if (!(after instanceof DistinctNodeContainer<?, ?>)) {
            if (!scope.allows(Operation.UPDATE)) {
                refused.add(new Refused(path, Operation.UPDATE));
            }
            return;
        }
        if (after instanceof OrderedNodeContainer<?> young
                && before instanceof OrderedNodeContainer<?> old) {
            moved(old, young, scope, path);
        }
        for (var child : change.childNodes()) {
            change(child, scope.child(child.name()), path.node(child.name()));
        }
    }

    /// A subtree that comes or goes.
    private void whole(
            Operation operation,
            NormalizedNode node,
            @Nullable Scope scope,
            YangInstanceIdentifier path) {
        if (isEnough() || scope != null && scope.allowsAll(operation)) {
            return;
        }
        boolean isNothing =
                scope != null && (scope.kind().isBetween() || scope.kind() == Shape.Kind.CONTAINER);
        if (scope == null || !isNothing && !scope.allows(operation)) {
            refused.add(new Refused(path, operation));
            return;
        }
        if (node instanceof DistinctNodeContainer<?, ?> container) {
            for (var child : container.body()) {
                if (!Filtered.isKey(node, child)) {
                    whole(operation, child, scope.child(child.name()), path.node(child.name()));
                }
            }
        }
    }

    /// Entries that are on both sides and not in the same order.
    private void moved(
            OrderedNodeContainer<?> before,
            OrderedNodeContainer<?> after,
            Scope scope,
            YangInstanceIdentifier path) {
        var old = names(before);
        var young = names(after);
        var both = new HashSet<>(old);
        both.retainAll(Set.copyOf(young));
        old.removeIf(name -> !both.contains(name));
        young.removeIf(name -> !both.contains(name));
        for (int i = 0; i < young.size() && !isEnough(); i++) {
            var name = young.get(i);
            if (!name.equals(old.get(i))) {
                var entry = scope.child(name);
                if (entry == null || !entry.allows(Operation.UPDATE)) {
                    refused.add(new Refused(path.node(name), Operation.UPDATE));
                }
            }
        }
    }

    private static List<PathArgument> names(OrderedNodeContainer<?> list) {
        var names = new ArrayList<PathArgument>();
        list.body().forEach(entry -> names.add(entry.name()));
        return names;
    }
}
