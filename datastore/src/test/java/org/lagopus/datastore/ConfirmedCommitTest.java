package org.lagopus.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.lagopus.datastore.Shop.ALICE;
import static org.lagopus.datastore.Shop.BOB;
import static org.lagopus.datastore.Shop.REST;
import static org.lagopus.datastore.Shop.merge;
import static org.lagopus.datastore.Shop.root;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.opendaylight.yangtools.yang.common.ErrorTag;

@Tag("R17")
@Tag("R35")
@Timeout(60)
class ConfirmedCommitTest {
    private static final Datastore.Confirmed LONG = confirmed(600_000, null);

    @TempDir Path directory;
    private @Nullable Datastore opened;

    private static Datastore.Confirmed confirmed(long millis, @Nullable String persist) {
        return new Datastore.Confirmed(Duration.ofMillis(millis), persist);
    }

    private Datastore open(Path from, long compactAfterBytes) throws Exception {
        close();
        var store =
                Datastore.open(
                        Shop.MODEL,
                        new Datastore.Settings(
                                from,
                                Clock.systemUTC(),
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(1),
                                compactAfterBytes));
        opened = store;
        return store;
    }

    private Datastore store() {
        return Objects.requireNonNull(opened);
    }

    @BeforeEach
    void begin() throws Exception {
        open(directory.resolve("state"), 1 << 20);
        store().edit(Face.RUNNING, List.of(merge("{'shop:name':'before'}")), ALICE);
    }

    @AfterEach
    void close() throws IOException {
        if (opened != null) {
            opened.close();
        }
    }

    private void commit(
            String name, Actor by, Datastore.@Nullable Confirmed terms, @Nullable String id)
            throws DatastoreException {
        store().edit(Face.CANDIDATE, List.of(merge("{'shop:name':'%s'}".formatted(name))), by);
        store().commit(by, null, terms, id);
    }

    private void is(String name) {
        assertThat(Crasher.running(store())).isEqualTo(root("{'shop:name':'%s'}".formatted(name)));
    }

    private interface Action {
        void run() throws DatastoreException;
    }

    private static ErrorTag refusal(Action action) {
        var refused = catchThrowableOfType(DatastoreException.class, action::run);
        assertThat(refused).isNotNull();
        return refused.errors().getFirst().tag();
    }

    @Test
    void withoutConfirmationItGoesBackWhenTheTimeIsUp() throws Exception {
        var back = new CountDownLatch(2);
        store().onCommit((_, _) -> back.countDown());
        commit("tried", ALICE, confirmed(100, null), null);
        assertThat(back.await(20, TimeUnit.SECONDS)).isTrue();
        is("before");
        assertThat(store().last().orElseThrow().by()).isEqualTo(Actor.SYSTEM);
        commit("after", BOB, null, null);
        is("after");
    }

    @Test
    void aConfirmedOneStays() throws Exception {
        commit("tried", ALICE, LONG, null);
        store().commit(ALICE, null);
        store().ended(1);
        is("tried");
        open(directory.resolve("state"), 1 << 20);
        is("tried");
        assertThat(store().findings()).isEmpty();
    }

    @Test
    void theConfirmingCommitMayChangeMore() throws Exception {
        commit("tried", ALICE, confirmed(600_000, "word"), null);
        commit("more", BOB, null, "word");
        open(directory.resolve("state"), 1 << 20);
        is("more");
    }

    @Test
    void theBackupIsTakenOnce() throws Exception {
        commit("first", ALICE, LONG, null);
        commit("second", ALICE, LONG, null);
        store().cancelCommit(ALICE, null);
        is("before");
    }

    @Test
    void theEndOfTheSessionGoesBackUnlessItPersists() throws Exception {
        commit("tried", ALICE, LONG, null);
        store().ended(2);
        is("tried");
        store().ended(1);
        is("before");
        commit("tried", ALICE, confirmed(600_000, "word"), null);
        store().ended(1);
        is("tried");
        assertThat(refusal(() -> store().cancelCommit(BOB, "guess")))
                .isEqualTo(ErrorTag.INVALID_VALUE);
        store().cancelCommit(BOB, "word");
        is("before");
    }

