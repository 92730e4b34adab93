package org.lagopus.agent.dataplane;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.lagopus.component.Edit;
import org.lagopus.component.wire.Severity;

/// A controller that remembers what it was told.
final class FakeController implements Controller {
    private final Map<String, ObjectNode> state = new ConcurrentHashMap<>();
    private final Map<String, String> alarms = new ConcurrentHashMap<>();
    private final List<JsonNode> events = new CopyOnWriteArrayList<>();
    private final List<Edit> edits = new CopyOnWriteArrayList<>();

    @Override
    public boolean state(List<Edit> told) {
        edits.addAll(told);
        for (var edit : told) {
            switch (edit) {
                case Edit.Put(var path, var value) -> state.put(path.toString(), value);
                case Edit.Removed(var path) -> state.remove(path.toString());
            }
        }
        return true;
    }

    @Override
    public boolean event(String topic, JsonNode data) {
        return events.add(data);
    }

    @Override
    public void raise(String resource, String typeId, Severity severity, String text) {
        alarms.put(typeId, text);
    }

    @Override
    public void clear(String resource, String typeId) {
        alarms.remove(typeId);
    }

    Optional<String> alarm(String typeId) {
        return Optional.ofNullable(alarms.get(typeId));
    }

    /// A value of the operational data, empty if there is none.
    String value(String path, String pointer) {
        var record = state.get(path);
        return record == null ? "" : record.at(pointer).asText();
    }

    List<JsonNode> events() {
        return events;
    }

    List<Edit> takeEdits() {
        var all = List.copyOf(edits);
        edits.clear();
        return all;
    }
}
