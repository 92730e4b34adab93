package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;

@Tag("R12")
class IndexTest {
    private static final Model MODEL = Shop.load("/refs");
    private static final SchemaNode SCHEMA = SchemaNode.of(MODEL);

    @TempDir private Path directory;

    private static Edit merge(String json) {
        return Edit.merge(YangInstanceIdentifier.of(), Shop.root(MODEL, json));
    }

    private static Edit remove(String path) {
        return Edit.remove(MODEL.parse(path));
    }

    /// Versions of a configuration, each with its index, as the gate has them.
    private static final class Versions {
        ContainerNode root;
        Index index;

        Versions(ContainerNode root) {
            this.root = root;
            index = new Index(SCHEMA, root);
        }

        /// The errors; without any, the edits are the next version.
        List<DataError> edit(Edit... edits) throws DatastoreException {
            var draft = new Draft(SCHEMA, root);
            draft.apply(List.of(edits));
            var change = Change.between(root, draft.root(), draft.touched()).orElse(null);
            if (change == null) {
                return List.of();
            }
            var outcome = Validation.check(SCHEMA, index, change);
            while (!outcome.obsolete().isEmpty()) {
                change = Change.without(SCHEMA, change, outcome.obsolete());
                outcome = Validation.check(SCHEMA, index, change);
            }
            var after = (ContainerNode) java.util.Objects.requireNonNull(change.dataAfter());
            assertThat(outcome.errors())
                    .as("the change alone says what the whole says")
                    .containsExactlyElementsOf(Validation.of(SCHEMA, after));
            if (outcome.errors().isEmpty()) {
                index = index.after(change, after);
                root = after;
            }
            return outcome.errors();
        }
    }

    private static final class Dice {
        private final Random random;

        Dice(Random random) {
            this.random = random;
        }

        String any(String... all) {
            return all[random.nextInt(all.length)];
        }

        String perhaps(int oneIn, String member) {
            return random.nextInt(oneIn) == 0 ? "," + member : "";
        }

        String name() {
            return any("a", "b", "c", "d");
        }

        String kind() {
            return any("refs:plain", "refs:fine");
        }

        Edit edit() {
            return switch (random.nextInt(16)) {
                case 0, 1 ->
                        merge(
                                "{'refs:acl':{'group':[{'name':'%s'%s%s}]}}"
                                        .formatted(
                                                name(),
                                                perhaps(3, "'size':2"),
                                                perhaps(2, "'mark':'" + any("m", "n", "o") + "'")));
                case 2 -> remove("/refs:acl/group[name='%s']".formatted(name()));
                case 3 -> remove("/refs:acl/group[name='%s']/mark".formatted(name()));
                case 4, 5 ->
                        merge(
                                "{'refs:acl':{'rule':[{'id':%s,'grp':'%s'%s%s}]}}"
                                        .formatted(
                                                any("1", "2", "3"),
                                                name(),
                                                perhaps(2, "'prio':1"),
                                                perhaps(4, "'by-mark':'" + any("m", "n") + "'")));
                case 6 -> remove("/refs:acl/rule[id='%s']".formatted(any("1", "2", "3")));
                case 7, 8 ->
                        merge(
                                "{'refs:net':{'box':[{'name':'%s'%s%s,'port':[{'kind':'%s','id':%s%s%s%s%s%s%s}]}]}}"
                                        .formatted(
                                                name(),
                                                perhaps(4, "'default-port':" + any("2", "7")),
                                                perhaps(6, "'uplink':'" + name() + "'"),
                                                kind(),
                                                any("1", "2", "3"),
                                                perhaps(3, "'label':'" + any("l", "k") + "'"),
                                                perhaps(4, "'up':" + any("true", "false")),
                                                perhaps(4, "'side':{'x':" + any("0", "1") + "}"),
                                                perhaps(6, "'peer':" + any("1", "2", "9")),
                                                perhaps(6, "'pair':" + any("1", "2")),
                                                perhaps(6, "'like':'" + any("l", "k") + "'")));
                case 9 ->
                        remove(
                                "/refs:net/box[name='%s']/port[kind='%s'][id='%s']%s"
                                        .formatted(
                                                name(),
                                                kind(),
                                                any("1", "2", "3"),
                                                any("", "", "/label", "/side", "/up")));
                case 10 ->
                        remove(
                                "/refs:net/box[name='%s']%s"
                                        .formatted(name(), any("", "/default-port", "/uplink")));
                case 11, 12, 13 -> wire();
                case 14 ->
                        remove(
                                "/refs:net/wire[id='%s']%s"
                                        .formatted(
                                                any("1", "2", "3"),
                                                any("", "", "/from", "/from/port", "/at", "/via")));
                default ->
                        random.nextBoolean()
                                ? merge("{'refs:net':{'chosen':'%s'}}".formatted(name()))
                                : remove(any("/refs:net/chosen", "/refs:net/wire"));
            };
        }

