package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.xpath.Expr;
import org.lagopus.datastore.xpath.Names;
import org.lagopus.datastore.xpath.Node;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeWithValue;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.UnkeyedListNode;
import org.opendaylight.yangtools.yang.data.api.schema.ValueNode;
import org.opendaylight.yangtools.yang.model.api.IdentitySchemaNode;
import org.opendaylight.yangtools.yang.model.api.type.EnumTypeDefinition;

/// A configuration as expressions see it (RFC 7950 §6.4.1): without choices and lists, with the
/// values of defaults in use and the containers that exist by themselves. Made as it is looked at.
final class DataNode implements Node {
    final SchemaNode schema;
    private final @Nullable DataNode parent;
    private final PathArgument step;
    private final @Nullable NormalizedNode data;
    private final @Nullable Object value;
    private final Whole whole;
    private @Nullable Map<Object, DataNode> known;

    /// Whether validation asks everything of it anyway.
    boolean isAsked;

    /// What all nodes of one tree share.
    private record Whole(Model model, boolean keeps, Set<SchemaNode> asked) {}

    private DataNode(
            SchemaNode schema,
            @Nullable DataNode parent,
            PathArgument step,
            @Nullable NormalizedNode data,
            @Nullable Object value,
            Whole whole) {
        this.schema = schema;
        this.parent = parent;
        this.step = step;
        this.data = data;
        this.value = value;
        this.whole = whole;
    }

    static DataNode of(Model model, SchemaNode schema, NormalizedNode root) {
        return top(schema, root, new Whole(model, true, new HashSet<>()));
    }

    /// For one walk: it forgets its nodes, and one that is come to again is another object.
    static DataNode passing(Model model, SchemaNode schema, NormalizedNode root) {
        return top(schema, root, new Whole(model, false, new HashSet<>()));
    }

    private static DataNode top(SchemaNode schema, NormalizedNode root, Whole whole) {
        return new DataNode(schema, null, schema.id, root, null, whole);
    }

    /// Whether it is written down, and not there by itself or by default.
    boolean isReal() {
        return data != null;
    }

    @Nullable NormalizedNode data() {
        return data;
    }

    @Nullable Object value() {
        return value;
    }

    @Override
    public @Nullable DataNode parent() {
        return parent;
    }

    @Override
    public @Nullable QName name() {
        return parent == null ? null : schema.name();
    }

    @Override
    public boolean isLeaf() {
        return schema.isLeaf();
    }

    @Override
    public List<DataNode> children() {
        var found = new ArrayList<DataNode>();
        for (var child : schema.dataChildren()) {
            found.addAll(instances(child));
        }
        return found;
    }

    @Override
    public List<DataNode> children(QName name) {
        var child = schema.dataChild(name);
        return child == null ? List.of() : instances(child);
    }

    @Override
    public List<DataNode> children(Expr.Test test) {
        if (test instanceof Expr.Test.Named(var name)) {
            return children(name);
        }
        var found = new ArrayList<DataNode>();
        for (var child : schema.dataChildren()) {
            if (test.takes(child.name())) {
                found.addAll(instances(child));
            }
        }
        return found;
    }

    @Override
    public @Nullable List<DataNode> entries(Expr.Test list, Map<Expr.Test, Wanted> keys) {
        var child = schema.dataChild(list);
        if (child == null || child.kind != SchemaNode.Kind.ENTRY || child.keys.isEmpty()) {
            return null;
        }
        var values = new LinkedHashMap<QName, Object>();
        for (var key : child.keys) {
            var wanted = wanted(keys, key);
            var leaf = Objects.requireNonNull(child.children.get(key));
            if (wanted == null || !leaf.isComparable(wanted)) {
                return null;
            }
            var typed = leaf.typed(wanted, whole.model());
            if (typed == null) {
                return List.of();
            }
            values.put(key, typed);
        }
        var entry = get(child, Nodes.entry(child, values));
        return entry == null ? List.of() : List.of(entry);
    }

    private static @Nullable Wanted wanted(Map<Expr.Test, Wanted> keys, QName key) {
        for (var one : keys.entrySet()) {
            if (one.getKey().takes(key)) {
                return one.getValue();
            }
        }
        return null;
    }

