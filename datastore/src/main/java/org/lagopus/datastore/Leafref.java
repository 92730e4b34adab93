package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.xpath.Expr;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.common.UnresolvedQName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.model.api.LeafListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.LeafSchemaNode;
import org.opendaylight.yangtools.yang.model.api.PathExpression;
import org.opendaylight.yangtools.yang.model.api.TypedDataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.type.LeafrefTypeDefinition;
import org.opendaylight.yangtools.yang.xpath.api.YangBinaryExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangBinaryOperator;
import org.opendaylight.yangtools.yang.xpath.api.YangExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangFunctionCallExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangLocationPath;
import org.opendaylight.yangtools.yang.xpath.api.YangLocationPath.QNameStep;
import org.opendaylight.yangtools.yang.xpath.api.YangPathExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangQNameExpr;

/// The path of one leafref (RFC 7950 §9.9), worked out once: how many steps of the leaf's own path
/// it shares, and how it goes down from there.
///
/// @param holder the leaf, or the value of the leaf-list, that refers
/// @param kept steps of the holder's path that lead to where `down` begins
record Leafref(SchemaNode holder, SchemaNode target, int kept, List<Step> down) {

    /// @param via what a data node is reached by: choices first, the node or its list last
    record Step(SchemaNode node, List<NodeIdentifier> via, List<Predicate> predicates) {
        boolean isEntry() {
            return node.kind == SchemaNode.Kind.ENTRY;
        }
    }

    /// Finds who refers, by the value.
    Indexed.Values holders() {
        return new Indexed.Values(holder, kept);
    }

    /// Finds what is referred to, by the value.
    Indexed.Values targets() {
        return new Indexed.Values(target, kept);
    }

    /// `[key = current()/../leaf]`, the only predicate RFC 7950 §9.9.2 allows.
    record Predicate(QName key, SchemaNode leaf, int kept, List<Step> down) {}

    /// Hangs every leafref of the tree on the leaf it belongs to and the leaves it looks at. One
    /// that asks for nothing (`require-instance false`), or leads out of the configuration, is
    /// none.
    static void link(Model model, SchemaNode root) {
        for (var child : root.children()) {
            link(model, child);
        }
        if (root.statement instanceof TypedDataSchemaNode leaf
                && (root.kind == SchemaNode.Kind.LEAF || root.kind == SchemaNode.Kind.VALUE)
                && leaf.getType() instanceof LeafrefTypeDefinition type
                && type.requireInstance()) {
            compile(root, type.getPathStatement())
                    .filter(leafref -> !leafref.mayBeByDefault())
                    .ifPresent(leafref -> {
                        root.refers = leafref;
                        leafref.target.lookedAtBy.add(leafref);
                        leafref.predicates().forEach(p -> p.leaf().steers.add(leafref));
                    });
        }
    }

    /// A value that counts without being written is not found by looking at what is written.
    private boolean mayBeByDefault() {
        return isByDefault(target)
                || isByDefault(holder)
                || predicates().stream().anyMatch(p -> isByDefault(p.leaf()));
    }

    private static boolean isByDefault(SchemaNode leaf) {
        return leaf.statement instanceof LeafListSchemaNode several
                ? !several.getDefaults().isEmpty()
                : leaf.statement instanceof LeafSchemaNode one
                        && one.getType().getDefaultValue().isPresent();
    }

    private List<Predicate> predicates() {
        return down.stream().flatMap(step -> step.predicates().stream()).toList();
    }

    private record Walk(SchemaNode from, List<Step> down, SchemaNode to) {}

    private static Optional<Leafref> compile(SchemaNode holder, PathExpression path) {
        if (!(expression(path, holder.name().getModule()) instanceof Expr.Path location)
                || location.from() != null) {
            return Optional.empty();
        }
        var walk = walk(holder, location);
        return walk == null || !isLeaf(walk.to())
                ? Optional.empty()
                : Optional.of(new Leafref(holder, walk.to(), walk.from().depth, walk.down()));
    }

    /// The path as an expression.
    ///
    /// @param bare the module of names without a prefix
    static Expr expression(PathExpression path, QNameModule bare) {
        return switch (path.getSteps()) {
            case PathExpression.LocationPathSteps location ->
                    expression(location.getLocationPath(), bare);
            case PathExpression.DerefSteps deref ->
                    new Expr.Path(
                            new Expr.Call(
                                    "deref", List.of(expression(deref.getDerefArgument(), bare))),
                            false,
                            steps(deref.getRelativePath(), bare));
            default -> throw new IllegalArgumentException("no path of a leafref: " + path);
        };
    }

