package org.lagopus.datastore;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.stream.NormalizedNodeWriter;
import org.opendaylight.yangtools.yang.data.codec.gson.JSONNormalizedNodeStreamWriter;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

/// A node as RFC 7951 writes it, an entry in a list of one.
final class JsonText {
    private JsonText() {}

    static String of(Model model, YangInstanceIdentifier path, NormalizedNode node) {
        var fragment = Fragment.of(node);
        if (fragment != null) {
            var name = node.name().getNodeType();
            return "{\"%s:%s\":%s}"
                    .formatted(model.moduleName(name), name.getLocalName(), fragment.json(model));
        }
        var text = new StringWriter();
        boolean isEntry = node instanceof MapEntryNode || node instanceof LeafSetEntryNode<?>;
        var above = path.coerceParent();
        try (var json = new JsonWriter(text);
                var writer =
                        NormalizedNodeWriter.forStreamWriter(
                                JSONNormalizedNodeStreamWriter.createExclusiveWriter(
                                        model.json(),
                                        stack(model, isEntry ? above.coerceParent() : above)
                                                .toInference(),
                                        null,
                                        json))) {
            var shown = Fragment.without(node);
            writer.write(isEntry ? list(shown) : shown);
            writer.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static NormalizedNode list(NormalizedNode node) {
        var factory = ImmutableNodes.builderFactory();
        var id = YangInstanceIdentifier.NodeIdentifier.create(node.name().getNodeType());
        return switch (node) {
            case MapEntryNode entry ->
                    factory.newSystemMapBuilder().withNodeIdentifier(id).withChild(entry).build();
            case LeafSetEntryNode<?> entry ->
                    factory.newSystemLeafSetBuilder()
                            .withNodeIdentifier(id)
                            .withChildValue(entry.body())
                            .build();
            default -> throw new IllegalArgumentException(node.name() + " is no entry");
        };
    }

    private static SchemaInferenceStack stack(Model model, YangInstanceIdentifier path) {
        return path.isEmpty()
                ? SchemaInferenceStack.of(model.context())
                : model.tree().enterPath(path).orElseThrow().stack();
    }
}
