package org.lagopus.controller.components;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lagopus.component.SimulatedComponent;
import org.lagopus.component.wire.FrameReader;
import org.lagopus.component.wire.Message;
import org.lagopus.component.wire.MessageCodec;
import org.lagopus.component.wire.Outgoing;
import org.lagopus.component.wire.ProtocolException;

/// A socket between a session and a component, which loses, delays and ends as a [Simulation]
/// decides. What is sent becomes a frame, and a message again at the other end.
///
/// Each end has its own idea of whether it is open: one of them is the first to know.
final class SimulatedConnection implements Outgoing {
    /// What becomes of a request.
    enum Fate {
        ARRIVES,
        /// The component says no.
        REFUSED,
        /// It lies in the connection, and comes before the next one or with the end.
        DELAYED,
        /// It is done, and the answer comes too late.
        UNANSWERED,
        /// It is done, and the component forgets to answer.
        FORGOTTEN,
        /// The component hangs, and does nothing any more while it is connected.
        HANGS,
        /// It is answered twice.
        ANSWERED_TWICE,
        /// The answer bears another number.
        ANSWERED_WRONG,
        /// The component answers with something that is none.
        NONSENSE,
        /// The connection is cut before it arrives.
        CUT,
        /// The connection is cut when it has arrived.
        CUT_BEHIND,
        /// The connection is cut when it was answered.
        CUT_ANSWERED,
        /// The component dies when it has arrived, and forgets everything.
        DIES,
        /// The component dies when it has answered.
        DIES_ANSWERED,
        /// The controller dies before it is sent.
        CRASH,
        /// The controller dies when it has arrived.
        CRASH_BEHIND
    }

    interface World {
        Fate fate(SimulatedConnection connection, Message request);

        /// Whether something that may be so or not is so.
        boolean perhaps();

        /// The controller dies here.
        void crash();
    }

    private final World world;
    private final SimulatedComponent component;
    private final FrameReader toComponent = new FrameReader();
    private final FrameReader toController = new FrameReader();
    private final Deque<Message> down = new ArrayDeque<>();
    private final Deque<Message> up = new ArrayDeque<>();
    private @Nullable Session session;
    private boolean open = true;
    private boolean ended;

    SimulatedConnection(World world, SimulatedComponent component) {
        this.world = world;
        this.component = component;
    }

    /// The component connects and greets.
    void greet(Session with) {
        session = with;
        up.add(component.connect(new Upwards()));
        pump();
    }

    SimulatedComponent component() {
        return component;
    }

    private Session session() {
        return Objects.requireNonNull(session);
    }

    /// Whether commits ask the component over this connection.
    boolean isServing() {
        return session().isServing();
    }

    /// Whether the component takes it for open.
    boolean isOpen() {
        return open;
    }

    /// Whether one of the ends still takes it for open.
    boolean isAlive() {
        return open || !ended;
    }

    /// Whether both ends take it for open, and nothing is under way.
    boolean isQuiet() {
        return open && !ended && down.isEmpty() && up.isEmpty() && !component.hangs();
    }

    private final class Upwards implements Outgoing {
        @Override
        public void send(Message message) {
            if (open) {
                up.add(framed(message, toController));
            }
        }

        @Override
        public void send(Iterator<? extends Message> messages) {
            messages.forEachRemaining(this::send);
        }
    }

    @Override
    public void send(Message message) {
        send(List.of(message).iterator());
    }

    @Override
    public void send(Iterator<? extends Message> messages) {
        var all = new ArrayList<Message>();
        messages.forEachRemaining(each -> all.add(framed(each, toComponent)));
        if (ended) {
            return;
        }
        boolean isFree = down.isEmpty();
        down.addAll(all);
        switch (all.getLast()) {
            case Message.Replace _, Message.Prepare _, Message.Commit _, Message.Abort _ ->
                    meet(world.fate(this, all.getLast()));
            default -> {
                if (isFree) {
                    down();
                }
            }
        }
    }

    private static Message framed(Message message, FrameReader reader) {
        try {
            reader.add(MessageCodec.frame(message));
            return Objects.requireNonNull(reader.next());
        } catch (ProtocolException e) {
            throw new IllegalStateException(e);
        }
    }

    private void meet(Fate fate) {
        if (!open && fate != Fate.CRASH) {
            return;
        }
        switch (fate) {
            case ARRIVES -> pump();
            case REFUSED -> {
                var last = down.removeLast();
                down();
                refuse(last);
                up();
            }
            case DELAYED -> {}
            case UNANSWERED -> down();
            case FORGOTTEN -> {
                down();
                up.pollLast();
            }
            case HANGS -> {
                component.hang();
                pump();
            }
            case ANSWERED_TWICE -> {
                down();
                if (!up.isEmpty()) {
                    up.add(up.getLast());
                }
                up();
            }
            case ANSWERED_WRONG -> {
                down();
                if (up.pollLast() instanceof Message.Answer(var id, var ok, var errors)) {
                    up.add(new Message.Answer(id + 1, ok, errors));
                }
                up();
            }
            case NONSENSE -> {
                down();
                up.pollLast();
                up.add(new Message.Commit(1, 1));
                up();
            }
            case CUT -> {
                down.clear();
                cut();
            }
            case CUT_BEHIND -> {
                down();
                up.clear();
                cut();
            }
            case CUT_ANSWERED -> {
                pump();
                cut();
            }
            case DIES -> {
                down();
                up.clear();
                component.die();
                cut();
            }
            case DIES_ANSWERED -> {
                pump();
                component.die();
                cut();
            }
            case CRASH -> {
                down.removeLast();
                world.crash();
            }
            case CRASH_BEHIND -> {
                down();
                world.crash();
            }
        }
    }

    /// All that lies in it arrives, and the answers too.
    void pump() {
        down();
        up();
    }

    private void down() {
        while (open && !down.isEmpty()) {
            try {
                component.hear(down.remove());
            } catch (IOException e) {
                cut();
            }
        }
    }

    private void refuse(Message message) {
        try {
            if (open) {
                component.refuse(message);
            }
        } catch (IOException e) {
            cut();
        }
    }

    private void up() {
        while (!ended && !up.isEmpty()) {
            try {
                session().on(up.remove());
            } catch (IOException e) {
                end(String.valueOf(e.getMessage()));
            }
        }
    }

    /// The component's end is closed; the controller notices now, or later.
    void cut() {
        if (open) {
            open = false;
            down.clear();
            component.disconnect();
        }
        if (world.perhaps()) {
            end("the peer closed");
        }
    }

    private void end(String reason) {
        if (!ended) {
            ended = true;
            session().end(reason);
        }
    }

    /// The controller is gone: what it had sent may arrive yet, and nobody hears the answers.
    void orphan() {
        ended = true;
        settle();
    }

    /// Each end learns what the other has done.
    void settle() {
        if (!open) {
            up();
            end("the peer closed");
        } else if (ended) {
            if (world.perhaps()) {
                down();
            }
            cut();
        } else {
            pump();
        }
    }

    /// Time has passed.
    ///
    /// @param silent whether the component gave no sign of life
    void tick(long now, boolean silent) {
        if (ended) {
            return;
        }
        try {
            if (!silent) {
                session().heard();
            }
            session().tick(now);
        } catch (IOException e) {
            end(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public String toString() {
        return component.name();
    }
}
