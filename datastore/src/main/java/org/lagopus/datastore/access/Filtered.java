package org.lagopus.datastore.access;

import java.util.AbstractCollection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeWithValue;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.AbstractChoiceNode;
import org.opendaylight.yangtools.yang.data.api.schema.AbstractContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.AbstractMapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.AbstractSystemLeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.AbstractSystemMapNode;
import org.opendaylight.yangtools.yang.data.api.schema.AbstractUnkeyedListEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.AbstractUnkeyedListNode;
import org.opendaylight.yangtools.yang.data.api.schema.AbstractUserLeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.AbstractUserMapNode;
import org.opendaylight.yangtools.yang.data.api.schema.ChoiceNode;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerChild;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.SystemLeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.SystemMapNode;
import org.opendaylight.yangtools.yang.data.api.schema.UnkeyedListEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.UnkeyedListNode;
import org.opendaylight.yangtools.yang.data.api.schema.UserLeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.UserMapNode;

/// Data with only that in it which somebody may read (RFC 8341 §3.2.4). It looks like any other
/// data, so whoever filters, counts or writes it cannot tell what is left out.
///
/// Nothing is copied: a node is looked at when it is asked for. A subtree that may be read as a
/// whole is handed out as it is, and an entry is found by its key as in any list. Walking costs a
/// look at the place of each node that some rule distinguishes.
final class Filtered {
    private Filtered() {}

    /// What may be read of a node; null for nothing.
    static @Nullable NormalizedNode of(NormalizedNode node, Scope scope) {
        if (scope.allowsAll(Operation.READ)) {
            return node;
        }
        boolean frame = scope.isFrame();
        if (!frame && !scope.allows(Operation.READ)) {
            return null;
        }
        if (!(node instanceof DistinctNodeContainer<?, ?> || node instanceof UnkeyedListNode)) {
            return frame ? null : node;
        }
        return frame && !shows(node, scope) ? null : around(node, scope);
    }

    private static NormalizedNode around(NormalizedNode node, Scope scope) {
        return switch (node) {
            case ContainerNode container -> new OfContainer(container, scope);
            case ChoiceNode choice -> new OfChoice(choice, scope);
            case MapEntryNode entry -> new OfEntry(entry, scope);
            case UnkeyedListEntryNode entry -> new OfUnkeyedEntry(entry, scope);
            case UserMapNode map -> new OfUserMap(map, scope);
            case SystemMapNode map -> new OfSystemMap(map, scope);
            case UserLeafSetNode<?> set -> new OfUserLeafSet<>(set, scope);
            case SystemLeafSetNode<?> set -> new OfSystemLeafSet<>(set, scope);
            case UnkeyedListNode list -> new OfUnkeyedList(list, scope);
            default -> throw new IllegalArgumentException("no children in " + node.name());
        };
    }

    /// Whether anything in a node may be read that is there for what is in it.
    private static boolean shows(NormalizedNode node, Scope scope) {
        return switch (node) {
            case MapNode map -> showsEntry(map, scope);
            case LeafSetNode<?> set -> showsEntry(set, scope);
            case UnkeyedListNode list -> {
                var entry = scope.child(list.name());
                yield entry != null && list.body().stream().anyMatch(one -> of(one, entry) != null);
            }
            case DataContainerNode container -> {
                for (var child : container.body()) {
                    if (!isKey(container, child) && child(child, scope) != null) {
                        yield true;
                    }
                }
                yield false;
            }
            default -> false;
        };
    }

    /// Where only entries may be read that rules name, only those are looked for.
    private static <K extends PathArgument, V extends NormalizedNode> boolean showsEntry(
            DistinctNodeContainer<K, V> list, Scope scope) {
        var entries = scope.entries();
        boolean others = entries.others().allows(Operation.READ) || entries.others().opens();
        var named = others ? null : entries.allNamed();
        if (named == null) {
            return list.body().stream().anyMatch(one -> child(one, scope) != null);
        }
        for (var name : named) {
            @SuppressWarnings("unchecked")
            var one = list.childByArg((K) name);
            if (one != null && child(one, scope) != null) {
                return true;
            }
        }
        return false;
    }

