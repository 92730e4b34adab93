package org.lagopus.datastore;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.ErrorTag;

/// One question put to several participants at once, and their answers until the deadline.
final class Round {
    sealed interface Answer {
        record Yes() implements Answer {}

        record No(List<DataError> errors) implements Answer {}

        record Late() implements Answer {}

        record Gone(String why) implements Answer {}
    }

    /// Hears each answer, and how long it took.
    @FunctionalInterface
    interface Heard {
        void of(Participant participant, Answer answer, long nanos);
    }

    private Round() {}

    static Map<Participant, Answer> ask(
            List<Participant> participants,
            Duration deadline,
            Function<Participant, CompletionStage<List<DataError>>> question,
            Heard heard) {
        long begun = System.nanoTime();
        var asked = new LinkedHashMap<Participant, CompletableFuture<List<DataError>>>();
        for (var participant : participants) {
            asked.put(participant, ask(participant, question));
        }
        long until = System.nanoTime() + deadline.toNanos();
        var answers = new LinkedHashMap<Participant, Answer>();
        asked.forEach((participant, future) -> {
            long more = deadline.isZero() ? 0 : participant.allowance().toNanos();
            var answered = new AtomicLong();
            var _ = future.whenComplete((_, _) -> answered.set(System.nanoTime()));
            var answer = answer(future, until + more - System.nanoTime());
            answers.put(participant, answer);
            long end = answered.get();
            heard.of(participant, answer, (end == 0 ? System.nanoTime() : end) - begun);
        });
        return answers;
    }

    private static CompletableFuture<List<DataError>> ask(
            Participant participant,
            Function<Participant, CompletionStage<List<DataError>>> question) {
        try {
            return question.apply(participant).toCompletableFuture();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static Answer answer(CompletableFuture<List<DataError>> future, long nanos) {
        try {
            var errors = future.get(Math.max(nanos, 0), TimeUnit.NANOSECONDS);
            return errors.isEmpty() ? new Answer.Yes() : new Answer.No(errors);
        } catch (TimeoutException e) {
            return new Answer.Late();
        } catch (ExecutionException | CompletionException e) {
            return new Answer.Gone(reason(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer.Late();
        }
    }

    private static String reason(Exception e) {
        @Nullable Throwable cause = e.getCause();
        return cause == null || cause.getMessage() == null ? e.toString() : cause.getMessage();
    }

    /// What the client is told of the answers; one that is gone and not required is not missed.
    static List<DataError> errors(Map<Participant, Answer> answers, String asked, Duration limit) {
        var errors = new ArrayList<DataError>();
        answers.forEach((participant, answer) -> {
            var name = participant.name();
            switch (answer) {
                case Answer.Yes _ -> {}
                case Answer.No(var told) -> told.forEach(e -> errors.add(of(name, e)));
                case Answer.Late _ ->
                        errors.add(
                                DataError.of(
                                        ErrorTag.OPERATION_FAILED,
                                        "%s did not answer %s within %s ms"
                                                .formatted(name, asked, limit.toMillis())));
                case Answer.Gone(var why) -> {
                    if (participant.required()) {
                        errors.add(
                                DataError.of(
                                        ErrorTag.OPERATION_FAILED,
                                        "%s is gone (%s)".formatted(name, why)));
                    }
                }
            }
        });
        return errors;
    }

    private static DataError of(String name, DataError error) {
        return error.withMessage(name + ": " + error.message());
    }
}
