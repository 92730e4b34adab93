package org.lagopus.datastore.xpath;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.QName;

/// Reads XPath 1.0 §3 in one pass, with the functions of YANG (RFC 7950 §10).
///
/// What is nested deeper than [#DEEPEST], or longer than [#LONGEST], is refused, so that neither
/// reading nor evaluating can overflow a stack.
final class Parser {
    static final int LONGEST = 1 << 16;
    static final int DEEPEST = 100;

    /// The least and the most arguments of each function.
    private static final Map<String, int[]> FUNCTIONS =
            Map.ofEntries(
                    function("last", 0, 0),
                    function("position", 0, 0),
                    function("count", 1, 1),
                    function("id", 1, 1),
                    function("local-name", 0, 1),
                    function("namespace-uri", 0, 1),
                    function("name", 0, 1),
                    function("string", 0, 1),
                    function("concat", 2, Integer.MAX_VALUE),
                    function("starts-with", 2, 2),
                    function("contains", 2, 2),
                    function("substring-before", 2, 2),
                    function("substring-after", 2, 2),
                    function("substring", 2, 3),
                    function("string-length", 0, 1),
                    function("normalize-space", 0, 1),
                    function("translate", 3, 3),
                    function("boolean", 1, 1),
                    function("not", 1, 1),
                    function("true", 0, 0),
                    function("false", 0, 0),
                    function("lang", 1, 1),
                    function("number", 0, 1),
                    function("sum", 1, 1),
                    function("floor", 1, 1),
                    function("ceiling", 1, 1),
                    function("round", 1, 1),
                    function("current", 0, 0),
                    function("re-match", 2, 2),
                    function("deref", 1, 1),
                    function("derived-from", 2, 2),
                    function("derived-from-or-self", 2, 2),
                    function("enum-value", 1, 1),
                    function("bit-is-set", 2, 2));

    private final String text;
    private final Names names;
    private int at;
    private int depth;

    private Parser(String text, Names names) {
        this.text = text;
        this.names = names;
    }

    private static Map.Entry<String, int[]> function(String name, int least, int most) {
        return Map.entry(name, new int[] {least, most});
    }

    /// @throws IllegalArgumentException telling what is wrong, and where
    static Expr parse(String text, Names names) {
        if (text.length() > LONGEST) {
            throw new IllegalArgumentException(
                    "the expression is longer than %d characters".formatted(LONGEST));
        }
        var parser = new Parser(text, names);
        var expression = parser.or();
        if (!parser.isAtEnd()) {
            throw parser.wrong("an operator or the end expected");
        }
        return expression;
    }

    private Expr or() {
        return nested(() -> {
            var any = new ArrayList<Expr>();
            do {
                any.add(and());
            } while (word("or"));
            return any.size() == 1 ? any.getFirst() : new Expr.Or(List.copyOf(any));
        });
    }

    private Expr and() {
        var all = new ArrayList<Expr>();
        do {
            all.add(equality());
        } while (word("and"));
        return all.size() == 1 ? all.getFirst() : new Expr.And(List.copyOf(all));
    }

    private Expr equality() {
        return chain(this::relation, Expr.Operator.UNEQUAL, Expr.Operator.EQUAL);
    }

    private Expr relation() {
        return chain(
                this::sum,
                Expr.Operator.LESS_OR_EQUAL,
                Expr.Operator.GREATER_OR_EQUAL,
                Expr.Operator.LESS,
                Expr.Operator.GREATER);
    }

    private Expr sum() {
        return chain(this::product, Expr.Operator.PLUS, Expr.Operator.MINUS);
    }

    private Expr product() {
        return chain(this::negation, Expr.Operator.TIMES, Expr.Operator.DIV, Expr.Operator.MOD);
    }

    /// Operands with operators of one rank between them, from the left.
    private Expr chain(Supplier<Expr> operand, Expr.Operator... operators) {
        var left = operand.get();
        for (int length = 0; ; length++) {
            var operator = operator(operators);
            if (operator == null) {
                return left;
            }
            if (length == DEEPEST) {
                throw wrong("the expression is too deep");
            }
            left = new Expr.Binary(operator, left, operand.get());
        }
    }

