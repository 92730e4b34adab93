package org.lagopus.datastore.xpath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;

@Tag("R12")
class ExpressionTest {
    private static final QNameModule MODULE = QNameModule.of("urn:example:x");

    /// `a(b=1, b=2, c(d=x, b=3), e=" y z ")`
    private static final Element ROOT = new Element(null, "", null);

    static {
        var a = new Element(ROOT, "a", null);
        new Element(a, "b", "1");
        new Element(a, "b", "2");
        var c = new Element(a, "c", null);
        new Element(c, "d", "x");
        new Element(c, "b", "3");
        new Element(a, "e", " y  z ");
    }

    private static final class Element implements Node {
        private final @Nullable Element parent;
        private final QName name;
        private final @Nullable String value;
        private final List<Element> children = new ArrayList<>();

        Element(@Nullable Element parent, String name, @Nullable String value) {
            this.parent = parent;
            this.name = QName.create(MODULE, name.isEmpty() ? "root" : name);
            this.value = value;
            if (parent != null) {
                parent.children.add(this);
            }
        }

        @Override
        public @Nullable Node parent() {
            return parent;
        }

        @Override
        public @Nullable QName name() {
            return parent == null ? null : name;
        }

        @Override
        public List<Element> children() {
            return children;
        }

        @Override
        public List<Element> children(QName wanted) {
            return children.stream().filter(child -> child.name.equals(wanted)).toList();
        }

        @Override
        public boolean isLeaf() {
            return value != null;
        }

        @Override
        public String text() {
            return value == null
                    ? String.join("", children.stream().map(Element::text).toList())
                    : value;
        }
    }

    private static final Names NAMES =
            new Names() {
                @Override
                public @Nullable QNameModule module(String prefix) {
                    return prefix.equals("x") ? MODULE : null;
                }

                @Override
                public QNameModule bare() {
                    return MODULE;
                }
            };

    /// As a string, asked of the element `c`.
    static String of(String expression) {
        var c = ROOT.children().getFirst().children().get(2);
        return Expression.parse(expression, NAMES).evaluate(c).string();
    }

    @Test
    void numbersAreThoseOfIeee754AndWrittenWithoutExponent() {
        assertThat(of("1 + 2 * 3 - 4 div 8")).isEqualTo("6.5");
        assertThat(of("-5 mod 3")).isEqualTo("-2");
        assertThat(of("1 div 0")).isEqualTo("Infinity");
        assertThat(of("-1 div 0")).isEqualTo("-Infinity");
        assertThat(of("0 div 0")).isEqualTo("NaN");
        assertThat(of("1000000 * 1000000")).isEqualTo("1000000000000");
        assertThat(of("1 div 1000000")).isEqualTo("0.000001");
        assertThat(of("-0")).isEqualTo("0");
        assertThat(of("floor(-1.5) + ceiling(1.2) + round(2.5) + round(-2.5)")).isEqualTo("1");
        assertThat(of("number(' 12 ') + number('1.')")).isEqualTo("13");
        assertThat(of("number(concat('1', 'e3'))")).isEqualTo("NaN");
        assertThat(of("number(concat('+', '1'))")).isEqualTo("NaN");
        assertThat(of("number(substring('a', 2))")).isEqualTo("NaN");
        assertThat(of("number(true())")).isEqualTo("1");
        assertThat(of("sum(../b) + sum(b)")).isEqualTo("6");
    }