    /// The instances of a child, in order.
    List<DataNode> instances(SchemaNode child) {
        switch (child.kind) {
            case ENTRY, VALUE -> {
                var list = Objects.requireNonNull(child.parent);
                var raw = raw(list);
                if (raw instanceof DistinctNodeContainer<?, ?> several && !several.isEmpty()) {
                    var found = new ArrayList<DataNode>(several.size());
                    for (var one : several.body()) {
                        found.add(node(child, one.name(), one.name(), one, one.body()));
                    }
                    return found;
                }
                if (raw instanceof UnkeyedListNode unkeyed) {
                    var found = new ArrayList<DataNode>(unkeyed.size());
                    for (var one : unkeyed.body()) {
                        found.add(node(child, new Nameless(one), one.name(), one, null));
                    }
                    return found;
                }
                if (list.defaults.isEmpty() || !isInUse(list)) {
                    return List.of();
                }
                return list.defaults.stream()
                        .map(one -> byDefault(child, new NodeWithValue<>(child.name(), one), one))
                        .toList();
            }
            default -> {
                var one = get(child, child.id);
                return one == null ? List.of() : List.of(one);
            }
        }
    }

    /// The instance of a child that has this name.
    @Nullable DataNode get(SchemaNode child, PathArgument step) {
        var there = known == null ? null : known.get(step);
        if (there != null) {
            return there;
        }
        boolean many = child.kind == SchemaNode.Kind.ENTRY || child.kind == SchemaNode.Kind.VALUE;
        var list = many ? child.parent : null;
        var raw = list == null ? raw(child) : Nodes.child(raw(list), step);
        if (raw != null) {
            return node(
                    child, step, step, raw, raw instanceof ValueNode<?> leaf ? leaf.body() : null);
        }
        return switch (child.kind) {
            case CONTAINER -> isInUse(child) ? byDefault(child, step, null) : null;
            case LEAF ->
                    !child.defaults.isEmpty() && isInUse(child)
                            ? byDefault(child, step, child.defaults.getFirst())
                            : null;
            case VALUE ->
                    instances(child).stream()
                            .filter(one -> one.step.equals(step))
                            .findFirst()
                            .orElse(null);
            default -> null;
        };
    }

