package org.lagopus.datastore.xpath;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Regular expressions of XML Schema (RFC 7950 §9.4.5) as Java writes them: they match the whole
/// text, `^` and `$` are letters like others, a class may have another taken from it.
final class Patterns {
    /// What a match may cost: more characters are looked at only by going back over and over.
    private static final int LOOKS = 10_000_000;

    private Patterns() {}

    /// Whether the whole text matches. Clients write expressions, in filters, and some never come
    /// to an end: what does not match within the bound does not match.
    static boolean matches(String text, String expression) {
        try {
            return compile(expression).matcher(new Bounded(text)).matches();
        } catch (PatternSyntaxException | Exceeded | StackOverflowError e) {
            return false;
        }
    }

    private static final class Exceeded extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Exceeded() {
            super("going back without end", null, false, false);
        }
    }

    /// A text that may be looked at so often.
    private static final class Bounded implements CharSequence {
        private final String text;
        private int left = LOOKS;

        Bounded(String text) {
            this.text = text;
        }

        @Override
        public char charAt(int index) {
            if (--left < 0) {
                throw new Exceeded();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }

    static Pattern compile(String expression) {
        var java = new StringBuilder();
        int depth = 0;
        for (int i = 0; i < expression.length(); i++) {
            char c = expression.charAt(i);
            if (c == '\\' && i + 1 < expression.length()) {
                i++;
                java.append(escape(expression.charAt(i)));
                if (expression.startsWith("{Is", i + 1)) {
                    java.append("{In");
                    i += 3;
                }
            } else if (c == '[') {
                java.append(depth > 0 ? "&&[" : "[");
                if (depth > 0 && i + 1 < expression.length()) {
                    boolean negated = expression.charAt(i + 1) == '^';
                    java.append(negated ? "" : "^");
                    i += negated ? 1 : 0;
                }
                depth++;
            } else if (c == '-' && depth > 0 && expression.startsWith("[", i + 1)) {
                continue;
            } else {
                if (c == ']') {
                    depth--;
                }
                boolean letter = depth == 0 && (c == '^' || c == '$');
                java.append(letter || depth > 0 && c == '&' ? "\\" : "").append(c);
            }
        }
        return Pattern.compile(java.toString());
    }

    private static String escape(char c) {
        return switch (c) {
            case 'i' -> "[_:\\p{L}]";
            case 'I' -> "[^_:\\p{L}]";
            case 'c' -> "[-._:\\p{L}\\p{Nd}\\p{M}]";
            case 'C' -> "[^-._:\\p{L}\\p{Nd}\\p{M}]";
            case 'd' -> "\\p{Nd}";
            case 'D' -> "\\P{Nd}";
            default -> "\\" + c;
        };
    }
}