    @Test
    void textsAreCutAndPut() {
        assertThat(of("substring('12345', 2, 3)")).isEqualTo("234");
        assertThat(of("substring('12345', 2)")).isEqualTo("2345");
        assertThat(of("substring('12345', 1.5, 2.6)")).isEqualTo("234");
        assertThat(of("substring('12345', 0, 3)")).isEqualTo("12");
        assertThat(of("substring('12345', 0 div 0, 3)")).isEmpty();
        assertThat(of("substring('12345', -42, 1 div 0)")).isEqualTo("12345");
        assertThat(of("substring-before('1999/04/01', '/')")).isEqualTo("1999");
        assertThat(of("substring-after('1999/04/01', '/')")).isEqualTo("04/01");
        assertThat(of("translate('--aaa--', 'abc-', 'ABC')")).isEqualTo("AAA");
        assertThat(of("normalize-space(../e)")).isEqualTo("y z");
        assertThat(of("string-length(../e)")).isEqualTo("6");
        assertThat(of("string-length()")).isEqualTo("2");
        assertThat(of("concat('a', 1, true())")).isEqualTo("a1true");
        assertThat(of("string(.)")).isEqualTo("x3");
        assertThat(of("starts-with('ab', 'a') and contains('abc', 'bc')")).isEqualTo("true");
    }

    /// Twice as many letters would take a million times as long.
    @Test
    @Timeout(60)
    void anExpressionThatGoesBackWithoutEndDoesNotMatch() throws Exception {
        assertThat(of("re-match('%s', '(a+)+b')".formatted("a".repeat(60)))).isEqualTo("false");
        assertThat(of("re-match('%s', '(a|b)*c')".formatted("ab".repeat(30_000))))
                .isEqualTo("false");
        assertThat(of("re-match('%sb', '(a+)+b')".formatted("a".repeat(60)))).isEqualTo("true");
    }

    @Test
    void comparisonsOfNodeSetsAskForAnyNode() {
        assertThat(of("../b = 2")).isEqualTo("true");
        assertThat(of("../b != 2")).isEqualTo("true");
        assertThat(of("not(../b = 3)")).isEqualTo("true");
        assertThat(of("b > ../b")).isEqualTo("true");
        assertThat(of("../b > b")).isEqualTo("false");
        assertThat(of("../nothing = ''")).isEqualTo("false");
        assertThat(of("../nothing = false()")).isEqualTo("true");
        assertThat(of("d = 'x' or 1 div 0 = 1")).isEqualTo("true");
        assertThat(of("'2' = 2.0")).isEqualTo("true");
        assertThat(of("'b' > 'a'")).isEqualTo("false");
    }

    @Test
    void everyAxisIsWalkedInItsOrder() {
        assertThat(of("preceding-sibling::*[1]")).isEqualTo("2");
        assertThat(of("preceding-sibling::*")).isEqualTo("1");
        assertThat(of("following-sibling::e = ' y  z '")).isEqualTo("true");
        assertThat(of("count(ancestor::*)")).isEqualTo("1");
        assertThat(of("count(ancestor-or-self::node())")).isEqualTo("3");
        assertThat(of("local-name(ancestor::*[1])")).isEqualTo("a");
        assertThat(of("count(//b)")).isEqualTo("3");
        assertThat(of("count(/a/descendant::*)")).isEqualTo("6");
        assertThat(of("count(/descendant-or-self::node()/self::b)")).isEqualTo("3");
        assertThat(of("count(following::*)")).isEqualTo("1");
        assertThat(of("count(d/preceding::b)")).isEqualTo("2");
        assertThat(of("d/text()")).isEqualTo("x");
        assertThat(of("count(attribute::*)")).isEqualTo("0");
        assertThat(of("namespace-uri(d)")).isEqualTo("urn:example:x");
    }

    @Test
    void predicatesCountAlongTheAxisAndInBracketsAlongTheDocument() {
        assertThat(of("../b[2]")).isEqualTo("2");
        assertThat(of("../b[last()]")).isEqualTo("2");
        assertThat(of("../b[position() < 2]")).isEqualTo("1");
        assertThat(of("../b[. > 1][1]")).isEqualTo("2");
        assertThat(of("(//b)[3]")).isEqualTo("3");
        assertThat(of("count(//b[1])")).isEqualTo("2");
        assertThat(of("(b | ../b)[1]")).isEqualTo("1");
        assertThat(of("../b[. = current()/../b[2]]")).isEqualTo("2");
        assertThat(of("../*[local-name() = 'e'] = ' y  z '")).isEqualTo("true");
    }

