package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;

/// Random data and random edits of a module that has every constraint, judged by us and by
/// `yanglint`.
///
/// `-Dlagopus.soak=N` makes it, and the other tests of its kind, N times as long; `-Dlagopus.seed`
/// repeats one.
///
/// Where libyang 2.1 differs, the data keeps clear of it, and [RulesTest] or the tests of the
/// evaluator say what is right:
///
/// - it refuses a model with `floor()` of a leaf, and `round()` is wrong below zero;
/// - it refuses `deref()` in the path of a leafref, which RFC 7950 §14 does not have either;
/// - it takes the root for an element, so that `ancestor::*` has one node too many (XPath 1.0
///   §2.3);
/// - an enumeration compared with a prefixed name is never equal, see [DataNode#isText].
@Tag("R12")
class RulesOracleTest {
    private static final Model MODEL = Shop.load("/rules");
    private static final SchemaNode SCHEMA = SchemaNode.of(MODEL);

    @TempDir private static Path directory;

    @BeforeAll
    static void yanglintIsThere() {
        Yanglint.isThere();
    }

    private static Yanglint.Verdict yanglint(String json) throws Exception {
        return new Yanglint(directory, "rules").judge(json);
    }

    private static String json(ContainerNode root) throws IOException {
        return Yanglint.json(MODEL, root);
    }

    @Test
    void whatIsWrittenIsJudgedAsYanglintJudgesIt() throws Exception {
        long seed = Long.getLong("lagopus.seed", System.nanoTime());
        var random = new Random(seed);
        int valid = 0;
        int rounds = 250 * Integer.getInteger("lagopus.soak", 1);
        var differ = new ArrayList<String>();
        for (int i = 0; i < rounds; i++) {
            var root = Shop.root(MODEL, Generator.data(random, 1 + random.nextInt(3)));
            var ours = Validation.of(SCHEMA, root);
            var theirs = yanglint(json(root));
            if (ours.isEmpty() != theirs.valid()) {
                differ.add("%s%nours %s%ntheirs %s".formatted(json(root), ours, theirs.said()));
            }
            valid += theirs.valid() ? 1 : 0;
        }
        assertThat(differ).as("seed %d", seed).isEmpty();
        assertThat(valid).as("seed %d", seed).isBetween(rounds / 20, rounds * 19 / 20);
    }

    /// The change alone has to say what the whole says, and what an edit leads to, less what
    /// conditions exclude, has to please yanglint as well.
    @Test
    void editsAreJudgedAsWhatTheyLeadTo() throws Exception {
        long seed = Long.getLong("lagopus.seed", System.nanoTime());
        var random = new Random(seed);
        var base = Nodes.emptyRoot();
        var index = new Index(SCHEMA, base);
        int accepted = 0;
        int removed = 0;
        int asked = 0;
        int rounds = 6000 * Integer.getInteger("lagopus.soak", 1);
        for (int i = 0; i < rounds; i++) {
            var draft = new Draft(SCHEMA, base);
            var part = Shop.root(MODEL, Generator.data(random, 1));
            if (random.nextInt(3) == 0) {
                for (var child : part.body()) {
                    draft.apply(
                            Edit.replace(
                                    org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier
                                            .of(child.name()),
                                    child));
                }
            } else {
                draft.apply(
                        Edit.merge(
                                org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier
                                        .of(),
                                part));
            }
            var change = Change.between(base, draft.root(), draft.touched()).orElse(null);
            if (change == null) {
                continue;
            }
            var outcome = Validation.check(SCHEMA, index, change);
            while (!outcome.obsolete().isEmpty()) {
                removed++;
                change = Change.without(SCHEMA, change, outcome.obsolete());
                outcome = Validation.check(SCHEMA, index, change);
            }
            var after = (ContainerNode) Objects.requireNonNull(change.dataAfter());
            assertThat(outcome.errors())
                    .as("seed %d round %d: %s to %s", seed, i, json(base), json(after))
                    .containsExactlyInAnyOrderElementsOf(Validation.of(SCHEMA, after));
            if (outcome.errors().isEmpty()) {
                accepted++;
                index = index.after(change, after);
                base = after;
                if (accepted % 8 == 0 && asked++ < 120) {
                    assertThat(yanglint(json(base)))
                            .as("seed %d round %d: %s", seed, i, json(base))
                            .extracting(Yanglint.Verdict::valid)
                            .isEqualTo(true);
                }
                if (accepted % 40 == 0) {
                    base = Nodes.emptyRoot();
                    index = new Index(SCHEMA, base);
                }
            }
        }
        assertThat(accepted).as("seed %d", seed).isBetween(rounds / 20, rounds * 59 / 60);
        assertThat(removed).as("seed %d", seed).isPositive();
    }

    /// Instances of the module, whose types hold and whose rules may not.
    private static final class Generator {
        private final Random random;

        private Generator(Random random) {
            this.random = random;
        }

