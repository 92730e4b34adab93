package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lagopus.datastore.Shop.ALICE;
import static org.lagopus.datastore.Shop.BOB;
import static org.lagopus.datastore.Shop.create;
import static org.lagopus.datastore.Shop.merge;
import static org.lagopus.datastore.Shop.root;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lagopus.datastore.file.StateFiles;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;

@Tag("R34")
class GroupCommitTest {
    /// A disk that works when it is told to, and may fail.
    private static final class SlowDisk implements StateFiles.Disk {
        private final List<String> calls;
        private volatile CountDownLatch held = new CountDownLatch(0);
        private volatile @Nullable CountDownLatch reached;
        private volatile boolean fails;

        SlowDisk(List<String> calls) {
            this.calls = calls;
        }

        CountDownLatch hold() {
            var come = new CountDownLatch(1);
            reached = come;
            held = new CountDownLatch(1);
            return come;
        }

        void release() {
            reached = null;
            held.countDown();
        }

        @Override
        public void sync(FileChannel file) throws IOException {
            var come = reached;
            if (come != null) {
                come.countDown();
            }
            try {
                if (!held.await(30, TimeUnit.SECONDS)) {
                    throw new IOException("the test has forgotten the disk");
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            if (fails) {
                throw new IOException("no such disk");
            }
            calls.add("SYNC");
            file.force(false);
        }
    }

    @TempDir Path directory;
    private final List<String> calls = Collections.synchronizedList(new ArrayList<>());
    private final SlowDisk disk = new SlowDisk(calls);
    private final ExecutorService writers = Executors.newCachedThreadPool();
    private Datastore datastore;

    @BeforeEach
    void open() throws Exception {
        datastore = Datastore.open(Shop.MODEL, settings(), disk);
    }

    private Datastore.Settings settings() {
        return Datastore.Settings.of(directory, Clock.systemUTC());
    }

    @AfterEach
    void close() throws Exception {
        disk.release();
        writers.shutdown();
        assertThat(writers.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        datastore.close();
    }

    private NormalizedNode running() {
        return datastore.read(Face.RUNNING).readNode(YangInstanceIdentifier.of()).orElseThrow();
    }

    private static String drawer(int number) {
        return "{'shop:drawer':%d}".formatted(number);
    }

    private static Edit route(long id) {
        return merge("{'shop:routes':{'route':[{'id':%d}]}}".formatted(id));
    }

    /// Begins to commit, and returns once it is inside the gate: all begun before it have left it.
    private Future<Boolean> begin(Edit edit) throws InterruptedException {
        var inside = new CountDownLatch(1);
        var done =
                writers.submit(() ->
                        datastore.editIf(
                                (_, _) -> {
                                    inside.countDown();
                                    return true;
                                },
                                List.of(edit),
                                ALICE));
        assertThat(inside.await(30, TimeUnit.SECONDS)).isTrue();
        return done;
    }

    private static void done(Future<Boolean> commit)
            throws InterruptedException, ExecutionException, TimeoutException {
        assertThat(commit.get(30, TimeUnit.SECONDS)).isTrue();
    }

    private static void lost(Future<Boolean> commit) {
        assertThatThrownBy(() -> commit.get(30, TimeUnit.SECONDS))
                .hasCauseInstanceOf(DatastoreException.class)
                .hasMessageContaining("cannot be written to disk");
    }

    @Test
    void aConditionIsToldOfTheCommitBeforeItThatIsNotOnTheDiskYet() throws Exception {
        disk.hold();
        var first = begin(merge(drawer(1)));
        var seen = new CompletableFuture<Long>();
        var second =
                writers.submit(() ->
                        datastore.editIf(
                                (_, last) -> {
                                    seen.complete(last.orElseThrow().generation());
                                    return false;
                                },
                                List.of(merge(drawer(2))),
                                BOB));
        assertThat(seen.get(30, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(datastore.last()).isEmpty();
        disk.release();
        done(first);
        assertThat(second.get(30, TimeUnit.SECONDS)).isFalse();
    }

    @Test
    void commitsThatComeWhileTheDiskWorksShareASyncAndBecomeRunningInTheirOrder() throws Exception {
        var told = Collections.synchronizedList(new ArrayList<Long>());
        var all = new CountDownLatch(9);
        datastore.onCommit((commit, _) -> {
            told.add(commit.generation());
            all.countDown();
        });
        assertThat(disk.hold().getCount()).isEqualTo(1);
        var commits = new ArrayList<Future<Boolean>>();
        for (int i = 1; i <= 9; i++) {
            commits.add(begin(merge(drawer(i))));
        }
        assertThat(running()).as("nothing is on the disk yet").isEqualTo(root("{}"));
        assertThat(datastore.generation()).isZero();
        assertThat(told).isEmpty();
        disk.release();
        for (var commit : commits) {
            done(commit);
        }
        assertThat(running()).isEqualTo(root(drawer(9)));
        assertThat(calls.size())
                .as("one for the first, one for what came meanwhile, perhaps one for the last")
                .isBetween(2, 3);
        assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(told).isEqualTo(LongStream.rangeClosed(1, 9).boxed().toList());
        for (int i = 1; i <= 9; i++) {
            assertThat(datastore.content(i)).isEqualTo(root(drawer(i)));
        }
    }

    @Test
    void theNextCommitStandsOnThoseThatWaitForTheDisk() throws Exception {
        disk.hold();
        var first = begin(create("/shop:name", "{'shop:name':'n'}"));
        var second = begin(create("/shop:name", "{'shop:name':'m'}"));
        assertThat(second.isDone()).as("a refusal that may turn out to be wrong").isFalse();
        disk.release();
        done(first);
        assertThatThrownBy(() -> second.get(30, TimeUnit.SECONDS))
                .hasMessageContaining("exists already");
    }

    @Test
    void noneOfThoseThatWaitHasHappenedWhenTheDiskFails() throws Exception {
        datastore.edit(Face.RUNNING, List.of(merge(drawer(1))), ALICE);
        var told = Collections.synchronizedList(new ArrayList<Long>());
        datastore.onCommit((commit, _) -> told.add(commit.generation()));
        disk.hold();
        disk.fails = true;
        var lost = new ArrayList<Future<Boolean>>();
        for (int i = 2; i <= 5; i++) {
            lost.add(begin(merge(drawer(i))));
        }
        lost.add(begin(create("/shop:drawer", "{'shop:drawer':6}")));
        disk.release();
        lost.forEach(GroupCommitTest::lost);
        assertThat(running()).isEqualTo(root(drawer(1)));
        assertThat(datastore.generation()).isEqualTo(1);
        disk.fails = false;
        assertThatThrownBy(() -> datastore.edit(Face.RUNNING, List.of(merge(drawer(7))), BOB))
                .as("what a failed disk holds is not known")
                .isInstanceOf(DatastoreException.class)
                .hasMessageContaining("failed before");
        assertThat(told).as("nobody hears of what was lost").isSubsetOf(1L);
        datastore.close();
        datastore = Datastore.open(Shop.MODEL, settings());
        assertThat(running()).isEqualTo(root(drawer(1)));
        datastore.edit(Face.RUNNING, List.of(merge(drawer(8))), ALICE);
        assertThat(running()).isEqualTo(root(drawer(8)));
    }

    @Test
    @Tag("R11")
    void participantsAreAskedWhenAllBeforeIsRunning() throws Exception {
        datastore.attach(new FakeComponent("stock", 2, true, calls, "/shop:stock"));
        disk.hold();
        var others = List.of(begin(route(1)), begin(route(2)));
        var theirs = begin(merge("{'shop:stock':{'shelf':[{'name':'a'}]}}"));
        var behind =
                writers.submit(() -> datastore.editIf((_, _) -> true, List.of(route(3)), ALICE));
        assertThat(calls).isEmpty();
        disk.release();
        for (var other : others) {
            done(other);
        }
        done(theirs);
        done(behind);
        assertThat(calls)
                .containsSubsequence("SYNC", "stock PREPARE 3", "SYNC", "stock COMMIT 3", "SYNC")
                .filteredOn("SYNC"::equals)
                .hasSizeBetween(3, 4);
    }

    @Test
    void aLockIsGivenWhenAllBeforeIsRunning() throws Exception {
        disk.hold();
        var commit = begin(merge(drawer(1)));
        var locked =
                writers.submit(() -> {
                    datastore.locks().lock(Face.RUNNING, BOB);
                    return running();
                });
        disk.release();
        done(commit);
        assertThat(locked.get(30, TimeUnit.SECONDS)).isEqualTo(root(drawer(1)));
    }

    @Test
    void whateverManyWritersCommitIsOneChainThatBootsAgain() throws Exception {
        var told = Collections.synchronizedList(new ArrayList<Commit>());
        var all = new CountDownLatch(240);
        datastore.onCommit((commit, _) -> {
            told.add(commit);
            all.countDown();
        });
        datastore.attach(new FakeComponent("stock", 2, true, calls, "/shop:stock"));
        var commits =
                IntStream.range(0, 240)
                        .mapToObj(i ->
                                writers.submit(() -> {
                                    var edits =
                                            List.of(
                                                    route(i),
                                                    i % 8 == 0
                                                            ? merge(
                                                                    "{'shop:stock':{'sign':[{'id':%d}]}}"
                                                                            .formatted(i % 200))
                                                            : merge(drawer(i % 100)));
                                    return datastore.editIf((_, _) -> true, edits, ALICE);
                                }))
                        .toList();
        for (var commit : commits) {
            done(commit);
        }
        assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(told).extracting(Commit::generation).isSorted().doesNotHaveDuplicates();
        long last = datastore.generation();
        assertThat(datastore.history().way(last, 0).orElseThrow()).hasSize(240);
        assertThat(datastore.content(0)).isEqualTo(root("{}"));
        var made = running();
        datastore.close();
        datastore = Datastore.open(Shop.MODEL, settings());
        assertThat(running()).isEqualTo(made);
        assertThat(datastore.generation()).isEqualTo(last);
        assertThat(datastore.findings()).isEmpty();
    }
}