    static boolean isKey(NormalizedNode parent, NormalizedNode child) {
        return parent.name() instanceof NodeIdentifierWithPredicates entry
                && entry.containsKey(child.name().getNodeType());
    }

    @SuppressWarnings("unchecked")
    private static <T extends NormalizedNode> @Nullable T child(@Nullable T child, Scope scope) {
        var place = child == null ? null : scope.child(child.name());
        return child == null || place == null ? null : (T) of(child, place);
    }

    /// The children of a node that may be read, looked at as they come.
    private static final class Children<T extends NormalizedNode> extends AbstractCollection<T> {
        private final Collection<T> all;
        private final DistinctNodeContainer<?, ?> parent;
        private final Scope scope;

        Children(Collection<T> all, DistinctNodeContainer<?, ?> parent, Scope scope) {
            this.all = all;
            this.parent = parent;
            this.scope = scope;
        }

        @Override
        public Iterator<T> iterator() {
            var each = all.iterator();
            return new Iterator<>() {
                private @Nullable T next = look();

                private @Nullable T look() {
                    while (each.hasNext()) {
                        var one = each.next();
                        var seen = inside(parent, one, scope);
                        if (seen != null) {
                            return seen;
                        }
                    }
                    return null;
                }

                @Override
                public boolean hasNext() {
                    return next != null;
                }

                @Override
                public T next() {
                    var one = next;
                    if (one == null) {
                        throw new NoSuchElementException();
                    }
                    next = look();
                    return one;
                }
            };
        }

        @Override
        public int size() {
            int size = 0;
            for (var _ : this) {
                size++;
            }
            return size;
        }

        @Override
        public boolean isEmpty() {
            return !iterator().hasNext();
        }
    }

    /// The keys of an entry are seen with it: they are its name.
    private static <T extends NormalizedNode> @Nullable T inside(
            DistinctNodeContainer<?, ?> parent, @Nullable T child, Scope scope) {
        return child != null && parent instanceof MapEntryNode entry && isKey(entry, child)
                ? child
                : child(child, scope);
    }

    private static Map<NodeIdentifierWithPredicates, MapEntryNode> entries(
            Collection<MapEntryNode> body) {
        var all = new LinkedHashMap<NodeIdentifierWithPredicates, MapEntryNode>();
        body.forEach(entry -> all.put(entry.name(), entry));
        return Collections.unmodifiableMap(all);
    }

    private static <T> T at(Collection<T> all, int position) {
        return List.copyOf(all).get(position);
    }

    /// As yangtools counts it.
    private static int hash(Collection<? extends NormalizedNode> body) {
        int sum = 0;
        for (var child : body) {
            sum += child.name().hashCode() ^ child.hashCode();
        }
        return sum;
    }

    private static <K extends PathArgument, V extends NormalizedNode> boolean same(
            DistinctNodeContainer<K, V> one, DistinctNodeContainer<K, V> other) {
        return one.size() == other.size()
                && one.body().stream().allMatch(child -> child.equals(find(other, child.name())));
    }

    @SuppressWarnings("unchecked")
    private static <K extends PathArgument> @Nullable NormalizedNode find(
            DistinctNodeContainer<K, ?> parent, PathArgument step) {
        return parent.childByArg((K) step);
    }

    private static final class OfContainer extends AbstractContainerNode {
        private final ContainerNode node;
        private final Scope scope;

        OfContainer(ContainerNode node, Scope scope) {
            this.node = node;
            this.scope = scope;
        }

        @Override
        public NodeIdentifier name() {
            return node.name();
        }

        @Override
        public Collection<DataContainerChild> body() {
            return new Children<>(node.body(), node, scope);
        }

        @Override
        public @Nullable DataContainerChild childByArg(NodeIdentifier step) {
            return inside(node, node.childByArg(step), scope);
        }

        @Override
        public int size() {
            return body().size();
        }

        @Override
        protected int valueHashCode() {
            return hash(body());
        }

        @Override
        protected boolean valueEquals(ContainerNode other) {
            return same(this, other);
        }
    }