        static String data(Random random, int parts) {
            var generator = new Generator(random);
            var all =
                    new ArrayList<>(
                            List.of("core", "shapes", "gated", "used", "choices", "strict"));
            Collections.shuffle(all, random);
            var written = new ArrayList<String>();
            for (var one : all.subList(0, parts)) {
                written.add("'rules:%s':{%s}".formatted(one, generator.of(one)));
            }
            return "{" + String.join(",", written) + "}";
        }

        private String of(String part) {
            return switch (part) {
                case "core" -> core();
                case "shapes" -> shapes();
                case "gated" -> gated();
                case "used" -> some(2, "'more':true", "'more':false", "'extra':'e'");
                case "choices" -> choices();
                default -> some(2, "'a':'1'", "'b':'2'");
            };
        }

        /// Some of these, no two of one name.
        private String some(int oneIn, String... members) {
            var taken = new ArrayList<String>();
            var names = new ArrayList<String>();
            var all = new ArrayList<>(List.of(members));
            Collections.shuffle(all, random);
            for (var member : all) {
                var name = member.substring(0, member.indexOf(':'));
                if (random.nextInt(oneIn) == 0 && !names.contains(name)) {
                    names.add(name);
                    taken.add(member);
                }
            }
            return String.join(",", taken);
        }

        private String any(String... all) {
            return all[random.nextInt(all.length)];
        }

        private String core() {
            var leaves =
                    some(
                            2,
                            "'text':'" + any("a", "ab", "a-b", "abc", " a  b ", "7", "x-b") + "'",
                            "'number':" + any("2", "3", "6", "7", "5"),
                            "'flag':" + any("true", "false"),
                            "'mode':'" + any("low", "mid", "high") + "'",
                            "'kind':'rules:" + any("bird", "duck", "fish") + "'",
                            "'rights':'" + any("read", "write", "read write", "run") + "'",
                            "'word':['" + any("a','b", "ab", "x", "a','ab','x") + "']",
                            "'first':[" + any("1,2", "3", "5,3", "9,1", "1,3,4") + "]",
                            "'least':" + any("1", "2", "9"),
                            "'most':" + any("1", "3", "9"));
            var more = some(4, "'fraction':'" + any("1.50", "2.0") + "'");
            var checks = new String[25];
            for (int i = 0; i < checks.length; i++) {
                checks[i] = "'c%d':[null]".formatted(i + 1);
            }
            return join(leaves, more, some(12, checks));
        }

        private static String join(String... parts) {
            return String.join(
                    ",", List.of(parts).stream().filter(part -> !part.isEmpty()).toList());
        }

        private String shapes() {
            var shapes = new ArrayList<String>();
            for (var name : List.of("a", "b", "c", "d")) {
                if (random.nextInt(2) == 0) {
                    var place =
                            "'place':{"
                                    + some(2, "'x':" + any("1", "2", "3"), "'y':" + any("0", "1"))
                                    + "}";
                    shapes.add(
                            "{"
                                    + join(
                                            "'name':'" + name + "'",
                                            some(
                                                    3,
                                                    "'sides':" + any("3", "4"),
                                                    "'mark':'" + any("m", "n", "o", "4") + "'",
                                                    "'twin':'" + any("a", "b", "c") + "'",
                                                    place),
                                            some(
                                                    7,
                                                    "'twin-mark':'" + any("m", "n") + "'",
                                                    "'twin-sides':" + any("3", "4"),
                                                    "'either':" + any("4", "'m'", "'n'"),
                                                    "'at':'/rules:shapes/shape[name=\\\""
                                                            + any("a", "b")
                                                            + "\\\"]"
                                                            + any("", "/mark")
                                                            + "'",
                                                    "'maybe':'/rules:shapes/shape[name=\\\"z\\\"]'",
                                                    "'deep':[null]"))
                                    + "}");
                }
            }
            return join(
                    shapes.isEmpty() ? "" : "'shape':[" + String.join(",", shapes) + "]",
                    some(4, "'total':" + any("1", "2")));
        }

        private String gated() {
            return join(
                    some(
                            2,
                            "'open':" + any("true", "true", "false"),
                            "'level':" + any("1", "2", "3"),
                            "'needed':'n'"),
                    some(
                            6,
                            "'inside':'i'",
                            "'behind':'b'",
                            "'by-default':'" + any("there", "here") + "'",
                            "'sees':[null]",
                            "'room':{'chair':'c'}",
                            "'door':[{'id':1},{'id':2}]",
                            "'bell':[1,2]",
                            "'fast':[null]",
                            "'added':'a'"),
                    some(4, any("'shoes':'s'", "'pace':" + any("4", "5"), "'horse':'h'")));
        }

        private String choices() {
            return join(
                    some(
                            2,
                            any(
                                    "'a1':'x'",
                                    "'a2':" + any("5", "6"),
                                    "'b1':" + any("6", "7"),
                                    "'b2':{'b3':" + any("8", "9") + "}")),
                    some(
                            3,
                            "'sees-a':[null]",
                            "'sees-b':[null]",
                            "'sees-set':[null]",
                            "'sees-solid':[null]",
                            "'set':[" + any("1", "3,4", "1,2,3,4") + "]",
                            "'solid':{" + some(2, "'must-be':'m'", "'two':[1,2]") + "}"));
        }
    }
}
