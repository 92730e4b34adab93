package org.lagopus.controller.components;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import org.lagopus.component.wire.Message;
import org.lagopus.component.wire.Outgoing;

/// What a component is asked beside commits: to grant, to carry out an operation. Each question has
/// one end: its answer, the end of its time, or that of the connection.
final class Calls {
    private record Call(String what, long deadline, CompletableFuture<Message> answer) {}

    private final LongSupplier ids;
    private final LongSupplier nanos;
    private final Outgoing out;
    private final Map<Long, Call> calls = new ConcurrentHashMap<>();
    private volatile boolean over;

    Calls(LongSupplier ids, LongSupplier nanos, Outgoing out) {
        this.ids = ids;
        this.nanos = nanos;
        this.out = out;
    }

    /// @param what names the question where it has no answer
    /// @throws IllegalArgumentException if the question is longer than a frame may be
    CompletableFuture<Message> ask(String what, long millis, LongFunction<Message> question) {
        long id = ids.getAsLong();
        long deadline = nanos.getAsLong() + millis * 1_000_000;
        var call = new Call(what, deadline, new CompletableFuture<>());
        calls.put(id, call);
        try {
            out.send(question.apply(id));
        } catch (IllegalArgumentException e) {
            calls.remove(id);
            throw e;
        }
        if (over) {
            end("the component is gone");
        }
        return call.answer();
    }

    /// An answer that nobody waits for is nothing.
    void answered(long id, Message answer) {
        var call = calls.remove(id);
        if (call != null) {
            call.answer().complete(answer);
        }
    }

    void tick(long now) {
        for (var entry : calls.entrySet()) {
            if (now - entry.getValue().deadline() >= 0) {
                fail(
                        entry.getKey(),
                        "did not answer %s in time".formatted(entry.getValue().what()));
            }
        }
    }

    void end(String reason) {
        over = true;
        calls.keySet().forEach(id -> fail(id, reason));
    }

    private void fail(long id, String why) {
        var call = calls.remove(id);
        if (call != null) {
            call.answer().completeExceptionally(new IOException(why));
        }
    }
}