        Edit wire() {
            var at =
                    "/refs:net/box[name=\\'%s\\']%s"
                            .formatted(
                                    name(),
                                    any("", "/uplink", "/port[kind=\\'refs:plain\\'][id=\\'1\\']"))
                            .replace("\\'", "\\\"");
            return merge(
                    "{'refs:net':{'wire':[{'id':%s%s%s%s%s%s%s%s%s%s%s}]}}"
                            .formatted(
                                    any("1", "2", "3"),
                                    perhaps(
                                            2,
                                            "'from':{'box':'%s','kind':'%s'%s}"
                                                    .formatted(
                                                            name(),
                                                            kind(),
                                                            perhaps(2, "'port':" + any("1", "2")))),
                                    perhaps(6, "'to':'t'"),
                                    perhaps(6, "'far':'" + name() + "'"),
                                    perhaps(6, "'second':'" + any("x", "a", "b") + "'"),
                                    perhaps(6, "'home':'" + any("x", "y") + "'"),
                                    perhaps(6, "'main':'" + any("x", "y") + "'"),
                                    perhaps(5, "'either':" + any("'a'", "'b'", "'none'")),
                                    perhaps(5, "'at':'" + at + "'"),
                                    perhaps(
                                            8,
                                            "'by':'%s','after':%s"
                                                    .formatted(name(), any("1", "2", "7"))),
                                    perhaps(4, "'via':['" + any("a','b", "c", "a") + "']")));
        }
    }

    /// What is found by the index of the version before is what a look at the whole finds, edit
    /// after edit.
    @Test
    void whatTheIndexFindsIsWhatALookAtTheWholeFinds() throws Exception {
        long seed = Long.getLong("lagopus.seed", System.nanoTime());
        var dice = new Dice(new Random(seed));
        var versions = new Versions(Nodes.emptyRoot());
        int refused = 0;
        int rounds = Integer.getInteger("lagopus.soak", 1) * 6000;
        for (int i = 0; i < rounds; i++) {
            var edits = new Edit[1 + dice.random.nextInt(3)];
            for (int e = 0; e < edits.length; e++) {
                edits[e] = dice.edit();
            }
            try {
                refused += versions.edit(edits).isEmpty() ? 0 : 1;
            } catch (AssertionError e) {
                throw new AssertionError("seed %d round %d".formatted(seed, i), e);
            }
        }
        assertThat(refused).as("seed %d", seed).isBetween(rounds / 20, rounds * 19 / 20);
    }

    /// What random edits lead to, valid or not, is judged as yanglint judges it.
    ///
    /// libyang 2.1 takes a leafref in a union for one that needs no instance when another type of
    /// the union would take the text, as we do.
    @Test
    void whatEditsLeadToIsJudgedAsYanglintJudgesIt() throws Exception {
        Yanglint.isThere();
        long seed = Long.getLong("lagopus.seed", System.nanoTime());
        var dice = new Dice(new Random(seed));
        var yanglint = new Yanglint(directory, "refs");
        var differ = new ArrayList<String>();
        int valid = 0;
        int rounds = Integer.getInteger("lagopus.soak", 1) * 250;
        for (int i = 0; i < rounds; i++) {
            var versions = new Versions(Nodes.emptyRoot());
            for (int e = 0; e < 40; e++) {
                versions.edit(dice.edit());
            }
            var draft = new Draft(SCHEMA, versions.root);
            draft.apply(dice.edit());
            var ours = Validation.of(SCHEMA, draft.root());
            var json = Yanglint.json(MODEL, draft.root());
            var theirs = yanglint.judge(json);
            valid += theirs.valid() ? 1 : 0;
            if (ours.isEmpty() != theirs.valid()) {
                differ.add("%s%nours %s%ntheirs %s".formatted(json, ours, theirs.said()));
            }
        }
        assertThat(differ).as("seed %d", seed).isEmpty();
        assertThat(valid).as("seed %d", seed).isBetween(rounds / 20, rounds * 19 / 20);
    }

    private static ContainerNode rules(int entries) {
        return Shop.root(
                MODEL,
                "{'refs:acl':{'group':[%s],'rule':[%s]}}"
                        .formatted(
                                IntStream.range(0, entries)
                                        .mapToObj("{'name':'g%1$d','mark':'m%1$d'}"::formatted)
                                        .collect(Collectors.joining(",")),
                                IntStream.range(0, entries)
                                        .mapToObj("{'id':%1$d,'grp':'g%1$d','prio':1}"::formatted)
                                        .collect(Collectors.joining(","))));
    }

