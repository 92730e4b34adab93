package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lagopus.datastore.Shop.delete;
import static org.lagopus.datastore.Shop.merge;
import static org.lagopus.datastore.Shop.path;
import static org.lagopus.datastore.Shop.remove;
import static org.lagopus.datastore.Shop.root;

import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.opendaylight.yangtools.yang.common.ErrorTag;

@Tag("R12")
class ValidationTest {
    private static List<DataError> errors(String before, Edit... edits) throws Exception {
        var base = root(before);
        var draft = new Draft(Shop.SCHEMA, base);
        draft.apply(List.of(edits));
        var change = Change.between(base, draft.root(), draft.touched());
        var index = new Index(Shop.SCHEMA, base);
        var found = change.map(c -> Validation.of(Shop.SCHEMA, index, c)).orElse(List.of());
        assertThat(Validation.of(Shop.SCHEMA, draft.root()))
                .as("the change alone says what the whole says")
                .containsExactlyInAnyOrderElementsOf(found);
        return found;
    }

    private static DataError error(String before, Edit... edits) throws Exception {
        var found = errors(before, edits);
        assertThat(found).hasSize(1);
        return found.getFirst();
    }

    @Test
    void aMandatoryLeafHasToBeThere() throws Exception {
        var error = error("{}", merge("{'shop:rules':{'opening':{'door':[{'id':1}]}}}"));
        assertThat(error.tag()).isEqualTo(ErrorTag.DATA_MISSING);
        assertThat(error.path()).isEqualTo(path("/shop:rules/opening/hour"));
        assertThat(error.message()).isEqualTo("mandatory hour is missing");
        assertThat(
                        error(
                                        "{'shop:rules':{'opening':{'hour':7,'door':[{'id':1}]}}}",
                                        delete("/shop:rules/opening/hour"))
                                .path())
                .isEqualTo(path("/shop:rules/opening/hour"));
    }

    @Test
    void aMandatoryChoiceHasToHaveACase() throws Exception {
        var error = error("{}", merge("{'shop:rules':{'how':{}}}"));
        assertThat(error.tag()).isEqualTo(ErrorTag.DATA_MISSING);
        assertThat(error.appTag()).isEqualTo("missing-choice");
        assertThat(error.path()).isEqualTo(path("/shop:rules/how"));
        assertThat(error.info()).containsEntry("missing-choice", "way");
        assertThat(errors("{}", merge("{'shop:rules':{'how':{'walk':[null]}}}"))).isEmpty();
    }

    @Test
    void aMandatoryLeafOfACaseIsAskedForWhenTheCaseIsThere() throws Exception {
        assertThat(error("{}", merge("{'shop:terminal':'t'}")).path())
                .isEqualTo(path("/shop:bank"));
        assertThat(errors("{}", merge("{'shop:drawer':1}"))).isEmpty();
        assertThat(error("{'shop:terminal':'t','shop:bank':'b'}", delete("/shop:bank")).path())
                .isEqualTo(path("/shop:bank"));
        assertThat(errors("{'shop:terminal':'t','shop:bank':'b'}", merge("{'shop:drawer':1}")))
                .isEmpty();
    }

    @Test
    void listsHaveTheirLeastAndMostEntries() throws Exception {
        var few = error("{}", merge("{'shop:rules':{'opening':{'hour':1}}}"));
        assertThat(few.tag()).isEqualTo(ErrorTag.OPERATION_FAILED);
        assertThat(few.appTag()).isEqualTo("too-few-elements");
        assertThat(few.path()).isEqualTo(path("/shop:rules/opening/door"));
        var three = "{'shop:rules':{'opening':{'hour':1,'door':[{'id':1},{'id':2},{'id':3}]}}}";
        var many = error(three, merge("{'shop:rules':{'opening':{'door':[{'id':4}]}}}"));
        assertThat(many.tag()).isEqualTo(ErrorTag.OPERATION_FAILED);
        assertThat(many.appTag()).isEqualTo("too-many-elements");
        assertThat(many.path()).isEqualTo(path("/shop:rules/opening/door"));
        assertThat(error("{}", merge("{'shop:rules':{'bell':['a','b','c']}}")).appTag())
                .isEqualTo("too-many-elements");
        assertThat(
                        error(
                                        "{'shop:rules':{'opening':{'hour':1,'door':[{'id':1}]}}}",
                                        delete("/shop:rules/opening/door[id='1']"))
                                .appTag())
                .isEqualTo("too-few-elements");
    }

    @Test
    void whatAWhenMayExcludeIsNotDemanded() throws Exception {
        assertThat(errors("{}", merge("{'shop:rules':{'mode':'plain'}}"))).isEmpty();
        assertThat(
                        errors(
                                "{'shop:rules':{'mode':'plain'}}",
                                merge("{'shop:rules':{'bell':['a']}}")))
                .isEmpty();
    }

