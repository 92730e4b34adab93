package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.xpath.Expr;
import org.lagopus.datastore.xpath.Expression;
import org.lagopus.datastore.xpath.Names;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.model.api.EffectiveStatementEquivalent;
import org.opendaylight.yangtools.yang.model.api.LeafListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.MustConstraintAware;
import org.opendaylight.yangtools.yang.model.api.TypeDefinition;
import org.opendaylight.yangtools.yang.model.api.TypedDataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.meta.EffectiveStatement;
import org.opendaylight.yangtools.yang.model.api.stmt.RequireInstanceEffectiveStatement;
import org.opendaylight.yangtools.yang.model.api.stmt.TypeEffectiveStatement;
import org.opendaylight.yangtools.yang.model.api.stmt.TypedefEffectiveStatement;
import org.opendaylight.yangtools.yang.model.api.type.InstanceIdentifierTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.LeafrefTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.UnionTypeDefinition;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;
import org.opendaylight.yangtools.yang.xpath.api.YangXPathExpression;

/// Finds the rules of a model and hangs each on the node it is about, and on the nodes it looks at:
/// the dependency index of validation.
final class Rules {
    private final Model model;
    private final SchemaNode root;
    private final List<Rule> all = new ArrayList<>();

    private Rules(Model model, SchemaNode root) {
        this.model = model;
        this.root = root;
    }

    static void link(Model model, SchemaNode root) {
        var rules = new Rules(model, root);
        rules.types(root);
        rules.of(root);
        for (var rule : rules.all) {
            Dependencies.link(rule, root);
            if (rule.kind() == Rule.Kind.INSTANCE) {
                root.instanceIdentifiers.add(rule);
            }
        }
    }

    private void types(SchemaNode node) {
        if (node.statement instanceof TypedDataSchemaNode leaf) {
            node.type = resolved(leaf, node);
            node.paths = paths(leaf.getType(), node);
            node.defaults =
                    defaults(leaf).stream()
                            .map(text -> value(node, text))
                            .filter(Objects::nonNull)
                            .map(Objects::requireNonNull)
                            .toList();
        }
        node.children().forEach(this::types);
    }

    /// A leafref has the values of the leaf it points at.
    private TypeDefinition<?> resolved(TypedDataSchemaNode leaf, SchemaNode node) {
        TypeDefinition<?> type = leaf.getType();
        if (type instanceof LeafrefTypeDefinition leafref) {
            try {
                var names = new ArrayList<QName>();
                for (@Nullable SchemaNode at = node; at != null; at = at.dataParent()) {
                    if (at != root) {
                        names.addFirst(at.name());
                    }
                }
                return SchemaInferenceStack.ofDataTreePath(
                                model.context(), names.toArray(new QName[0]))
                        .resolveLeafref(leafref);
            } catch (IllegalArgumentException | IllegalStateException e) {
                return type;
            }
        }
        return type;
    }

    private static List<Object> defaults(TypedDataSchemaNode leaf) {
        if (leaf instanceof LeafListSchemaNode several) {
            return List.copyOf(several.getDefaults());
        }
        // A leafref does not take over the default of the leaf it points at.
        return leaf.getType().getDefaultValue().map(one -> List.<Object>of(one)).orElse(List.of());
    }

    private @Nullable Object value(SchemaNode node, Object given) {
        if (!(given instanceof String text)) {
            return given;
        }
        if (node.isReadable()) {
            return node.read(text);
        }
        try {
            var names = new ArrayList<QName>();
            for (@Nullable SchemaNode at = node; at != null; at = at.dataParent()) {
                if (at != root) {
                    names.addFirst(at.name());
                }
            }
            var stack =
                    SchemaInferenceStack.ofDataTreePath(
                            model.context(), names.toArray(new QName[0]));
            var codec = model.json().codecFor((TypedDataSchemaNode) node.statement, stack);
            return codec.parseValue(text);
        } catch (IllegalArgumentException | IllegalStateException e) {
            return identity(node, text);
        }
    }

