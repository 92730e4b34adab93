package org.lagopus.datastore.xpath;

import java.math.BigDecimal;
import java.util.List;

/// The four types of XPath 1.0 §1, and how each becomes another (§4.2, §4.3, §4.4).
public sealed interface Value {
    record Nodes(List<Node> nodes) implements Value {}

    record Bool(boolean value) implements Value {}

    record Num(double value) implements Value {}

    record Str(String value) implements Value {}

    default boolean bool() {
        return switch (this) {
            case Nodes(var nodes) -> !nodes.isEmpty();
            case Bool(var value) -> value;
            case Num(var value) -> value != 0 && !Double.isNaN(value);
            case Str(var value) -> !value.isEmpty();
        };
    }

    default String string() {
        return switch (this) {
            case Nodes(var nodes) -> nodes.isEmpty() ? "" : nodes.getFirst().text();
            case Bool(var value) -> value ? "true" : "false";
            case Num(var value) -> string(value);
            case Str(var value) -> value;
        };
    }

    default double number() {
        return switch (this) {
            case Nodes _ -> number(string());
            case Bool(var value) -> value ? 1 : 0;
            case Num(var value) -> value;
            case Str(var value) -> number(value);
        };
    }

    /// No exponent, no plus, no zero with a sign.
    static String string(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "Infinity" : "-Infinity";
        }
        if (value == 0) {
            return "0";
        }
        return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }

    /// `Number` of the grammar (XPath 1.0 §3.7) with an optional minus and white space around;
    /// anything else is no number.
    static double number(String text) {
        var trimmed = trim(text);
        int digits = 0;
        int dots = 0;
        for (int i = 0; i < trimmed.length(); i++) {
            char c = trimmed.charAt(i);
            if (c >= '0' && c <= '9') {
                digits++;
            } else if (c == '.') {
                dots++;
            } else if (c != '-' || i > 0) {
                return Double.NaN;
            }
        }
        return digits == 0 || dots > 1 ? Double.NaN : Double.parseDouble(trimmed);
    }

    static boolean isSpace(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
    }

    private static String trim(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && isSpace(text.charAt(from))) {
            from++;
        }
        while (to > from && isSpace(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }
}
