package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.lagopus.datastore.Shop.create;
import static org.lagopus.datastore.Shop.delete;
import static org.lagopus.datastore.Shop.merge;
import static org.lagopus.datastore.Shop.node;
import static org.lagopus.datastore.Shop.path;
import static org.lagopus.datastore.Shop.remove;
import static org.lagopus.datastore.Shop.replace;
import static org.lagopus.datastore.Shop.root;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.common.Uint8;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.UserMapNode;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;

@Tag("R17")
class DraftTest {
    private static final String SHELVES =
            """
            {'shop:stock':{'shelf':[
              {'name':'a','label':'left','tag':['x','y'],
               'item':[{'kind':'shop:food','id':1,'price':'1.50'}]},
              {'name':'b'}]}}\
            """;

    private static ContainerNode after(String before, Edit... edits) throws DatastoreException {
        var draft = new Draft(Shop.SCHEMA, root(before));
        draft.apply(List.of(edits));
        return draft.root();
    }

    private static DataError refusal(String before, Edit... edits) {
        var refused = catchThrowableOfType(DatastoreException.class, () -> after(before, edits));
        assertThat(refused).as("refusal").isNotNull();
        assertThat(refused.errors()).hasSize(1);
        return refused.errors().getFirst();
    }

    /// The change of one edit of some content.
    private static Change change(ContainerNode before, Edit... edits) throws DatastoreException {
        var draft = new Draft(Shop.SCHEMA, before);
        draft.apply(List.of(edits));
        return Change.between(before, draft.root(), draft.touched()).orElseThrow();
    }

    private static String writes(Change change) {
        var text = new StringBuilder();
        Change.write(
                change,
                YangInstanceIdentifier.of(),
                (path, node) ->
                        text.append(node == null ? "-" : "+")
                                .append(Shop.MODEL.format(path))
                                .append(' '));
        return text.toString().strip();
    }

    @Test
    void mergeAddsAndOverwritesAndLeavesTheRest() throws Exception {
        var result =
                after(
                        SHELVES,
                        merge(
                                "{'shop:stock':{'shelf':[{'name':'a','label':'right'},{'name':'c'}]},"
                                        + "'shop:name':'corner','shop:motto':['m']}"));
        assertThat(result)
                .isEqualTo(
                        root(
                                """
                                {'shop:name':'corner','shop:motto':['m'],'shop:stock':{'shelf':[
                                {'name':'a','label':'right','tag':['x','y'],
                                 'item':[{'kind':'shop:food','id':1,'price':'1.50'}]},
                                {'name':'b'},{'name':'c'}]}}\
                                """));
    }

    @Test
    void mergeByPathMakesWhatIsMissingAbove() throws Exception {
        assertThat(
                        after(
                                "{}",
                                merge(
                                        "/shop:stock/shelf[name='z']/shop-ext:light/watts",
                                        "{'shop:stock':{'shelf':[{'name':'z','shop-ext:light':{'watts':7}}]}}")))
                .isEqualTo(
                        root(
                                "{'shop:stock':{'shelf':[{'name':'z','shop-ext:light':{'watts':7}}]}}"));
        assertThat(
                        after(
                                "{}",
                                merge(
                                        "/shop:rules/opening/hour",
                                        "{'shop:rules':{'opening':{'hour':7}}}")))
                .isEqualTo(root("{'shop:rules':{'opening':{'hour':7}}}"));
    }

    @Test
    void mergeOfTheSameTouchesNothing() throws Exception {
        var before = root(SHELVES);
        var draft = new Draft(Shop.SCHEMA, before);
        draft.apply(merge(SHELVES));
        assertThat(draft.root()).isSameAs(before);
        assertThat(draft.touched().isEmpty()).isTrue();
    }

    @Test
    void replaceOfTheSameTouchesNothing() throws Exception {
        var before = root(SHELVES);
        var draft = new Draft(Shop.SCHEMA, before);
        draft.apply(Edit.replace(YangInstanceIdentifier.of(), root(SHELVES)));
        assertThat(draft.root()).isSameAs(before);
        assertThat(Change.between(before, draft.root(), draft.touched())).isEmpty();
    }