    private Expr.@Nullable Operator operator(Expr.Operator... operators) {
        for (var one : operators) {
            boolean isWord = Character.isLetter(one.sign.charAt(0));
            if (isWord ? word(one.sign) : sign(one.sign)) {
                return one;
            }
        }
        return null;
    }

    private Expr negation() {
        boolean negative = false;
        boolean any = false;
        while (sign("-")) {
            negative = !negative;
            any = true;
        }
        var of = union();
        if (!any) {
            return of;
        }
        var once = new Expr.Negated(of);
        return negative ? once : new Expr.Negated(once);
    }

    private Expr union() {
        var of = new ArrayList<Expr>();
        do {
            of.add(path());
        } while (sign("|"));
        return of.size() == 1 ? of.getFirst() : new Expr.Union(List.copyOf(of));
    }

    private Expr path() {
        if (!startsFilter()) {
            return location();
        }
        var from = primary();
        var predicates = predicates();
        var filtered = predicates.isEmpty() ? from : new Expr.Filtered(from, predicates);
        if (!peek("/")) {
            return filtered;
        }
        var steps = new ArrayList<Expr.Step>();
        furtherSteps(steps);
        return new Expr.Path(filtered, false, List.copyOf(steps));
    }

    private Expr location() {
        var steps = new ArrayList<Expr.Step>();
        boolean absolute = sign("/");
        if (absolute && !peek("/") && !startsStep()) {
            return new Expr.Path(null, true, List.of());
        }
        if (absolute && sign("/")) {
            steps.add(anywhere());
        }
        steps.add(step());
        furtherSteps(steps);
        return new Expr.Path(null, absolute, List.copyOf(steps));
    }

    private void furtherSteps(List<Expr.Step> steps) {
        while (sign("/")) {
            if (sign("/")) {
                steps.add(anywhere());
            }
            steps.add(step());
        }
    }

    /// `//`
    private static Expr.Step anywhere() {
        return Expr.Step.of(Expr.Axis.DESCENDANT_OR_SELF, new Expr.Test.AnyNode(), List.of());
    }

    private Expr.Step step() {
        if (sign("..")) {
            return Expr.Step.of(Expr.Axis.PARENT, new Expr.Test.AnyNode(), List.of());
        }
        if (peek(".") && !startsNumber()) {
            sign(".");
            return Expr.Step.of(Expr.Axis.SELF, new Expr.Test.AnyNode(), List.of());
        }
        var axis = axis();
        var test = test();
        return Expr.Step.of(axis, test, predicates());
    }

    private Expr.Axis axis() {
        if (sign("@")) {
            return Expr.Axis.ATTRIBUTE;
        }
        int start = at;
        var name = startsName() ? ncName() : null;
        if (name == null || !sign("::")) {
            at = start;
            return Expr.Axis.CHILD;
        }
        try {
            return Expr.Axis.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
        } catch (IllegalArgumentException e) {
            at = start;
            throw wrong("there is no axis " + name);
        }
    }

    private Expr.Test test() {
        if (sign("*")) {
            return new Expr.Test.AnyName();
        }
        if (!startsName()) {
            throw wrong("a step expected");
        }
        int start = at;
        var name = ncName();
        if (at < text.length() && text.charAt(at) == ':') {
            at++;
            var module = names.module(name);
            if (module == null) {
                at = start;
                throw wrong("the prefix %s is not known".formatted(name));
            }
            if (at < text.length() && text.charAt(at) == '*') {
                at++;
                return new Expr.Test.OfModule(module);
            }
            if (at >= text.length() || !Names.isStart(text.charAt(at))) {
                throw wrong("a name expected");
            }
            return new Expr.Test.Named(QName.create(module, ncName()));
        }
        if (sign("(")) {
            return nodeType(name, start);
        }
        var module = names.bare();
        return module == null
                ? new Expr.Test.Local(name)
                : new Expr.Test.Named(QName.create(module, name));
    }

    private Expr.Test nodeType(String name, int start) {
        var test =
                switch (name) {
                    case "node" -> new Expr.Test.AnyNode();
                    case "text" -> new Expr.Test.AnyText();
                    case "comment" -> new Expr.Test.Nothing();
                    case "processing-instruction" -> {
                        if (peek("'") || peek("\"")) {
                            literal();
                        }
                        yield new Expr.Test.Nothing();
                    }
                    default -> {
                        at = start;
                        throw wrong("there is no node type " + name);
                    }
                };
        expect(")");
        return test;
    }

