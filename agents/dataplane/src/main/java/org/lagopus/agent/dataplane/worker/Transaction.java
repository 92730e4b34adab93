package org.lagopus.agent.dataplane.worker;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lagopus.agent.dataplane.model.Change;
import org.lagopus.agent.dataplane.model.Key;
import org.lagopus.component.ring.messages.Abort;
import org.lagopus.component.ring.messages.Answer;
import org.lagopus.component.ring.messages.Begin;
import org.lagopus.component.ring.messages.Commit;
import org.lagopus.component.ring.messages.Message;
import org.lagopus.component.ring.messages.Prepare;
import org.lagopus.component.ring.messages.RingError;

/// A transaction with a worker: one draft, from begin to commit or abort. A draft that is refused
/// is aborted at once.
public final class Transaction {
    /// Shorter than what the datastore allows the agent (5 s and 10 s), so that its own answer
    /// still arrives in time.
    private static final Duration PREPARE_PATIENCE = Duration.ofSeconds(4);

    private static final Duration COMMIT_PATIENCE = Duration.ofSeconds(9);
    private static final Duration ABORT_PATIENCE = Duration.ofSeconds(2);
    private static final int BATCH = 4096;
    private static final int MOST_FAULTS = 20;

    private final Dataplane dataplane;
    private final long generation;
    private final long name;

    /// @param name in the worker's log lines, 0 for none
    public Transaction(Dataplane dataplane, long generation, long name) {
        this.name = name;
        this.dataplane = dataplane;
        this.generation = generation;
    }

    public boolean isWith(Dataplane other) {
        return dataplane.equals(other);
    }

    /// Sends the changes and lets the worker check them. The worker reads while we still write, so
    /// the requests are not waited for one by one.
    ///
    /// @param replace the changes are the whole configuration
    public Outcome prepare(boolean replace, List<Change> changes) {
        try {
            var begun =
                    dataplane.ask(generation, List.of(new Begin(replace, name)), PREPARE_PATIENCE);
            var faults = new ArrayList<>(faults(List.of(), begun));
            for (int i = 0; i < changes.size() && faults.isEmpty(); i += BATCH) {
                var part = changes.subList(i, Math.min(i + BATCH, changes.size()));
                var requests = part.stream().map(Messages::of).toList();
                faults.addAll(faults(part, dataplane.ask(generation, requests, PREPARE_PATIENCE)));
            }
            boolean begins = begun.getFirst().error() == RingError.OK;
            if (faults.isEmpty()) {
                faults.addAll(ask(new Prepare(), PREPARE_PATIENCE));
            }
            if (faults.isEmpty()) {
                return new Outcome.Done();
            }
            if (begins) {
                abort();
            }
            return new Outcome.Refused(faults);
        } catch (IOException e) {
            return lost(e);
        }
    }

    public Outcome commit() {
        try {
            var faults = ask(new Commit(), COMMIT_PATIENCE);
            return faults.isEmpty() ? new Outcome.Done() : new Outcome.Refused(faults);
        } catch (IOException e) {
            return lost(e);
        }
    }

    public Outcome abort() {
        try {
            var faults = ask(new Abort(), ABORT_PATIENCE);
            return faults.isEmpty() ? new Outcome.Done() : new Outcome.Refused(faults);
        } catch (IOException e) {
            return lost(e);
        }
    }

    private static Outcome lost(IOException e) {
        return new Outcome.Lost(String.valueOf(e.getMessage()));
    }

    private List<Outcome.Fault> faults(List<Change> changes, List<Answer> answers) {
        var faults = new ArrayList<Outcome.Fault>();
        for (int i = 0; i < answers.size() && faults.size() < MOST_FAULTS; i++) {
            var answer = answers.get(i);
            if (answer.error() != RingError.OK) {
                var key = changes.isEmpty() ? keyOf(answer) : changes.get(i).key();
                faults.add(new Outcome.Fault(key, answer.error(), answer.text()));
            }
        }
        return faults;
    }

    private List<Outcome.Fault> ask(Message request, Duration patience) throws IOException {
        return faults(List.of(), dataplane.ask(generation, List.of(request), patience));
    }

    /// The object that an answer is about. Those without a number of their own are told by what
    /// they belong to.
    private static @Nullable Key keyOf(Answer answer) {
        int number = (int) answer.objectId();
        return switch (answer.object()) {
            case NONE -> null;
            case PORT -> new Key.Port(number);
            case INSTANCE, ROUTE, STATIC_FDB -> new Key.Instance(number);
            case INTERFACE, VLAN_MEMBER, ADDRESS, STATIC_NEIGHBOR -> new Key.Interface(number);
        };
    }
}
