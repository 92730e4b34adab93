package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.xpath.Expr;
import org.lagopus.datastore.xpath.Expression;
import org.lagopus.datastore.xpath.Node;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.impl.codec.TypeDefinitionAwareCodec;
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
import org.opendaylight.yangtools.yang.model.api.TypeDefinition;
import org.opendaylight.yangtools.yang.model.api.TypedDataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.WhenConditionAware;
import org.opendaylight.yangtools.yang.model.api.type.BinaryTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.BitsTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.DecimalTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.EnumTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.IdentityrefTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.InstanceIdentifierTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.LeafrefTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.RangeRestrictedTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.StringTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.UnionTypeDefinition;
import org.opendaylight.yangtools.yang.xpath.api.YangXPathExpression;

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

    /// The `when` statements it depends on, its own and those of the augment, choice or case that
    /// brought it.
    private final List<When> whens;

    private List<Rule> conditions = List.of();

    /// What is demanded of its instances, conditions apart.
    final List<Rule> rules = new ArrayList<>();

    /// Who looks at it.
    final Set<Rule.Reader> readers = new LinkedHashSet<>();

    /// What is there when nothing is written (RFC 7950 §7.6.1, §7.7.2).
    List<Object> defaults = List.of();

    /// The paths of the leafrefs its type is, or its union has.
    List<Expression> paths = List.of();

    /// Of its values: what a leafref points at in the end.
    @Nullable TypeDefinition<?> type;

    /// Leaves of an entry that are unique together (RFC 7950 §7.8.3).
    List<List<SchemaNode>> unique = List.of();

    /// Rules of nodes here that are there without being written.
    boolean rulesByDefault;

    /// @param ofParent whether it is asked of the parent
    record When(YangXPathExpression.QualifiedBound xpath, QNameModule module, boolean ofParent) {}

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

    /// There may be anydata or anyxml in this subtree.
    boolean holdsAny;

    /// Steps from the root.
    final int depth;

    private SchemaNode(
            Kind kind,
            @Nullable SchemaNode parent,
            DataSchemaNode statement,
            @Nullable CaseSchemaNode ofCase,
            List<When> whens) {
        this.kind = kind;
        this.parent = parent;
        this.statement = statement;
        this.ofCase = ofCase;
        this.whens = List.copyOf(whens);
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
        var root = root(model);
        root.settle();
        Leafref.link(model, root);
        Rules.link(model, root);
        root.flag();
        return root;
    }

    private static SchemaNode root(Model model) {
        var root = new SchemaNode(Kind.CONTAINER, null, model.context(), null, List.of());
        root.model = model;
        for (var child : model.context().getChildNodes()) {
            root.add(model, child, null, List.of());
        }
        return root;
    }

    /// Why a child that is volatile cannot be configured.
    Optional<String> volatility(QName child) {
        return statement instanceof DataNodeContainer container
                ? container.findDataChildByName(child).flatMap(Volatility::refusal)
                : Optional.empty();
    }

    private void add(
            Model model,
            DataSchemaNode child,
            @Nullable CaseSchemaNode ofCase,
            List<When> inherited) {
        boolean isThere = model.implemented(child.getQName().getModule());
        if (!isThere
                || !child.effectiveConfig().orElse(true)
                || Volatility.refusal(child).isPresent()) {
            return;
        }
        var depends = with(inherited, child, child instanceof ChoiceSchemaNode);
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
                var entry = new SchemaNode(Kind.ENTRY, node, list, null, depends);
                node.children.put(list.getQName(), entry);
                entry.addAll(model, list);
            }
            case LeafListSchemaNode leaves ->
                    node.children.put(
                            leaves.getQName(),
                            new SchemaNode(Kind.VALUE, node, leaves, null, depends));
            case ChoiceSchemaNode choice -> {
                for (var one : choice.getCases()) {
                    var perhaps = new ArrayList<>(with(depends, one, true));
                    perhaps.addAll(byAugment(choice, one.getQName()));
                    for (var inner : one.getChildNodes()) {
                        var all = new ArrayList<>(perhaps);
                        all.addAll(byAugment(one, inner.getQName()));
                        if (inner.isAddedByUses()) {
                            all.addAll(byUses(one, inner.getQName()));
                        }
                        node.add(model, inner, one, all);
                    }
                }
            }
            case DataNodeContainer container -> node.addAll(model, container);
            default -> {}
        }
    }

    private void addAll(Model model, DataNodeContainer container) {
        for (var child : container.getChildNodes()) {
            var brought = new ArrayList<>(byAugment(container, child.getQName()));
            if (child.isAddedByUses()) {
                brought.addAll(byUses(container, child.getQName()));
            }
            add(model, child, null, brought);
        }
    }

    private static List<When> with(List<When> inherited, DataSchemaNode node, boolean ofParent) {
        var own =
                node instanceof WhenConditionAware aware
                        ? aware.getWhenCondition().orElse(null)
                        : null;
        if (own == null) {
            return inherited;
        }
        var all = new ArrayList<>(inherited);
        all.add(new When(own, node.getQName().getModule(), ofParent));
        return all;
    }

    private static List<When> byAugment(Object target, QName child) {
        var found = new ArrayList<When>();
        if (target instanceof AugmentationTarget augmented) {
            for (var augment : augmented.getAvailableAugmentations()) {
                augment.getWhenCondition()
                        .filter(_ -> augment.dataChildByName(child) != null)
                        .ifPresent(when -> found.add(new When(when, child.getModule(), true)));
            }
        }
        return found;
    }

    /// Of the root: the model.
    Model model() {
        return Objects.requireNonNull(model, "only the root knows its model");
    }

    /// Of the root: the rules of leaves that may refer to anything.
    List<Rule> instanceIdentifiers() {
        return instanceIdentifiers;
    }

    /// Whether there is something it cannot be without.
    boolean demanded() {
        return mandatory
                || min > 0
                || !demanded.isEmpty()
                || (kind == Kind.ENTRY || kind == Kind.VALUE) && parent != null && parent.min > 0;
    }

    /// A `uses` with a condition lends it to what it brings (RFC 7950 §7.21.5).
    private static List<When> byUses(DataNodeContainer container, QName child) {
        var found = new ArrayList<When>();
        for (var uses : container.getUses()) {
            boolean brings =
                    uses.getSourceGrouping().getChildNodes().stream()
                            .anyMatch(one ->
                                    one.getQName().getLocalName().equals(child.getLocalName()));
            if (brings) {
                uses.getWhenCondition()
                        .ifPresent(when -> found.add(new When(when, child.getModule(), true)));
                found.addAll(byUses(uses.getSourceGrouping(), child));
            }
        }
        return found;
    }

    List<When> whens() {
        return whens;
    }

    /// A node under a condition that does not hold is not to be there (RFC 7950 §7.21.5).
    List<Rule> conditions() {
        return conditions;
    }

    void conditions(List<Rule> linked) {
        conditions = List.copyOf(linked);
    }

    boolean isLeaf() {
        return kind == Kind.LEAF || kind == Kind.VALUE;
    }

    boolean isInstanceIdentifier() {
        return isLeaf()
                && statement instanceof TypedDataSchemaNode leaf
                && leaf.getType() instanceof InstanceIdentifierTypeDefinition;
    }

    boolean isDefaultCase(@Nullable CaseSchemaNode one) {
        return one != null
                && statement instanceof ChoiceSchemaNode choice
                && choice.getDefaultCase()
                        .map(there -> there.getQName().equals(one.getQName()))
                        .orElse(false);
    }

    /// Whether its union has a type for the value that refers to nothing.
    boolean isOtherwise(@Nullable Object value, String text) {
        return statement instanceof TypedDataSchemaNode leaf
                && leaf.getType() instanceof UnionTypeDefinition union
                && takes(union, value, text);
    }

    private static boolean takes(UnionTypeDefinition union, @Nullable Object value, String text) {
        return union.getTypes().stream()
                .anyMatch(one ->
                        switch (one) {
                            case LeafrefTypeDefinition leafref -> !leafref.requireInstance();
                            case UnionTypeDefinition inner -> takes(inner, value, text);
                            case IdentityrefTypeDefinition _ -> value instanceof QName;
                            case InstanceIdentifierTypeDefinition _ ->
                                    value instanceof YangInstanceIdentifier;
                            default -> fits(one, text);
                        });
    }

    private static boolean fits(TypeDefinition<?> type, String text) {
        try {
            var codec = TypeDefinitionAwareCodec.from(type);
            if (codec == null) {
                return false;
            }
            codec.deserialize(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /// Whether [#read] knows its type.
    boolean isReadable() {
        return switch (type) {
            case null -> false;
            case UnionTypeDefinition _,
                    LeafrefTypeDefinition _,
                    IdentityrefTypeDefinition _,
                    InstanceIdentifierTypeDefinition _,
                    BinaryTypeDefinition _,
                    BitsTypeDefinition _ ->
                    false;
            default -> codec() != null;
        };
    }

    private @Nullable TypeDefinitionAwareCodec<?, ?> codec() {
        var found = codec;
        if (found == null && type != null) {
            found = TypeDefinitionAwareCodec.from(type);
            codec = found;
        }
        return found;
    }

    /// The value a text stands for; null when it is none of the type.
    @Nullable Object read(String text) {
        try {
            var known = codec();
            return known == null ? null : known.deserialize(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /// Whether [#typed] can tell which value of this leaf is equal to what is wanted.
    boolean isComparable(Node.Wanted wanted) {
        return switch (type) {
            case StringTypeDefinition _ -> !wanted.isNumber();
            case IdentityrefTypeDefinition _ -> !wanted.isNumber();
            case EnumTypeDefinition _ -> !wanted.isNumber() && wanted.text().indexOf(':') < 0;
            case RangeRestrictedTypeDefinition<?, ?> range ->
                    isReadable()
                            && (!wanted.isNumber() || !(range instanceof DecimalTypeDefinition));
            case null, default -> isReadable() && !wanted.isNumber();
        };
    }

    /// The value that XPath finds equal to what is wanted; null if there is none.
    @Nullable Object typed(Node.Wanted wanted, Model model) {
        var text = wanted.text();
        return switch (type) {
            // One that is no value of the type is equal to none that is there.
            case StringTypeDefinition _ -> text;
            case IdentityrefTypeDefinition _ -> {
                var name = wanted.names() == null ? null : wanted.names().name(text);
                yield name == null ? model.identity(text) : name;
            }
            case null, default -> {
                var value = read(text);
                yield value != null && DataNode.text(this, value, model).equals(text)
                        ? value
                        : null;
            }
        };
    }

    /// The children XPath sees: those of choices, and the entries of lists.
    List<SchemaNode> dataChildren() {
        var found = dataChildren;
        if (found == null) {
            var all = new ArrayList<SchemaNode>();
            for (var child : children.values()) {
                switch (child.kind) {
                    case CHOICE -> all.addAll(child.dataChildren());
                    case LIST, LEAF_LIST -> all.addAll(child.children.values());
                    default -> all.add(child);
                }
            }
            found = List.copyOf(all);
            dataChildren = found;
        }
        return found;
    }

    private @Nullable Model model;
    private @Nullable TypeDefinitionAwareCodec<?, ?> codec;
    final List<Rule> instanceIdentifiers = new ArrayList<>();

    private volatile @Nullable List<SchemaNode> dataChildren;

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
        watched = !lookedAtBy.isEmpty() || !steers.isEmpty() || !readers.isEmpty();
        constrained =
                watched
                        || !rules.isEmpty()
                        || !conditions.isEmpty()
                        || !unique.isEmpty()
                        || kind == Kind.ENTRY && !listOf().unique.isEmpty()
                        || refers != null
                        || !demanded.isEmpty()
                        || min > 0
                        || max < Integer.MAX_VALUE;
        holdsAny = kind == Kind.ANY;
        for (var child : children.values()) {
            child.flag();
            holdsAny |= child.holdsAny;
            watched |= child.watched;
            constrained |= child.constrained;
        }
        rulesByDefault =
                switch (kind) {
                    case CONTAINER, CHOICE ->
                            !rules.isEmpty()
                                    || children.values().stream().anyMatch(c -> c.rulesByDefault);
                    case LEAF -> !rules.isEmpty() && !defaults.isEmpty();
                    case LEAF_LIST ->
                            !defaults.isEmpty()
                                    && children.values().stream().anyMatch(c -> !c.rules.isEmpty());
                    default -> false;
                };
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

    /// The only child that XPath reaches by the test; null if there is none, or several.
    @Nullable SchemaNode dataChild(Expr.Test test) {
        if (test instanceof Expr.Test.Named(var name)) {
            return dataChild(name);
        }
        @Nullable SchemaNode found = null;
        for (var child : dataChildren()) {
            if (test.takes(child.name())) {
                if (found != null) {
                    return null;
                }
                found = child;
            }
        }
        return found;
    }

    @Override
    public String toString() {
        return kind + " " + name().getLocalName();
    }
}