    @Test
    void aChangeIsAsSmallAsWhatDiffers() throws Exception {
        var before = root(SHELVES);
        assertThat(
                        writes(
                                change(
                                        before,
                                        merge(
                                                "{'shop:stock':{'shelf':[{'name':'a','label':'right'},{'name':'b'}]}}"))))
                .isEqualTo("+/shop:stock/shelf[name='a']/label");
        assertThat(
                        writes(
                                change(
                                        before,
                                        Edit.replace(
                                                YangInstanceIdentifier.of(),
                                                root(SHELVES.replace("1.50", "2.50"))))))
                .isEqualTo("+/shop:stock/shelf[name='a']/item[kind='shop:food'][id='1']/price");
        assertThat(writes(change(before, remove("/shop:stock/shelf[name='b']"))))
                .isEqualTo("-/shop:stock/shelf[name='b']");
    }

    @Test
    void replaceRemovesWhatIsNotInIt() throws Exception {
        assertThat(
                        after(
                                SHELVES,
                                replace(
                                        "/shop:stock/shelf[name='a']",
                                        "{'shop:stock':{'shelf':[{'name':'a','label':'new'}]}}")))
                .isEqualTo(
                        root("{'shop:stock':{'shelf':[{'name':'a','label':'new'},{'name':'b'}]}}"));
        assertThat(
                        after(
                                SHELVES,
                                Edit.replace(
                                        YangInstanceIdentifier.of(), root("{'shop:name':'n'}"))))
                .isEqualTo(root("{'shop:name':'n'}"));
    }

    @Test
    void createRefusesWhatIsThereWithItsPath() {
        var error =
                refusal(
                        SHELVES,
                        create(
                                "/shop:stock/shelf[name='a']",
                                "{'shop:stock':{'shelf':[{'name':'a'}]}}"));
        assertThat(error.tag()).isEqualTo(ErrorTag.DATA_EXISTS);
        assertThat(error.path()).isEqualTo(path("/shop:stock/shelf[name='a']"));
        assertThat(error.message()).contains("shelf a exists");
    }

    @Test
    void deleteRefusesWhatIsNotThereWithItsPathAndRemoveDoesNot() throws Exception {
        for (var where :
                List.of(
                        "/shop:stock/shelf[name='z']",
                        "/shop:name",
                        "/shop:rules/opening",
                        "/shop:stock/shelf[name='z']/label",
                        "/shop:stock/shelf[name='a']/tag[.='q']")) {
            var error = refusal(SHELVES, delete(where));
            assertThat(error.tag()).isEqualTo(ErrorTag.DATA_MISSING);
            assertThat(error.path()).isEqualTo(path(where));
            assertThat(after(SHELVES, remove(where))).isEqualTo(root(SHELVES));
        }
    }

    @Test
    void noneAsksForTheNodeAlone() throws Exception {
        assertThat(after(SHELVES, Edit.none(path("/shop:stock/shelf[name='a']"))))
                .isEqualTo(root(SHELVES));
        assertThat(after("{}", Edit.none(path("/shop:stock")))).isEqualTo(root("{}"));
        assertThat(refusal("{}", Edit.none(path("/shop:stock/shelf[name='a']"))).tag())
                .isEqualTo(ErrorTag.DATA_MISSING);
        assertThat(refusal("{}", Edit.none(path("/shop:rules/opening"))).tag())
                .isEqualTo(ErrorTag.DATA_MISSING);
    }

    @Test
    void laterEditsSeeEarlierOnes() throws Exception {
        assertThat(
                        after(
                                "{}",
                                create(
                                        "/shop:stock/shelf[name='a']",
                                        "{'shop:stock':{'shelf':[{'name':'a'}]}}"),
                                delete("/shop:stock/shelf[name='a']")))
                .isEqualTo(root("{}"));
    }

    @Test
    void containersGoWithTheirLastChildAndAreNotLeftByEmptyData() throws Exception {
        assertThat(
                        after(
                                "{'shop:stock':{'shelf':[{'name':'a','shop-ext:light':{'watts':1}}]}}",
                                delete("/shop:stock/shelf[name='a']/shop-ext:light/watts")))
                .isEqualTo(root("{'shop:stock':{'shelf':[{'name':'a'}]}}"));
        assertThat(
                        after(
                                "{'shop:stock':{'shelf':[{'name':'a'}]}}",
                                delete("/shop:stock/shelf[name='a']")))
                .isEqualTo(root("{}"));
        assertThat(after("{}", merge("{'shop:stock':{'shelf':[]},'shop:routes':{}}")))
                .isEqualTo(root("{}"));
        assertThat(after("{}", merge("{'shop:rules':{'how':{}}}")))
                .as("a presence container stays")
                .isEqualTo(root("{'shop:rules':{'how':{}}}"));
    }

