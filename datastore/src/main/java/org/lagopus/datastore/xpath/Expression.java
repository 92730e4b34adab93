package org.lagopus.datastore.xpath;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import javax.xml.xpath.XPathExpressionException;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.AbstractQName;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.common.UnresolvedQName;
import org.opendaylight.yangtools.yang.xpath.api.YangBinaryExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangBinaryOperator;
import org.opendaylight.yangtools.yang.xpath.api.YangConstantExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangFilterExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangFunctionCallExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangLiteralExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangLocationPath;
import org.opendaylight.yangtools.yang.xpath.api.YangNaryExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangNaryOperator;
import org.opendaylight.yangtools.yang.xpath.api.YangNegateExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangNumberExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangPathExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangQNameExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangXPathExpression;
import org.opendaylight.yangtools.yang.xpath.api.YangXPathNodeType;

/// An expression and how it is evaluated (XPath 1.0 §3; RFC 7950 §6.4).
///
/// The syntax tree keeps the predicates of a step, and the operands of `and`, `or` and `|`, as a
/// set: of two that read the same one is left. That is no difference but for positions: `a[2][2]`
/// is read as `a[2]`.
///
/// @param root the syntax tree
/// @param names resolves names in texts; null where there are no prefixes to resolve
/// @param module of names without a prefix (RFC 7950 §6.4.1)
public record Expression(YangExpr root, @Nullable YangXPathExpression names, QNameModule module) {

    /// One evaluation.
    private record At(Node node, int position, int size, Node current) {
        At with(Node other, int place, int of) {
            return new At(other, place, of, current);
        }
    }

    public Value evaluate(Node current) {
        return value(root, new At(current, 1, 1, current));
    }

    public boolean holds(Node current) {
        return evaluate(current).bool();
    }

    private Value value(YangExpr expression, At at) {
        return switch (expression) {
            case YangLiteralExpr literal -> new Value.Str(literal.getLiteral());
            case YangNumberExpr number -> new Value.Num(number.getNumber().doubleValue());
            case YangConstantExpr<?> constant ->
                    new Value.Bool(Boolean.TRUE.equals(constant.getValue()));
            case YangNegateExpr negate -> new Value.Num(-value(negate.getSubExpr(), at).number());
            case YangBinaryExpr binary -> binary(binary, at);
            case YangNaryExpr nary -> nary(nary, at);
            case YangFunctionCallExpr call ->
                    new Functions(this)
                            .call(
                                    call,
                                    at.node(),
                                    at.current(),
                                    at.position(),
                                    at.size(),
                                    argument -> value(argument, at));
            case YangFilterExpr filter ->
                    new Value.Nodes(
                            filtered(
                                    nodes(filter.getExpr(), at),
                                    List.copyOf(filter.getPredicates()),
                                    at));
            case YangPathExpr path -> {
                var start = value(path.getFilterExpr(), at);
                var rest = path.getLocationPath().orElse(null);
                yield rest == null || !(start instanceof Value.Nodes(var from))
                        ? start
                        : new Value.Nodes(steps(rest.getSteps(), from, at));
            }
            case YangLocationPath path ->
                    new Value.Nodes(
                            steps(
                                    path.getSteps(),
                                    List.of(path.isAbsolute() ? top(at.node()) : at.node()),
                                    at));
            case YangQNameExpr name ->
                    new Value.Nodes(List.copyOf(at.node().children(name(name.getQName()))));
            default ->
                    throw new IllegalArgumentException(
                            "no expression of XPath 1.0 in YANG: " + expression);
        };
    }

    List<Node> nodes(YangExpr expression, At at) {
        return value(expression, at) instanceof Value.Nodes(var nodes) ? nodes : List.of();
    }

    private static Node top(Node node) {
        var at = node;
        for (var up = at.parent(); up != null; up = at.parent()) {
            at = up;
        }
        return at;
    }

    /// A name as it stands in the expression.
    public QName name(AbstractQName name) {
        return switch (name) {
            case QName resolved -> resolved;
            case UnresolvedQName unresolved -> QName.create(module, unresolved.getLocalName());
            default -> throw new IllegalArgumentException("no name: " + name);
        };
    }

    /// A name as it stands in a text, such as that of an identity; null when it is none.
    public @Nullable QName name(String text) {
        if (names == null || text.isEmpty()) {
            return null;
        }
        try {
            return name(names.interpretAsQName(YangLiteralExpr.of(text)).getQName());
        } catch (XPathExpressionException | IllegalArgumentException e) {
            return null;
        }
    }

