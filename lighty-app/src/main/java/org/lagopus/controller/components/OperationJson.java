package org.lagopus.controller.components;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Model;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.codec.gson.JsonParserStream;
import org.opendaylight.yangtools.yang.data.impl.schema.ImmutableNormalizedNodeStreamWriter;
import org.opendaylight.yangtools.yang.data.impl.schema.NormalizationResultHolder;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

/// Input and output of an operation as RFC 7951 JSON, without the object around them.
final class OperationJson {
    private final Model model;
    private final QName rpc;

    OperationJson(Model model, QName rpc) {
        this.model = model;
        this.rpc = rpc;
    }

    private SchemaInferenceStack stack() {
        var stack = SchemaInferenceStack.of(model.context());
        stack.enterSchemaTree(rpc);
        return stack;
    }

    JsonNode input(ContainerNode input) {
        var stack = stack();
        stack.enterSchemaTree(input.name().getNodeType());
        return NestedJson.of(model, stack, rpc, input.body());
    }

    /// @throws IllegalArgumentException if it is not what the module says, with where and why
    Optional<ContainerNode> output(@Nullable JsonNode output) {
        if (output == null || output.isEmpty()) {
            return Optional.empty();
        }
        var result = new NormalizationResultHolder();
        var text = "{\"%s:output\":%s}".formatted(model.moduleName(rpc), output);
        try (var writer = ImmutableNormalizedNodeStreamWriter.from(result);
                var parser = JsonParserStream.create(writer, model.json(), stack().toInference());
                var reader = new JsonReader(new StringReader(text))) {
            parser.parse(reader);
        } catch (IOException | RuntimeException e) {
            // The parser has many ways to say no.
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        return Optional.of((ContainerNode) result.getResult().data());
    }
}
