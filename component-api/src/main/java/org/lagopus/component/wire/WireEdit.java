package org.lagopus.component.wire;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/// One change of a record: a list entry or top container with its own leaves, leaf-lists and
/// containers, without the entries of lists below, which are records themselves.
///
/// @param path RFC 7951 §6.11 instance-identifier of the record
/// @param value its own content as an RFC 7951 object; absent with `remove`
public record WireEdit(Op op, String path, @Nullable ObjectNode value) {
    /// What happens to the record.
    public enum Op {
        /// Its own content becomes `value`; records below stay.
        @JsonProperty("put")
        PUT,
        /// It is gone, with everything below.
        @JsonProperty("remove")
        REMOVE
    }

    public WireEdit {
        if (op == null || path == null) {
            throw new IllegalArgumentException("an edit has op and path");
        }
        if ((op == Op.PUT) != (value != null)) {
            throw new IllegalArgumentException("put carries a value and remove none: " + path);
        }
    }

    public static WireEdit put(String path, ObjectNode value) {
        return new WireEdit(Op.PUT, path, value);
    }

    public static WireEdit remove(String path) {
        return new WireEdit(Op.REMOVE, path, null);
    }
}