    @Test
    void anotherCaseRemovesTheOneThatWasThere() throws Exception {
        var before = "{'shop:rules':{'kinds':{'a1':'x','a2':'y'}}}";
        assertThat(after(before, merge("{'shop:rules':{'kinds':{'b':{'b1':'z'}}}}")))
                .isEqualTo(root("{'shop:rules':{'kinds':{'b':{'b1':'z'}}}}"));
        assertThat(
                        after(
                                before,
                                merge(
                                        "/shop:rules/kinds/b/b1",
                                        "{'shop:rules':{'kinds':{'b':{'b1':'z'}}}}")))
                .isEqualTo(root("{'shop:rules':{'kinds':{'b':{'b1':'z'}}}}"));
        assertThat(after(before, merge("{'shop:rules':{'kinds':{'a1':'q'}}}")))
                .as("the same case keeps its other nodes")
                .isEqualTo(root("{'shop:rules':{'kinds':{'a1':'q','a2':'y'}}}"));
        assertThat(after(before, merge("{'shop:rules':{'kinds':{'c2':'q'}}}")))
                .as("a choice within the choice")
                .isEqualTo(root("{'shop:rules':{'kinds':{'c2':'q'}}}"));
        assertThat(
                        after(
                                "{'shop:rules':{'kinds':{'c2':'q'}}}",
                                create(
                                        "/shop:rules/kinds/c1",
                                        "{'shop:rules':{'kinds':{'c1':'p'}}}")))
                .isEqualTo(root("{'shop:rules':{'kinds':{'c1':'p'}}}"));
    }

    @Test
    void aChoiceAtTheTopIsSwitchedToo() throws Exception {
        assertThat(
                        after(
                                "{'shop:drawer':1,'shop:name':'n'}",
                                merge("{'shop:terminal':'t','shop:bank':'b'}")))
                .isEqualTo(root("{'shop:terminal':'t','shop:bank':'b','shop:name':'n'}"));
        assertThat(
                        after(
                                "{'shop:terminal':'t','shop:bank':'b'}",
                                merge("/shop:drawer", "{'shop:drawer':1}")))
                .isEqualTo(root("{'shop:drawer':1}"));
        assertThat(after("{'shop:drawer':1}", delete("/shop:drawer"))).isEqualTo(root("{}"));
    }

    @Test
    void topLevelLeafAndLeafListAreEditedLikeOthers() throws Exception {
        assertThat(after("{}", create("/shop:name", "{'shop:name':'n'}")))
                .isEqualTo(root("{'shop:name':'n'}"));
        assertThat(
                        after(
                                "{'shop:motto':['a','b']}",
                                merge("/shop:motto[.='c']", "{'shop:motto':['c']}"),
                                delete("/shop:motto[.='a']")))
                .isEqualTo(root("{'shop:motto':['b','c']}"));
    }

    @Test
    void orderedByUserKeepsItsOrder() throws Exception {
        var before = "{'shop:stock':{'sign':[{'id':3},{'id':1},{'id':2}]}}";
        assertThat(
                        signs(
                                after(
                                        before,
                                        merge(
                                                "{'shop:stock':{'sign':[{'id':9},{'id':1,'text':'t'}]}}"))))
                .containsExactly(3, 1, 2, 9);
        var reordered = "{'shop:stock':{'sign':[{'id':1},{'id':2},{'id':3}]}}";
        assertThat(signs(after(before, Edit.replace(YangInstanceIdentifier.of(), root(reordered)))))
                .containsExactly(1, 2, 3);
        assertThat(
                        writes(
                                change(
                                        root(before),
                                        Edit.replace(
                                                YangInstanceIdentifier.of(), root(reordered)))))
                .isEqualTo("+/shop:stock/sign");
        assertThat(
                        writes(
                                change(
                                        root(before),
                                        delete("/shop:stock/sign[id='3']"),
                                        merge("{'shop:stock':{'sign':[{'id':3}]}}"))))
                .as("taken out and put at the end is another order")
                .isEqualTo("+/shop:stock/sign");
    }

    private static final String THREE = "{'shop:stock':{'sign':[{'id':1},{'id':2},{'id':3}]}}";

    private static PathArgument sign(int id) {
        return path("/shop:stock/sign[id='%d']".formatted(id)).getLastPathArgument();
    }

    /// An edit of a sign, and where it goes.
    private static Edit put(Edit.Operation operation, int id, Edit.Position position) {
        var at = "/shop:stock/sign[id='%d']".formatted(id);
        var data = node(at, "{'shop:stock':{'sign':[{'id':%d,'text':'t'}]}}".formatted(id));
        return new Edit(operation, path(at), data, position);
    }

