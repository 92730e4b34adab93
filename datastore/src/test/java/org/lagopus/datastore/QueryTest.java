package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;

@Tag("R12")
class QueryTest {
    private static final ContainerNode ROOT =
            Shop.root(
                    """
                    {'shop:name':'n','shop:motto':['x','y'],
                     'shop:stock':{'shelf':[
                       {'name':'a','state':{'items':2},
                        'item':[{'kind':'shop:food','id':1,'price':'1.50','sold':'7'},
                                {'kind':'shop:tool','id':2}]},
                       {'name':'b','item':[{'kind':'shop:food','id':3}]}]},
                     'shop:routes':{'route':[{'id':1},{'id':2,'metric':9}]},
                     'shop:drawer':1,
                     'shop:health':{'ok':true,'check':[{'what':'p','took':3},{'what':'p','took':5}]}}\
                    """);

    private static Query query(String text) throws DatastoreException {
        return Query.of(Shop.MODEL, text, Map.of("x", "urn:example:shop")::get);
    }

    private static List<String> paths(String text) throws DatastoreException {
        return query(text).select(ROOT, false).stream()
                .map(found -> Shop.MODEL.format(found.path()))
                .toList();
    }

    @Test
    void configurationAndStateAreOneTree() throws Exception {
        assertThat(paths("/x:stock/x:shelf[x:name='a']/x:state/x:items"))
                .containsExactly("/shop:stock/shelf[name='a']/state/items");
        assertThat(paths("//x:sold"))
                .containsExactly("/shop:stock/shelf[name='a']/item[kind='shop:food'][id='1']/sold");
        assertThat(paths("/x:stock/x:shelf[x:state/x:items > 1]"))
                .containsExactly("/shop:stock/shelf[name='a']");
    }

    @Test
    void namesMayStandWithoutAPrefixOrBehindTheirModule() throws Exception {
        assertThat(paths("/stock/shelf[name='b']")).containsExactly("/shop:stock/shelf[name='b']");
        assertThat(paths("/shop:stock/shop:shelf[shop:name='b']")).hasSize(1);
        assertThat(paths("/x:*/x:shelf/x:name")).hasSize(2);
        assertThat(paths("/*[local-name()='drawer']")).containsExactly("/shop:drawer");
        assertThat(paths("/elsewhere")).isEmpty();
    }

    @Test
    void keysOfEveryKindAreLookedUp() throws Exception {
        var one = "/shop:stock/shelf[name='a']/item[kind='shop:food'][id='1']";
        assertThat(paths("/x:stock/x:shelf[x:name='a']/x:item[x:kind='x:food'][x:id='1']"))
                .containsExactly(one);
        assertThat(paths("/x:stock/x:shelf[x:name='a']/x:item[x:kind='shop:food'][x:id=1]"))
                .containsExactly(one);
        assertThat(paths("/x:stock/x:shelf[x:name='a']/x:item[x:kind='x:food' and x:id=1]"))
                .containsExactly(one);
        assertThat(paths("/x:stock/x:shelf/x:item[x:id='01']")).isEmpty();
        assertThat(paths("/x:stock/x:shelf[x:name=/x:none]")).isEmpty();
        assertThat(paths("/x:motto[.='y']")).containsExactly("/shop:motto[.='y']");
    }

    @Test
    void positionsAreThoseAmongWhatTheOtherPredicatesLeft() throws Exception {
        assertThat(paths("/x:stock/x:shelf[x:name='b'][1]")).hasSize(1);
        assertThat(paths("/x:motto[.='y'][1]")).hasSize(1);
        // The order of entries is the system's, but each has one place in it.
        for (var one : List.of("[1][x:name='%s']", "[x:name='%s' and position()=1]")) {
            assertThat(
                            Stream.of("a", "b")
                                    .map(name -> "/x:stock/x:shelf" + one.formatted(name))
                                    .mapToInt(QueryTest::count))
                    .containsExactlyInAnyOrder(0, 1);
        }
    }

    private static int count(String text) {
        try {
            return paths(text).size();
        } catch (DatastoreException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void entriesWithoutKeysAreToldApart() throws Exception {
        var found = query("/health/check[took > 4]").select(ROOT, false);
        assertThat(found).hasSize(1);
        assertThat(query("/health/check").select(ROOT, false)).hasSize(2);
        assertThat(found.getFirst().node()).isNotNull();
        assertThat(query("count(/health/check) = 2").holds(ROOT)).isTrue();
    }

    @Test
    void defaultsAreSeenWhereTheyAreAskedFor() throws Exception {
        var query = query("/routes/route[metric=1]");
        assertThat(query.select(ROOT, false)).isEmpty();
        assertThat(query.select(ROOT, true))
                .extracting(found -> Shop.MODEL.format(found.path()))
                .containsExactly("/shop:routes/route[id='1']");
        assertThat(query("/routes/route[id=1]/metric").select(ROOT, true)).isEmpty();
    }

    @Test
    void theRootIsSelectedByASlash() throws Exception {
        assertThat(query("/").select(ROOT, false))
                .extracting(Query.Found::node)
                .containsExactly(ROOT);
    }

    @Test
    void whatIsNoQueryIsRefused() {
        assertThatThrownBy(() -> query("/a[").select(ROOT, false))
                .isInstanceOf(DatastoreException.class)
                .hasMessageContaining("at character");
        assertThatThrownBy(() -> query("/nobody:a"))
                .isInstanceOf(DatastoreException.class)
                .hasMessageContaining("prefix nobody");
        assertThatThrownBy(() -> query("1 + 1").select(ROOT, false))
                .isInstanceOf(DatastoreException.class)
                .hasMessageContaining("selects no nodes");
    }

    @Test
    void anEntryIsFoundWithoutASearch() throws Exception {
        var many =
                Shop.root(
                        IntStream.range(0, 50_000)
                                .mapToObj("{'id':%d}"::formatted)
                                .collect(
                                        Collectors.joining(
                                                ",", "{'shop:routes':{'route':[", "]}}")));
        var query = query("/routes/route[id=49999]");
        query.select(many, false);
        long start = System.nanoTime();
        for (int i = 0; i < 1000; i++) {
            assertThat(query.select(many, false)).hasSize(1);
        }
        assertThat(System.nanoTime() - start).isLessThan(5_000_000_000L);
    }
}
