package org.lagopus.controller.components;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lagopus.component.wire.WireEdit;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Model;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.codec.gson.JsonParserStream;
import org.opendaylight.yangtools.yang.data.impl.schema.ImmutableNormalizedNodeStreamWriter;
import org.opendaylight.yangtools.yang.data.impl.schema.NormalizationResultHolder;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeSnapshot;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

/// Operational data as components send it, turned into edits of the datastore.
final class StateReader {
    /// What was sent is not data of the model; the message says where and why.
    static final class BadState extends Exception {
        private static final long serialVersionUID = 1L;

        BadState(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private final Model model;

    StateReader(Model model) {
        this.model = model;
    }

    /// @param current what the operational tree holds, to find what a put leaves out
    List<Edit> read(WireEdit edit, DataTreeSnapshot current) throws BadState {
        try {
            var path = model.parse(edit.path());
            if (path.isEmpty()) {
                throw new IllegalArgumentException("the root is no record");
            }
            var value = edit.value();
            return value == null
                    ? List.of(Edit.remove(path))
                    : put(path, node(path, value.toString()), current);
        } catch (RuntimeException e) {
            // The parser has many ways to say no, a null where it wants a value among them.
            throw new BadState(
                    edit.path() + ": " + Objects.requireNonNullElse(e.getMessage(), "no data"), e);
        }
    }

    /// The node at `path` from its content as a JSON object.
    ///
    /// @throws IllegalArgumentException if it is not of the model
    NormalizedNode node(YangInstanceIdentifier path, String object) {
        var last = path.getLastPathArgument();
        var parent = Objects.requireNonNull(path.getParent());
        boolean entry = last instanceof NodeIdentifierWithPredicates;
        if (entry) {
            // Above an entry stands its list, which is a step of its own.
            parent = Objects.requireNonNull(parent.getParent());
        }
        var stack =
                parent.isEmpty()
                        ? SchemaInferenceStack.of(model.context())
                        : model.tree().enterPath(parent).orElseThrow().stack();
        var name = Objects.requireNonNull(last).getNodeType();
        var qualified =
                JsonNodeFactory.instance.textNode(
                        model.context()
                                        .findModuleStatement(name.getModule())
                                        .orElseThrow()
                                        .argument()
                                        .getLocalName()
                                + ":"
                                + name.getLocalName());
        var text = "{" + qualified + ":" + (entry ? "[" + object + "]" : object) + "}";
        var node = parse(text, stack);
        if (!entry) {
            return node;
        }
        var found = node instanceof MapNode list ? list.childByArg(keys(last)) : null;
        if (found == null) {
            throw new IllegalArgumentException("the keys in the value are not those in the path");
        }
        return found;
    }

    private static NodeIdentifierWithPredicates keys(YangInstanceIdentifier.PathArgument step) {
        return (NodeIdentifierWithPredicates) step;
    }

    private NormalizedNode parse(String text, SchemaInferenceStack stack) {
        var result = new NormalizationResultHolder();
        try (var writer = ImmutableNormalizedNodeStreamWriter.from(result);
                var parser =
                        stack.isEmpty()
                                ? JsonParserStream.create(writer, model.json())
                                : JsonParserStream.create(
                                        writer, model.json(), stack.toInference());
                var reader = new JsonReader(new StringReader(text))) {
            parser.parse(reader);
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        return result.getResult().data();
    }

    /// A put sets the record's own content and leaves the lists below alone: what it leaves out is
    /// removed, the rest is merged.
    private static List<Edit> put(
            YangInstanceIdentifier path, NormalizedNode node, DataTreeSnapshot current) {
        var edits = new ArrayList<Edit>();
        current.readNode(path).ifPresent(was -> removeStale(path, was, node, edits));
        edits.add(Edit.merge(path, node));
        return edits;
    }

    private static void removeStale(
            YangInstanceIdentifier path,
            NormalizedNode was,
            @Nullable NormalizedNode now,
            List<Edit> edits) {
        if (!(was instanceof DataContainerNode old)) {
            return;
        }
        for (var child : old.body()) {
            var young = now instanceof DataContainerNode c ? c.childByArg(child.name()) : null;
            var place = path.node(child.name());
            if (child instanceof MapNode) {
                continue;
            }
            if (child instanceof DataContainerNode) {
                removeStale(place, child, young, edits);
            } else if (young == null || child instanceof LeafSetNode && !child.equals(young)) {
                if (!isKey(path, child.name())) {
                    edits.add(Edit.remove(place));
                }
            }
        }
    }

    private static boolean isKey(YangInstanceIdentifier path, NodeIdentifier name) {
        return path.getLastPathArgument() instanceof NodeIdentifierWithPredicates keys
                && keys.keySet().contains(name.getNodeType());
    }
}