    @Test
    void anEntryGoesWhereItIsPut() throws Exception {
        var first = new Edit.Position.First();
        var last = new Edit.Position.Last();
        var before2 = new Edit.Position.Before(sign(2));
        var after2 = new Edit.Position.After(sign(2));
        for (var operation :
                List.of(Edit.Operation.MERGE, Edit.Operation.REPLACE, Edit.Operation.CREATE)) {
            assertThat(signs(after(THREE, put(operation, 9, first)))).containsExactly(9, 1, 2, 3);
            assertThat(signs(after(THREE, put(operation, 9, last)))).containsExactly(1, 2, 3, 9);
            assertThat(signs(after(THREE, put(operation, 9, before2)))).containsExactly(1, 9, 2, 3);
            assertThat(signs(after(THREE, put(operation, 9, after2)))).containsExactly(1, 2, 9, 3);
        }
        for (var operation : List.of(Edit.Operation.MERGE, Edit.Operation.REPLACE)) {
            assertThat(signs(after(THREE, put(operation, 3, first)))).containsExactly(3, 1, 2);
            assertThat(signs(after(THREE, put(operation, 1, last)))).containsExactly(2, 3, 1);
            assertThat(signs(after(THREE, put(operation, 3, before2)))).containsExactly(1, 3, 2);
            assertThat(signs(after(THREE, put(operation, 1, after2)))).containsExactly(2, 1, 3);
        }
        assertThat(signs(after("{}", put(Edit.Operation.CREATE, 9, first)))).containsExactly(9);
        var exists = refusal(THREE, put(Edit.Operation.CREATE, 1, last));
        assertThat(exists.tag()).isEqualTo(ErrorTag.DATA_EXISTS);
    }

    @Test
    void aMoveAloneIsAChange() throws Exception {
        var before = root(THREE);
        var plain = node("/shop:stock/sign[id='3']", THREE);
        var moved =
                change(
                        before,
                        Edit.merge(path("/shop:stock/sign[id='3']"), plain)
                                .at(new Edit.Position.First()));
        assertThat(writes(moved)).isEqualTo("+/shop:stock/sign");
        assertThat(signs((ContainerNode) Objects.requireNonNull(moved.dataAfter())))
                .containsExactly(3, 1, 2);
    }

    @Test
    void anEntryThatStaysWhereItIsTouchesOnlyItself() throws Exception {
        var before = root(THREE);
        var changed =
                change(
                        before,
                        put(Edit.Operation.MERGE, 3, new Edit.Position.After(sign(2))),
                        put(Edit.Operation.MERGE, 4, new Edit.Position.Last()));
        assertThat(writes(changed))
                .isEqualTo("+/shop:stock/sign[id='3']/text +/shop:stock/sign[id='4']");
    }

    @Test
    void aValueOfALeafListGoesWhereItIsPut() throws Exception {
        var tags = "/shop:stock/shelf[name='a']/tag";
        var y = path(tags + "[.='y']");
        var value = node(tags + "[.='y']", SHELVES);
        var result = after(SHELVES, Edit.merge(y, value).at(new Edit.Position.First()));
        assertThat(Nodes.find(result, path(tags)))
                .isEqualTo(node(tags, "{'shop:stock':{'shelf':[{'name':'a','tag':['y','x']}]}}"));
    }

    @Test
    void anEntryCannotBePutBesideOneThatIsNotThere() {
        for (int other : List.of(7, 9)) {
            var error =
                    refusal(
                            THREE,
                            put(Edit.Operation.MERGE, 9, new Edit.Position.Before(sign(other))));
            assertThat(error.tag()).isEqualTo(ErrorTag.BAD_ATTRIBUTE);
            assertThat(error.appTag()).isEqualTo("missing-instance");
            assertThat(error.info())
                    .isEqualTo(Map.of("bad-attribute", "key", "bad-element", "sign"));
            assertThat(error.path()).isEqualTo(path("/shop:stock/sign[id='9']"));
        }
    }

    private static List<Integer> signs(ContainerNode root) {
        var list = (UserMapNode) Objects.requireNonNull(Nodes.find(root, path("/shop:stock/sign")));
        return list.body().stream()
                .map(entry ->
                        ((Uint8) Objects.requireNonNull(entry.name().getValue(Shop.q("id"))))
                                .intValue())
                .toList();
    }

