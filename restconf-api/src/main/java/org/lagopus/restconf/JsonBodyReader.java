package org.lagopus.restconf;

import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Fragment;
import org.lagopus.datastore.Values;
import org.opendaylight.yangtools.yang.common.Decimal64;
import org.opendaylight.yangtools.yang.common.Empty;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.common.Uint16;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.common.Uint64;
import org.opendaylight.yangtools.yang.common.Uint8;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.codec.gson.JSONCodec;
import org.opendaylight.yangtools.yang.data.codec.gson.JSONCodecFactory;
import org.opendaylight.yangtools.yang.data.util.DataSchemaContext;
import org.opendaylight.yangtools.yang.model.api.AnydataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ContainerLike;
import org.opendaylight.yangtools.yang.model.api.LeafListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.LeafSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.TypedDataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.type.EmptyTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.UnionTypeDefinition;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

/// RFC 7951, to the letter: a 64-bit number is a string and a 32-bit one is not.
final class JsonBodyReader extends BodyReader<JSONCodec<?>> {
    JsonBodyReader(
            Names names, SchemaInferenceStack base, boolean editing, JSONCodecFactory factory) {
        super(names, base, editing, factory);
    }

    @FunctionalInterface
    private interface Body {
        void read(JsonReader json) throws IOException, Refusal;
    }

    @Override
    void child(Nodes parent, InputStream in) throws IOException, Refusal {
        read(in, json -> member(json, parent, null, new HashSet<>()));
        if (parent.count() != 1) {
            throw Refusal.malformed("the body has to be one node, not " + parent.count());
        }
    }

    @Override
    void content(QName name, Nodes into, InputStream in) throws IOException, Refusal {
        var expected = names.name(name.getModule()) + ":" + name.getLocalName();
        read(
                in,
                json -> {
                    var found = json.nextName();
                    if (!found.equals(expected)) {
                        throw Refusal.malformed(
                                "the body has to be a %s, not %s".formatted(expected, found));
                    }
                    // The datastore's children name their modules themselves.
                    object(
                            json,
                            into,
                            name.getLocalName().equals("data") ? null : name.getModule());
                });
    }

    private static void read(InputStream in, Body body) throws IOException, Refusal {
        var text =
                new InputStreamReader(
                        in,
                        StandardCharsets.UTF_8
                                .newDecoder()
                                .onMalformedInput(java.nio.charset.CodingErrorAction.REPORT));
        var json = new JsonReader(text);
        json.setStrictness(Strictness.STRICT);
        try {
            json.beginObject();
            if (!json.hasNext()) {
                throw Refusal.malformed("the body is empty");
            }
            body.read(json);
            if (json.hasNext()) {
                throw Refusal.malformed("the body has more than one node: " + json.nextName());
            }
            json.endObject();
            if (json.peek() != JsonToken.END_DOCUMENT) {
                throw Refusal.malformed("there is something behind the body");
            }
        } catch (MalformedJsonException
                | EOFException
                | CharacterCodingException
                | IllegalStateException e) {
            throw Refusal.malformed("bad JSON: " + reason(e));
        }
    }

    /// What the parser says, without its advice to programmers.
    private static String reason(Exception e) {
        return String.valueOf(e.getMessage())
                .lines()
                .findFirst()
                .orElse("")
                .replaceFirst("Use JsonReader\\.setStrictness\\S+ to accept m", "M");
    }

    private void object(JsonReader json, Nodes into, @Nullable QNameModule module)
            throws IOException, Refusal {
        json.beginObject();
        var lists = new HashSet<QName>();
        while (json.hasNext()) {
            member(json, into, module, lists);
        }
        json.endObject();
    }

