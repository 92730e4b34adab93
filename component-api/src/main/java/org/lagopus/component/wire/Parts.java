package org.lagopus.component.wire;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/// Cuts a long row of edits into lists that fit a frame with room to spare. There is always at
/// least one part, so that somebody can be told it was the last.
public final class Parts implements Iterator<List<WireEdit>> {
    /// About how long the JSON of a part may become; a single edit may be longer.
    public static final int MAX_PART = 1024 * 1024;

    private final Iterator<WireEdit> edits;
    private boolean begun;

    public Parts(Iterator<WireEdit> edits) {
        this.edits = edits;
    }

    @Override
    public boolean hasNext() {
        return !begun || edits.hasNext();
    }

    @Override
    public List<WireEdit> next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        begun = true;
        var part = new ArrayList<WireEdit>();
        for (int weight = 0; weight < MAX_PART && edits.hasNext(); ) {
            var edit = edits.next();
            part.add(edit);
            weight += weight(edit);
        }
        return part;
    }

    private static int weight(WireEdit edit) {
        var value = edit.value();
        return 32 + edit.path().length() + (value == null ? 0 : weight(value));
    }

    private static int weight(JsonNode node) {
        int weight = 2;
        if (node.isObject()) {
            for (var property : node.properties()) {
                weight += property.getKey().length() + 4 + weight(property.getValue());
            }
        } else if (node.isArray()) {
            for (var each : node) {
                weight += 1 + weight(each);
            }
        } else {
            weight += node.isTextual() ? node.textValue().length() : 8;
        }
        return weight;
    }
}
