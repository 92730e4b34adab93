package org.lagopus.datastore;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.Decimal64;
import org.opendaylight.yangtools.yang.common.Empty;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.Uint64;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ChoiceNode;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.ValueNode;

/// A piece of a stored configuration that the model does not take.
///
/// @param path as RFC 7951 §6.11 writes it, in the names it was stored under
/// @param reason in words for the operator
/// @param value the piece, as RFC 7951 writes it
record Cut(String path, String reason, JsonObject value) {
    static Cut of(Names names, YangInstanceIdentifier path, NormalizedNode node, String reason) {
        var value = new JsonObject();
        var name = node.name().getNodeType();
        boolean isEntry = node instanceof MapEntryNode || node instanceof LeafSetEntryNode<?>;
        var json = json(names, node, name);
        if (isEntry) {
            var list = new JsonArray();
            list.add(json);
            json = list;
        }
        value.add(names.member(name, null), json);
        return new Cut(names.format(path), reason, value);
    }

    private static JsonElement json(Names names, NormalizedNode node, QName name) {
        return switch (node) {
            case MapNode list -> array(names, list.body(), name);
            case LeafSetNode<?> list -> array(names, list.body(), name);
            case DistinctNodeContainer<?, ?> container -> {
                var object = new JsonObject();
                members(names, container, name, object);
                yield object;
            }
            case ValueNode<?> leaf -> value(names, leaf.body());
            default -> new JsonPrimitive(String.valueOf(node.body()));
        };
    }

    private static JsonArray array(
            Names names, Iterable<? extends NormalizedNode> entries, QName name) {
        var array = new JsonArray();
        entries.forEach(entry -> array.add(json(names, entry, name)));
        return array;
    }

    private static void members(
            Names names,
            DistinctNodeContainer<?, ?> container,
            @Nullable QName above,
            JsonObject to) {
        for (var child : container.body()) {
            if (child instanceof ChoiceNode choice) {
                members(names, choice, above, to);
            } else {
                var name = child.name().getNodeType();
                to.add(names.member(name, above), json(names, child, name));
            }
        }
    }

    /// RFC 7951 §6.1: numbers of 64 bits are strings.
    private static JsonElement value(Names names, Object value) {
        return switch (value) {
            case Boolean truth -> new JsonPrimitive(truth);
            case Uint64 _, Long _, Decimal64 _ -> new JsonPrimitive(value.toString());
            case Number number -> new JsonPrimitive(number);
            case Empty _ -> {
                var array = new JsonArray();
                array.add(JsonNull.INSTANCE);
                yield array;
            }
            default -> new JsonPrimitive(names.text(value));
        };
    }
}
