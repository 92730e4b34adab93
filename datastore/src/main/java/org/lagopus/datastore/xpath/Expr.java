package org.lagopus.datastore.xpath;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;

/// The syntax of XPath 1.0 as a tree, with every name resolved.
public sealed interface Expr {

    record Literal(String text) implements Expr {}

    record Constant(double value) implements Expr {}

    record Negated(Expr of) implements Expr {}

    /// Arithmetic and comparison.
    record Binary(Operator operator, Expr left, Expr right) implements Expr {}

    record And(List<Expr> all) implements Expr {}

    record Or(List<Expr> any) implements Expr {}

    record Union(List<Expr> of) implements Expr {}

    record Call(String function, List<Expr> arguments) implements Expr {}

    record Filtered(Expr from, List<Expr> predicates) implements Expr {}

    /// @param from null to start at the context node, or at the root
    record Path(@Nullable Expr from, boolean absolute, List<Step> steps) implements Expr {}

    /// @param keys what its first predicates ask of children by equality, positions apart: where
    ///   those are the keys of a list, nothing has to be searched
    record Step(Axis axis, Test test, List<Expr> predicates, List<Key> keys) {
        public static Step of(Axis axis, Test test, List<Expr> predicates) {
            return new Step(axis, test, List.copyOf(predicates), Expr.keys(predicates));
        }
    }

    /// `[child = value]`, where the value is the same whatever node is asked.
    record Key(Test child, Expr value) {}

    enum Operator {
        EQUAL("="),
        UNEQUAL("!="),
        LESS("<"),
        LESS_OR_EQUAL("<="),
        GREATER(">"),
        GREATER_OR_EQUAL(">="),
        PLUS("+"),
        MINUS("-"),
        TIMES("*"),
        DIV("div"),
        MOD("mod");

        final String sign;

        Operator(String sign) {
            this.sign = sign;
        }
    }

    enum Axis {
        ANCESTOR,
        ANCESTOR_OR_SELF,
        ATTRIBUTE,
        CHILD,
        DESCENDANT,
        DESCENDANT_OR_SELF,
        FOLLOWING,
        FOLLOWING_SIBLING,
        NAMESPACE,
        PARENT,
        PRECEDING,
        PRECEDING_SIBLING,
        SELF;

        boolean isReverse() {
            return switch (this) {
                case ANCESTOR, ANCESTOR_OR_SELF, PRECEDING, PRECEDING_SIBLING -> true;
                default -> false;
            };
        }
    }

    /// A node test (XPath 1.0 §2.3).
    sealed interface Test {
        record Named(QName name) implements Test {}

        /// Of whatever module.
        record Local(String name) implements Test {}

        record OfModule(QNameModule module) implements Test {}

        record AnyName() implements Test {}

        record AnyNode() implements Test {}

        record AnyText() implements Test {}

        /// Comments and processing instructions: there are none in data.
        record Nothing() implements Test {}

        /// Whether an element of that name passes.
        default boolean takes(QName name) {
            return switch (this) {
                case Named(var wanted) -> wanted.equals(name);
                case Local(var wanted) -> wanted.equals(name.getLocalName());
                case OfModule(var module) -> module.equals(name.getModule());
                case AnyName _, AnyNode _ -> true;
                case AnyText _, Nothing _ -> false;
            };
        }
    }

    private static List<Key> keys(List<Expr> predicates) {
        var keys = new ArrayList<Key>();
        for (var predicate : predicates) {
            if (predicate instanceof And(var all)) {
                if (all.stream().anyMatch(Expr::isPositional)) {
                    break;
                }
                all.forEach(one -> key(one, keys));
            } else if (!key(predicate, keys)) {
                break;
            }
        }
        return List.copyOf(keys);
    }

    private static boolean key(Expr predicate, List<Key> keys) {
        return predicate instanceof Binary(var operator, var left, var right)
                && operator == Operator.EQUAL
                && (key(left, right, keys) || key(right, left, keys));
    }

    private static boolean key(Expr side, Expr other, List<Key> keys) {
        return side instanceof Path(var from, var absolute, var steps)
                && from == null
                && !absolute
                && steps.size() == 1
                && steps.getFirst().axis() == Axis.CHILD
                && steps.getFirst().predicates().isEmpty()
                && (steps.getFirst().test() instanceof Test.Named
                        || steps.getFirst().test() instanceof Test.Local)
                && isFixed(other)
                && keys.add(new Key(steps.getFirst().test(), other));
    }

    /// Whether it asks for the position of the node it is asked of.
    private static boolean isPositional(Expr expression) {
        return switch (expression) {
            case Literal _, Constant _ -> false;
            case Negated(var of) -> isPositional(of);
            case Binary(_, var left, var right) -> isPositional(left) || isPositional(right);
            case And(var all) -> all.stream().anyMatch(Expr::isPositional);
            case Or(var any) -> any.stream().anyMatch(Expr::isPositional);
            case Union(var of) -> of.stream().anyMatch(Expr::isPositional);
            case Call(var function, var arguments) ->
                    function.equals("position")
                            || function.equals("last")
                            || arguments.stream().anyMatch(Expr::isPositional);
            case Filtered(var from, _) -> isPositional(from);
            case Path(var from, _, _) -> from != null && isPositional(from);
        };
    }

    /// Whether it is the same whatever node it is asked of.
    private static boolean isFixed(Expr expression) {
        return switch (expression) {
            case Literal _, Constant _ -> true;
            case Negated(var of) -> isFixed(of);
            case Binary(_, var left, var right) -> isFixed(left) && isFixed(right);
            case And(var all) -> all.stream().allMatch(Expr::isFixed);
            case Or(var any) -> any.stream().allMatch(Expr::isFixed);
            case Union(var of) -> of.stream().allMatch(Expr::isFixed);
            case Call(var function, var arguments) ->
                    switch (function) {
                        case "position", "last", "lang" -> false;
                        case "current", "true", "false" -> true;
                        default ->
                                !arguments.isEmpty() && arguments.stream().allMatch(Expr::isFixed);
                    };
            case Filtered(var from, _) -> isFixed(from);
            case Path(var from, var absolute, _) -> absolute || from != null && isFixed(from);
        };
    }
}
