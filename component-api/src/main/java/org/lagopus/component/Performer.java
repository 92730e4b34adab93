package org.lagopus.component;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lagopus.component.wire.Message;
import org.lagopus.component.wire.WireError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/// Carries out what the datastore asks, exactly once, and remembers what the component runs. Used by
/// the handler's thread alone, but for grants and operations.
///
///     Idle --prepare--> Prepared --commit--> Idle (of the new generation)
///                          |  abort              |  abort of the same generation
///                          v                     v
///                         Idle                  Idle (of the generation before)
///
/// `replace` leads to Idle from anywhere. A request with an id that was answered before gets the
/// same answer again and is not carried out.
final class Performer {
    private static final Logger LOG = LoggerFactory.getLogger(Performer.class);

    /// How many answers are remembered for repeated requests.
    private static final int REMEMBERED = 256;

    /// How many errors one answer carries; a frame has an end.
    private static final int MOST_ERRORS = 1000;

    private final Handler handler;
    private final Map<Long, Message.Answer> answers =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Long, Message.Answer> eldest) {
                    return size() > REMEMBERED;
                }
            };

    // What runs: a generation of the history `instance`; 0 if nothing is known.
    private volatile long generation;
    private volatile @Nullable String instance;
    private @Nullable Change prepared;
    private @Nullable String transaction;
    // The last commit, and what ran before it.
    private long committed;
    private long before;

    Performer(Handler handler) {
        this.handler = handler;
    }

    long generation() {
        return generation;
    }

    @Nullable String instance() {
        return instance;
    }

    /// The datastore of this history is there. Ids of another one mean nothing.
    void welcome(String history) {
        if (!history.equals(instance)) {
            instance = history;
            generation = 0;
            answers.clear();
        }
        quietly(handler::connected);
    }

    /// The datastore is gone; what it had prepared will not be committed.
    void lost(String reason) {
        forgetPrepared();
        quietly(() -> handler.disconnected(reason));
    }

    void forgetWhatRuns() {
        generation = 0;
    }

    Message.Answer replace(long id, long target, List<Edit> edits) {
        return once(
                id,
                () -> {
                    forgetPrepared();
                    generation = 0;
                    var refusals = handler.replace(target, edits);
                    generation = target;
                    committed = 0;
                    return refusals;
                });
    }

    /// With the transaction at hand in the log lines.
    private List<Refusal> named(Supplier<List<Refusal>> work) {
        try (var _ = MDC.putCloseable(Change.LOG_KEY, transaction)) {
            return work.get();
        }
    }

    Message.Answer prepare(long id, Change change) {
        return once(
                id,
                () -> {
                    forgetPrepared();
                    prepared = change;
                    transaction = change.transaction();
                    return named(() -> handler.prepare(change));
                });
    }

    Message.Answer commit(long id, long target) {
        return once(
                id,
                () -> {
                    if (prepared == null || prepared.generation() != target) {
                        return List.of(
                                Refusal.of(
                                        "operation-failed",
                                        "generation " + target + " was not prepared"));
                    }
                    var refusals = named(() -> handler.commit(target));
                    if (refusals.isEmpty()) {
                        prepared = null;
                        committed = target;
                        before = generation;
                        generation = target;
                    }
                    return refusals;
                });
    }

    Message.Answer abort(long id, long target) {
        return once(
                id,
                () -> {
                    prepared = null;
                    long after = committed == target ? before : generation;
                    generation = 0;
                    var refusals = named(() -> handler.abort(target));
                    if (refusals.isEmpty()) {
                        generation = after;
                        committed = 0;
                    }
                    return refusals;
                });
    }

    /// Not done on the handler's thread, which may hang.
    void restart(String reason) {
        LOG.info("asked to restart: {}", reason);
        Thread.ofPlatform().name("restart").start(() -> handler.restart(reason));
    }

    void changed(Change change) {
        quietly(() -> handler.changed(change));
    }

    private void forgetPrepared() {
        var forgotten = prepared;
        prepared = null;
        if (forgotten != null) {
            quietly(() -> handler.abort(forgotten.generation()));
        }
    }

    private Message.Answer once(long id, Supplier<List<Refusal>> work) {
        var answer = answers.get(id);
        if (answer == null) {
            answer = answer(id, work);
            answers.put(id, answer);
        }
        return answer;
    }

    // --- on the thread beside the handler's

    Message.Granted grant(Message.Grant asked) {
        try {
            var token = handler.grant(asked.api(), asked.client(), asked.scopes());
            return new Message.Granted(asked.id(), token, null, List.of());
        } catch (RefusedException | RuntimeException e) {
            return new Message.Granted(asked.id(), null, null, errors(asked.api(), e));
        }
    }

    void revoke(Message.Revoke asked) {
        quietly(() -> handler.revoke(asked.api(), asked.client()));
    }

    Message.Result invoke(Message.Invoke asked) {
        try {
            var output = handler.invoke(asked.operation(), asked.input(), asked.user());
            return new Message.Result(asked.id(), output, List.of());
        } catch (RefusedException | RuntimeException e) {
            return new Message.Result(asked.id(), null, errors(asked.operation(), e));
        }
    }

    Message.Rows read(Message.Read asked) {
        try {
            var keys = asked.keys();
            if (keys != null) {
                var entry = handler.entry(asked.list(), keys);
                return new Message.Rows(asked.id(), entry.stream().toList(), null, List.of());
            }
            var page = handler.page(asked.list(), asked.after(), asked.maximum());
            return new Message.Rows(asked.id(), page.entries(), page.after(), List.of());
        } catch (RefusedException | RuntimeException e) {
            return new Message.Rows(asked.id(), List.of(), null, errors(asked.list(), e));
        }
    }

    private static List<WireError> errors(String what, Exception e) {
        if (e instanceof RefusedException refused) {
            return refused.refusals().stream().limit(MOST_ERRORS).map(Performer::error).toList();
        }
        LOG.error("{} failed", what, e);
        var why = Objects.requireNonNullElse(e.getMessage(), e.toString());
        return List.of(new WireError(null, "operation-failed", why));
    }

    private static Message.Answer answer(long id, Supplier<List<Refusal>> work) {
        List<WireError> errors;
        try {
            errors = work.get().stream().limit(MOST_ERRORS).map(Performer::error).toList();
        } catch (RuntimeException e) {
            LOG.error("request {} failed", id, e);
            var why = Objects.requireNonNullElse(e.getMessage(), e.toString());
            errors = List.of(new WireError(null, "operation-failed", why));
        }
        return new Message.Answer(id, errors.isEmpty(), errors);
    }

    private static WireError error(Refusal refusal) {
        var path = refusal.path();
        return new WireError(
                path == null ? null : path.toString(), refusal.tag(), refusal.message());
    }

    private static void quietly(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            LOG.error("the component's handler failed", e);
        }
    }
}