    private static Expr expression(YangExpr part, QNameModule bare) {
        return switch (part) {
            case YangLocationPath path -> new Expr.Path(null, path.isAbsolute(), steps(path, bare));
            case YangPathExpr path ->
                    new Expr.Path(
                            expression(path.getFilterExpr(), bare),
                            false,
                            path.getLocationPath()
                                    .map(rest -> steps(rest, bare))
                                    .orElseGet(List::of));
            case YangQNameExpr name ->
                    new Expr.Path(
                            null,
                            false,
                            List.of(
                                    Expr.Step.of(
                                            Expr.Axis.CHILD,
                                            new Expr.Test.Named(name(name.getQName(), bare)),
                                            List.of())));
            case YangBinaryExpr binary when binary.getOperator() == YangBinaryOperator.EQUALS ->
                    new Expr.Binary(
                            Expr.Operator.EQUAL,
                            expression(binary.getLeftExpr(), bare),
                            expression(binary.getRightExpr(), bare));
            case YangFunctionCallExpr call when call.getArguments().isEmpty() ->
                    new Expr.Call(call.getName().getLocalName(), List.of());
            default -> throw new IllegalArgumentException("no path of a leafref: " + part);
        };
    }

    private static List<Expr.Step> steps(YangLocationPath path, QNameModule bare) {
        return path.getSteps().stream()
                .map(step ->
                        Expr.Step.of(
                                Expr.Axis.valueOf(step.getAxis().name()),
                                step instanceof QNameStep named
                                        ? new Expr.Test.Named(name(named.getQName(), bare))
                                        : new Expr.Test.AnyNode(),
                                step.getPredicates().stream()
                                        .map(one -> expression(one, bare))
                                        .toList()))
                .toList();
    }

    private static boolean isLeaf(SchemaNode node) {
        return node.kind == SchemaNode.Kind.LEAF || node.kind == SchemaNode.Kind.VALUE;
    }

    private static @Nullable Walk walk(SchemaNode holder, Expr.Path path) {
        @Nullable SchemaNode at = path.absolute() ? top(holder) : holder;
        var from = at;
        var down = new ArrayList<Step>();
        for (var step : path.steps()) {
            if (at == null) {
                return null;
            }
            if (step.axis() == Expr.Axis.PARENT && down.isEmpty()) {
                at = at.dataParent();
                from = at;
            } else if (step.axis() == Expr.Axis.CHILD
                    && step.test() instanceof Expr.Test.Named(var name)) {
                var parent = at;
                at = parent.dataChild(name);
                if (at == null) {
                    return null;
                }
                var predicates = new ArrayList<Predicate>();
                for (var predicate : step.predicates()) {
                    var compiled = predicate(holder, predicate);
                    if (compiled == null) {
                        return null;
                    }
                    predicates.add(compiled);
                }
                down.add(new Step(at, via(parent, at), List.copyOf(predicates)));
            } else {
                return null;
            }
        }
        return at == null || from == null ? null : new Walk(from, List.copyOf(down), at);
    }

    private static SchemaNode top(SchemaNode node) {
        var at = node;
        for (var up = at.parent; up != null; up = at.parent) {
            at = up;
        }
        return at;
    }

    private static QName name(Object name, QNameModule module) {
        return switch (name) {
            case QName resolved -> resolved;
            case UnresolvedQName unresolved -> QName.create(module, unresolved.getLocalName());
            default -> throw new IllegalStateException("no name: " + name);
        };
    }

    private static List<NodeIdentifier> via(SchemaNode parent, SchemaNode child) {
        var steps = new ArrayList<NodeIdentifier>();
        boolean inside = child.kind == SchemaNode.Kind.ENTRY || child.kind == SchemaNode.Kind.VALUE;
        @Nullable SchemaNode at = inside ? child.parent : child;
        while (at != null && at != parent) {
            steps.addFirst(at.id);
            at = at.parent;
        }
        return List.copyOf(steps);
    }

    private static @Nullable Predicate predicate(SchemaNode holder, Expr expression) {
        if (expression instanceof Expr.Binary(var operator, var left, var right)
                && operator == Expr.Operator.EQUAL
                && left instanceof Expr.Path(var none, var absolute, var key)
                && none == null
                && !absolute
                && key.size() == 1
                && key.getFirst().test() instanceof Expr.Test.Named(var name)
                && right instanceof Expr.Path current
                && current.from() instanceof Expr.Call(var function, _)
                && function.equals("current")) {
            var walk = walk(holder, new Expr.Path(null, false, current.steps()));
            return walk == null
                    ? null
                    : new Predicate(name, walk.to(), walk.from().depth, walk.down());
        }
        return null;
    }
}