    /// @param inherited module of the parent; null where a name has to say its own
    /// @param lists those that the parent has had already: a name stands once in an object
    private void member(
            JsonReader json, Nodes into, @Nullable QNameModule inherited, Set<QName> lists)
            throws IOException, Refusal {
        var member = json.nextName();
        if (member.startsWith("@")) {
            throw Refusal.protocol(
                    ErrorTag.UNKNOWN_ATTRIBUTE, "annotations are not supported: " + member);
        }
        int colon = member.indexOf(':');
        var module = inherited;
        if (colon >= 0) {
            var prefix = member.substring(0, colon);
            module = names.module(prefix).orElseThrow(() -> unknownModule(prefix, into));
        }
        if (module == null) {
            throw Refusal.malformed(
                    member + " is an outermost node: it needs its module's name in front");
        }
        var name = name(module, member.substring(colon + 1), into);
        var slot = slot(into, name);
        var holder = slot.holder();
        boolean list =
                slot.schema().dataSchemaNode() instanceof ListSchemaNode
                        || slot.schema().dataSchemaNode() instanceof LeafListSchemaNode;
        if (list && !lists.add(name)) {
            throw holder.twice(name);
        }
        switch (slot.schema().dataSchemaNode()) {
            case LeafSchemaNode leaf ->
                    holder.leaf(name, slot.schema().getPathStep(), value(json, leaf, into, holder));
            case ContainerLike _ -> {
                var below =
                        holder.below(
                                slot.schema().getPathStep(),
                                (DataSchemaContext.Composite) slot.schema());
                object(json, below, module);
                holder.container(name, below);
            }
            case ListSchemaNode keyed -> {
                var mixin = (DataSchemaContext.PathMixin) slot.schema();
                var entry =
                        (DataSchemaContext.Composite)
                                Objects.requireNonNull(mixin.childByQName(keyed.getQName()));
                json.beginArray();
                while (json.hasNext()) {
                    var below = holder.below(new NodeIdentifier(name), entry);
                    object(json, below, module);
                    holder.entry(mixin, below);
                }
                json.endArray();
            }
            case LeafListSchemaNode values -> {
                json.beginArray();
                while (json.hasNext()) {
                    holder.item(
                            (DataSchemaContext.PathMixin) slot.schema(),
                            value(json, values, into, holder));
                }
                json.endArray();
            }
            case AnydataSchemaNode any -> {
                if (json.peek() != JsonToken.BEGIN_OBJECT) {
                    throw into.refuse(
                            ErrorTag.INVALID_VALUE,
                            name,
                            name.getLocalName() + " is anydata, an object of JSON");
                }
                holder.any(any, fragment(json));
            }
            default -> holder.any(slot.schema().dataSchemaNode(), fragment(json));
        }
    }

    /// RFC 7951 §5.5, §5.6: whatever stands there.
    private static Fragment fragment(JsonReader json) throws IOException {
        return new Fragment(Fragment.Encoding.JSON, JsonParser.parseReader(json).toString());
    }

    private Object value(JsonReader json, TypedDataSchemaNode leaf, Nodes in, Nodes holder)
            throws IOException, Refusal {
        var codec = codec(leaf, holder);
        var token = json.peek();
        var name = leaf.getQName();
        if (token == JsonToken.BEGIN_ARRAY && takesEmpty(leaf, codec)) {
            json.beginArray();
            json.nextNull();
            json.endArray();
            return Empty.value();
        }
        if (!fits(token, codec.getDataType())) {
            throw bad(
                    in,
                    name,
                    token.name().toLowerCase(Locale.ROOT),
                    new IllegalArgumentException("not the JSON type that RFC 7951 gives it"));
        }
        var text =
                token == JsonToken.BOOLEAN
                        ? Boolean.toString(json.nextBoolean())
                        : json.nextString();
        try {
            return Values.parse(
                    names.context(), leaf.getType(), text, () -> codec.parseValue(text));
        } catch (IllegalArgumentException e) {
            throw bad(in, name, text, e);
        }
    }

    private static boolean takesEmpty(TypedDataSchemaNode leaf, JSONCodec<?> codec) {
        if (leaf.getType() instanceof UnionTypeDefinition union) {
            return union.getTypes().stream().anyMatch(EmptyTypeDefinition.class::isInstance);
        }
        return codec.getDataType() == Empty.class;
    }

    /// RFC 7951 §6. A union's codec answers Object: there the members decide.
    private static boolean fits(JsonToken token, Class<?> type) {
        return switch (token) {
            case NUMBER ->
                    type == Byte.class
                            || type == Short.class
                            || type == Integer.class
                            || type == Uint8.class
                            || type == Uint16.class
                            || type == Uint32.class
                            || type == Object.class;
            case BOOLEAN -> type == Boolean.class || type == Object.class;
            case STRING ->
                    type == Long.class
                            || type == Uint64.class
                            || type == Decimal64.class
                            || (!Number.class.isAssignableFrom(type)
                                    && type != Boolean.class
                                    && type != Empty.class);
            default -> false;
        };
    }
}
