package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.model.api.AugmentationTarget;
import org.opendaylight.yangtools.yang.model.api.CaseSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ChoiceSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ContainerSchemaNode;
import org.opendaylight.yangtools.yang.model.api.DataNodeContainer;
import org.opendaylight.yangtools.yang.model.api.DataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ElementCountConstraintAware;
import org.opendaylight.yangtools.yang.model.api.LeafListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.LeafSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.MandatoryAware;
import org.opendaylight.yangtools.yang.model.api.WhenConditionAware;

/// The configuration part of the model, cut to the shape of the data: a step of a path leads to one
/// child, choices and entries included. What editing and validation ask of the schema is answered
/// here in constant time.
final class SchemaNode {
    enum Kind {
        /// Exists as long as something is in it (RFC 7950 §7.5.1); the root is one as well.
        CONTAINER,
        PRESENCE,
        LIST,
        ENTRY,
        CHOICE,
        LEAF,
        LEAF_LIST,
        VALUE,
        /// anydata and anyxml
        ANY;

        /// Comes with its first child and goes with its last.
        boolean appearsByItself() {
            return this == CONTAINER || this == LIST || this == CHOICE || this == LEAF_LIST;
        }

        /// What is mandatory in it must be there when it is (RFC 7950 §3, "mandatory node").
        boolean holdsTogether() {
            return this == PRESENCE || this == ENTRY;
        }
    }

    final Kind kind;
    final NodeIdentifier id;
    final @Nullable SchemaNode parent;
    final DataSchemaNode statement;
    final Map<QName, SchemaNode> children = new LinkedHashMap<>();

    /// The case a child of a choice belongs to.
    final @Nullable CaseSchemaNode ofCase;

    /// Depends on a `when`, its own or that of the augment, uses or case that brought it.
    final boolean conditional;

    final boolean mandatory;
    final int min;
    final int max;
    final boolean userOrdered;
    final List<QName> keys;

    /// Children that may be missing when their parent is there and must not be.
    final List<SchemaNode> demanded = new ArrayList<>();

    /// What this leaf refers to.
    @Nullable Leafref refers;

    /// The leafrefs that look at this leaf, and those whose predicates do.
    final List<Leafref> lookedAtBy = new ArrayList<>();

    final List<Leafref> steers = new ArrayList<>();

    /// A leaf of this subtree is looked at by leafrefs elsewhere.
    boolean watched;

    /// Something of this subtree is validated.
    boolean constrained;

    /// Steps from the root.
    final int depth;

    private SchemaNode(
            Kind kind,
            @Nullable SchemaNode parent,
            DataSchemaNode statement,
            @Nullable CaseSchemaNode ofCase,
            boolean conditional) {
        this.kind = kind;
        this.parent = parent;
        this.statement = statement;
        this.ofCase = ofCase;
        this.conditional = conditional;
        depth = parent == null ? 0 : parent.depth + 1;
        id = NodeIdentifier.create(statement.getQName());
        mandatory = statement instanceof MandatoryAware m && m.isMandatory();
        keys = statement instanceof ListSchemaNode list ? list.getKeyDefinition() : List.of();
        userOrdered =
                statement instanceof ListSchemaNode list && list.isUserOrdered()
                        || statement instanceof LeafListSchemaNode leaves && leaves.isUserOrdered();
        var count =
                kind != Kind.ENTRY
                                && kind != Kind.VALUE
                                && statement instanceof ElementCountConstraintAware aware
                        ? aware.getElementCountConstraint().orElse(null)
                        : null;
        var least = count == null ? null : count.getMinElements();
        var most = count == null ? null : count.getMaxElements();
        min = least == null ? 0 : least;
        max = most == null ? Integer.MAX_VALUE : most;
    }

    /// The tree of a model; modules that are only imported have no part in it.
    static SchemaNode of(Model model) {
        var root = new SchemaNode(Kind.CONTAINER, null, model.context(), null, false);
        for (var child : model.context().getChildNodes()) {
            root.add(model, child, null, false);
        }
        root.settle();
        Leafref.link(model, root);
        root.flag();
        return root;
    }

