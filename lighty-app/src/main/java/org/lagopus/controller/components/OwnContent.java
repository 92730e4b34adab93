package org.lagopus.controller.components;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Model;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.data.api.schema.ChoiceNode;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.codec.gson.JSONCodec;
import org.opendaylight.yangtools.yang.data.codec.gson.JSONValueWriter;
import org.opendaylight.yangtools.yang.model.api.ContainerSchemaNode;
import org.opendaylight.yangtools.yang.model.api.TypedDataSchemaNode;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

/// A record's own content as RFC 7951 JSON: its leaves, leaf-lists and containers, without the
/// entries of lists.
final class OwnContent {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final Model model;
    private final Map<QNameModule, String> moduleNames = new ConcurrentHashMap<>();

    OwnContent(Model model) {
        this.model = model;
    }

    /// @param stack where `record` is; as it was on return
    ObjectNode of(DataContainerNode record, SchemaInferenceStack stack) {
        var object = JSON.objectNode();
        fill(object, record, record.name().getNodeType().getModule(), stack);
        return object;
    }

    private void fill(
            ObjectNode object,
            DataContainerNode node,
            QNameModule module,
            SchemaInferenceStack stack) {
        for (var child : node.body()) {
            put(object, child, module, stack);
        }
    }

    /// One leaf or leaf-list as the member of an object.
    ///
    /// @param stack where its parent is; as it was on return
    ObjectNode one(NormalizedNode leaf, QNameModule module, SchemaInferenceStack stack) {
        var object = JSON.objectNode();
        put(object, leaf, module, stack);
        return object;
    }

    private void put(
            ObjectNode object,
            NormalizedNode child,
            QNameModule module,
            SchemaInferenceStack stack) {
        var name = child.name().getNodeType();
        switch (child) {
            case ChoiceNode choice -> fill(object, choice, module, stack);
            case ContainerNode container -> {
                var statement = stack.enterDataTree(name);
                var inner = JSON.objectNode();
                fill(inner, container, name.getModule(), stack);
                stack.exit();
                if (!inner.isEmpty() || isPresence(statement)) {
                    object.set(qualified(name, module), inner);
                }
            }
            case LeafNode<?> leaf ->
                    object.set(qualified(name, module), value(name, leaf.body(), stack));
            case LeafSetNode<?> set -> object.set(qualified(name, module), values(set, stack));
            default -> {
                // Lists are records of their own.
            }
        }
    }

    private ArrayNode values(LeafSetNode<?> set, SchemaInferenceStack stack) {
        var array = JSON.arrayNode();
        set.body().forEach(e -> array.add(value(set.name().getNodeType(), e.body(), stack)));
        return array;
    }

    @SuppressWarnings("unchecked")
    private JsonNode value(QName name, Object value, SchemaInferenceStack stack) {
        var statement = stack.enterDataTree(name);
        try {
            if (!(statement instanceof TypedDataSchemaNode leaf)) {
                throw new IllegalStateException(name + " has no type");
            }
            var writer = new OneValue();
            ((JSONCodec<Object>) model.json().codecFor(leaf, stack)).writeValue(writer, value);
            return writer.value == null ? JSON.nullNode() : writer.value;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            stack.exit();
        }
    }

    private static boolean isPresence(Object statement) {
        return statement instanceof ContainerSchemaNode c && c.isPresenceContainer();
    }

    /// RFC 7951 §4: with its module where that changes.
    private String qualified(QName name, QNameModule parent) {
        return name.getModule().equals(parent)
                ? name.getLocalName()
                : moduleName(name.getModule()) + ":" + name.getLocalName();
    }

    private String moduleName(QNameModule module) {
        return moduleNames.computeIfAbsent(
                module,
                m ->
                        model.context()
                                .findModuleStatement(m)
                                .orElseThrow(() -> new IllegalStateException("no module " + m))
                                .argument()
                                .getLocalName());
    }

    private static final class OneValue implements JSONValueWriter {
        @Nullable JsonNode value;

        @Override
        public void writeBoolean(boolean flag) {
            value = JSON.booleanNode(flag);
        }

        @Override
        public void writeEmpty() {
            value = JSON.arrayNode().add(JSON.nullNode());
        }

        @Override
        public void writeNumber(Number number) {
            // Those of 64 bits and decimals are written as text (RFC 7951 §6.1).
            long whole = number.longValue();
            value = whole == (int) whole ? JSON.numberNode((int) whole) : JSON.numberNode(whole);
        }

        @Override
        public void writeString(String text) {
            value = JSON.textNode(text);
        }
    }
}