    /// One edit of each kind, to be made again and again.
    private enum Kind {
        REFERRING_EDITED,
        REFERRING_ADDED,
        REFERRING_REMOVED,
        REFERRING_MOVED,
        REFERRED_ADDED,
        REFERRED_REMOVED,
        REFERRED_EDITED,
        REFERRED_REMOVED_IN_USE;

        Edit edit(int i, int entries) {
            int old = i % (entries - 1);
            return switch (this) {
                case REFERRING_EDITED ->
                        merge("{'refs:acl':{'rule':[{'id':%d,'prio':%d}]}}".formatted(old, i + 2));
                case REFERRING_ADDED ->
                        merge(
                                "{'refs:acl':{'rule':[{'id':%d,'grp':'g%d'}]}}"
                                        .formatted(1_000_000, old));
                case REFERRING_REMOVED -> remove("/refs:acl/rule[id='%d']".formatted(old));
                case REFERRING_MOVED ->
                        merge(
                                "{'refs:acl':{'rule':[{'id':%d,'grp':'g%d'}]}}"
                                        .formatted(old, old + 1));
                case REFERRED_ADDED ->
                        merge("{'refs:acl':{'group':[{'name':'h','mark':'x%d'}]}}".formatted(i));
                case REFERRED_REMOVED -> remove("/refs:acl/group[name='spare']");
                case REFERRED_EDITED ->
                        merge(
                                "{'refs:acl':{'group':[{'name':'g%d','mark':'x%d'}]}}"
                                        .formatted(old, i));
                case REFERRED_REMOVED_IN_USE ->
                        remove("/refs:acl/group[name='g%d']".formatted(old));
            };
        }
    }

    /// Nanoseconds to validate one edit of a kind among so many entries, the median of many.
    private static long cost(Versions versions, int entries, Kind kind) throws Exception {
        var all = new ArrayList<Long>();
        for (int i = 0; i < 600; i++) {
            var draft = new Draft(SCHEMA, versions.root);
            draft.apply(kind.edit(i, entries));
            var change = Change.between(versions.root, draft.root(), draft.touched()).orElseThrow();
            long start = System.nanoTime();
            var errors = Validation.of(SCHEMA, versions.index, change);
            if (errors.isEmpty()) {
                versions.index.after(change, draft.root());
            }
            all.add(System.nanoTime() - start);
            assertThat(errors.isEmpty()).isEqualTo(kind != Kind.REFERRED_REMOVED_IN_USE);
        }
        all.sort(null);
        return all.get(all.size() / 2);
    }

    @Test
    void everyKindOfEditCostsTheSameWhateverElseIsThere() throws Exception {
        var few = new Versions(rules(100));
        var many = new Versions(rules(10_000));
        for (var versions : List.of(few, many)) {
            assertThat(versions.edit(merge("{'refs:acl':{'group':[{'name':'spare'}]}}"))).isEmpty();
        }
        for (var kind : Kind.values()) {
            cost(few, 100, kind);
        }
        for (var kind : Kind.values()) {
            long least = Long.MAX_VALUE;
            double ratio = Double.MAX_VALUE;
            // The machine may be busy with something else for a while.
            for (int attempt = 0; attempt < 5 && ratio > 2; attempt++) {
                least = cost(few, 100, kind);
                ratio = (double) cost(many, 10_000, kind) / least;
            }
            System.out.printf("validation: %s, 10000 to 100 entries %.2f%n", kind, ratio);
            assertThat(ratio).as("%s", kind).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void aRefusedChangeAndAProbeLeaveTheIndexAsItIs() throws Exception {
        var versions = new Versions(rules(10));
        var gone = new Edit[] {remove("/refs:acl/group[name='g1']")};
        var index = versions.index;
        assertThat(versions.edit(gone)).hasSize(2);
        assertThat(versions.index).isSameAs(index);
        assertThat(versions.edit(gone)).hasSize(2);
        assertThat(versions.edit(remove("/refs:acl/rule[id='1']"))).isEmpty();
        assertThat(versions.edit(gone)).isEmpty();
        assertThat(Validation.of(SCHEMA, versions.root)).isEmpty();
    }

    @Test
    void twoEntriesThatAreNotUniqueAreFoundByTheOneThatCame() throws Exception {
        var versions = new Versions(rules(50));
        var same = versions.edit(merge("{'refs:acl':{'group':[{'name':'new','mark':'m7'}]}}"));
        assertThat(same).extracting(DataError::appTag).containsExactly("data-not-unique");
        assertThat(same.getFirst().nonUnique())
                .extracting(MODEL::format)
                .containsExactly(
                        "/refs:acl/group[name='g7']/mark", "/refs:acl/group[name='new']/mark");
        assertThat(
                        versions.edit(
                                merge(
                                        "{'refs:acl':{'group':[{'name':'g7','mark':'m8'},{'name':'g8','mark':'m7'}]}}")))
                .as("two that exchange their values")
                .isEmpty();
    }
}
