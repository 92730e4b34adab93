package org.lagopus.controller;

import com.google.gson.stream.JsonReader;
import java.io.StringReader;
import org.lagopus.datastore.Model;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.codec.gson.JsonParserStream;
import org.opendaylight.yangtools.yang.data.impl.schema.ImmutableNormalizedNodeStreamWriter;
import org.opendaylight.yangtools.yang.data.impl.schema.NormalizationResultHolder;

/// Data of our own making, written as RFC 7951 JSON where it is easier to read than builders.
public final class JsonData {
    private JsonData() {}

    /// The top-level container in `{"module:name": {...}}`.
    ///
    /// @throws IllegalArgumentException when it is not valid by the model
    public static ContainerNode container(Model model, String json) {
        var result = new NormalizationResultHolder();
        try (var writer = ImmutableNormalizedNodeStreamWriter.from(result);
                var parser = JsonParserStream.create(writer, model.json());
                var reader = new JsonReader(new StringReader(json))) {
            parser.parse(reader);
        } catch (java.io.IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        return (ContainerNode) result.getResult().data();
    }
}
