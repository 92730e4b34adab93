package org.lagopus.component;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.stream.Collectors;

/// A place in the configuration: an instance-identifier of RFC 7951 §6.11, taken apart.
///
/// `/openconfig-interfaces:interfaces/interface[name='eth0']` has two steps; the second inherits
/// the module of the first, and is written without it.
public record Path(List<Step> steps) {
    /// One node on the way. `keys` holds the predicates: the keys of a list entry, or `.` for the
    /// value of a leaf-list entry.
    public record Step(String module, String name, Map<String, String> keys) {
        public Step {
            // A map that keeps its order: keys are written as they were read.
            keys = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(keys));
        }
    }

    public Path {
        steps = List.copyOf(steps);
    }

    /// @throws IllegalArgumentException if the text is no instance-identifier
    public static Path parse(String text) {
        return new Path(new Parser(text).steps());
    }

    /// The names from the top without modules and keys: `interfaces/interface`. Good for a
    /// `switch`.
    public String shape() {
        return steps.stream().map(Step::name).collect(Collectors.joining("/"));
    }

    /// The value of a key on the way: `key("interface", "name")`.
    ///
    /// @throws NoSuchElementException if no step of that name has that key
    public String key(String step, String key) {
        for (var each : steps) {
            var value = each.name().equals(step) ? each.keys().get(key) : null;
            if (value != null) {
                return value;
            }
        }
        throw new NoSuchElementException("no " + step + "[" + key + "] in " + this);
    }

    /// The last step.
    public Step last() {
        return steps.getLast();
    }

    /// This path with a container or leaf below; `name` is qualified where the module changes.
    public Path child(String name) {
        return child(name, Map.of());
    }

    /// This path with a list entry below.
    public Path child(String name, Map<String, String> keys) {
        int colon = name.indexOf(':');
        var module = colon < 0 ? last().module() : name.substring(0, colon);
        var longer = new ArrayList<>(steps);
        longer.add(new Step(module, name.substring(colon + 1), keys));
        return new Path(longer);
    }

    /// Whether this is `other` or below it.
    public boolean startsWith(Path other) {
        return steps.size() >= other.steps.size()
                && steps.subList(0, other.steps.size()).equals(other.steps);
    }

    /// The text again; names are qualified where the module changes.
    @Override
    public String toString() {
        var text = new StringBuilder();
        var module = "";
        for (var step : steps) {
            text.append('/');
            if (!step.module().equals(module)) {
                module = step.module();
                text.append(module).append(':');
            }
            text.append(step.name());
            step.keys().forEach((key, value) -> predicate(text, key, value));
        }
        return text.toString();
    }

    private static void predicate(StringBuilder text, String key, String value) {
        text.append('[').append(key).append('=').append(quote(value)).append(']');
    }

    /// RFC 7950 §9.13 has no escape: in a value with both quotes the apostrophes are doubled.
    private static String quote(String value) {
        if (value.indexOf('\'') < 0) {
            return "'" + value + "'";
        }
        return value.indexOf('"') < 0 ? '"' + value + '"' : "'" + value.replace("'", "''") + "'";
    }

    /// Reads one instance-identifier from left to right.
    private static final class Parser {
        private final String text;
        private int at;

        Parser(String text) {
            this.text = text;
        }

        List<Step> steps() {
            var steps = new ArrayList<Step>();
            var module = "";
            do {
                expect('/');
                var name = name();
                if (peek() == ':') {
                    at++;
                    module = name;
                    name = name();
                }
                if (module.isEmpty()) {
                    throw wrong("the first name has no module");
                }
                steps.add(new Step(module, name, keys()));
            } while (at < text.length());
            return steps;
        }

        private Map<String, String> keys() {
            var keys = new LinkedHashMap<String, String>();
            while (peek() == '[') {
                at++;
                blanks();
                var key = peek() == '.' ? dot() : unqualified();
                blanks();
                expect('=');
                blanks();
                keys.put(key, quoted());
                blanks();
                expect(']');
            }
            return keys;
        }

        private String dot() {
            at++;
            return ".";
        }

        private String unqualified() {
            var name = name();
            if (peek() != ':') {
                return name;
            }
            at++;
            return name();
        }

        private String quoted() {
            char quote = peek();
            if (quote != '\'' && quote != '"') {
                throw wrong("a quote is missing");
            }
            var value = new StringBuilder();
            for (at++; at < text.length(); at++) {
                char c = text.charAt(at);
                if (c == quote) {
                    at++;
                    if (peek() != quote) {
                        return value.toString();
                    }
                }
                value.append(c);
            }
            throw wrong("a quote is not closed");
        }

        private String name() {
            int from = at;
            while (at < text.length() && isNamePart(text.charAt(at))) {
                at++;
            }
            if (from == at) {
                throw wrong("a name is missing");
            }
            return text.substring(from, at);
        }

        private static boolean isNamePart(char c) {
            return Character.isLetterOrDigit(c) || c == '_' || c == '-' || c == '.';
        }

        private void blanks() {
            while (peek() == ' ' || peek() == '\t') {
                at++;
            }
        }

        private void expect(char c) {
            if (peek() != c) {
                throw wrong("'" + c + "' is missing");
            }
            at++;
        }

        private char peek() {
            return at < text.length() ? text.charAt(at) : '\0';
        }

        private IllegalArgumentException wrong(String why) {
            return new IllegalArgumentException(
                    "no instance-identifier: " + text + " (" + why + " at " + at + ")");
        }
    }
}