    @Test
    void othersDoNotWriteMeanwhile() throws Exception {
        commit("tried", ALICE, LONG, null);
        var edit = List.of(merge("{'shop:name':'other'}"));
        assertThat(refusal(() -> store().edit(Face.RUNNING, edit, REST)))
                .isEqualTo(ErrorTag.IN_USE);
        assertThat(refusal(() -> store().edit(Face.RUNNING, edit, ALICE)))
                .isEqualTo(ErrorTag.IN_USE);
        assertThat(refusal(() -> store().commit(BOB, null))).isEqualTo(ErrorTag.IN_USE);
        assertThat(refusal(() -> store().rollBack(0, BOB, null))).isEqualTo(ErrorTag.IN_USE);
        assertThat(refusal(() -> store().copy(Face.CANDIDATE, Face.RUNNING, BOB)))
                .isEqualTo(ErrorTag.IN_USE);
        store().edit(Face.CANDIDATE, edit, BOB);
        store().discard(BOB);
        store().commit(ALICE, null);
        store().edit(Face.RUNNING, edit, REST);
        is("other");
    }

    /// The files as they are in mid-wait, as a crash leaves them.
    @Test
    @Tag("R10")
    void aRestartGoesBack() throws Exception {
        for (long compactAfter : List.of(1L << 20, 1L)) {
            var state = directory.resolve("state" + compactAfter);
            open(state, compactAfter);
            store().edit(Face.RUNNING, List.of(merge("{'shop:name':'before'}")), ALICE);
            commit("first", ALICE, confirmed(600_000, "word"), null);
            commit("second", BOB, LONG, "word");
            store().commit(BOB, null, LONG, "word");
            var copy = directory.resolve("copy" + compactAfter);
            close();
            copy(state, copy);
            open(copy, 1 << 20);
            is("before");
            assertThat(store().findings()).anyMatch(text -> text.contains("was not confirmed"));
            commit("after", BOB, null, null);
            open(copy, 1 << 20);
            is("after");
            assertThat(store().findings()).isEmpty();
        }
    }

    /// Power that fails at any byte: never is something running that waits for nobody.
    @Test
    @Tag("R10")
    void cutOffAnywhereNothingUnconfirmedStays() throws Exception {
        commit("first", ALICE, confirmed(600_000, "word"), null);
        commit("second", BOB, LONG, "word");
        close();
        var whole = Files.readAllBytes(directory.resolve("state").resolve("log.0"));
        var copy = directory.resolve("cut");
        Files.createDirectories(copy);
        for (int cut = whole.length; cut >= 8; cut -= 5) {
            Files.write(copy.resolve("log.0"), Arrays.copyOf(whole, cut));
            open(copy, 1 << 20);
            assertThat(Crasher.running(store()))
                    .as("cut at %d", cut)
                    .isIn(root("{}"), root("{'shop:name':'before'}"));
            close();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (var files = Files.list(from)) {
            for (var file : (Iterable<Path>) files::iterator) {
                Files.copy(
                        file,
                        to.resolve(Objects.requireNonNull(file.getFileName())),
                        StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    @Test
    void whatAComponentDoesNotTakeBackIsTriedAgain() throws Exception {
        var component = new FakeComponent("all", 2, true, new ArrayList<>(), "/");
        store().attach(component);
        commit("tried", ALICE, LONG, null);
        component.is(FakeComponent.Step.PREPARE, FakeComponent.Mood.REFUSING);
        assertThat(refusal(() -> store().cancelCommit(ALICE, null))).isNotNull();
        is("tried");
        assertThat(refusal(() -> store().commit(ALICE, null))).isEqualTo(ErrorTag.IN_USE);
        var back = new CountDownLatch(1);
        store().onCommit((_, _) -> back.countDown());
        component.recovers();
        assertThat(back.await(20, TimeUnit.SECONDS)).isTrue();
        is("before");
    }

    @Test
    void oneThatChangesNothingIsWaitedForTheSame() throws Exception {
        store().commit(ALICE, null, LONG, null);
        assertThat(refusal(() -> store().commit(BOB, null))).isEqualTo(ErrorTag.IN_USE);
        store().cancelCommit(ALICE, null);
        is("before");
        store().commit(BOB, null);
    }
}
