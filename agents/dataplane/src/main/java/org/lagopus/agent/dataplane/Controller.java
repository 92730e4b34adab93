package org.lagopus.agent.dataplane;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.lagopus.component.Edit;
import org.lagopus.component.wire.Severity;

/// What the agent tells the controller without being asked.
interface Controller {
    boolean state(List<Edit> edits);

    boolean event(String topic, JsonNode data);

    void raise(String resource, String typeId, Severity severity, String text);

    void clear(String resource, String typeId);
}