    @Test
    void allThatIsWrongIsToldAtOnce() throws Exception {
        assertThat(
                        errors(
                                "{}",
                                merge(
                                        "{'shop:rules':{'opening':{},'how':{},'bell':['a','b','c']},"
                                                + "'shop:offers':{'offer':[{'id':1,'shelf':'nope'},{'id':2}]}}")))
                .extracting(DataError::path)
                .containsExactlyInAnyOrder(
                        path("/shop:rules/opening/hour"),
                        path("/shop:rules/opening/door"),
                        path("/shop:rules/how"),
                        path("/shop:rules/bell"),
                        path("/shop:offers/offer[id='1']/shelf"),
                        path("/shop:offers/offer[id='2']/shelf"));
    }

    @Test
    void aLeafrefHasToPointAtSomething() throws Exception {
        var error =
                error(
                        "{'shop:stock':{'shelf':[{'name':'a'}]}}",
                        merge("{'shop:offers':{'offer':[{'id':1,'shelf':'b'}]}}"));
        assertThat(error.tag()).isEqualTo(ErrorTag.DATA_MISSING);
        assertThat(error.appTag()).isEqualTo("instance-required");
        assertThat(error.path()).isEqualTo(path("/shop:offers/offer[id='1']/shelf"));
        assertThat(error.message()).contains("shelf", "'b'");
        assertThat(
                        errors(
                                "{'shop:stock':{'shelf':[{'name':'a'}]}}",
                                merge("{'shop:offers':{'offer':[{'id':1,'shelf':'a'}]}}")))
                .isEmpty();
        assertThat(
                        errors(
                                "{}",
                                merge(
                                        "{'shop:stock':{'shelf':[{'name':'a'}]},"
                                                + "'shop:offers':{'offer':[{'id':1,'shelf':'a'}]}}")))
                .as("both in one change")
                .isEmpty();
    }

    private static final String REFERRED =
            """
            {'shop:stock':{'shelf':[
               {'name':'a','item':[{'kind':'shop:food','id':1},{'kind':'shop:tool','id':2}]},
               {'name':'b','item':[{'kind':'shop:food','id':3}]}]},
             'shop:offers':{'offer':[{'id':1,'shelf':'a','item':1},{'id':2,'shelf':'b','also':[1]}]}}\
            """;

    @Test
    void theTargetOfALeafrefCannotGo() throws Exception {
        assertThat(errors(REFERRED, remove("/shop:stock/shelf[name='b']")))
                .extracting(DataError::path)
                .containsExactly(path("/shop:offers/offer[id='2']/shelf"));
        assertThat(errors(REFERRED, remove("/shop:stock")))
                .extracting(DataError::path)
                .containsExactlyInAnyOrder(
                        path("/shop:offers/offer[id='1']/shelf"),
                        path("/shop:offers/offer[id='1']/item"),
                        path("/shop:offers/offer[id='2']/shelf"));
        assertThat(
                        errors(
                                REFERRED,
                                remove("/shop:stock/shelf[name='b']"),
                                remove("/shop:offers/offer[id='2']")))
                .as("together with who refers to it")
                .isEmpty();
        assertThat(
                        errors(
                                REFERRED,
                                remove(
                                        "/shop:stock/shelf[name='b']/item[kind='shop:food'][id='3']")))
                .as("nobody refers to it")
                .isEmpty();
    }

    @Test
    void aLeafrefWithAPredicateFollowsTheLeafOfThePredicate() throws Exception {
        assertThat(
                        error(REFERRED, merge("{'shop:offers':{'offer':[{'id':1,'shelf':'b'}]}}"))
                                .path())
                .as("item 1 is not on shelf b")
                .isEqualTo(path("/shop:offers/offer[id='1']/item"));
        assertThat(
                        errors(
                                REFERRED,
                                merge("{'shop:offers':{'offer':[{'id':1,'shelf':'b','item':3}]}}")))
                .isEmpty();
        assertThat(
                        error(
                                        REFERRED,
                                        remove(
                                                "/shop:stock/shelf[name='a']/item[kind='shop:food'][id='1']"))
                                .path())
                .isEqualTo(path("/shop:offers/offer[id='1']/item"));
    }

    @Test
    void aLeafListOfLeafrefsIsCheckedValueByValue() throws Exception {
        assertThat(
                        error(
                                        REFERRED,
                                        merge(
                                                "{'shop:offers':{'offer':[{'id':2,'shelf':'b','also':[7]}]}}"))
                                .path())
                .isEqualTo(path("/shop:offers/offer[id='2']/also[.='7']"));
        assertThat(error(REFERRED, remove("/shop:offers/offer[id='1']")).path())
                .isEqualTo(path("/shop:offers/offer[id='2']/also[.='1']"));
    }

