package org.lagopus.controller.components;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import org.lagopus.component.wire.MessageCodec;
import org.lagopus.datastore.Model;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.stream.NormalizedNodeWriter;
import org.opendaylight.yangtools.yang.data.codec.gson.JSONNormalizedNodeStreamWriter;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

/// What stands in a node as RFC 7951 JSON, without the object around it.
final class NestedJson {
    private NestedJson() {}

    /// @param in the node
    /// @param name the node's, or another one of its module: members of that have no prefix
    static JsonNode of(
            Model model,
            SchemaInferenceStack in,
            QName name,
            Iterable<? extends NormalizedNode> children) {
        var text = new StringWriter();
        try (var json = new JsonWriter(text)) {
            json.beginObject();
            var writer =
                    NormalizedNodeWriter.forStreamWriter(
                            JSONNormalizedNodeStreamWriter.createNestedWriter(
                                    model.json(), in.toInference(), name.getNamespace(), json));
            for (var child : children) {
                writer.write(child);
            }
            writer.flush();
            json.endObject();
            return MessageCodec.mapper().readTree(text.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
