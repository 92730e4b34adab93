package org.lagopus.component;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.lagopus.component.wire.Message;
import org.lagopus.component.wire.Outgoing;

/// A component made of the SDK's own parts, but for its socket and its threads: whoever plays it
/// carries its messages, and it does at once what it is asked. It keeps the records it was told, of
/// what runs, of what is prepared and of what ran before.
public final class SimulatedComponent implements Handler {
    /// Hears of what it does.
    public interface Witness {
        /// It is asked to run what it has prepared.
        void flips(SimulatedComponent component, long generation);

        /// A rule of the protocol is broken.
        void broken(String what);
    }

    private final Settings settings;
    private final Witness witness;
    private Performer performer = new Performer(this);
    private @Nullable Conversation conversation;
    private final Deque<Runnable> undone = new ArrayDeque<>();
    private boolean refuses;
    private boolean hangs;

    private SortedMap<String, String> running = new TreeMap<>();
    private @Nullable SortedMap<String, String> next;
    private @Nullable SortedMap<String, String> before;
    private long prepared;
    private long applied;

    public SimulatedComponent(Settings settings, Witness witness) {
        this.settings = settings;
        this.witness = witness;
    }

    public Settings settings() {
        return settings;
    }

    public String name() {
        return settings.name();
    }

    /// The records it runs, by their paths.
    public SortedMap<String, String> running() {
        return running;
    }

    public boolean isPrepared() {
        return next != null;
    }

    /// The last generation that it was asked to run and ran.
    public long applied() {
        return applied;
    }

    // ---- its process and its connection

    /// @return what it says first
    public Message.Hello connect(Outgoing out) {
        goOn();
        conversation =
                new Conversation(
                        performer,
                        out,
                        this::perform,
                        this::perform,
                        _ -> out.send(new Message.Heartbeat()),
                        _ -> {});
        return Conversation.hello(settings, performer);
    }

    /// @throws IOException if it ends the connection
    public void hear(Message message) throws IOException {
        Objects.requireNonNull(conversation).on(message);
    }

    /// It hears a message that it will refuse.
    public void refuse(Message message) throws IOException {
        refuses = true;
        try {
            hear(message);
        } finally {
            refuses = false;
        }
    }

    /// From here on it does nothing that it is asked, but gives signs of life.
    public void hang() {
        hangs = true;
    }

    public boolean hangs() {
        return hangs;
    }

    private void perform(Runnable work) {
        if (hangs) {
            undone.add(work);
        } else {
            work.run();
        }
    }

    private void goOn() {
        hangs = false;
        while (!undone.isEmpty()) {
            undone.remove().run();
        }
    }

    public void disconnect() {
        var over = conversation;
        conversation = null;
        if (over != null) {
            over.end();
        }
        goOn();
    }

    /// What it ran and remembered is gone.
    public void die() {
        conversation = null;
        hangs = false;
        undone.clear();
        performer = new Performer(this);
        running = new TreeMap<>();
        forget();
    }

    private void forget() {
        next = null;
        before = null;
        prepared = 0;
    }

    // ---- what it is asked

    @Override
    public List<Refusal> prepare(Change change) {
        if (next != null) {
            witness.broken(name() + " is asked twice to prepare");
        }
        if (refuses) {
            return refusal("prepare");
        }
        var built = new TreeMap<>(running);
        for (var edit : change.edits()) {
            apply(built, edit);
        }
        next = built;
        before = null;
        prepared = change.generation();
        return List.of();
    }

    private void apply(SortedMap<String, String> records, Edit edit) {
        var path = edit.path().toString();
        switch (edit) {
            case Edit.Put(_, var value) -> records.put(path, value.toString());
            case Edit.Removed _ -> {
                if (records.keySet().stream().noneMatch(each -> isAtOrBelow(each, path))) {
                    witness.broken(name() + " is to remove " + path + ", which it does not run");
                }
                records.keySet().removeIf(each -> isAtOrBelow(each, path));
            }
        }
    }

    private static boolean isAtOrBelow(String path, String above) {
        return path.equals(above) || path.startsWith(above + "/");
    }

    @Override
    public List<Refusal> commit(long generation) {
        if (next == null || prepared != generation) {
            witness.broken(name() + " is to run " + generation + ", which it has not prepared");
            return List.of();
        }
        witness.flips(this, generation);
        before = running;
        if (refuses) {
            if (settings.faces() == 1) {
                // What was applied until it failed.
                running = new TreeMap<>(next.headMap(next.isEmpty() ? "" : next.lastKey()));
            }
            next = null;
            return refusal("commit");
        }
        running = next;
        next = null;
        applied = generation;
        return List.of();
    }

    @Override
    public List<Refusal> abort(long generation) {
        if (refuses) {
            return refusal("abort");
        }
        if (before != null && prepared == generation) {
            running = before;
        }
        forget();
        return List.of();
    }

    @Override
    public List<Refusal> replace(long generation, List<Edit> edits) {
        var told = new TreeMap<String, String>();
        edits.forEach(edit -> apply(told, edit));
        running = told;
        forget();
        return List.of();
    }

    private static List<Refusal> refusal(String what) {
        return List.of(Refusal.of("resource-denied", "no room to " + what));
    }
}
