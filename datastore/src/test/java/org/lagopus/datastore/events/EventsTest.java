package org.lagopus.datastore.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;

class EventsTest {
    private final FakeTimer timer = new FakeTimer();
    private final Events events = new Events(timer);
    private final AtomicInteger wakes = new AtomicInteger();

    private static ContainerNode content(String name) {
        return ImmutableNodes.newContainerBuilder()
                .withNodeIdentifier(NodeIdentifier.create(QName.create("urn:test", name)))
                .build();
    }

    private void happens(String... names) {
        for (var name : names) {
            events.publish(content(name));
            timer.pass(Duration.ofSeconds(1));
        }
    }

    private Instant ago(long seconds) {
        return timer.now().minusSeconds(seconds);
    }

    private EventStream netconf() {
        return events.stream(Events.NETCONF).orElseThrow();
    }

    private Subscription subscribe(
            @Nullable Instant from, @Nullable Instant until, Predicate<Event> filter) {
        return new Subscription(
                netconf(),
                timer,
                new Subscription.Terms(from, until, filter),
                _ -> true,
                wakes::incrementAndGet);
    }

    private Subscription subscribe() {
        return subscribe(null, null, _ -> true);
    }

    /// All there is for it now, in words.
    private static List<String> heard(Subscription subscription) {
        var words = new ArrayList<String>();
        for (var item = subscription.next(); item != null; item = subscription.next()) {
            words.add(
                    switch (item) {
                        case Subscription.Item.Happened(var event) -> event.name().getLocalName();
                        case Subscription.Item.Missing(var number) -> "missing " + number;
                        case Subscription.Item.Replayed _ -> "replayed";
                        case Subscription.Item.Completed _ -> "completed";
                    });
        }
        return words;
    }

    @Test
    void hearsWhatHappensFromItsBeginningOn() {
        happens("before");
        var subscription = subscribe();
        happens("a", "b");

        assertThat(heard(subscription)).containsExactly("a", "b");
        happens("c");
        assertThat(heard(subscription)).containsExactly("c");
        assertThat(subscription.sent()).isEqualTo(3);
    }

    @Test
    void isWokenOnceForEachTimeItHasReadEverything() {
        var subscription = subscribe();
        assertThat(heard(subscription)).isEmpty();
        happens("a", "b", "c");
        assertThat(wakes).hasValue(1);

        assertThat(heard(subscription)).hasSize(3);
        happens("d");
        assertThat(wakes).hasValue(2);
    }

    @Test
    void nobodyIsWokenForOneThatIsClosed() {
        var subscription = subscribe();
        assertThat(heard(subscription)).isEmpty();
        subscription.close();
        happens("a");

        assertThat(wakes).hasValue(0);
        assertThat(heard(subscription)).isEmpty();
    }

    @Test
    void replaysThePastAndSaysWhenItIsOver() {
        happens("a", "b", "c");
        var subscription = subscribe(ago(2), null, _ -> true);
        happens("d");

        assertThat(heard(subscription)).containsExactly("b", "c", "replayed", "d");
    }

    @Test
    void aReplayOfNothingIsOverAtOnce() {
        assertThat(heard(subscribe(ago(10), null, _ -> true))).containsExactly("replayed");
    }

    @Test
    void aReplayThatStopsInThePastIsCompletedBehindItsLastEvent() {
        happens("a", "b", "c");
        var subscription = subscribe(ago(3), ago(2), _ -> true);

        assertThat(heard(subscription)).containsExactly("a", "b", "replayed", "completed");
        happens("d");
        assertThat(heard(subscription)).isEmpty();
    }

    @Test
    void completesWhenTheTimeComesWithoutAnEvent() {
        var subscription = subscribe(ago(1), timer.now().plusSeconds(5), _ -> true);
        happens("a");
        assertThat(heard(subscription)).containsExactly("replayed", "a");

        timer.pass(Duration.ofSeconds(3));
        assertThat(heard(subscription)).isEmpty();
        int before = wakes.get();
        timer.pass(Duration.ofSeconds(2));
        assertThat(wakes.get()).isGreaterThan(before);
        assertThat(heard(subscription)).containsExactly("completed");
    }

    @Test
    void countsWhatAFilterKeepsBack() {
        var subscription =
                subscribe(null, null, event -> event.name().getLocalName().startsWith("x"));
        happens("a", "x1", "b", "x2");

        assertThat(heard(subscription)).containsExactly("x1", "x2");
        assertThat(subscription.sent()).isEqualTo(2);
        assertThat(subscription.excluded()).isEqualTo(2);
    }

    @Test
    void aSlowReaderIsToldHowManyItMissedAndGoesOnWithTheOldestThereIs() {
        events.limit(new Limits(3, Long.MAX_VALUE, Duration.ofDays(1)));
        var slow = subscribe();
        var quick = subscribe();
        for (int i = 0; i < 10; i++) {
            happens("e" + i);
            assertThat(heard(quick)).containsExactly("e" + i);
        }

        assertThat(heard(slow)).containsExactly("missing 7", "e7", "e8", "e9");
    }

    @Test
    void theLogKeepsToItsSize() {
        long one = Event.of(timer.now(), content("a")).octets();
        events.limit(new Limits(1000, one * 5, Duration.ofDays(1)));
        for (int i = 0; i < 100; i++) {
            happens("e" + i);
        }

        assertThat(netconf().log()).hasSize(5);
        assertThat(netconf().log().getLast().name().getLocalName()).isEqualTo("e99");
    }

    @Test
    void theLogKeepsToItsAgeAndTellsWhatWent() {
        events.limit(new Limits(1000, Long.MAX_VALUE, Duration.ofSeconds(10)));
        assertThat(netconf().aged()).isEmpty();
        happens("a", "b");
        var second = ago(1);
        timer.pass(Duration.ofSeconds(10));

        assertThat(netconf().log()).isEmpty();
        assertThat(netconf().aged()).contains(second);
        assertThat(netconf().created()).isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
    }

    @Test
    void aThousandSubscribersHoldNoEvents() {
        events.limit(new Limits(16, Long.MAX_VALUE, Duration.ofDays(1)));
        var all = new ArrayList<Subscription>();
        for (int i = 0; i < 1000; i++) {
            all.add(subscribe());
        }
        for (int i = 0; i < 5000; i++) {
            events.publish(content("e" + i));
        }

        assertThat(netconf().log()).hasSize(16);
        for (var one : all) {
            assertThat(heard(one)).hasSize(17).startsWith("missing 4984", "e4984");
        }
    }

    @Test
    void streamsHaveTheirNamesForThemselves() {
        var other = events.register("alarms", "what is wrong");
        other.publish(Event.of(timer.now(), content("fire")));

        assertThat(heard(subscribe(ago(10), null, _ -> true))).containsExactly("replayed");
        assertThat(other.log()).hasSize(1);
        assertThatThrownBy(() -> events.register("alarms", "again"))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void manyPublishersAndReadersLoseNothingThatTheLogHolds() throws InterruptedException {
        var subscription = subscribe();
        var threads = new ArrayList<Thread>();
        for (int t = 0; t < 4; t++) {
            threads.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                for (int i = 0; i < 1000; i++) {
                                    events.publish(content("e"));
                                }
                            }));
        }
        long read = 0;
        while (read < 4000) {
            read += heard(subscription).size();
        }
        for (var thread : threads) {
            thread.join();
        }
        assertThat(read).isEqualTo(4000);
    }
}
