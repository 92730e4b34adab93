package org.lagopus.datastore.xpath;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An expression and how it is evaluated (XPath 1.0 §3; RFC 7950 §6.4).
///
/// @param text as it was written
/// @param names resolves names in texts
public record Expression(String text, Expr root, Names names) {

    /// @throws IllegalArgumentException telling what is wrong with the text, and where
    public static Expression parse(String text, Names names) {
        return new Expression(text, Parser.parse(text, names), names);
    }

    /// One evaluation.
    record At(Node node, int position, int size, Node current) {
        At with(Node other, int place, int of) {
            return new At(other, place, of, current);
        }
    }

    public Value evaluate(Node current) {
        return evaluate(root, current);
    }

    /// A part of it.
    public Value evaluate(Expr part, Node current) {
        return value(part, new At(current, 1, 1, current));
    }

    public boolean holds(Node current) {
        return evaluate(current).bool();
    }

    private Value value(Expr expression, At at) {
        return switch (expression) {
            case Expr.Literal(var literal) -> new Value.Str(literal);
            case Expr.Constant(var number) -> new Value.Num(number);
            case Expr.Negated(var of) -> new Value.Num(-value(of, at).number());
            case Expr.Binary binary -> binary(binary, at);
            case Expr.And(var all) -> {
                boolean holds = true;
                for (int i = 0; i < all.size() && holds; i++) {
                    holds = value(all.get(i), at).bool();
                }
                yield new Value.Bool(holds);
            }
            case Expr.Or(var any) -> {
                boolean holds = false;
                for (int i = 0; i < any.size() && !holds; i++) {
                    holds = value(any.get(i), at).bool();
                }
                yield new Value.Bool(holds);
            }
            case Expr.Union(var of) -> {
                var all = new LinkedHashSet<Node>();
                of.forEach(one -> all.addAll(nodes(one, at)));
                yield new Value.Nodes(ordered(all));
            }
            case Expr.Call(var function, var arguments) ->
                    new Functions(names)
                            .call(
                                    function,
                                    arguments.stream().map(one -> value(one, at)).toList(),
                                    at);
            case Expr.Filtered(var from, var predicates) ->
                    new Value.Nodes(filtered(nodes(from, at), predicates, at));
            case Expr.Path(var from, var absolute, var steps) -> {
                if (from != null) {
                    yield new Value.Nodes(steps(steps, nodes(from, at), at));
                }
                yield new Value.Nodes(
                        steps(steps, List.of(absolute ? top(at.node()) : at.node()), at));
            }
        };
    }

    private List<Node> nodes(Expr expression, At at) {
        return value(expression, at) instanceof Value.Nodes(var nodes) ? nodes : List.of();
    }

    private static Node top(Node node) {
        var at = node;
        for (var up = at.parent(); up != null; up = at.parent()) {
            at = up;
        }
        return at;
    }

    private Value binary(Expr.Binary binary, At at) {
        var left = value(binary.left(), at);
        var right = value(binary.right(), at);
        return switch (binary.operator()) {
            case EQUAL, UNEQUAL, GREATER, GREATER_OR_EQUAL, LESS, LESS_OR_EQUAL ->
                    new Value.Bool(compare(binary.operator(), left, right));
            case PLUS -> new Value.Num(left.number() + right.number());
            case MINUS -> new Value.Num(left.number() - right.number());
            case TIMES -> new Value.Num(left.number() * right.number());
            case DIV -> new Value.Num(left.number() / right.number());
            case MOD -> new Value.Num(left.number() % right.number());
        };
    }

    /// XPath 1.0 §3.4: of a node-set, any node will do.
    private boolean compare(Expr.Operator operator, Value left, Value right) {
        boolean isEquality = operator == Expr.Operator.EQUAL || operator == Expr.Operator.UNEQUAL;
        if (left instanceof Value.Bool || right instanceof Value.Bool) {
            if (isEquality) {
                return (left.bool() == right.bool()) == (operator == Expr.Operator.EQUAL);
            }
            return numbers(
                    operator,
                    left instanceof Value.Nodes ? left.bool() ? 1 : 0 : left.number(),
                    right instanceof Value.Nodes ? right.bool() ? 1 : 0 : right.number());
        }
        if (left instanceof Value.Nodes(var nodes)) {
            if (right instanceof Value.Nodes(var others)) {
                return isEquality
                        ? sets(operator, nodes, others)
                        : nodes.stream()
                                .anyMatch(one ->
                                        others.stream()
                                                .anyMatch(other ->
                                                        numbers(
                                                                operator,
                                                                Value.number(one.text()),
                                                                Value.number(other.text()))));
            }
            if (isEquality && right instanceof Value.Str(var text)) {
                return texts(operator, nodes, text);
            }
            double number = right.number();
            return nodes.stream()
                    .anyMatch(one -> numbers(operator, Value.number(one.text()), number));
        }
        if (right instanceof Value.Nodes(var nodes)) {
            if (isEquality && left instanceof Value.Str(var text)) {
                return texts(operator, nodes, text);
            }
            double number = left.number();
            return nodes.stream()
                    .anyMatch(one -> numbers(operator, number, Value.number(one.text())));
        }
        if (isEquality && left instanceof Value.Str(var a) && right instanceof Value.Str(var b)) {
            return a.equals(b) == (operator == Expr.Operator.EQUAL);
        }
        return numbers(operator, left.number(), right.number());
    }

