package org.lagopus.restconf;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.Volatility;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.data.api.codec.YangInvalidValueException;
import org.opendaylight.yangtools.yang.data.util.codec.AbstractCodecFactory;
import org.opendaylight.yangtools.yang.data.util.codec.TypeAwareCodec;
import org.opendaylight.yangtools.yang.model.api.LeafListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.LeafSchemaNode;
import org.opendaylight.yangtools.yang.model.api.TypedDataSchemaNode;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

/// Reads the body of one request into a tree as it arrives, in one of the two encodings.
abstract class BodyReader<C extends TypeAwareCodec<?, ?, ?>> {
    final Names names;
    private final SchemaInferenceStack base;
    private final boolean editing;
    private final AbstractCodecFactory<C> factory;
    private final IdentityHashMap<TypedDataSchemaNode, C> codecs = new IdentityHashMap<>();
    private final Map<QNameModule, Map<String, QName>> qnames = new HashMap<>();

    /// @param base where in the schema the children of the outermost node are looked up
    /// @param editing whether nodes of `config false` are refused
    BodyReader(
            Names names,
            SchemaInferenceStack base,
            boolean editing,
            AbstractCodecFactory<C> factory) {
        this.names = names;
        this.base = base;
        this.editing = editing;
        this.factory = factory;
    }

    static BodyReader<?> of(
            Media.Encoding encoding,
            Model model,
            Names names,
            SchemaInferenceStack base,
            boolean editing) {
        return switch (encoding) {
            case JSON -> new JsonBodyReader(names, base, editing, model.json());
            case XML -> new XmlBodyReader(names, base, editing, model.xml());
        };
    }

    /// The body is one child of a node.
    abstract void child(Nodes parent, InputStream in) throws IOException, Refusal;

    /// The body is one element of that name, and its children are read.
    abstract void content(QName name, Nodes into, InputStream in) throws IOException, Refusal;

    final QName name(QNameModule module, String local, Nodes in) throws Refusal {
        try {
            return qnames.computeIfAbsent(module, _ -> new HashMap<>())
                    .computeIfAbsent(local, l -> QName.create(module, l));
        } catch (IllegalArgumentException _) {
            throw unknown(local, in);
        }
    }

    final Nodes.Slot slot(Nodes in, QName name) throws Refusal {
        var slot = in.slot(name);
        if (slot == null) {
            throw unknown(name.getLocalName(), in);
        }
        if (editing && !slot.schema().dataSchemaNode().effectiveConfig().orElse(true)) {
            var volatility = Volatility.refusal(slot.schema().dataSchemaNode());
            throw in.refuse(
                    volatility.isPresent()
                            ? ErrorTag.OPERATION_NOT_SUPPORTED
                            : ErrorTag.INVALID_VALUE,
                    name,
                    volatility.orElse(
                            name.getLocalName() + " is state, which cannot be configured"));
        }
        return slot;
    }

    static Refusal unknown(String name, Nodes in) {
        var path = in.path();
        return new Refusal(
                new DataError(
                        ErrorType.PROTOCOL,
                        ErrorTag.UNKNOWN_ELEMENT,
                        null,
                        path.isEmpty() ? null : path,
                        "the model has no %s here".formatted(name),
                        Map.of("bad-element", name)));
    }

    static Refusal unknownModule(String module, Nodes in) {
        var path = in.path();
        return new Refusal(
                new DataError(
                        ErrorType.PROTOCOL,
                        ErrorTag.UNKNOWN_NAMESPACE,
                        null,
                        path.isEmpty() ? null : path,
                        "there is no module " + module,
                        Map.of("bad-namespace", module)));
    }

    final C codec(TypedDataSchemaNode leaf, Nodes holder) {
        var known = codecs.get(leaf);
        if (known != null) {
            return known;
        }
        var stack = base.copy();
        enter(stack, holder);
        stack.enterDataTree(leaf.getQName());
        var codec =
                switch (leaf) {
                    case LeafSchemaNode l -> factory.codecFor(l, stack);
                    case LeafListSchemaNode l -> factory.codecFor(l, stack);
                    default -> throw new IllegalArgumentException(leaf.toString());
                };
        codecs.put(leaf, codec);
        return codec;
    }

    private static void enter(SchemaInferenceStack stack, Nodes nodes) {
        var above = nodes.above();
        if (above != null) {
            enter(stack, above);
            if (!nodes.isChoice()) {
                stack.enterDataTree(nodes.step().getNodeType());
            }
        }
    }

    /// A value its type does not admit, with the error-app-tag and message of the module if it has
    /// them.
    static Refusal bad(Nodes in, QName leaf, String text, RuntimeException why) {
        String appTag = null;
        @Nullable String message = why.getMessage();
        if (why instanceof YangInvalidValueException invalid) {
            var error = invalid.getNetconfErrors().getFirst();
            appTag = error.appTag();
            message = error.message();
        }
        var shown = text.length() > 80 ? text.substring(0, 80) + "..." : text;
        return new Refusal(
                new DataError(
                        ErrorType.APPLICATION,
                        ErrorTag.INVALID_VALUE,
                        appTag,
                        in.path().node(leaf),
                        "'%s' is no value of %s%s"
                                .formatted(
                                        shown,
                                        leaf.getLocalName(),
                                        message == null ? "" : ": " + message),
                        Map.of("bad-element", leaf.getLocalName())));
    }
}
