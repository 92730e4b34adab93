package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// A component that does as it is told to: it remembers what it was asked and which generation it
/// runs, and fails where the test wants it to.
class FakeComponent implements Participant {
    enum Step {
        PREPARE,
        COMMIT,
        ABORT
    }

    enum Mood {
        WILLING,
        /// Says no, and has not done it.
        REFUSING,
        /// Never answers, and has not done it.
        SILENT,
        /// Never answers, but has done it.
        MUTE,
        /// Its connection is lost.
        DYING,
        /// Throws instead of answering.
        BROKEN
    }

    private final String name;
    private final int faces;
    private final boolean required;
    private final List<YangInstanceIdentifier> subscriptions;
    private final Map<Step, Mood> moods = new EnumMap<>(Step.class);
    private final List<String> shared;
    final List<String> calls = new ArrayList<>();
    final List<Transaction> transactions = new ArrayList<>();
    long prepared;
    long runs;

    /// @param shared everybody's calls, in the order they came
    FakeComponent(
            String name,
            int faces,
            boolean required,
            List<String> shared,
            String... subscriptions) {
        this.name = name;
        this.faces = faces;
        this.required = required;
        this.shared = shared;
        this.subscriptions = List.of(subscriptions).stream().map(Shop::path).toList();
    }

    FakeComponent is(Step step, Mood mood) {
        moods.put(step, mood);
        return this;
    }

    void recovers() {
        moods.clear();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int faces() {
        return faces;
    }

    @Override
    public boolean required() {
        return required;
    }

    @Override
    public Collection<YangInstanceIdentifier> subscriptions() {
        return subscriptions;
    }

    @Override
    public CompletionStage<List<DataError>> prepare(Transaction transaction) {
        transactions.add(transaction);
        return answer(Step.PREPARE, transaction, () -> prepared = transaction.generation());
    }

    @Override
    public CompletionStage<List<DataError>> commit(Transaction transaction) {
        return answer(
                Step.COMMIT,
                transaction,
                () -> {
                    runs = transaction.generation();
                    prepared = 0;
                });
    }

    @Override
    public CompletionStage<List<DataError>> abort(Transaction transaction) {
        return answer(
                Step.ABORT,
                transaction,
                () -> {
                    prepared = 0;
                    if (runs == transaction.generation()) {
                        runs = transaction.base();
                    }
                });
    }

    private CompletionStage<List<DataError>> answer(
            Step step, Transaction transaction, Runnable work) {
        var call = step + " " + transaction.generation();
        calls.add(call);
        synchronized (shared) {
            shared.add(name + " " + call);
        }
        return switch (moods.getOrDefault(step, Mood.WILLING)) {
            case WILLING -> {
                work.run();
                yield CompletableFuture.completedFuture(List.of());
            }
            case REFUSING ->
                    CompletableFuture.completedFuture(
                            List.of(
                                    DataError.at(
                                            Shop.path("/shop:stock"),
                                            ErrorTag.RESOURCE_DENIED,
                                            "no room to " + step)));
            case SILENT -> new CompletableFuture<>();
            case MUTE -> {
                work.run();
                yield new CompletableFuture<>();
            }
            case DYING ->
                    CompletableFuture.failedFuture(new IllegalStateException("socket closed"));
            case BROKEN -> throw new IllegalStateException("bug");
        };
    }
}