    @Test
    void aLeafrefMayPointAtItsOwnList() throws Exception {
        assertThat(
                        errors(
                                "{}",
                                merge(
                                        "{'shop:staff':{'person':[{'name':'a','boss':'b'},{'name':'b','boss':'b'}]}}")))
                .isEmpty();
        assertThat(
                        errors(
                                "{'shop:staff':{'person':[{'name':'a','boss':'b'},{'name':'b','boss':'b'}]}}",
                                remove("/shop:staff/person[name='b']")))
                .extracting(DataError::path)
                .containsExactly(path("/shop:staff/person[name='a']/boss"));
    }

    @Test
    void aLeafrefThatAsksForNothingIsNotChecked() throws Exception {
        assertThat(
                        errors(
                                REFERRED,
                                merge("{'shop:offers':{'offer':[{'id':1,'hint':'whatever'}]}}")))
                .isEmpty();
    }

    /// Random edits on a small shop: what is found by the change alone is what a look at the whole
    /// finds, provided the base was valid.
    @Test
    void theChangeAloneIsEnough() throws Exception {
        long seed = System.nanoTime();
        var random = new Random(seed);
        var base = root(REFERRED);
        var index = new Index(Shop.SCHEMA, base);
        int refused = 0;
        for (int i = 0; i < 2000; i++) {
            var draft = new Draft(Shop.SCHEMA, base);
            int edits = 1 + random.nextInt(3);
            for (int e = 0; e < edits; e++) {
                draft.apply(edit(random));
            }
            var change = Change.between(base, draft.root(), draft.touched());
            var current = index;
            var found = change.map(c -> Validation.of(Shop.SCHEMA, current, c)).orElse(List.of());
            assertThat(found)
                    .as("seed %d round %d", seed, i)
                    .containsExactlyInAnyOrderElementsOf(Validation.of(Shop.SCHEMA, draft.root()));
            if (change.isEmpty()) {
                assertThat(draft.root()).isEqualTo(base);
            }
            if (found.isEmpty()) {
                base = draft.root();
                index = change.isEmpty() ? index : index.after(change.get(), base);
            } else {
                refused++;
            }
        }
        assertThat(refused).as("seed %d", seed).isBetween(100, 1900);
    }

    private static Edit edit(Random random) {
        var shelves = List.of("a", "b", "c");
        var shelf = shelves.get(random.nextInt(3));
        int id = 1 + random.nextInt(3);
        return switch (random.nextInt(8)) {
            case 0 -> merge("{'shop:stock':{'shelf':[{'name':'%s'}]}}".formatted(shelf));
            case 1 -> remove("/shop:stock/shelf[name='%s']".formatted(shelf));
            case 2 ->
                    merge(
                            "{'shop:stock':{'shelf':[{'name':'%s','item':[{'kind':'shop:food','id':%d}]}]}}"
                                    .formatted(shelf, id));
            case 3 ->
                    remove(
                            "/shop:stock/shelf[name='%s']/item[kind='shop:food'][id='%d']"
                                    .formatted(shelf, id));
            case 4 ->
                    merge(
                            "{'shop:offers':{'offer':[{'id':%d,'shelf':'%s'}]}}"
                                    .formatted(id, shelf));
            case 5 ->
                    merge(
                            "{'shop:offers':{'offer':[{'id':%d,'shelf':'%s','item':%d,'also':[%d]}]}}"
                                    .formatted(id, shelf, 1 + random.nextInt(3), id));
            case 6 -> remove("/shop:offers/offer[id='%d']".formatted(id));
            default -> remove("/shop:offers");
        };
    }

    @Test
    void manyEntriesAreCheckedInOnePass() throws Exception {
        var entries =
                IntStream.range(0, 5000)
                        .mapToObj(i -> "{'id':%d,'shelf':'a'}".formatted(i))
                        .collect(Collectors.joining(","));
        var json =
                "{'shop:stock':{'shelf':[{'name':'a'}]},'shop:offers':{'offer':[%s]}}"
                        .formatted(entries);
        var before = root(json);
        var draft = new Draft(Shop.SCHEMA, before);
        draft.apply(Edit.remove(path("/shop:stock")));
        var change = Change.between(before, draft.root(), draft.touched()).orElseThrow();
        var errors = Validation.of(Shop.SCHEMA, new Index(Shop.SCHEMA, before), change);
        assertThat(errors).hasSize(Violations.MOST + 1);
        assertThat(errors.getFirst().path()).isEqualTo(path("/shop:offers/offer[id='0']/shelf"));
        assertThat(errors.get(999).path()).isEqualTo(path("/shop:offers/offer[id='999']/shelf"));
        assertThat(errors.getLast().message()).isEqualTo("and 4000 more errors that are not told");
        assertThat(change.childNodes()).hasSize(1);
    }
}