    private static final class OfChoice extends AbstractChoiceNode {
        private final ChoiceNode node;
        private final Scope scope;

        OfChoice(ChoiceNode node, Scope scope) {
            this.node = node;
            this.scope = scope;
        }

        @Override
        public NodeIdentifier name() {
            return node.name();
        }

        @Override
        public Collection<DataContainerChild> body() {
            return new Children<>(node.body(), node, scope);
        }

        @Override
        public @Nullable DataContainerChild childByArg(NodeIdentifier step) {
            return inside(node, node.childByArg(step), scope);
        }

        @Override
        public int size() {
            return body().size();
        }

        @Override
        protected int valueHashCode() {
            return hash(body());
        }

        @Override
        protected boolean valueEquals(ChoiceNode other) {
            return same(this, other);
        }
    }

    private static final class OfEntry extends AbstractMapEntryNode {
        private final MapEntryNode node;
        private final Scope scope;

        OfEntry(MapEntryNode node, Scope scope) {
            this.node = node;
            this.scope = scope;
        }

        @Override
        public NodeIdentifierWithPredicates name() {
            return node.name();
        }

        @Override
        public Collection<DataContainerChild> body() {
            return new Children<>(node.body(), node, scope);
        }

        @Override
        public @Nullable DataContainerChild childByArg(NodeIdentifier step) {
            return inside(node, node.childByArg(step), scope);
        }

        @Override
        public int size() {
            return body().size();
        }

        @Override
        protected int valueHashCode() {
            return hash(body());
        }

        @Override
        protected boolean valueEquals(MapEntryNode other) {
            return same(this, other);
        }
    }

    private static final class OfUnkeyedEntry extends AbstractUnkeyedListEntryNode {
        private final UnkeyedListEntryNode node;
        private final Scope scope;

        OfUnkeyedEntry(UnkeyedListEntryNode node, Scope scope) {
            this.node = node;
            this.scope = scope;
        }

        @Override
        public NodeIdentifier name() {
            return node.name();
        }

        @Override
        public Collection<DataContainerChild> body() {
            return new Children<>(node.body(), node, scope);
        }

        @Override
        public @Nullable DataContainerChild childByArg(NodeIdentifier step) {
            return inside(node, node.childByArg(step), scope);
        }

        @Override
        public int size() {
            return body().size();
        }

        @Override
        protected int valueHashCode() {
            return hash(body());
        }

        @Override
        protected boolean valueEquals(UnkeyedListEntryNode other) {
            return same(this, other);
        }
    }

    private static final class OfUserMap extends AbstractUserMapNode {
        private final UserMapNode node;
        private final Scope scope;

        OfUserMap(UserMapNode node, Scope scope) {
            this.node = node;
            this.scope = scope;
        }

        @Override
        public NodeIdentifier name() {
            return node.name();
        }

        @Override
        public Map<NodeIdentifierWithPredicates, MapEntryNode> asMap() {
            return entries(value());
        }

        @Override
        public @Nullable MapEntryNode childByArg(NodeIdentifierWithPredicates step) {
            return child(node.childByArg(step), scope);
        }

        @Override
        public MapEntryNode childAt(int position) {
            return at(value(), position);
        }

        @Override
        public int size() {
            return value().size();
        }

        @Override
        public boolean isEmpty() {
            return !shows(node, scope);
        }

        @Override
        protected Collection<MapEntryNode> value() {
            return new Children<>(node.body(), node, scope);
        }

        @Override
        protected Collection<MapEntryNode> wrappedValue() {
            return value();
        }

        @Override
        protected int valueHashCode() {
            return hash(value());
        }

        @Override
        protected boolean valueEquals(UserMapNode other) {
            return same(this, other);
        }
    }

    private static final class OfSystemMap extends AbstractSystemMapNode {
        private final SystemMapNode node;
        private final Scope scope;

        OfSystemMap(SystemMapNode node, Scope scope) {
            this.node = node;
            this.scope = scope;
        }

        @Override
        public NodeIdentifier name() {
            return node.name();
        }

        @Override
        public Map<NodeIdentifierWithPredicates, MapEntryNode> asMap() {
            return entries(value());
        }

