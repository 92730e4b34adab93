package org.lagopus.component;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lagopus.component.wire.Message;
import org.lagopus.component.wire.Outgoing;
import org.lagopus.component.wire.ProtocolException;
import org.lagopus.component.wire.WireEdit;
import org.lagopus.component.wire.WireError;

/// What is said over one connection after the component's hello, whoever carries it.
///
///     Greeting --welcome--> Serving --end of any kind--> over
///
/// Messages come in on one thread. What they ask for is done on the handler's.
final class Conversation {
    private final Performer performer;
    private final Outgoing out;
    private final Executor handlerThread;
    private final Executor besideIt;
    private final Consumer<Message.Welcome> welcomed;
    private final Consumer<Message> answered;

    private List<Edit> gathering = new ArrayList<>();
    private long gatheringId;
    private int nextPart;
    private boolean serving;
    private volatile boolean over;

    /// @param handlerThread does one thing after the other, in the order in which it was given them
    /// @param besideIt does grants and operations, which do not hold up a commit
    /// @param welcomed is told of the welcome
    /// @param answered gets the answers to `lookup-api` and `request-grant`
    Conversation(
            Performer performer,
            Outgoing out,
            Executor handlerThread,
            Executor besideIt,
            Consumer<Message.Welcome> welcomed,
            Consumer<Message> answered) {
        this.performer = performer;
        this.out = out;
        this.handlerThread = handlerThread;
        this.besideIt = besideIt;
        this.welcomed = welcomed;
        this.answered = answered;
    }

    /// What comes first. To be asked on the handler's thread, once it has done all it was asked
    /// before.
    static Message.Hello hello(Settings settings, Performer performer) {
        return new Message.Hello(
                Message.PROTOCOL,
                settings.name(),
                settings.version(),
                settings.faces(),
                settings.required(),
                settings.capabilities(),
                settings.modules(),
                settings.subscriptions(),
                settings.watches(),
                settings.apis(),
                settings.operations(),
                settings.lists(),
                performer.generation(),
                performer.instance());
    }

    /// @throws IOException if the connection has to end
    void on(Message message) throws IOException {
        if (!serving && !(message instanceof Message.Welcome || message instanceof Message.Bye)) {
            throw new ProtocolException("welcome comes first");
        }
        switch (message) {
            case Message.Welcome welcome -> welcome(welcome);
            case Message.Replace(var id, var generation, var part, var last, var edits) -> {
                var all = gather(id, part, last, edits);
                if (all != null) {
                    answer(() -> performer.replace(id, generation, all));
                }
            }
            case Message.Prepare prepare -> prepare(prepare);
            case Message.Commit(var id, var generation) ->
                    answer(() -> performer.commit(id, generation));
            case Message.Abort(var id, var generation) ->
                    answer(() -> performer.abort(id, generation));
            case Message.Notify notice -> changed(notice);
            case Message.Apis apis -> answered.accept(apis);
            case Message.Granted granted -> answered.accept(granted);
            case Message.Grant grant -> beside(() -> out.send(performer.grant(grant)));
            case Message.Revoke revoke -> beside(() -> performer.revoke(revoke));
            case Message.Invoke invoke ->
                    beside(() ->
                            give(
                                    performer.invoke(invoke),
                                    "output",
                                    (result, why) -> new Message.Result(result.id(), null, why)));
            case Message.Read read ->
                    beside(() ->
                            give(
                                    performer.read(read),
                                    "page",
                                    (rows, why) ->
                                            new Message.Rows(rows.id(), List.of(), null, why)));
            case Message.Heartbeat _ -> {}
            case Message.Restart(var reason) -> performer.restart(reason);
            case Message.Bye(var reason) ->
                    throw new IOException("the datastore closed: " + reason);
            case Message.Hello _,
                    Message.Answer _,
                    Message.State _,
                    Message.Event _,
                    Message.Alarm _,
                    Message.RequestGrant _,
                    Message.Result _,
                    Message.Rows _,
                    Message.LookupApi _ ->
                    throw new ProtocolException(
                            "the datastore sends no " + message.getClass().getSimpleName());
        }
    }

    /// @param instead answers in its place if it is too big for a frame
    private <T extends Message> void give(
            T answer, String what, BiFunction<T, List<WireError>, Message> instead) {
        try {
            out.send(answer);
        } catch (IllegalArgumentException e) {
            var why =
                    new WireError(null, "too-big", "the %s is %s".formatted(what, e.getMessage()));
            out.send(instead.apply(answer, List.of(why)));
        }
    }

    /// The connection is over. What was received and not begun is not done, for the datastore takes
    /// it for failed.
    void end() {
        over = true;
        if (serving) {
            handlerThread.execute(() -> performer.lost("the datastore is lost"));
        }
    }

    private void welcome(Message.Welcome welcome) throws ProtocolException {
        if (serving) {
            throw new ProtocolException("a second welcome");
        }
        serving = true;
        handlerThread.execute(() -> performer.welcome(welcome.instance()));
        welcomed.accept(welcome);
    }

    private void prepare(Message.Prepare p) throws ProtocolException {
        var all = gather(p.id(), p.part(), p.last(), p.edits());
        if (all != null) {
            var change =
                    new Change(
                            p.generation(), p.base(), all, p.user(), p.comment(), p.transaction());
            answer(() -> performer.prepare(p.id(), change));
        }
    }

    private void changed(Message.Notify n) throws ProtocolException {
        var all = gather(-n.generation(), n.part(), n.last(), n.edits());
        if (all != null) {
            var change = new Change(n.generation(), 0, all, n.user(), n.comment(), null);
            perform(() -> performer.changed(change));
        }
    }

    /// The edits of all parts once the last is here, null before.
    private @Nullable List<Edit> gather(long id, int part, boolean last, List<WireEdit> edits)
            throws ProtocolException {
        if (part == 0) {
            gathering = new ArrayList<>();
            gatheringId = id;
            nextPart = 0;
        }
        if (id != gatheringId || part != nextPart) {
            throw new ProtocolException("part " + part + " of " + id + " is out of turn");
        }
        try {
            edits.stream().map(Edit::of).forEach(gathering::add);
        } catch (IllegalArgumentException e) {
            throw new ProtocolException(
                    Objects.requireNonNullElse(e.getMessage(), "a bad path"), e);
        }
        nextPart++;
        if (!last) {
            return null;
        }
        var all = gathering;
        gathering = new ArrayList<>();
        return all;
    }

    private void answer(Supplier<Message.Answer> work) {
        perform(() -> out.send(work.get()));
    }

    private void beside(Runnable work) {
        hand(work, besideIt);
    }

    private void perform(Runnable work) {
        hand(work, handlerThread);
    }

    private void hand(Runnable work, Executor to) {
        to.execute(() -> {
            if (!over) {
                work.run();
            }
        });
    }
}