    @Test
    void expressionsOfSchemaMatchAllOfTheText() {
        assertThat(of("re-match('1.22.333', '\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}')")).isEqualTo("true");
        assertThat(of("re-match('abc', 'b')")).isEqualTo("false");
        assertThat(of("re-match('a$^', 'a$^')")).isEqualTo("true");
        assertThat(of("re-match('bcd', '[a-z-[aeiou]]+')")).isEqualTo("true");
        assertThat(of("re-match('bad', '[a-z-[aeiou]]+')")).isEqualTo("false");
        assertThat(of("re-match('x-1', '\\i\\c*')")).isEqualTo("true");
        assertThat(of("re-match('x', '(')")).isEqualTo("false");
    }

    @Test
    void namesInTextsAreResolvedByTheirPrefix() {
        assertThat(NAMES.name("x:b")).isEqualTo(QName.create(MODULE, "b"));
        assertThat(NAMES.name("z:b")).isNull();
        assertThat(NAMES.name("no name")).isNull();
        assertThat(NAMES.name("")).isNull();
    }

    @Test
    void predicatesAreAskedInTheirOrderAndNoneIsLost() {
        assertThat(of("count(../b[2][2])")).isEqualTo("0");
        assertThat(of("count(../b[2][1])")).isEqualTo("1");
        assertThat(of("../b[. > 1][1]")).isEqualTo("2");
        assertThat(of("count(../b[1][. > 1])")).isEqualTo("0");
    }

    @Test
    void aWholeModuleIsNamedByItsPrefix() {
        assertThat(of("count(../x:*)")).isEqualTo("4");
        assertThat(of("count(self::*)")).isEqualTo("1");
        assertThat(of("count(/self::*)")).isEqualTo("0");
        assertThat(of("count(/.)")).isEqualTo("1");
    }

    @Test
    void operatorsAreToldFromNames() {
        assertThat(of("count(../b)*2")).isEqualTo("4");
        assertThat(of("../b[1]*../b[2]")).isEqualTo("2");
        assertThat(of("count(../*)")).isEqualTo("4");
        assertThat(of("6 div 2 mod 2")).isEqualTo("1");
        assertThat(of("count(div) + count(or | and)")).isEqualTo("0");
        assertThat(of("- - 2 - -1")).isEqualTo("3");
        assertThat(of(".5 + 1.")).isEqualTo("1.5");
        assertThat(of("( ../b )[ 2 ]/.. / c/d")).isEqualTo("x");
        assertThat(of("count(//b | .//b)")).isEqualTo("3");
        assertThat(of("1 = 1 = true()")).isEqualTo("true");
    }

    @Test
    void whatIsNoXPathIsRefusedWithItsPlace() {
        for (var text :
                List.of(
                        "", "a[", "a]", "/a/", "//", "a b", "f(1)", "count()", "true(1)", "$x",
                        "1 +", "'a", "z:a", "a::b", "x:", "foo()", "..a", "a[1", "(a", "a/(b)",
                        "///a", "@", "child::", "!a", "a!=")) {
            assertThatThrownBy(() -> Expression.parse(text, NAMES))
                    .as(text)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("at character");
        }
    }

    @Test
    void depthAndLengthAreBounded() {
        for (var text :
                List.of(
                        "(".repeat(5000) + "1" + ")".repeat(5000),
                        "a[".repeat(5000) + "1" + "]".repeat(5000),
                        "not(".repeat(5000) + "1" + ")".repeat(5000),
                        "1" + "+1".repeat(5000))) {
            assertThatThrownBy(() -> Expression.parse(text, NAMES))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("too deep");
        }
        assertThatThrownBy(() -> Expression.parse(" ".repeat(70_000), NAMES))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("longer");
        assertThat(of("-".repeat(5001) + "1")).isEqualTo("-1");
        assertThat(of("1" + " or 1".repeat(5000))).isEqualTo("true");
        assertThat(of("count(." + "/..".repeat(5000) + ")")).isEqualTo("0");
    }
}
