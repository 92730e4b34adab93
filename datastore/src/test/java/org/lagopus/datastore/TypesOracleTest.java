package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.model.api.TypedDataSchemaNode;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

/// Random texts for leaves of every type, read by us and by `yanglint`.
///
/// Texts keep clear of what libyang 2.1 takes and RFC 7950 does not, or takes differently:
///
/// - white space around a number or a truth, which it cuts off;
/// - a plus in front of a number, and numbers in other bases;
/// - `-0`, which yangtools does not read;
/// - a class with another taken from it (`[a-z-[aeiou]]`), which the expressions of libyang do not
///   have;
/// - an identity that is derived from one of several bases only: libyang takes it, and RFC 7950
///   §9.10.2 asks for all of them.
@Tag("R12")
class TypesOracleTest {
    private static final Model MODEL = Shop.load("/types");
    private static final SchemaNode ALL =
            SchemaNode.of(MODEL).children().stream().findFirst().orElseThrow();

    /// Texts that are near to values of each leaf.
    private static final Map<String, List<String>> TEXTS =
            Map.ofEntries(
                    Map.entry("i8", List.of("-128", "-129", "127", "128", "0", "1.0", "", "x")),
                    Map.entry("i16", List.of("-32768", "-300", "-299", "300", "32767", "32768")),
                    Map.entry("i32", List.of("2147483647", "2147483648", "-2147483648")),
                    Map.entry("i64", List.of("9223372036854775807", "9223372036854775808", "-1")),
                    Map.entry("u8", List.of("0", "1", "9", "10", "249", "250", "255", "256", "-1")),
                    Map.entry("u16", List.of("65535", "65536", "-1", "12")),
                    Map.entry("u32", List.of("4294967295", "4294967296")),
                    Map.entry("u64", List.of("18446744073709551615", "18446744073709551616", "-1")),
                    Map.entry("narrowed", List.of("-8", "-7", "-5", "-4", "0", "4", "5", "7", "8")),
                    Map.entry(
                            "dec",
                            List.of(
                                    "-1.5", "-1.51", "1.25", "1.26", "10", "10.00", "1.234", "9.99",
                                    "1.", ".5", "1e1")),
                    Map.entry(
                            "long-dec",
                            List.of(
                                    "9.223372036854775807",
                                    "9.223372036854775808",
                                    "-9.223372036854775808",
                                    "1")),
                    Map.entry("str", List.of("", "a", " b ", "ü", "𝄞")),
                    Map.entry(
                            "cut",
                            List.of(
                                    "a",
                                    "ab",
                                    "abcd",
                                    "abcde",
                                    "abcdefgh",
                                    "abcdefghi",
                                    "AB",
                                    "a1")),
                    Map.entry(
                            "shaped",
                            List.of(
                                    "1", "012", "123", "1234", "1.2", "1.", "1.2345", "12.034",
                                    "a")),
                    Map.entry(
                            "classes",
                            List.of("bcd", "bad", "b", "b-", "b_", "b1", "a", "b--", "")),
                    Map.entry("anchors", List.of("a$b", "ab", "^c", "c", "d.", "dx", "d")),
                    Map.entry("flag", List.of("true", "false", "1", "TRUE", "")),
                    Map.entry("enum", List.of("red", "dark blue", "green", "7", "Red", "dark", "")),
                    Map.entry("bits", List.of("a", "a b", "b a", "a a", "a c b", "d", "", "a,b")),
                    Map.entry(
                            "bin",
                            List.of(
                                    "AAA=",
                                    "AAAA",
                                    "AA==",
                                    "AAAAAA==",
                                    "AAAAAAAA",
                                    "A",
                                    "AAA",
                                    "!!!!")),
                    Map.entry("none", List.of("", "x")),
                    Map.entry(
                            "id",
                            List.of(
                                    "t:one", "t:deep", "t:both", "t:base1", "t:base2", "t:none",
                                    "one")),
                    Map.entry("id2", List.of("t:both", "t:base1", "t:none")),
                    Map.entry(
                            "either",
                            List.of(
                                    "5",
                                    "9",
                                    "10",
                                    "4",
                                    "auto",
                                    "abcd",
                                    "abcdefgh",
                                    "abcdefghi",
                                    "A",
                                    "")));

