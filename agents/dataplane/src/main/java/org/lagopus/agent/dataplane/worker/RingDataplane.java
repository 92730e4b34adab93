package org.lagopus.agent.dataplane.worker;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lagopus.component.ring.Counters;
import org.lagopus.component.ring.RingClient;
import org.lagopus.component.ring.RingLostException;
import org.lagopus.component.ring.messages.Answer;
import org.lagopus.component.ring.messages.LinkEvent;
import org.lagopus.component.ring.messages.Message;
import org.lagopus.component.ring.messages.RingError;
import org.lagopus.component.ring.messages.Table;
import org.lagopus.component.ring.messages.Welcome;

/// A worker over its shared-memory rings.
public final class RingDataplane implements Dataplane {
    private static final Duration DUMP_PATIENCE = Duration.ofSeconds(5);

    private final RingClient client;

    private RingDataplane(RingClient client) {
        this.client = client;
    }

    /// Connects to the worker that listens at `socket`.
    public static Connector at(Path socket, String name) {
        return listener ->
                new RingDataplane(
                        RingClient.connect(
                                RingClient.Settings.of(socket, name), new Forward(listener)));
    }

    private record Forward(Listener to) implements RingClient.Listener {
        @Override
        public void event(Message event) {
            if (event instanceof LinkEvent link) {
                to.linkChanged(link);
            }
        }

        @Override
        public void lost(RingLostException reason) {
            to.lost(String.valueOf(reason.getMessage()));
        }
    }

    @Override
    public Welcome welcome() {
        return client.welcome();
    }

    @Override
    public List<Answer> ask(long generation, List<? extends Message> requests, Duration patience)
            throws IOException {
        if (requests.size() == 1) {
            var answer = client.ask(generation, requests.getFirst(), patience);
            return List.of(RingClient.await(answer, patience));
        }
        return RingClient.await(client.ask(generation, requests), patience);
    }

    @Override
    public Answer askFor(long owner, Message request, Duration patience) throws IOException {
        return RingClient.await(client.askFor(owner, 0, request, patience), patience);
    }

    @Override
    public List<Message> dump(Table table) throws IOException {
        var rows = new ArrayList<Message>();
        var answer =
                RingClient.await(client.dump(RingClient.whole(table), rows::add), DUMP_PATIENCE);
        if (answer.error() != RingError.OK) {
            throw new IOException(
                    "the worker does not tell its %s: %s".formatted(table, answer.text()));
        }
        return rows;
    }

    @Override
    public List<Counts> counters(String kind) {
        return client.counters().table(kind).stream()
                .flatMap(table -> table.read().stream().map(row -> counts(table, row)))
                .toList();
    }

    private static Counts counts(Counters.Table table, Counters.Row row) {
        Map<String, Long> values = new HashMap<>();
        for (int i = 0; i < table.fields().size(); i++) {
            values.put(table.fields().get(i), row.value(i));
        }
        return new Counts(row.key(), row.name(), values);
    }

    @Override
    public void close() {
        client.close();
    }
}