    /// A default that names an identity does so with a prefix of the module it stands in.
    private @Nullable Object identity(SchemaNode node, String text) {
        int colon = text.indexOf(':');
        var module = model.context().findModule(node.name().getModule()).orElse(null);
        if (module == null) {
            return null;
        }
        if (colon < 0 || text.substring(0, colon).equals(module.getPrefix())) {
            return QName.create(node.name().getModule(), text.substring(colon + 1));
        }
        return module.getImports().stream()
                .filter(i -> i.getPrefix().equals(text.substring(0, colon)))
                .flatMap(
                        i -> model.context().findModules(i.getModuleName().getLocalName()).stream())
                .findFirst()
                .map(m -> QName.create(m.getQNameModule(), text.substring(colon + 1)))
                .orElse(null);
    }

    private List<Expression> paths(TypeDefinition<?> type, SchemaNode node) {
        return switch (type) {
            case LeafrefTypeDefinition leafref -> {
                var module = node.name().getModule();
                var path = leafref.getPathStatement();
                yield List.of(
                        new Expression(
                                path.getOriginalString(),
                                byKey(Leafref.expression(path, module), node),
                                new Resolved(module)));
            }
            case UnionTypeDefinition union ->
                    union.getTypes().stream().flatMap(one -> paths(one, node).stream()).toList();
            default -> List.of();
        };
    }

    /// The names in a path of a leafref are resolved already.
    private record Resolved(QNameModule bare) implements Names {
        @Override
        public @Nullable QNameModule module(String prefix) {
            return null;
        }
    }

    private Expression expression(YangXPathExpression.QualifiedBound statement, QNameModule bare) {
        return Expression.parse(
                statement.toString(), new StatementNames(model.context(), statement, bare));
    }

    /// `list/key` becomes `list[key = current()]/key`: the same for whoever looks for the value of
    /// the leafref, and the entry is found without a search.
    private Expr byKey(Expr expression, SchemaNode node) {
        if (!(expression instanceof Expr.Path(var from, var absolute, var all))
                || from != null
                || all.size() < 2) {
            return expression;
        }
        var steps = new ArrayList<>(all);
        int last = steps.size() - 1;
        @Nullable SchemaNode at = absolute ? root : node;
        for (int i = 0; i < last && at != null; i++) {
            at =
                    steps.get(i).test() instanceof Expr.Test.Named(var name)
                            ? at.dataChild(name)
                            : steps.get(i).axis() == Expr.Axis.PARENT ? at.dataParent() : null;
        }
        if (at != null
                && at.kind == SchemaNode.Kind.ENTRY
                && steps.get(last).test() instanceof Expr.Test.Named(var key)
                && at.keys.contains(key)
                && steps.get(last - 1).axis() == Expr.Axis.CHILD) {
            var predicates = new ArrayList<>(steps.get(last - 1).predicates());
            predicates.add(
                    new Expr.Binary(
                            Expr.Operator.EQUAL,
                            new Expr.Path(null, false, List.of(steps.get(last))),
                            new Expr.Call("current", List.of())));
            steps.set(
                    last - 1,
                    Expr.Step.of(Expr.Axis.CHILD, new Expr.Test.Named(at.name()), predicates));
            return new Expr.Path(null, absolute, List.copyOf(steps));
        }
        return expression;
    }

    private void of(SchemaNode node) {
        boolean isList =
                node.kind == SchemaNode.Kind.LIST || node.kind == SchemaNode.Kind.LEAF_LIST;
        conditions(node);
        if (!isList && node.parent != null) {
            if (node.statement instanceof MustConstraintAware aware) {
                for (var must : aware.getMustConstraints()) {
                    node.rules.add(
                            new Rule(
                                    Rule.Kind.MUST,
                                    node,
                                    expression(must.getXpath(), node.name().getModule()),
                                    false,
                                    must));
                }
            }
            if (node.isLeaf() && node.statement instanceof TypedDataSchemaNode leaf) {
                references(node, leaf.getType());
            }
        }
        if (node.kind == SchemaNode.Kind.LIST && node.statement instanceof ListSchemaNode list) {
            unique(node, list);
        }
        all.addAll(node.rules);
        all.addAll(node.conditions());
        node.children().forEach(this::of);
    }