    private boolean texts(Expr.Operator operator, List<Node> nodes, String text) {
        boolean wanted = operator == Expr.Operator.EQUAL;
        return nodes.stream().anyMatch(node -> node.isText(text, names) == wanted);
    }

    private static boolean sets(Expr.Operator operator, List<Node> some, List<Node> others) {
        if (operator == Expr.Operator.UNEQUAL) {
            return some.stream()
                    .anyMatch(one ->
                            others.stream().anyMatch(other -> !one.text().equals(other.text())));
        }
        if (others.size() == 1) {
            var text = others.getFirst().text();
            return some.stream().anyMatch(one -> one.text().equals(text));
        }
        var texts = new HashSet<String>();
        others.forEach(other -> texts.add(other.text()));
        return some.stream().anyMatch(one -> texts.contains(one.text()));
    }

    private static boolean numbers(Expr.Operator operator, double a, double b) {
        return switch (operator) {
            case EQUAL -> a == b;
            case UNEQUAL -> a != b;
            case GREATER -> a > b;
            case GREATER_OR_EQUAL -> a >= b;
            case LESS -> a < b;
            case LESS_OR_EQUAL -> a <= b;
            default -> throw new IllegalArgumentException("no comparison: " + operator);
        };
    }

    private List<Node> steps(List<Expr.Step> steps, List<Node> from, At at) {
        var here = from;
        for (int i = 0; i < steps.size() && !here.isEmpty(); i++) {
            here = step(steps.get(i), here, at);
        }
        return here;
    }

    private List<Node> step(Expr.Step step, List<Node> from, At at) {
        if (from.size() == 1) {
            var found = step(step, from.getFirst(), at);
            return step.axis().isReverse() ? ordered(found) : found;
        }
        var all = new LinkedHashSet<Node>();
        for (var node : from) {
            all.addAll(step(step, node, at));
        }
        return switch (step.axis()) {
            case CHILD, SELF -> List.copyOf(all);
            default -> ordered(all);
        };
    }

    private List<Node> step(Expr.Step step, Node from, At at) {
        if (step.axis() == Expr.Axis.CHILD
                && (step.test() instanceof Expr.Test.Named
                        || step.test() instanceof Expr.Test.Local)) {
            var named = step.keys().isEmpty() ? null : entries(step, from, at);
            return filtered(
                    List.copyOf(named == null ? from.children(step.test()) : named),
                    step.predicates(),
                    at);
        }
        var found = new ArrayList<Node>();
        for (var node : axis(step, from)) {
            if (passes(step.test(), node)) {
                found.add(node);
            }
        }
        return filtered(found, step.predicates(), at);
    }

    private static boolean passes(Expr.Test test, Node node) {
        return switch (test) {
            case Expr.Test.AnyNode _ -> true;
            case Expr.Test.AnyText _ -> node instanceof Text;
            default -> {
                var name = node.name();
                yield name != null && test.takes(name);
            }
        };
    }

    private static List<Node> axis(Expr.Step step, Node from) {
        boolean texts =
                step.test() instanceof Expr.Test.AnyText
                        || step.test() instanceof Expr.Test.AnyNode;
        var found = new ArrayList<Node>();
        switch (step.axis()) {
            case SELF -> found.add(from);
            case CHILD -> found.addAll(children(from, texts));
            case PARENT -> {
                var parent = from.parent();
                if (parent != null) {
                    found.add(parent);
                }
            }
            case DESCENDANT -> below(from, texts, found);
            case DESCENDANT_OR_SELF -> {
                found.add(from);
                below(from, texts, found);
            }
            case ANCESTOR -> above(from, found);
            case ANCESTOR_OR_SELF -> {
                found.add(from);
                above(from, found);
            }
            case FOLLOWING_SIBLING -> found.addAll(siblings(from, true));
            case PRECEDING_SIBLING -> found.addAll(siblings(from, false).reversed());
            case FOLLOWING -> around(from, true, texts, found);
            case PRECEDING -> {
                around(from, false, texts, found);
                Collections.reverse(found);
            }
            // There are neither in YANG's data (RFC 7950 §6.4.1).
            case ATTRIBUTE, NAMESPACE -> {}
        }
        return found;
    }