    private List<Expr> predicates() {
        var all = new ArrayList<Expr>();
        while (sign("[")) {
            all.add(or());
            expect("]");
        }
        return List.copyOf(all);
    }

    private boolean startsFilter() {
        skip();
        if (at >= text.length()) {
            throw wrong("an expression expected");
        }
        char c = text.charAt(at);
        if (c == '(' || c == '\'' || c == '"' || c == '$' || startsNumber()) {
            return true;
        }
        if (!startsName()) {
            return false;
        }
        int start = at;
        var name = ncName();
        boolean isCall = sign("(") && !isNodeType(name);
        at = start;
        return isCall;
    }

    private static boolean isNodeType(String name) {
        return switch (name) {
            case "node", "text", "comment", "processing-instruction" -> true;
            default -> false;
        };
    }

    private Expr primary() {
        if (sign("(")) {
            var inside = or();
            expect(")");
            return inside;
        }
        if (peek("'") || peek("\"")) {
            return new Expr.Literal(literal());
        }
        if (peek("$")) {
            throw wrong("there are no variables");
        }
        return startsNumber() ? number() : call();
    }

    private Expr call() {
        int start = at;
        var name = ncName();
        var arity = FUNCTIONS.get(name);
        if (arity == null) {
            at = start;
            throw wrong("there is no function " + name);
        }
        expect("(");
        var arguments = new ArrayList<Expr>();
        if (!sign(")")) {
            do {
                arguments.add(or());
            } while (sign(","));
            expect(")");
        }
        if (arguments.size() < arity[0] || arguments.size() > arity[1]) {
            at = start;
            throw wrong("%s() does not take %d arguments".formatted(name, arguments.size()));
        }
        return new Expr.Call(name, List.copyOf(arguments));
    }

    private String literal() {
        skip();
        char quote = text.charAt(at);
        int end = text.indexOf(quote, at + 1);
        if (end < 0) {
            throw wrong("the text has no end");
        }
        var inside = text.substring(at + 1, end);
        at = end + 1;
        return inside;
    }

    private Expr number() {
        int start = at;
        digits();
        if (at < text.length() && text.charAt(at) == '.') {
            at++;
            digits();
        }
        return new Expr.Constant(Double.parseDouble(text.substring(start, at)));
    }

    private void digits() {
        while (at < text.length() && isDigit(text.charAt(at))) {
            at++;
        }
    }

    private boolean startsNumber() {
        skip();
        return at < text.length()
                && (isDigit(text.charAt(at))
                        || text.charAt(at) == '.'
                                && at + 1 < text.length()
                                && isDigit(text.charAt(at + 1)));
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private boolean startsStep() {
        return startsName() || peek(".") || peek("*") || peek("@");
    }

    private boolean startsName() {
        skip();
        return at < text.length() && Names.isStart(text.charAt(at));
    }

    private String ncName() {
        int start = at;
        while (at < text.length() && Names.isPart(text.charAt(at))) {
            at++;
        }
        return text.substring(start, at);
    }

    /// Takes an operator that is a word.
    private boolean word(String word) {
        skip();
        int end = at + word.length();
        if (!text.startsWith(word, at) || end < text.length() && Names.isPart(text.charAt(end))) {
            return false;
        }
        at = end;
        return true;
    }

    private boolean peek(String sign) {
        skip();
        return text.startsWith(sign, at);
    }

    private boolean sign(String sign) {
        if (!peek(sign)) {
            return false;
        }
        at += sign.length();
        return true;
    }

    private void expect(String sign) {
        if (!sign(sign)) {
            throw wrong("'%s' expected".formatted(sign));
        }
    }

    private boolean isAtEnd() {
        skip();
        return at == text.length();
    }

    private void skip() {
        while (at < text.length() && Value.isSpace(text.charAt(at))) {
            at++;
        }
    }

    private Expr nested(Supplier<Expr> inside) {
        if (++depth > DEEPEST) {
            throw wrong("the expression is too deep");
        }
        var found = inside.get();
        depth--;
        return found;
    }

    private IllegalArgumentException wrong(String why) {
        return new IllegalArgumentException(
                "%s at character %d of \"%s\"".formatted(why, at + 1, shown()));
    }

    private String shown() {
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }
}