    @Test
    void keysCannotBeChangedOrLeftOut() throws Exception {
        var entry = path("/shop:stock/shelf[name='a']");
        var other = ImmutableNodes.leafNode(Shop.q("name"), "other");
        assertThat(refusal(SHELVES, Edit.merge(entry.node(Shop.q("name")), other)).tag())
                .isEqualTo(ErrorTag.INVALID_VALUE);
        assertThat(refusal("{}", Edit.merge(entry.node(Shop.q("name")), other)).tag())
                .isEqualTo(ErrorTag.INVALID_VALUE);
        assertThat(refusal(SHELVES, delete("/shop:stock/shelf[name='a']/name")).tag())
                .isEqualTo(ErrorTag.INVALID_VALUE);
        var bare =
                ImmutableNodes.newMapEntryBuilder()
                        .withNodeIdentifier(
                                (NodeIdentifierWithPredicates) entry.getLastPathArgument())
                        .build();
        assertThat(after("{}", Edit.create(entry, bare)))
                .as("the leaf is what the name says")
                .isEqualTo(root("{'shop:stock':{'shelf':[{'name':'a'}]}}"));
        var noKey =
                NodeIdentifierWithPredicates.of(
                        Shop.q("route"), Map.of(Shop.q("metric"), Uint32.ONE));
        var list = path("/shop:routes/route");
        assertThat(
                        refusal(
                                        "{}",
                                        Edit.merge(
                                                list,
                                                ImmutableNodes.newSystemMapBuilder()
                                                        .withNodeIdentifier(
                                                                new YangInstanceIdentifier
                                                                        .NodeIdentifier(
                                                                        Shop.q("route")))
                                                        .withChild(
                                                                ImmutableNodes.newMapEntryBuilder()
                                                                        .withNodeIdentifier(noKey)
                                                                        .build())
                                                        .build()))
                                .tag())
                .isEqualTo(ErrorTag.MISSING_ELEMENT);
    }

    @Test
    void whatIsNoConfigurationIsRefusedWithItsPath() {
        var state = ImmutableNodes.leafNode(Shop.q("items"), Uint32.ONE);
        var where = path("/shop:stock/shelf[name='a']/state/items");
        var error = refusal(SHELVES, Edit.merge(where, state));
        assertThat(error.tag()).isEqualTo(ErrorTag.UNKNOWN_ELEMENT);
        assertThat(error.path()).isEqualTo(where.getParent());
        var inside =
                refusal("{}", merge("{'shop:stock':{'shelf':[{'name':'a','state':{'items':1}}]}}"));
        assertThat(inside.tag()).isEqualTo(ErrorTag.UNKNOWN_ELEMENT);
        assertThat(inside.path()).isEqualTo(path("/shop:stock/shelf[name='a']/state"));
        assertThat(inside.info()).containsEntry("bad-element", "state");
    }

    @Test
    void twoCasesInOneEditAreRefused() {
        var choice =
                ImmutableNodes.newChoiceBuilder()
                        .withNodeIdentifier(new YangInstanceIdentifier.NodeIdentifier(Shop.q("of")))
                        .withChild(ImmutableNodes.leafNode(Shop.q("a1"), "x"))
                        .withChild(
                                ImmutableNodes.newContainerBuilder()
                                        .withNodeIdentifier(
                                                new YangInstanceIdentifier.NodeIdentifier(
                                                        Shop.q("b")))
                                        .withChild(ImmutableNodes.leafNode(Shop.q("b1"), "y"))
                                        .build())
                        .build();
        var kinds = path("/shop:rules/kinds");
        var where = kinds.node(Shop.q("of"));
        for (var before : List.of("{}", "{'shop:rules':{'kinds':{'a1':'x'}}}")) {
            assertThat(refusal(before, Edit.merge(where, choice)).tag())
                    .isEqualTo(ErrorTag.BAD_ELEMENT);
            assertThat(refusal(before, Edit.replace(where, choice)).tag())
                    .isEqualTo(ErrorTag.BAD_ELEMENT);
        }
    }

    @Test
    void incompleteDataIsFineInADraft() throws Exception {
        assertThat(after("{}", merge("{'shop:rules':{'opening':{}},'shop:terminal':'t'}")))
                .isEqualTo(root("{'shop:rules':{'opening':{}},'shop:terminal':'t'}"));
    }

    @Test
    void dataThatIsNotWhatThePathSaysIsAMistakeOfTheCaller() {
        var edit = Edit.merge(path("/shop:name"), node("/shop:motto", "{'shop:motto':['m']}"));
        assertThatThrownBy(() -> after("{}", edit)).isInstanceOf(IllegalArgumentException.class);
    }
}
