package org.lagopus.agent.dataplane.worker;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.lagopus.component.ring.messages.Answer;
import org.lagopus.component.ring.messages.LinkEvent;
import org.lagopus.component.ring.messages.Message;
import org.lagopus.component.ring.messages.PortEntry;
import org.lagopus.component.ring.messages.Table;
import org.lagopus.component.ring.messages.Welcome;

/// One connection to one start of a worker. Whoever speaks the messages of ring.msg can stand
/// behind it. An IOException means that it is lost; what became of the requests is then unknown.
public interface Dataplane extends AutoCloseable {
    Welcome welcome();

    /// The answers to some requests, in their order; each request can take as long as `patience`.
    List<Answer> ask(long generation, List<? extends Message> requests, Duration patience)
            throws IOException;

    /// The answer to a request about what another owner has.
    Answer askFor(long owner, Message request, Duration patience) throws IOException;

    /// All rows of a table, in no order.
    List<Message> dump(Table table) throws IOException;

    default List<PortEntry> ports() throws IOException {
        return dump(Table.PORT_TABLE).stream().map(PortEntry.class::cast).toList();
    }

    /// Reads all counters of a kind: `port`, `interface`, `drop`.
    List<Counts> counters(String kind);

    @Override
    void close();

    /// The counters of one object, by the names that the worker gives them.
    ///
    /// @param key number of the object, 0 where it has a name
    record Counts(long key, String name, Map<String, Long> values) {
        public long value(String field) {
            return values.getOrDefault(field, 0L);
        }
    }

    /// What happens without being asked for, on a thread that must not be held up.
    interface Listener {
        void linkChanged(LinkEvent event);

        void lost(String why);
    }

    /// How to reach a worker.
    interface Connector {
        /// Fails if there is none.
        Dataplane connect(Listener listener) throws IOException;
    }
}