    private static List<? extends Node> children(Node node, boolean texts) {
        return texts && node.isLeaf() ? List.of(new Text(node)) : node.children();
    }

    private static void below(Node node, boolean texts, List<Node> found) {
        for (var child : children(node, texts)) {
            found.add(child);
            below(child, texts, found);
        }
    }

    private static void above(Node node, List<Node> found) {
        for (var up = node.parent(); up != null; up = up.parent()) {
            found.add(up);
        }
    }

    private static List<Node> siblings(Node node, boolean after) {
        var parent = node.parent();
        if (parent == null || node instanceof Text) {
            return List.of();
        }
        List<Node> all = List.copyOf(parent.children());
        int at = all.indexOf(node);
        return after ? all.subList(at + 1, all.size()) : all.subList(0, at);
    }

    private static void around(Node from, boolean after, boolean texts, List<Node> found) {
        var way = new ArrayList<Node>();
        for (@Nullable Node at = from; at != null; at = at.parent()) {
            way.add(at);
        }
        for (var at : after ? way : way.reversed()) {
            for (var sibling : siblings(at, after)) {
                found.add(sibling);
                below(sibling, texts, found);
            }
        }
    }

    private List<Node> filtered(List<Node> nodes, List<Expr> predicates, At at) {
        var here = nodes;
        for (var predicate : predicates) {
            var left = new ArrayList<Node>();
            for (int i = 0; i < here.size(); i++) {
                var node = here.get(i);
                var value = value(predicate, at.with(node, i + 1, here.size()));
                if (value instanceof Value.Num(var number) ? number == i + 1 : value.bool()) {
                    left.add(node);
                }
            }
            here = left;
        }
        return here;
    }

    /// `list[key = value]` without a look at every entry.
    private @Nullable List<? extends Node> entries(Expr.Step step, Node from, At at) {
        var keys = new LinkedHashMap<Expr.Test, Node.Wanted>();
        for (var key : step.keys()) {
            var value = value(key.value(), at);
            if (value instanceof Value.Nodes(var nodes) && nodes.isEmpty()) {
                // Nothing is equal to no node.
                return List.of();
            }
            var wanted =
                    switch (value) {
                        case Value.Str(var text) -> new Node.Wanted(text, names, false);
                        case Value.Num number -> new Node.Wanted(number.string(), null, true);
                        case Value.Nodes(var nodes) when nodes.size() == 1 ->
                                new Node.Wanted(nodes.getFirst().text(), null, false);
                        case Value.Nodes _, Value.Bool _ -> null;
                    };
            if (wanted != null) {
                keys.putIfAbsent(key.child(), wanted);
            }
        }
        return keys.isEmpty() ? null : from.entries(step.test(), keys);
    }

    static List<Node> ordered(Collection<Node> nodes) {
        if (nodes.size() < 2) {
            return List.copyOf(nodes);
        }
        var order = new Order();
        var sorted = new ArrayList<>(nodes);
        sorted.sort(order);
        return sorted;
    }

    /// Document order.
    private static final class Order implements Comparator<Node> {
        private final Map<Node, Map<Node, Integer>> places = new HashMap<>();

        @Override
        public int compare(Node a, Node b) {
            var one = way(a);
            var other = way(b);
            for (int i = 0; i < Math.min(one.size(), other.size()); i++) {
                if (!one.get(i).equals(other.get(i))) {
                    return Integer.compare(place(one.get(i)), place(other.get(i)));
                }
            }
            return Integer.compare(one.size(), other.size());
        }

        private static List<Node> way(Node node) {
            var way = new ArrayList<Node>();
            for (@Nullable Node at = node; at != null; at = at.parent()) {
                way.addFirst(at);
            }
            return way;
        }

        private int place(Node node) {
            var parent = node.parent();
            if (parent == null || node instanceof Text) {
                return 0;
            }
            return places.computeIfAbsent(parent, Order::count).getOrDefault(node, 0);
        }

        private static Map<Node, Integer> count(Node parent) {
            var places = new HashMap<Node, Integer>();
            for (var child : parent.children()) {
                places.put(child, places.size());
            }
            return places;
        }
    }
}
