package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lagopus.datastore.Shop.ALICE;
import static org.lagopus.datastore.Shop.merge;
import static org.lagopus.datastore.Shop.path;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

@Tag("R16")
@Timeout(60)
class FollowerTest {
    @TempDir Path directory;
    private Datastore store;
    private @Nullable Follower follower;
    private final Semaphore woken = new Semaphore(0);

    @BeforeEach
    void open() throws Exception {
        store = Datastore.open(Shop.MODEL, directory, Clock.systemUTC());
    }

    @AfterEach
    void close() throws IOException {
        if (follower != null) {
            follower.close();
        }
        store.close();
    }

    private Follower follow(boolean state, Duration dampening, boolean full, String... paths) {
        var made =
                store.follow(
                        ALICE,
                        new Follower.Terms(
                                state,
                                List.of(paths).stream().map(Shop::path).toList(),
                                root -> root,
                                false,
                                dampening),
                        full,
                        woken::release);
        follower = made;
        return made;
    }

    private void edit(String json) throws DatastoreException {
        store.edit(Face.RUNNING, List.of(merge(json)), ALICE);
    }

    private void delete(String path) throws DatastoreException {
        store.edit(Face.RUNNING, List.of(Edit.delete(path(path))), ALICE);
    }

    /// The next update, in words.
    private String next(Follower follower) throws InterruptedException {
        while (true) {
            var update = follower.next();
            if (update != null) {
                return words(update);
            }
            assertThat(woken.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static String words(Follower.Update update) {
        return switch (update) {
            case Follower.Update.Full _ -> "full";
            case Follower.Update.Changed(var patch) ->
                    patch.edits().stream()
                            .map(edit ->
                                    edit.operation().label()
                                            + " "
                                            + Shop.MODEL.toResource(edit.path())
                                            + (edit.point() == null
                                                    ? ""
                                                    : " after "
                                                            + Shop.MODEL.toResource(edit.point())))
                            .sorted()
                            .collect(Collectors.joining(", "));
        };
    }

    @Test
    void tellsWhatChangedAndWhere() throws Exception {
        edit("{'shop:routes':{'route':[{'id':1,'prefix':'p'}]}}");
        var follower = follow(false, Duration.ZERO, false, "/shop:routes", "/shop:name");
        edit("{'shop:name':'n'}");
        assertThat(next(follower)).isEqualTo("create /shop:name");
        edit("{'shop:routes':{'route':[{'id':1,'prefix':'q'},{'id':2}]}}");
        assertThat(next(follower))
                .isEqualTo("create /shop:routes/route=2, replace /shop:routes/route=1/prefix");
        delete("/shop:routes/route[id='1']");
        assertThat(next(follower)).isEqualTo("delete /shop:routes/route=1");
        delete("/shop:routes");
        assertThat(next(follower)).isEqualTo("delete /shop:routes");
    }

    @Test
    void isNotWokenForWhatIsNotSelected() throws Exception {
        var follower = follow(false, Duration.ZERO, false, "/shop:name");
        edit("{'shop:motto':['a']}");
        edit("{'shop:name':'n'}");
        assertThat(woken.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
        assertThat(words(Objects.requireNonNull(follower.next()))).isEqualTo("create /shop:name");
        assertThat(follower.next()).isNull();
        assertThat(woken.availablePermits()).isZero();
    }

    @Test
    void beginsWithTheWholeAndComesBackToItWhenAsked() throws Exception {
        var follower = follow(false, Duration.ZERO, true, "/shop:name");
        assertThat(next(follower)).isEqualTo("full");
        edit("{'shop:name':'n'}");
        assertThat(next(follower)).isEqualTo("create /shop:name");
        follower.resync();
        assertThat(next(follower)).isEqualTo("full");
        assertThat(follower.next()).isNull();
    }

    @Test
    void aSlowClientIsToldTheSumOfWhatHappened() throws Exception {
        var follower = follow(false, Duration.ZERO, false, "/");
        for (int i = 0; i < 50; i++) {
            edit("{'shop:name':'%d','shop:routes':{'route':[{'id':%d}]}}".formatted(i, i % 3));
        }
        edit("{'shop:motto':['a']}");
        delete("/shop:motto[.='a']");
        assertThat(woken.tryAcquire(52, 20, TimeUnit.SECONDS)).isTrue();

        assertThat(words(Objects.requireNonNull(follower.next())))
                .isEqualTo("create /shop:name, create /shop:routes");
        assertThat(follower.next()).isNull();
    }

    @Test
    void dampeningHoldsUpdatesApart() throws Exception {
        var follower = follow(false, Duration.ofMillis(300), false, "/shop:name");
        edit("{'shop:name':'a'}");
        next(follower);
        long before = System.nanoTime();
        edit("{'shop:name':'b'}");
        edit("{'shop:name':'c'}");
        assertThat(next(follower)).isEqualTo("replace /shop:name");
        assertThat(System.nanoTime() - before).isGreaterThan(200_000_000);
        assertThat(follower.next()).isNull();
    }

    @Test
    void tellsOfPlacesInAnOrder() throws Exception {
        edit("{'shop:stock':{'sign':[{'id':1},{'id':2},{'id':3}]}}");
        var follower = follow(false, Duration.ZERO, false, "/shop:stock");
        edit("{'shop:stock':{'sign':[{'id':4}]}}");
        assertThat(next(follower)).isEqualTo("insert /shop:stock/sign=4 after /shop:stock/sign=3");
        var turned =
                Shop.root("{'shop:stock':{'sign':[{'id':3},{'id':1},{'id':2},{'id':4}]}}")
                        .body()
                        .iterator()
                        .next();
        store.edit(Face.RUNNING, List.of(Edit.replace(path("/shop:stock"), turned)), ALICE);
        assertThat(next(follower)).isEqualTo("move /shop:stock/sign=3");
    }

    @Test
    void stateIsFollowedWhereItIsAskedFor() throws Exception {
        edit("{'shop:stock':{'shelf':[{'name':'a'}]}}");
        var follower = follow(true, Duration.ZERO, false, "/shop:stock");
        var state =
                Shop.root("{'shop:stock':{'shelf':[{'name':'a','state':{'items':3}}]}}")
                        .body()
                        .iterator()
                        .next();
        store.writeState(List.of(Edit.merge(YangInstanceIdentifier.of(state.name()), state)));
        assertThat(next(follower)).isEqualTo("create /shop:stock/shelf=a/state");
        edit("{'shop:stock':{'shelf':[{'name':'a','label':'x'}]}}");
        assertThat(next(follower)).isEqualTo("create /shop:stock/shelf=a/label");
    }

    /// Keys with signs that mean something in a path are written so that they do not.
    @Test
    void writesPathsAsResources() {
        assertThat(Shop.MODEL.toResource(path("/shop:stock/shelf[name='a/b,c d']/label")))
                .isEqualTo("/shop:stock/shelf=a%2Fb%2Cc%20d/label");
        assertThat(
                        Shop.MODEL.toResource(
                                path("/shop:stock/shelf[name='a']/item[kind='shop:food'][id='2']")))
                .isEqualTo("/shop:stock/shelf=a/item=shop%3Afood,2");
        assertThat(Shop.MODEL.toResource(path("/shop:motto[.='x']"))).isEqualTo("/shop:motto=x");
    }

    /// An update looks at what was touched: the rest of a large list is neither copied nor walked.
    @Test
    void theCostOfAnUpdateFollowsTheChange() throws Exception {
        var many =
                IntStream.range(0, 20_000)
                        .mapToObj("{'id':%d}"::formatted)
                        .collect(Collectors.joining(","));
        edit("{'shop:routes':{'route':[%s]}}".formatted(many));
        var running = store.root(Face.RUNNING);
        var touched = new Touched();
        var at = touched;
        var place = path("/shop:routes/route[id='7']");
        for (var step : place.getPathArguments()) {
            at = at.at(step);
        }
        at.mark();
        edit("{'shop:routes':{'route':[{'id':7,'prefix':'p'}]}}");
        var cut = Restricted.of(running, store.root(Face.RUNNING), touched);

        assertThat(Nodes.find(cut.after(), path("/shop:routes/route[id='7']/prefix"))).isNotNull();
        assertThat(Nodes.find(cut.after(), path("/shop:routes/route[id='8']"))).isNull();
        assertThat(Patch.between(cut.before(), cut.after()).edits()).hasSize(1);
    }
}