    private Value nary(YangNaryExpr nary, At at) {
        var operands = nary.getExpressions();
        return switch (nary.getOperator()) {
            case AND -> new Value.Bool(operands.stream().allMatch(e -> value(e, at).bool()));
            case OR -> new Value.Bool(operands.stream().anyMatch(e -> value(e, at).bool()));
            case UNION -> {
                var all = new LinkedHashSet<Node>();
                operands.forEach(e -> all.addAll(nodes(e, at)));
                yield new Value.Nodes(ordered(all));
            }
        };
    }

    private Value binary(YangBinaryExpr binary, At at) {
        var left = value(binary.getLeftExpr(), at);
        var right = value(binary.getRightExpr(), at);
        return switch (binary.getOperator()) {
            case EQUALS, NOT_EQUALS, GT, GTE, LT, LTE ->
                    new Value.Bool(compare(binary.getOperator(), left, right));
            case PLUS -> new Value.Num(left.number() + right.number());
            case MINUS -> new Value.Num(left.number() - right.number());
            case MUL -> new Value.Num(left.number() * right.number());
            case DIV -> new Value.Num(left.number() / right.number());
            case MOD -> new Value.Num(left.number() % right.number());
        };
    }

    /// XPath 1.0 §3.4: of a node-set, any node will do.
    private boolean compare(YangBinaryOperator operator, Value left, Value right) {
        boolean isEquality =
                operator == YangBinaryOperator.EQUALS || operator == YangBinaryOperator.NOT_EQUALS;
        if (left instanceof Value.Bool || right instanceof Value.Bool) {
            if (isEquality) {
                return (left.bool() == right.bool()) == (operator == YangBinaryOperator.EQUALS);
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
            return a.equals(b) == (operator == YangBinaryOperator.EQUALS);
        }
        return numbers(operator, left.number(), right.number());
    }

    private boolean texts(YangBinaryOperator operator, List<Node> nodes, String text) {
        boolean wanted = operator == YangBinaryOperator.EQUALS;
        var name = name(text);
        return nodes.stream().anyMatch(node -> node.isText(text, name) == wanted);
    }

    private static boolean sets(YangBinaryOperator operator, List<Node> some, List<Node> others) {
        if (operator == YangBinaryOperator.NOT_EQUALS) {
            return some.stream()
                    .anyMatch(one ->
                            others.stream().anyMatch(other -> !one.text().equals(other.text())));
        }
        if (others.size() == 1) {
            var text = others.getFirst().text();
            return some.stream().anyMatch(one -> one.text().equals(text));
        }
        var texts = new java.util.HashSet<String>();
        others.forEach(other -> texts.add(other.text()));
        return some.stream().anyMatch(one -> texts.contains(one.text()));
    }

    private static boolean numbers(YangBinaryOperator operator, double a, double b) {
        return switch (operator) {
            case EQUALS -> a == b;
            case NOT_EQUALS -> a != b;
            case GT -> a > b;
            case GTE -> a >= b;
            case LT -> a < b;
            case LTE -> a <= b;
            default -> throw new IllegalArgumentException("no comparison: " + operator);
        };
    }

    private List<Node> steps(List<YangLocationPath.Step> steps, List<Node> from, At at) {
        var here = from;
        for (var step : steps) {
            if (here.isEmpty()) {
                return here;
            }
            here = step(step, here, at);
        }
        return here;
    }

    private List<Node> step(YangLocationPath.Step step, List<Node> from, At at) {
        if (from.size() == 1) {
            var found = step(step, from.getFirst(), at);
            return isReverse(step) ? ordered(new LinkedHashSet<>(found)) : found;
        }
        var all = new LinkedHashSet<Node>();
        for (var node : from) {
            all.addAll(step(step, node, at));
        }
        return switch (step.getAxis()) {
            case CHILD, SELF -> List.copyOf(all);
            default -> ordered(all);
        };
    }

    private static boolean isReverse(YangLocationPath.Step step) {
        return switch (step.getAxis()) {
            case ANCESTOR, ANCESTOR_OR_SELF, PRECEDING, PRECEDING_SIBLING -> true;
            default -> false;
        };
    }

    private List<Node> step(YangLocationPath.Step step, Node from, At at) {
        var predicates = List.copyOf(step.getPredicates());
        var wanted = wanted(step);
        if (step.getAxis() == org.opendaylight.yangtools.yang.xpath.api.YangXPathAxis.CHILD
                && wanted != null) {
            var named = predicates.isEmpty() ? null : entries(from, wanted, predicates, at);
            return filtered(
                    List.copyOf(named == null ? from.children(wanted) : named), predicates, at);
        }
        var found = new ArrayList<Node>();
        for (var node : axis(step, from)) {
            if (matches(step, wanted, node)) {
                found.add(node);
            }
        }
        return filtered(found, predicates, at);
    }

    private @Nullable QName wanted(YangLocationPath.Step step) {
        return step instanceof YangLocationPath.QNameStep named ? name(named.getQName()) : null;
    }

    private static boolean matches(YangLocationPath.Step step, @Nullable QName wanted, Node node) {
        if (wanted != null) {
            return wanted.equals(node.name());
        }
        return switch (step) {
            case YangLocationPath.NodeTypeStep type ->
                    switch (type.getNodeType()) {
                        case NODE -> true;
                        case TEXT -> node instanceof Text;
                        case COMMENT, PROCESSING_INSTRUCTION -> false;
                    };
            case YangLocationPath.NamespaceStep namespace -> {
                var name = node.name();
                yield name != null && name.getModule().equals(namespace.getNamespace());
            }
            default ->
                    switch (step.getAxis()) {
                        // These stand for "..", "." and "//", which are of node().
                        case PARENT, SELF, DESCENDANT_OR_SELF, ANCESTOR_OR_SELF, ANCESTOR -> true;
                        default -> !(node instanceof Text);
                    };
        };
    }

    private static List<Node> axis(YangLocationPath.Step step, Node from) {
        boolean texts =
                step instanceof YangLocationPath.NodeTypeStep type
                        && (type.getNodeType() == YangXPathNodeType.TEXT
                                || type.getNodeType() == YangXPathNodeType.NODE);
        var found = new ArrayList<Node>();
        switch (step.getAxis()) {
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

    private List<Node> filtered(List<Node> nodes, List<YangExpr> predicates, At at) {
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
    private @Nullable List<? extends Node> entries(
            Node from, QName list, List<YangExpr> predicates, At at) {
        var keys = new LinkedHashMap<QName, String>();
        for (var predicate : predicates) {
            if (!keys(predicate, at, keys)) {
                break;
            }
        }
        return keys.isEmpty() ? null : from.entries(list, keys);
    }

    /// Whether the predicate says nothing of positions, so that what follows it may be looked at.
    private boolean keys(YangExpr predicate, At at, Map<QName, String> keys) {
        if (predicate instanceof YangNaryExpr nary && nary.getOperator() == YangNaryOperator.AND) {
            nary.getExpressions().forEach(e -> keys(e, at, keys));
            return true;
        }
        if (predicate instanceof YangBinaryExpr binary
                && binary.getOperator() == YangBinaryOperator.EQUALS) {
            key(binary.getLeftExpr(), binary.getRightExpr(), at, keys);
            key(binary.getRightExpr(), binary.getLeftExpr(), at, keys);
            return true;
        }
        return false;
    }

    private void key(YangExpr side, YangExpr other, At at, Map<QName, String> keys) {
        var key = key(side);
        if (key != null && isFixed(other)) {
            var value = value(other, at);
            if (value instanceof Value.Str(var text)) {
                if (name(text) == null || text.indexOf(':') < 0) {
                    keys.put(key, text);
                }
            } else if (value instanceof Value.Nodes(var nodes) && nodes.size() == 1) {
                keys.put(key, nodes.getFirst().text());
            }
        }
    }

    private @Nullable QName key(YangExpr side) {
        return switch (side) {
            case YangQNameExpr name -> name(name.getQName());
            case YangLocationPath path when !path.isAbsolute() && path.getSteps().size() == 1 -> {
                var step = path.getSteps().getFirst();
                yield step.getAxis()
                                        == org.opendaylight.yangtools.yang.xpath.api.YangXPathAxis
                                                .CHILD
                                && step.getPredicates().isEmpty()
                        ? wanted(step)
                        : null;
            }
            default -> null;
        };
    }

    /// Whether it is the same whatever node the predicate is asked of.
    private static boolean isFixed(YangExpr expression) {
        return switch (expression) {
            case YangLiteralExpr _ -> true;
            case YangLocationPath path -> path.isAbsolute();
            case YangPathExpr path -> isFixed(path.getFilterExpr());
            case YangFilterExpr filter -> isFixed(filter.getExpr());
            case YangFunctionCallExpr call -> {
                var name = call.getName().getLocalName();
                yield (name.equals("current")
                                || !call.getArguments().isEmpty()
                                        && (name.equals("string")
                                                || name.equals("concat")
                                                || name.equals("deref")))
                        && call.getArguments().stream().allMatch(Expression::isFixed);
            }
            default -> false;
        };
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
