package org.lagopus.component;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lagopus.component.wire.WireEdit;

/// One change of the configuration, or of the operational data, at the grain of a record: a list
/// entry or top container with its own leaves, leaf-lists and containers. Entries of lists below it
/// are records of their own.
public sealed interface Edit {
    Path path();

    /// The record's own content is now `value`; records below it are as they were.
    record Put(Path path, ObjectNode value) implements Edit {
        /// The node at a place below, its names with or without module: `find("config/mtu")`.
        public @Nullable JsonNode find(String place) {
            JsonNode node = value;
            for (var name : place.split("/", -1)) {
                node = member(node, name);
                if (node == null) {
                    return null;
                }
            }
            return node;
        }

        public @Nullable String text(String place) {
            var node = find(place);
            return node == null ? null : node.asText();
        }

        public String text(String place, String otherwise) {
            return Objects.requireNonNullElse(text(place), otherwise);
        }

        /// A number; RFC 7951 §6.1 writes those of 64 bits as text.
        public long number(String place, long otherwise) {
            var node = find(place);
            if (node == null) {
                return otherwise;
            }
            return node.isTextual() ? Long.parseLong(node.textValue()) : node.longValue();
        }

        public boolean flag(String place, boolean otherwise) {
            var node = find(place);
            return node == null ? otherwise : node.booleanValue();
        }

        /// The values of a leaf-list; empty if there is none.
        public List<String> texts(String place) {
            var node = find(place);
            var texts = new ArrayList<String>();
            if (node != null) {
                node.forEach(each -> texts.add(each.asText()));
            }
            return texts;
        }

        private static @Nullable JsonNode member(JsonNode node, String name) {
            var exact = node.get(name);
            if (exact != null || name.indexOf(':') >= 0) {
                return exact;
            }
            for (var property : node.properties()) {
                var key = property.getKey();
                if (key.endsWith(name) && key.indexOf(':') == key.length() - name.length() - 1) {
                    return property.getValue();
                }
            }
            return null;
        }
    }

    /// The record is gone, with everything below it.
    record Removed(Path path) implements Edit {}

    /// @throws IllegalArgumentException if the path is none
    static Edit of(WireEdit edit) {
        var path = Path.parse(edit.path());
        var value = edit.value();
        return value == null ? new Removed(path) : new Put(path, value);
    }

    default WireEdit toWire() {
        return switch (this) {
            case Put(var path, var value) -> WireEdit.put(path.toString(), value);
            case Removed(var path) -> WireEdit.remove(path.toString());
        };
    }
}