    private void conditions(SchemaNode node) {
        var holder =
                node.kind == SchemaNode.Kind.LIST || node.kind == SchemaNode.Kind.LEAF_LIST
                        ? node.children().iterator().next()
                        : node;
        node.conditions(
                node.whens().stream()
                        .map(when ->
                                new Rule(
                                        Rule.Kind.WHEN,
                                        holder,
                                        expression(when.xpath(), when.module()),
                                        when.ofParent(),
                                        null))
                        .toList());
    }

    private void references(SchemaNode node, TypeDefinition<?> type) {
        switch (type) {
            case LeafrefTypeDefinition leafref when leafref.requireInstance() -> {
                if (node.refers == null) {
                    node.rules.add(
                            new Rule(Rule.Kind.LEAFREF, node, node.paths.getFirst(), false, null));
                }
            }
            case InstanceIdentifierTypeDefinition instance when requiresInstance(node, instance) ->
                    node.rules.add(new Rule(Rule.Kind.INSTANCE, node, null, false, null));
            case UnionTypeDefinition _ when !node.paths.isEmpty() ->
                    node.paths.forEach(path ->
                            node.rules.add(new Rule(Rule.Kind.LEAFREF, node, path, false, null)));
            default -> {}
        }
    }

    /// True unless it says otherwise (RFC 7950 §9.13.1). The type itself cannot be asked: yangtools
    /// gives one that says nothing the answer of one that says no.
    private boolean requiresInstance(SchemaNode node, InstanceIdentifierTypeDefinition type) {
        if (type.requireInstance()) {
            return true;
        }
        @Nullable EffectiveStatement<?, ?> statement =
                node.statement instanceof EffectiveStatementEquivalent<?> known
                        ? known.asEffectiveStatement()
                        : null;
        var name = type.getQName();
        while (statement != null) {
            var said =
                    statement
                            .findFirstEffectiveSubstatement(TypeEffectiveStatement.class)
                            .flatMap(one ->
                                    one.findFirstEffectiveSubstatementArgument(
                                            RequireInstanceEffectiveStatement.class));
            if (said.isPresent()) {
                return Boolean.TRUE.equals(said.get());
            }
            var from = name;
            var next =
                    model.context().findModule(from.getModule()).stream()
                            .flatMap(module -> module.getTypeDefinitions().stream())
                            .filter(one -> one.getQName().equals(from))
                            .findFirst()
                            .orElse(null);
            var base = next == null ? null : next.getBaseType();
            statement =
                    next == null
                            ? null
                            : model.context()
                                    .findModuleStatement(from.getModule())
                                    .flatMap(module ->
                                            module.streamEffectiveSubstatements(
                                                            TypedefEffectiveStatement.class)
                                                    .filter(one -> one.argument().equals(from))
                                                    .findFirst())
                                    .orElse(null);
            name = base == null ? from : base.getQName();
            if (name.equals(from)) {
                break;
            }
        }
        return true;
    }

    private static void unique(SchemaNode node, ListSchemaNode list) {
        var entry = node.children().iterator().next();
        var found = new ArrayList<List<SchemaNode>>();
        for (var unique : list.getUniqueConstraints()) {
            var leaves = new ArrayList<SchemaNode>();
            for (var path : unique.argument()) {
                @Nullable SchemaNode at = entry;
                for (var name : path.getNodeIdentifiers()) {
                    var next = at == null ? null : at.children.get(name);
                    if (next == null && at != null) {
                        // Choices and cases have a place in such a path and none in ours.
                        next = at.dataChild(name);
                        next = next == null ? at : next;
                    }
                    at = next;
                }
                if (at != null && at.kind == SchemaNode.Kind.LEAF) {
                    leaves.add(at);
                }
            }
            if (leaves.size() == unique.argument().size()) {
                found.add(List.copyOf(leaves));
            }
        }
        node.unique = List.copyOf(found);
    }
}