    @TempDir private Path directory;

    @BeforeAll
    static void yanglintIsThere() {
        Yanglint.isThere();
    }

    private static boolean isValue(String leaf, String text) {
        var node = ALL.children.get(QName.create(ALL.name(), leaf));
        assertThat(node).as(leaf).isNotNull();
        var typed = (TypedDataSchemaNode) Objects.requireNonNull(node).statement;
        var stack = SchemaInferenceStack.ofDataTreePath(MODEL.context(), ALL.name(), node.name());
        var codec = MODEL.xml().codecFor(typed, stack);
        try {
            Values.parse(
                    MODEL.context(),
                    typed.getType(),
                    text,
                    () -> codec.parseValue(new Prefix(), text));
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /// `t` is the module, and so is no prefix.
    private static final class Prefix implements javax.xml.namespace.NamespaceContext {
        @Override
        public String getNamespaceURI(String prefix) {
            return prefix.isEmpty() || prefix.equals("t") ? "urn:example:types" : "";
        }

        @Override
        public String getPrefix(String uri) {
            return "t";
        }

        @Override
        public java.util.Iterator<String> getPrefixes(String uri) {
            return List.of("t").iterator();
        }
    }

    private static String document(String leaf, String text) {
        return "<all xmlns=\"urn:example:types\" xmlns:t=\"urn:example:types\"><%1$s>%2$s</%1$s></all>"
                .formatted(leaf, text.replace("&", "&amp;").replace("<", "&lt;"));
    }

    @Test
    void textsAreTakenOrRefusedAsYanglintDoes() throws Exception {
        long seed = Long.getLong("lagopus.seed", System.nanoTime());
        var random = new Random(seed);
        var yanglint = new Yanglint(directory, "types");
        var differ = new ArrayList<String>();
        var tried = new HashSet<String>();
        int taken = 0;
        for (var leaf : TEXTS.entrySet()) {
            var texts = new ArrayList<>(leaf.getValue());
            for (int i = 0; i < Integer.getInteger("lagopus.soak", 1) * 4; i++) {
                texts.add(
                        changed(
                                leaf.getValue().get(random.nextInt(leaf.getValue().size())),
                                random));
            }
            for (var text : texts) {
                if (!tried.add(leaf.getKey() + " " + text)) {
                    continue;
                }
                boolean ours = isValue(leaf.getKey(), text);
                var theirs = yanglint.judgeXml(document(leaf.getKey(), text));
                taken += ours ? 1 : 0;
                if (ours != theirs.valid()) {
                    differ.add(
                            "%s '%s': ours %s, theirs %s"
                                    .formatted(leaf.getKey(), text, ours, theirs.said()));
                }
            }
        }
        assertThat(differ).as("seed %d", seed).isEmpty();
        assertThat(taken).isBetween(tried.size() / 5, tried.size() * 4 / 5);
    }

    @Test
    void whatYanglintReadsOtherwiseIsReadAsTheStandardsSay() {
        assertThat(isValue("id2", "t:one")).isFalse();
        assertThat(isValue("id2", "t:both")).isTrue();
        assertThat(isValue("without", "bcd")).isTrue();
        assertThat(isValue("without", "bad")).isFalse();
        assertThat(isValue("i8", "+5")).isTrue();
    }

    /// With one character doubled, lost or exchanged for another of the text.
    private static String changed(String text, Random random) {
        // Half a name is another subject, and so are the signs and bases told of above.
        if (text.isEmpty()
                || text.startsWith("-")
                || text.contains(":")
                || !text.chars().allMatch(c -> c > ' ' && c < 127)) {
            return text;
        }
        int at = random.nextInt(text.length());
        var changed =
                switch (random.nextInt(3)) {
                    case 0 -> text.substring(0, at) + text.charAt(at) + text.substring(at);
                    case 1 -> text.substring(0, at) + text.substring(at + 1);
                    default ->
                            text.substring(0, at)
                                    + text.charAt(random.nextInt(text.length()))
                                    + text.substring(at + 1);
                };
        return changed.matches("0[0-9].*") ? text : changed;
    }
}