    /// An entry without keys is told from others by being that object.
    private record Nameless(NormalizedNode entry) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Nameless(var same) && same == entry;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(entry);
        }
    }

    private DataNode byDefault(SchemaNode child, PathArgument step, @Nullable Object value) {
        return node(child, step, step, null, value);
    }

    private DataNode node(
            SchemaNode child,
            Object name,
            PathArgument step,
            @Nullable NormalizedNode data,
            @Nullable Object value) {
        if (!whole.keeps()) {
            return new DataNode(child, this, step, data, value, whole);
        }
        var map = known;
        if (map == null) {
            map = new HashMap<>(4);
            known = map;
        }
        var there = map.get(name);
        if (there == null) {
            there = new DataNode(child, this, step, data, value, whole);
            map.put(name, there);
        }
        return there;
    }

    /// A node that is not there, to ask a condition of it.
    DataNode dummy(SchemaNode child) {
        return new DataNode(child, this, child.id, null, null, whole);
    }

    private @Nullable NormalizedNode raw(SchemaNode child) {
        var above = child.parent;
        var from = above == null || above == schema ? data : raw(above);
        return Nodes.child(from, child.id);
    }

    /// Whether a child that is not written down counts as being there.
    private boolean isInUse(SchemaNode child) {
        return isInCase(child) && isAllowed(child);
    }

    /// RFC 7950 §7.9.3: of the case that is there, or else of the default one.
    private boolean isInCase(SchemaNode child) {
        var choice = child.parent;
        if (choice == null || choice.kind != SchemaNode.Kind.CHOICE) {
            return true;
        }
        if (raw(choice) instanceof DistinctNodeContainer<?, ?> there && !there.isEmpty()) {
            var first = choice.child(there.body().iterator().next().name());
            return first != null && first.ofCase == child.ofCase;
        }
        return choice.isDefaultCase(child.ofCase) && isInCase(choice);
    }

    /// Whether the conditions of a child hold, be it there or not.
    boolean isAllowed(SchemaNode child) {
        if (child.conditions().isEmpty() || !whole.asked().add(child)) {
            return true;
        }
        try {
            return child.conditions().stream().allMatch(rule -> holds(rule, child));
        } finally {
            whole.asked().remove(child);
        }
    }

    private boolean holds(Rule condition, SchemaNode child) {
        var ask = condition.ask();
        return ask == null || ask.holds(condition.ofParent() ? this : dummy(child));
    }

    @Nullable DataNode find(Collection<? extends PathArgument> path) {
        @Nullable DataNode at = this;
        @Nullable SchemaNode node = schema;
        for (var argument : path) {
            node = node == null ? null : node.child(argument);
            if (node == null || at == null) {
                return null;
            }
            switch (node.kind) {
                case LIST, LEAF_LIST, CHOICE -> {}
                default -> at = at.get(node, argument);
            }
        }
        return at == null || at.schema != node ? null : at;
    }

    /// The instance of a child that is in no list.
    @Nullable DataNode only(SchemaNode child) {
        return get(child, child.id);
    }

    /// The instance of a leaf below this node that no list is on the way to.
    @Nullable DataNode first(SchemaNode wanted) {
        var way = new ArrayList<SchemaNode>();
        for (@Nullable SchemaNode at = wanted; at != null && at != schema; at = at.dataParent()) {
            way.addFirst(at);
        }
        @Nullable DataNode at = this;
        for (var step : way) {
            at = at == null ? null : at.only(step);
        }
        return at;
    }

    /// Every instance of a node of the model below this one.
    void each(SchemaNode wanted, Consumer<DataNode> told) {
        var way = new ArrayList<SchemaNode>();
        for (@Nullable SchemaNode at = wanted; at != null && at != schema; at = at.dataParent()) {
            way.addFirst(at);
        }
        each(way, told);
    }

    private void each(List<SchemaNode> way, Consumer<DataNode> told) {
        if (way.isEmpty()) {
            told.accept(this);
            return;
        }
        for (var next : instances(way.getFirst())) {
            next.each(way.subList(1, way.size()), told);
        }
    }

    YangInstanceIdentifier path() {
        var way = new ArrayList<PathArgument>();
        for (@Nullable DataNode at = this; at != null && at.parent != null; at = at.parent) {
            way.addFirst(at.step);
            var top = at.parent.schema;
            for (var up = at.schema.parent; up != null && up != top; up = up.parent) {
                way.addFirst(up.id);
            }
        }
        return YangInstanceIdentifier.of(way);
    }

    @Override
    public String text() {
        if (value == null || !isLeaf()) {
            var all = new StringBuilder();
            if (!isLeaf()) {
                children().forEach(child -> all.append(child.text()));
            }
            return all.toString();
        }
        return text(schema, value, whole.model());
    }

    /// A value as its type writes it (RFC 7950 §9.1).
    static String text(SchemaNode leaf, Object value, Model model) {
        return Values.text(model, leaf.type, value);
    }

    /// An identity is the same whatever prefix it is written with. OpenConfig writes enumerations
    /// with prefixes as well (`../interface-mode = 'oc-vlan-types:ACCESS'`), which would hold of
    /// none; where the prefix is one of the module, the name behind it counts.
    @Override
    public boolean isText(String text, Names names) {
        boolean isEnumeration = schema.type instanceof EnumTypeDefinition && text.indexOf(':') > 0;
        var name = value instanceof QName || isEnumeration ? names.name(text) : null;
        if (name == null) {
            return text().equals(text);
        }
        return value instanceof QName identity
                ? identity.equals(name)
                : text().equals(text) || text().equals(name.getLocalName());
    }

    @Override
    public List<DataNode> deref() {
        if (value instanceof YangInstanceIdentifier path) {
            @Nullable DataNode top = this;
            while (top.parent != null) {
                top = top.parent;
            }
            var there = top.find(path.getPathArguments());
            return there == null ? List.of() : List.of(there);
        }
        var text = text();
        var found = new ArrayList<DataNode>();
        for (var path : schema.paths) {
            if (path.evaluate(this) instanceof org.lagopus.datastore.xpath.Value.Nodes(var nodes)) {
                for (var node : nodes) {
                    if (node instanceof DataNode there && there.text().equals(text)) {
                        found.add(there);
                    }
                }
            }
        }
        return found;
    }

    /// Whether a leafref finds its value. In a union another type may take the value as well (RFC
    /// 7950 §9.12).
    boolean refersToSomething() {
        return !deref().isEmpty() || schema.isOtherwise(value, text());
    }

    @Override
    public boolean isDerivedFrom(QName identity, boolean orSelf) {
        return value instanceof QName own
                && (orSelf && own.equals(identity)
                        || whole.model()
                                .identity(own)
                                .map(one -> isBelow(one, identity))
                                .orElse(false));
    }

    private static boolean isBelow(IdentitySchemaNode one, QName identity) {
        return one.getBaseIdentities().stream()
                .anyMatch(base -> base.getQName().equals(identity) || isBelow(base, identity));
    }

    @Override
    public double enumValue() {
        if (schema.type instanceof EnumTypeDefinition type && value != null) {
            for (var pair : type.getValues()) {
                if (pair.getName().equals(value)) {
                    return pair.getValue();
                }
            }
        }
        return Double.NaN;
    }

    @Override
    public boolean isBitSet(String bit) {
        return value instanceof Set<?> bits && bits.contains(bit);
    }

    @Override
    public String toString() {
        return path().toString();
    }
}
