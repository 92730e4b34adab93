package org.lagopus.datastore;

import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.xpath.Expr;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

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
                walk.texts(walk.walk(ask.root(), spots, spots));
            }
        }
    }

    private Set<Spot> walk(Expr expression, Set<Spot> from, Set<Spot> current) {
        return switch (expression) {
            case Expr.Literal _, Expr.Constant _ -> Set.of();
            case Expr.Negated(var of) -> {
                texts(walk(of, from, current));
                yield Set.of();
            }
            case Expr.Binary(_, var left, var right) -> {
                texts(walk(left, from, current));
                texts(walk(right, from, current));
                yield Set.of();
            }
            case Expr.And(var all) -> {
                all.forEach(one -> walk(one, from, current));
                yield Set.of();
            }
            case Expr.Or(var any) -> {
                any.forEach(one -> walk(one, from, current));
                yield Set.of();
            }
            case Expr.Union(var of) -> {
                var all = new LinkedHashSet<Spot>();
                of.forEach(one -> all.addAll(walk(one, from, current)));
                yield all;
            }
            case Expr.Call(var function, var arguments) -> call(function, arguments, from, current);
            case Expr.Filtered(var of, var predicates) -> {
                var found = walk(of, from, current);
                predicates.forEach(predicate -> texts(walk(predicate, found, current)));
                yield found;
            }
            case Expr.Path(var start, var absolute, var steps) ->
                    steps(
                            steps,
                            start != null
                                    ? walk(start, from, current)
                                    : absolute ? Set.of(new Spot(root, root)) : from,
                            current);
        };
    }

    private Set<Spot> call(
            String function, List<Expr> arguments, Set<Spot> from, Set<Spot> current) {
        var given = new LinkedHashSet<Spot>();
        for (var argument : arguments) {
            given.addAll(walk(argument, from, current));
        }
        switch (function) {
            case "current" -> {
                return current;
            }
            case "deref" -> {
                var found = new LinkedHashSet<Spot>();
                for (var spot : given) {
                    for (var path : spot.node().paths) {
                        var start = Set.of(spot);
                        found.addAll(walk(path.root(), start, start));
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

    private Set<Spot> steps(List<Expr.Step> steps, Set<Spot> from, Set<Spot> current) {
        var here = from;
        for (var step : steps) {
            var next = new LinkedHashSet<Spot>();
            for (var spot : here) {
                step(step, spot, next);
            }
            for (var predicate : step.predicates()) {
                texts(walk(predicate, next, current));
            }
            here = next;
        }
        return here;
    }

    private void step(Expr.Step step, Spot spot, Set<Spot> found) {
        var all = new ArrayList<Spot>();
        switch (step.axis()) {
            case SELF -> all.add(spot);
            case CHILD -> {
                if (spot.node().isLeaf()) {
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
            if (passes(step.test(), one.node()) && found.add(one)) {
                read(one);
            }
        }
    }

    /// The text of a leaf has no node of its own in the model.
    private static boolean passes(Expr.Test test, SchemaNode node) {
        return test instanceof Expr.Test.AnyText ? node.isLeaf() : test.takes(node.name());
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

    private static void below(Spot spot, Consumer<Spot> found) {
        for (var child : spot.node().dataChildren()) {
            var next = new Spot(child, spot.anchor());
            found.accept(next);
            below(next, found);
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
                texts(walk(ask.root(), from, from));
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
