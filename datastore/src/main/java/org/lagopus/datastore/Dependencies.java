package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.xpath.Expression;
import org.opendaylight.yangtools.yang.xpath.api.YangBinaryExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangFilterExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangFunctionCallExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangLocationPath;
import org.opendaylight.yangtools.yang.xpath.api.YangNaryExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangNaryOperator;
import org.opendaylight.yangtools.yang.xpath.api.YangNegateExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangPathExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangQNameExpr;

/// Which nodes of the model a rule looks at, found by walking its expression over the model instead
/// of over data.
final class Dependencies {
    /// A node of the model as the expression has come to it.
    ///
    /// @param anchor the highest node on the way: what is below one instance of it does not look at
    ///   what is below another
    private record Spot(SchemaNode node, SchemaNode anchor) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Spot spot && spot.node == node && spot.anchor == anchor;
        }

        @Override
        public int hashCode() {
            return 31 * System.identityHashCode(node) + System.identityHashCode(anchor);
        }
    }

    private final Rule rule;
    private final SchemaNode root;
    private final Set<Spot> read = new HashSet<>();

    private Dependencies(Rule rule, SchemaNode root) {
        this.rule = rule;
        this.root = root;
    }

    /// Hangs the rule on every node it looks at.
    static void link(Rule rule, SchemaNode root) {
        var ask = rule.ask();
        if (ask != null) {
            var start = rule.ofParent() ? rule.holder().dataParent() : rule.holder();
            if (start != null) {
                var spots = Set.of(new Spot(start, start));
                var walk = new Dependencies(rule, root);
                walk.texts(walk.walk(ask, ask.root(), spots, spots));
            }
        }
    }

    private Set<Spot> walk(Expression e, YangExpr expression, Set<Spot> from, Set<Spot> current) {
        return switch (expression) {
            case YangNegateExpr negate -> {
                texts(walk(e, negate.getSubExpr(), from, current));
                yield Set.of();
            }
            case YangBinaryExpr binary -> {
                texts(walk(e, binary.getLeftExpr(), from, current));
                texts(walk(e, binary.getRightExpr(), from, current));
                yield Set.of();
            }
            case YangNaryExpr nary -> {
                var all = new LinkedHashSet<Spot>();
                for (var operand : nary.getExpressions()) {
                    all.addAll(walk(e, operand, from, current));
                }
                yield nary.getOperator() == YangNaryOperator.UNION ? all : Set.of();
            }
            case YangFunctionCallExpr call -> call(e, call, from, current);
            case YangFilterExpr filter -> {
                var found = walk(e, filter.getExpr(), from, current);
                filter.getPredicates().forEach(p -> walk(e, p, found, current));
                yield found;
            }
            case YangPathExpr path -> {
                var found = walk(e, path.getFilterExpr(), from, current);
                var rest = path.getLocationPath().orElse(null);
                yield rest == null ? found : steps(e, rest, found, current);
            }
            case YangLocationPath path ->
                    steps(
                            e,
                            path,
                            path.isAbsolute() ? Set.of(new Spot(root, root)) : from,
                            current);
            case YangQNameExpr name -> {
                var found = new LinkedHashSet<Spot>();
                for (var spot : from) {
                    child(spot, spot.node().dataChild(e.name(name.getQName())), found);
                }
                yield found;
            }
            default -> Set.of();
        };
    }

    private Set<Spot> call(
            Expression e, YangFunctionCallExpr call, Set<Spot> from, Set<Spot> current) {
        var name = call.getName().getLocalName();
        var given = new LinkedHashSet<Spot>();
        for (var argument : call.getArguments()) {
            given.addAll(walk(e, argument, from, current));
        }
        switch (name) {
            case "current" -> {
                return current;
            }
            case "deref" -> {
                var found = new LinkedHashSet<Spot>();
                for (var spot : given) {
                    for (var path : spot.node().paths) {
                        var start = Set.of(spot);
                        found.addAll(walk(path, path.root(), start, start));
                    }
                    if (spot.node().isInstanceIdentifier()) {
                        below(new Spot(root, root), found::add);
                    }
                }
                found.forEach(this::read);
                return found;
            }
            case "count", "boolean", "not", "position", "last" -> {}
            case "string", "number", "string-length", "normalize-space" ->
                    texts(given.isEmpty() ? from : given);
            default -> texts(given);
        }
        return Set.of();
    }

    private Set<Spot> steps(
            Expression e, YangLocationPath path, Set<Spot> from, Set<Spot> current) {
        var here = from;
        for (var step : path.getSteps()) {
            var next = new LinkedHashSet<Spot>();
            var wanted = wanted(e, step);
            for (var spot : here) {
                step(step, spot, wanted, next);
            }
            for (var predicate : step.getPredicates()) {
                texts(walk(e, predicate, next, current));
            }
            here = next;
        }
        return here;
    }

    private static Predicate<SchemaNode> wanted(Expression e, YangLocationPath.Step step) {
        return switch (step) {
            case YangLocationPath.QNameStep named -> {
                var name = e.name(named.getQName());
                yield node -> node.name().equals(name);
            }
            case YangLocationPath.NamespaceStep space ->
                    node -> node.name().getModule().equals(space.getNamespace());
            default -> _ -> true;
        };
    }

    private void step(
            YangLocationPath.Step step, Spot spot, Predicate<SchemaNode> wanted, Set<Spot> found) {
        var all = new ArrayList<Spot>();
        switch (step.getAxis()) {
            case SELF -> all.add(spot);
            case CHILD -> {
                if (step instanceof YangLocationPath.NodeTypeStep && spot.node().isLeaf()) {
                    all.add(spot);
                }
                spot.node().dataChildren().forEach(c -> all.add(new Spot(c, spot.anchor())));
            }
            case PARENT -> up(spot, all, false);
            case ANCESTOR -> up(spot, all, true);
            case ANCESTOR_OR_SELF -> {
                all.add(spot);
                up(spot, all, true);
            }
            case DESCENDANT -> below(spot, all::add);
            case DESCENDANT_OR_SELF -> {
                all.add(spot);
                below(spot, all::add);
            }
            case FOLLOWING_SIBLING, PRECEDING_SIBLING -> {
                var above = new ArrayList<Spot>();
                up(spot, above, false);
                above.forEach(p ->
                        p.node().dataChildren().forEach(c -> all.add(new Spot(c, p.anchor()))));
            }
            case FOLLOWING, PRECEDING -> below(new Spot(root, root), all::add);
            case ATTRIBUTE, NAMESPACE -> {}
        }
        for (var one : all) {
            if (wanted.test(one.node()) && found.add(one)) {
                read(one);
            }
        }
    }

    private static void up(Spot spot, List<Spot> found, boolean toTheTop) {
        var parent = spot.node().dataParent();
        if (parent != null) {
            var next =
                    new Spot(parent, parent.depth < spot.anchor().depth ? parent : spot.anchor());
            found.add(next);
            if (toTheTop) {
                up(next, found, true);
            }
        }
    }

    private static void below(Spot spot, java.util.function.Consumer<Spot> found) {
        for (var child : spot.node().dataChildren()) {
            var next = new Spot(child, spot.anchor());
            found.accept(next);
            below(next, found);
        }
    }

    private void child(Spot from, @Nullable SchemaNode child, Set<Spot> found) {
        if (child != null) {
            var spot = new Spot(child, from.anchor());
            found.add(spot);
            read(spot);
        }
    }

    /// The text of what is no leaf is that of all below it.
    private void texts(Set<Spot> spots) {
        for (var spot : spots) {
            if (!spot.node().isLeaf()) {
                below(spot, this::read);
            }
        }
    }

    /// What is there by default depends on conditions and on cases in its turn.
    private void read(Spot spot) {
        if (!read.add(spot)) {
            return;
        }
        var node = spot.node();
        node.readers.add(new Rule.Reader(rule, spot.anchor()));
        for (var condition : node.conditions()) {
            var ask = condition.ask();
            if (ask != null) {
                var start = new ArrayList<Spot>();
                if (condition.ofParent()) {
                    up(spot, start, false);
                } else {
                    start.add(spot);
                }
                var from = Set.copyOf(start);
                texts(walk(ask, ask.root(), from, from));
            }
        }
        for (@Nullable SchemaNode at = node.parent;
                at != null && at.kind == SchemaNode.Kind.CHOICE;
                at = at.parent) {
            for (var other : at.dataChildren()) {
                var sibling = new Spot(other, spot.anchor());
                read(sibling);
                below(sibling, this::read);
            }
        }
    }
}