        @Override
        public @Nullable MapEntryNode childByArg(NodeIdentifierWithPredicates step) {
            return child(node.childByArg(step), scope);
        }

        @Override
        public int size() {
            return value().size();
        }

        @Override
        public boolean isEmpty() {
            return !shows(node, scope);
        }

        @Override
        protected Collection<MapEntryNode> value() {
            return new Children<>(node.body(), node, scope);
        }

        @Override
        protected Collection<MapEntryNode> wrappedValue() {
            return value();
        }

        @Override
        protected int valueHashCode() {
            return hash(value());
        }

        @Override
        protected boolean valueEquals(SystemMapNode other) {
            return same(this, other);
        }
    }

    private static final class OfUserLeafSet<T> extends AbstractUserLeafSetNode<T> {
        private final UserLeafSetNode<T> node;
        private final Scope scope;

        OfUserLeafSet(UserLeafSetNode<T> node, Scope scope) {
            this.node = node;
            this.scope = scope;
        }

        @Override
        public NodeIdentifier name() {
            return node.name();
        }

        @Override
        public @Nullable LeafSetEntryNode<T> childByArg(NodeWithValue<?> step) {
            return child(node.childByArg(step), scope);
        }

        @Override
        public LeafSetEntryNode<T> childAt(int position) {
            return at(value(), position);
        }

        @Override
        public int size() {
            return value().size();
        }

        @Override
        public boolean isEmpty() {
            return !shows(node, scope);
        }

        @Override
        protected Collection<LeafSetEntryNode<T>> value() {
            return new Children<>(node.body(), node, scope);
        }

        @Override
        protected Collection<LeafSetEntryNode<T>> wrappedValue() {
            return value();
        }

        @Override
        protected int valueHashCode() {
            return hash(value());
        }

        @Override
        protected boolean valueEquals(UserLeafSetNode<T> other) {
            return same(this, other);
        }
    }

    private static final class OfSystemLeafSet<T> extends AbstractSystemLeafSetNode<T> {
        private final SystemLeafSetNode<T> node;
        private final Scope scope;

        OfSystemLeafSet(SystemLeafSetNode<T> node, Scope scope) {
            this.node = node;
            this.scope = scope;
        }

        @Override
        public NodeIdentifier name() {
            return node.name();
        }

        @Override
        public @Nullable LeafSetEntryNode<T> childByArg(NodeWithValue<?> step) {
            return child(node.childByArg(step), scope);
        }

        @Override
        public int size() {
            return value().size();
        }

        @Override
        public boolean isEmpty() {
            return !shows(node, scope);
        }

        @Override
        protected Collection<LeafSetEntryNode<T>> value() {
            return new Children<>(node.body(), node, scope);
        }

        @Override
        protected Collection<LeafSetEntryNode<T>> wrappedValue() {
            return value();
        }

        @Override
        protected int valueHashCode() {
            return hash(value());
        }

        @Override
        protected boolean valueEquals(SystemLeafSetNode<T> other) {
            return same(this, other);
        }
    }

    private static final class OfUnkeyedList extends AbstractUnkeyedListNode {
        private final UnkeyedListNode node;
        private final Scope scope;

        OfUnkeyedList(UnkeyedListNode node, Scope scope) {
            this.node = node;
            this.scope = scope;
        }

        @Override
        public NodeIdentifier name() {
            return node.name();
        }

        @Override
        public UnkeyedListEntryNode childAt(int position) {
            return value().get(position);
        }

        @Override
        public int size() {
            return value().size();
        }

        @Override
        protected List<UnkeyedListEntryNode> value() {
            var all = new ArrayList<UnkeyedListEntryNode>();
            for (var entry : node.body()) {
                var seen = child(entry, scope);
                if (seen != null) {
                    all.add(seen);
                }
            }
            return all;
        }

        @Override
        protected List<UnkeyedListEntryNode> wrappedValue() {
            return value();
        }

        @Override
        protected int valueHashCode() {
            return value().hashCode();
        }

        @Override
        protected boolean valueEquals(UnkeyedListNode other) {
            return value().equals(List.copyOf(other.body()));
        }
    }
}
