package org.lagopus.netconf;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.Values;
import org.lagopus.datastore.xpath.Expr;
import org.lagopus.datastore.xpath.Names;
import org.lagopus.datastore.xpath.Node;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeWithValue;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.UnkeyedListNode;
import org.opendaylight.yangtools.yang.model.api.TypedDataSchemaNode;

/// Data as the expression of a filter sees it: configuration and state as one, without choices and
/// lists, and with the defaults in use where the reply has them. Made as it is looked at.
final class ViewNode implements Node {
    private final Whole whole;
    private final SchemaNode schema;
    private final @Nullable ViewNode parent;
    private final @Nullable DataContainerNode first;
    private final @Nullable DataContainerNode second;
    private final @Nullable Object value;
    private final PathArgument step;
    private final boolean byDefault;
    private final Map<Object, ViewNode> known = new HashMap<>();

    /// What all nodes of one tree share.
    private record Whole(Model model, DefaultData defaults) {}

    private ViewNode(
            Whole whole,
            SchemaNode schema,
            @Nullable ViewNode parent,
            PathArgument step,
            @Nullable DataContainerNode first,
            @Nullable DataContainerNode second,
            @Nullable Object value,
            boolean byDefault) {
        this.whole = whole;
        this.byDefault = byDefault;
        this.schema = schema;
        this.parent = parent;
        this.step = step;
        this.first = first;
        this.second = second;
        this.value = value;
    }

    static ViewNode root(
            Model model,
            SchemaNode root,
            @Nullable DataContainerNode first,
            @Nullable DataContainerNode second,
            DefaultData defaults) {
        return new ViewNode(
                new Whole(model, defaults), root, null, root.id(), first, second, null, false);
    }

    /// A text is shown with the leaf that holds it.
    static ViewNode of(Node node) {
        var at = node;
        while (!(at instanceof ViewNode)) {
            at = at.parent();
            if (at == null) {
                throw new IllegalStateException("a node of another tree");
            }
        }
        return (ViewNode) at;
    }

    SchemaNode schema() {
        return schema;
    }

    YangInstanceIdentifier path() {
        return YangInstanceIdentifier.of(steps());
    }

    private List<PathArgument> steps() {
        var steps = new ArrayList<PathArgument>();
        addTo(steps);
        return steps;
    }

    private void addTo(List<PathArgument> steps) {
        if (parent == null) {
            return;
        }
        parent.addTo(steps);
        schema.choices().forEach(choice -> steps.add(choice.id()));
        steps.add(schema.id());
        if (!step.equals(schema.id())) {
            steps.add(step);
        }
    }

    @Nullable DataContainerNode first() {
        return first;
    }

    @Nullable DataContainerNode second() {
        return second;
    }

    @Nullable Object value() {
        return value;
    }

    /// Whether nobody has written it.
    boolean isByDefault() {
        return byDefault;
    }

    @Nullable NodeIdentifierWithPredicates entry() {
        return step instanceof NodeIdentifierWithPredicates entry ? entry : null;
    }

    @Override
    public @Nullable ViewNode parent() {
        return parent;
    }

    @Override
    public @Nullable QName name() {
        return parent == null ? null : schema.qname();
    }

    @Override
    public boolean isLeaf() {
        return schema.kind() == SchemaNode.Kind.LEAF || schema.kind() == SchemaNode.Kind.LEAF_LIST;
    }

    @Override
    public List<ViewNode> children() {
        var found = new ArrayList<ViewNode>();
        for (var child : schema.all()) {
            found.addAll(instances(child));
        }
        return found;
    }

    @Override
    public List<ViewNode> children(QName name) {
        var child = schema.child(name);
        return child == null ? List.of() : instances(child);
    }

    @Override
    public @Nullable List<ViewNode> entries(Expr.Test named, Map<Expr.Test, Wanted> wanted) {
        var list = named instanceof Expr.Test.Named(var name) ? schema.child(name) : null;
        if (list == null || list.kind() != SchemaNode.Kind.LIST || list.unkeyed()) {
            return null;
        }
        var values = new Object[list.keys().size()];
        for (int i = 0; i < values.length; i++) {
            var key = list.child(list.keys().get(i));
            var text = key == null ? null : wanted.get(new Expr.Test.Named(key.qname()));
            if (key == null || text == null || text.isNumber() || key.namesInValues()) {
                return null;
            }
            try {
                values[i] = key.parse(Prefixes.NONE, text.text());
            } catch (IllegalArgumentException e) {
                return List.of();
            }
        }
        var entry = list.entry(values);
        var one = (MapNode) DataWriter.find(first, list);
        var other = (MapNode) DataWriter.find(second, list);
        var in = one == null ? null : one.childByArg(entry);
        var beside = other == null ? null : other.childByArg(entry);
        return in == null && beside == null
                ? List.of()
                : List.of(node(list, entry, entry, in, beside, null));
    }

