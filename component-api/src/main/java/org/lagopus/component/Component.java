package org.lagopus.component;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.lagopus.component.wire.Message;
import org.lagopus.component.wire.Severity;

/// A component's end of the channel to the datastore.
public final class Component implements AutoCloseable {
    private Component() {}

    /// Starts to connect, and keeps connecting for ever; returns at once.
    public static Component connect(Settings settings, Handler handler) {
        throw new UnsupportedOperationException();
    }

    /// Whether the datastore is there and knows this component.
    public boolean connected() {
        throw new UnsupportedOperationException();
    }

    /// The generation this component runs; 0 if none.
    public long generation() {
        throw new UnsupportedOperationException();
    }

    /// Writes operational data.
    ///
    /// @return false if the datastore is absent; then nothing is sent
    public boolean state(List<Edit> edits) {
        throw new UnsupportedOperationException();
    }

    /// Tells the event hub. Nobody repeats what is lost while the datastore is absent.
    ///
    /// @return false if the datastore is absent
    public boolean event(String topic, JsonNode data) {
        throw new UnsupportedOperationException();
    }

    /// Raises an alarm, or changes its severity or text. Alarms are kept, and told again to a
    /// datastore that was away.
    public void raise(String resource, String typeId, Severity severity, String text) {
        throw new UnsupportedOperationException();
    }

    /// Clears an alarm; nothing happens if it is not raised.
    public void clear(String resource, String typeId) {
        throw new UnsupportedOperationException();
    }

    /// Asks the registry where an API is; fails if the datastore is absent.
    public CompletionStage<List<Message.Offer>> lookup(String api) {
        throw new UnsupportedOperationException();
    }

    /// Asks for the whole configuration again, for a component that has lost what it ran.
    public void resynchronise() {
        throw new UnsupportedOperationException();
    }

    /// Says goodbye and ends the threads.
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