    private void add(
            Model model,
            DataSchemaNode child,
            @Nullable CaseSchemaNode ofCase,
            boolean conditional) {
        boolean isThere = model.implemented(child.getQName().getModule());
        if (!isThere || !child.effectiveConfig().orElse(true)) {
            return;
        }
        boolean depends = conditional || hasWhen(child);
        var kind =
                switch (child) {
                    case ContainerSchemaNode c ->
                            c.isPresenceContainer() ? Kind.PRESENCE : Kind.CONTAINER;
                    case ListSchemaNode _ -> Kind.LIST;
                    case ChoiceSchemaNode _ -> Kind.CHOICE;
                    case LeafSchemaNode _ -> Kind.LEAF;
                    case LeafListSchemaNode _ -> Kind.LEAF_LIST;
                    default -> Kind.ANY;
                };
        var node = new SchemaNode(kind, this, child, ofCase, depends);
        children.put(child.getQName(), node);
        switch (child) {
            case ListSchemaNode list -> {
                var entry = new SchemaNode(Kind.ENTRY, node, list, null, false);
                node.children.put(list.getQName(), entry);
                entry.addAll(model, list);
            }
            case LeafListSchemaNode leaves ->
                    node.children.put(
                            leaves.getQName(),
                            new SchemaNode(Kind.VALUE, node, leaves, null, false));
            case ChoiceSchemaNode choice -> {
                var byAugment = conditionalNames(choice);
                for (var one : choice.getCases()) {
                    boolean perhaps = hasWhen(one) || byAugment.contains(one.getQName());
                    for (var inner : one.getChildNodes()) {
                        node.add(model, inner, one, perhaps);
                    }
                }
            }
            case DataNodeContainer container -> node.addAll(model, container);
            default -> {}
        }
    }

    private void addAll(Model model, DataNodeContainer container) {
        var byAugment =
                container instanceof AugmentationTarget target
                        ? conditionalNames(target)
                        : Set.<QName>of();
        for (var child : container.getChildNodes()) {
            add(model, child, null, byAugment.contains(child.getQName()));
        }
    }

    private static boolean hasWhen(DataSchemaNode node) {
        return node instanceof WhenConditionAware aware && aware.getWhenCondition().isPresent();
    }

    private static Set<QName> conditionalNames(AugmentationTarget target) {
        var names = new HashSet<QName>();
        for (var augment : target.getAvailableAugmentations()) {
            if (augment.getWhenCondition().isPresent()) {
                augment.getChildNodes().forEach(child -> names.add(child.getQName()));
            }
        }
        return names;
    }

    /// Bottom up: which children are demanded.
    private void settle() {
        for (var child : children.values()) {
            child.settle();
            boolean itself = child.mandatory || child.min > 0;
            boolean within = child.kind == Kind.CONTAINER && !child.demanded.isEmpty();
            boolean inCase = child.kind == Kind.CHOICE && !child.demanded.isEmpty();
            if ((itself || within || inCase) && child.kind != Kind.ENTRY) {
                demanded.add(child);
            }
        }
    }

    private void flag() {
        watched = !lookedAtBy.isEmpty() || !steers.isEmpty();
        constrained =
                watched
                        || refers != null
                        || !demanded.isEmpty()
                        || min > 0
                        || max < Integer.MAX_VALUE;
        for (var child : children.values()) {
            child.flag();
            watched |= child.watched;
            constrained |= child.constrained;
        }
    }

    QName name() {
        return id.getNodeType();
    }

    boolean isKey() {
        return kind == Kind.LEAF
                && parent != null
                && parent.kind == Kind.ENTRY
                && parent.keys.contains(name());
    }

    @Nullable SchemaNode child(PathArgument step) {
        return children.get(step.getNodeType());
    }

    Collection<SchemaNode> children() {
        return children.values();
    }

    /// Where a path leads, or null.
    @Nullable SchemaNode find(YangInstanceIdentifier path) {
        @Nullable SchemaNode at = this;
        for (var step : path.getPathArguments()) {
            at = at == null ? null : at.child(step);
        }
        return at;
    }

    /// The node XPath calls the parent: choices, lists and cases are not in its data model.
    @Nullable SchemaNode dataParent() {
        var at = kind == Kind.ENTRY || kind == Kind.VALUE ? listOf().parent : parent;
        while (at != null && at.kind == Kind.CHOICE) {
            at = at.parent;
        }
        return at;
    }

    private SchemaNode listOf() {
        return parent == null ? this : parent;
    }

    /// The child XPath reaches by a name: through choices, and to the entries of a list.
    @Nullable SchemaNode dataChild(QName name) {
        var direct = children.get(name);
        if (direct != null && direct.kind != Kind.CHOICE) {
            return direct.kind == Kind.LIST || direct.kind == Kind.LEAF_LIST
                    ? direct.children.get(name)
                    : direct;
        }
        for (var child : children.values()) {
            if (child.kind == Kind.CHOICE) {
                var found = child.dataChild(name);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    @Override
    public String toString() {
        return kind + " " + name().getLocalName();
    }
}