    private List<ViewNode> instances(SchemaNode child) {
        var one = DataWriter.find(first, child);
        var other = DataWriter.find(second, child);
        var there = one == null ? other : one;
        if (there == null) {
            return mayHaveDefaults() && schema.withDefaults().contains(child)
                    ? byDefault(child)
                    : List.of();
        }
        var found = new ArrayList<ViewNode>();
        switch (there) {
            case LeafNode<?> leaf ->
                    found.add(node(child, child.id(), child.id(), null, null, leaf.body()));
            case LeafSetNode<?> values -> {
                for (var value : values.body()) {
                    found.add(node(child, value.name(), value.name(), null, null, value.body()));
                }
            }
            case MapNode map -> {
                var beside = one == null ? null : (MapNode) other;
                for (var entry : map.body()) {
                    var name = entry.name();
                    found.add(
                            node(
                                    child,
                                    name,
                                    name,
                                    entry,
                                    beside == null ? null : beside.childByArg(name),
                                    null));
                }
                if (beside != null) {
                    for (var entry : beside.body()) {
                        if (map.childByArg(entry.name()) == null) {
                            found.add(node(child, entry.name(), entry.name(), null, entry, null));
                        }
                    }
                }
            }
            case UnkeyedListNode list -> {
                for (var entry : list.body()) {
                    found.add(node(child, entry, child.id(), entry, null, null));
                }
            }
            case DataContainerNode _ ->
                    found.add(
                            node(
                                    child,
                                    child.id(),
                                    child.id(),
                                    (DataContainerNode) one,
                                    (DataContainerNode) other,
                                    null));
            case NormalizedNode any ->
                    found.add(node(child, child.id(), child.id(), null, null, any));
        }
        return found;
    }

    private boolean mayHaveDefaults() {
        return whole.defaults.reports() && (parent == null || first != null || byDefault);
    }

    private List<ViewNode> byDefault(SchemaNode child) {
        if (!whole.defaults.isInUse(child, first, steps())) {
            return List.of();
        }
        if (child.kind() == SchemaNode.Kind.CONTAINER) {
            return List.of(byDefault(child, child.id(), null));
        }
        boolean many = child.kind() == SchemaNode.Kind.LEAF_LIST;
        return child.defaults().stream()
                .map(one ->
                        byDefault(
                                child,
                                many ? new NodeWithValue<>(child.qname(), one) : child.id(),
                                one))
                .toList();
    }

    private ViewNode byDefault(SchemaNode child, PathArgument name, @Nullable Object content) {
        return known.computeIfAbsent(
                name, _ -> new ViewNode(whole, child, this, name, null, null, content, true));
    }

    /// The same object for the same node, whoever asks for it.
    private ViewNode node(
            SchemaNode child,
            Object as,
            PathArgument name,
            @Nullable DataContainerNode in,
            @Nullable DataContainerNode beside,
            @Nullable Object content) {
        return known.computeIfAbsent(
                as, _ -> new ViewNode(whole, child, this, name, in, beside, content, false));
    }

    @Override
    public String text() {
        if (value == null || !isLeaf()) {
            var all = new StringBuilder();
            children().forEach(child -> all.append(child.text()));
            return all.toString();
        }
        return Values.text(whole.model, ((TypedDataSchemaNode) schema.schema()).getType(), value);
    }

    /// An identity is the same whatever prefix it is written with.
    @Override
    public boolean isText(String text, Names names) {
        return value instanceof QName identity
                ? identity.equals(names.name(text))
                : text().equals(text);
    }

    @Override
    public boolean isDerivedFrom(QName identity, boolean orSelf) {
        return value instanceof QName own
                && (orSelf && own.equals(identity)
                        || Values.isDerived(whole.model.context(), own, identity));
    }

    @Override
    public boolean isBitSet(String bit) {
        return value instanceof Collection<?> bits && bits.contains(bit);
    }
}
