package org.lagopus.datastore.xpath;

import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.QName;

/// The core library (XPath 1.0 §4) and the functions of YANG (RFC 7950 §10).
///
/// @param names whose names in texts are resolved
record Functions(Names names) {

    Value call(String name, List<Value> given, Expression.At at) {
        return switch (name) {
            case "current" -> new Value.Nodes(List.of(at.current()));
            case "position" -> new Value.Num(at.position());
            case "last" -> new Value.Num(at.size());
            case "true" -> new Value.Bool(true);
            case "false" -> new Value.Bool(false);
            case "boolean" -> new Value.Bool(given.getFirst().bool());
            case "not" -> new Value.Bool(!given.getFirst().bool());
            case "lang" -> new Value.Bool(false);
            case "id" -> new Value.Nodes(List.of());
            case "string", "number", "string-length", "normalize-space" ->
                    ofOne(
                            name,
                            given.isEmpty()
                                    ? new Value.Nodes(List.of(at.node()))
                                    : given.getFirst());
            case "local-name", "name", "namespace-uri" ->
                    new Value.Str(
                            name(name, given.isEmpty() ? at.node() : first(given.getFirst())));
            case "count" -> new Value.Num(nodes(given.getFirst()).size());
            case "sum" ->
                    new Value.Num(
                            nodes(given.getFirst()).stream()
                                    .mapToDouble(one -> Value.number(one.text()))
                                    .sum());
            case "floor" -> new Value.Num(Math.floor(given.getFirst().number()));
            case "ceiling" -> new Value.Num(Math.ceil(given.getFirst().number()));
            case "round" -> new Value.Num(round(given.getFirst().number()));
            case "deref" -> {
                var found = new LinkedHashSet<Node>();
                var from = first(given.getFirst());
                if (from != null) {
                    found.addAll(from.deref());
                }
                yield new Value.Nodes(Expression.ordered(found));
            }
            case "derived-from", "derived-from-or-self" -> {
                var identity = names.name(given.get(1).string());
                boolean orSelf = name.endsWith("self");
                yield new Value.Bool(
                        identity != null
                                && nodes(given.getFirst()).stream()
                                        .anyMatch(one -> one.isDerivedFrom(identity, orSelf)));
            }
            case "enum-value" -> {
                var from = first(given.getFirst());
                yield new Value.Num(from == null ? Double.NaN : from.enumValue());
            }
            case "bit-is-set" -> {
                var from = first(given.getFirst());
                yield new Value.Bool(from != null && from.isBitSet(given.get(1).string()));
            }
            default -> ofStrings(name, given.stream().map(Value::string).toList(), given);
        };
    }

    private static Value ofOne(String function, Value value) {
        return switch (function) {
            case "number" -> new Value.Num(value.number());
            case "string-length" -> {
                var text = value.string();
                yield new Value.Num(text.codePointCount(0, text.length()));
            }
            case "normalize-space" -> new Value.Str(normalized(value.string()));
            default -> new Value.Str(value.string());
        };
    }

    private static Value ofStrings(String function, List<String> texts, List<Value> given) {
        return switch (function) {
            case "concat" -> new Value.Str(String.join("", texts));
            case "starts-with" -> new Value.Bool(texts.get(0).startsWith(texts.get(1)));
            case "contains" -> new Value.Bool(texts.get(0).contains(texts.get(1)));
            case "substring-before" -> {
                int at = texts.get(0).indexOf(texts.get(1));
                yield new Value.Str(at < 0 ? "" : texts.get(0).substring(0, at));
            }
            case "substring-after" -> {
                int at = texts.get(0).indexOf(texts.get(1));
                yield new Value.Str(
                        at < 0 ? "" : texts.get(0).substring(at + texts.get(1).length()));
            }
            case "substring" ->
                    new Value.Str(
                            substring(
                                    texts.getFirst(),
                                    given.get(1).number(),
                                    given.size() > 2
                                            ? given.get(2).number()
                                            : Double.POSITIVE_INFINITY));
            case "translate" -> new Value.Str(translated(texts.get(0), texts.get(1), texts.get(2)));
            case "re-match" -> new Value.Bool(Patterns.matches(texts.get(0), texts.get(1)));
            default -> throw new IllegalArgumentException("no function of YANG: " + function);
        };
    }

    private static List<Node> nodes(Value value) {
        return value instanceof Value.Nodes(var nodes) ? nodes : List.of();
    }

    private static @Nullable Node first(Value value) {
        var nodes = nodes(value);
        return nodes.isEmpty() ? null : nodes.getFirst();
    }

    private static String name(String function, @Nullable Node node) {
        QName name = node == null ? null : node.name();
        if (name == null) {
            return "";
        }
        return function.equals("namespace-uri")
                ? name.getNamespace().toString()
                : name.getLocalName();
    }

    /// Halves go up, also below zero (XPath 1.0 §4.4).
    static double round(double value) {
        return Double.isNaN(value) || Double.isInfinite(value) ? value : Math.floor(value + 0.5);
    }

    /// Characters whose position is in the rounded range (XPath 1.0 §4.2).
    static String substring(String text, double from, double length) {
        double first = round(from);
        double end = first + round(length);
        var result = new StringBuilder();
        int position = 1;
        for (int i = 0; i < text.length(); position++) {
            int character = text.codePointAt(i);
            if (position >= first && position < end) {
                result.appendCodePoint(character);
            }
            i += Character.charCount(character);
        }
        return result.toString();
    }

    private static String normalized(String text) {
        var result = new StringBuilder();
        boolean space = false;
        for (int i = 0; i < text.length(); i++) {
            if (Value.isSpace(text.charAt(i))) {
                space = !result.isEmpty();
            } else {
                result.append(space ? " " : "").append(text.charAt(i));
                space = false;
            }
        }
        return result.toString();
    }

    private static String translated(String text, String from, String to) {
        var wanted = to.codePoints().toArray();
        var result = new StringBuilder();
        var source = from.codePoints().boxed().toList();
        text.codePoints()
                .forEach(character -> {
                    int at = source.indexOf(character);
                    if (at < 0) {
                        result.appendCodePoint(character);
                    } else if (at < wanted.length) {
                        result.appendCodePoint(wanted[at]);
                    }
                });
        return result.toString();
    }
}
