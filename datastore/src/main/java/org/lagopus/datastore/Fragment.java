package org.lagopus.datastore;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.StringReader;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.concepts.PrettyTree;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.common.XMLNamespace;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.AnydataNode;
import org.opendaylight.yangtools.yang.data.api.schema.AnyxmlNode;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerChild;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.LeafNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.builder.NormalizedNodeContainerBuilder;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.model.api.AnydataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.DataSchemaNode;

/// What an anydata or anyxml node holds (RFC 7950 §7.10, §7.11): no model says what it is, so it is
/// kept as it came, in the encoding it came in, and translated when it is asked for in the other.
/// What XML does not tell, whether a text is a number and whether one element is a list, does not
/// survive a translation from it.
///
/// @param text the elements and text inside the node, with every prefix they use declared; or a
///   JSON value
public record Fragment(Encoding encoding, String text) {
    public enum Encoding {
        XML,
        JSON
    }

    /// Begins what an anydata or anyxml node is stored as: a character that no value has.
    private static final char MARK = '\0';

    private static final XMLInputFactory PARSERS = parsers();

    private static XMLInputFactory parsers() {
        var factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        return factory;
    }

    /// The node of the model that holds it.
    public DataContainerChild in(DataSchemaNode schema) {
        return node(NodeIdentifier.create(schema.getQName()), schema instanceof AnydataSchemaNode);
    }

    private DataContainerChild node(NodeIdentifier name, boolean isAnydata) {
        return isAnydata
                ? ImmutableNodes.newAnydataBuilder(Fragment.class)
                        .withNodeIdentifier(name)
                        .withValue(this)
                        .build()
                : new Anyxml(name, this);
    }

    /// The builders of yangtools make anyxml of DOM documents only.
    private record Anyxml(NodeIdentifier name, Fragment body) implements AnyxmlNode<Fragment> {
        @Override
        public Class<Fragment> bodyObjectModel() {
            return Fragment.class;
        }

        @Override
        public PrettyTree prettyTree() {
            return new PrettyTree() {
                @Override
                public void appendTo(StringBuilder to, int depth) {
                    appendIndent(to, depth);
                    to.append(name).append(" = ").append(body.text);
                }
            };
        }
    }

    /// The fragment that an anydata or anyxml node holds; null of any other node.
    public static @Nullable Fragment of(NormalizedNode node) {
        return switch (node) {
            case AnydataNode<?> any when any.body() instanceof Fragment fragment -> fragment;
            case AnyxmlNode<?> any when any.body() instanceof Fragment fragment -> fragment;
            default -> null;
        };
    }

    /// A reader of the elements and text inside one element, which is the document's.
    public XMLStreamReader reader(Model model) throws XMLStreamException {
        // Making a reader touches state of the factory.
        synchronized (PARSERS) {
            return PARSERS.createXMLStreamReader(
                    new StringReader("<fragment>" + xml(model) + "</fragment>"));
        }
    }

    /// As XML, to stand inside an element.
    public String xml(Model model) {
        if (encoding == Encoding.XML) {
            return text;
        }
        var to = new StringBuilder();
        content(model, JsonParser.parseString(text), null, to);
        return to.toString();
    }

    private static void content(
            Model model, JsonElement value, @Nullable QNameModule above, StringBuilder to) {
        switch (value) {
            case JsonObject object ->
                    object.entrySet()
                            .forEach(member ->
                                    member(model, member.getKey(), member.getValue(), above, to));
            case JsonArray several -> several.forEach(one -> content(model, one, above, to));
            case JsonPrimitive single -> to.append(FragmentBuilder.escaped(single.getAsString()));
            default -> {
                // null is nothing
            }
        }
    }

    private static void member(
            Model model,
            String name,
            JsonElement value,
            @Nullable QNameModule above,
            StringBuilder to) {
        int colon = name.indexOf(':');
        var module =
                colon < 0
                        ? above
                        : model.context().findModules(name.substring(0, colon)).stream()
                                .findFirst()
                                .map(found -> found.getQNameModule())
                                .orElse(above);
        var local = name.substring(colon + 1);
        boolean isList = value instanceof JsonArray array && !isEmptyValue(array);
        for (var one : isList ? (JsonArray) value : list(value)) {
            to.append('<').append(local);
            if (above == null || !above.equals(module)) {
                var namespace = module == null ? "" : module.namespace().toString();
                to.append(" xmlns=\"").append(FragmentBuilder.escaped(namespace)).append('"');
            }
            to.append('>');
            content(model, one, module, to);
            to.append("</").append(local).append('>');
        }
    }

    /// RFC 7951 §6.9.
    private static boolean isEmptyValue(JsonArray array) {
        return array.size() == 1 && array.get(0) instanceof JsonNull;
    }

    private static JsonArray list(JsonElement one) {
        var list = new JsonArray();
        list.add(one);
        return list;
    }

    /// As a JSON value (RFC 7951 §5.5, §5.6).
    public String json(Model model) {
        if (encoding == Encoding.JSON) {
            return text;
        }
        try {
            var in = reader(model);
            in.nextTag();
            return element(model, in, null).toString();
        } catch (XMLStreamException e) {
            throw new IllegalStateException("what was read once is no XML", e);
        }
    }

    /// From the start of an element to its end.
    private static JsonElement element(Model model, XMLStreamReader in, @Nullable String above)
            throws XMLStreamException {
        var object = new JsonObject();
        var said = new StringBuilder();
        while (true) {
            switch (in.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    var module = module(model, in);
                    var name =
                            module == null || module.equals(above)
                                    ? in.getLocalName()
                                    : module + ":" + in.getLocalName();
                    add(object, name, element(model, in, module == null ? above : module));
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA ->
                        said.append(in.getText());
                case XMLStreamConstants.END_ELEMENT -> {
                    return object.isEmpty() && !said.isEmpty()
                            ? new JsonPrimitive(said.toString())
                            : object;
                }
                default -> {
                    // comments say nothing
                }
            }
        }
    }

    private static @Nullable String module(Model model, XMLStreamReader in) {
        var namespace = in.getNamespaceURI();
        if (namespace == null || namespace.isEmpty()) {
            return null;
        }
        try {
            return model.context().findModules(XMLNamespace.of(namespace)).stream()
                    .findFirst()
                    .map(found -> found.getName())
                    .orElse(null);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static void add(JsonObject to, String name, JsonElement value) {
        var there = to.get(name);
        if (there == null) {
            to.add(name, value);
        } else if (there instanceof JsonArray several) {
            several.add(value);
        } else {
            var several = list(there);
            several.add(value);
            to.add(name, several);
        }
    }

    /// A tree in which leaves stand for anydata and anyxml, for what cannot carry these.
    static NormalizedNode flat(NormalizedNode tree) {
        return rewritten(
                tree,
                node -> {
                    var fragment = of(node);
                    return fragment == null
                            ? node
                            : ImmutableNodes.leafNode(
                                    (NodeIdentifier) node.name(),
                                    ""
                                            + MARK
                                            + (node instanceof AnydataNode ? 'd' : 'x')
                                            + (fragment.encoding == Encoding.JSON ? 'j' : 'x')
                                            + fragment.text);
                });
    }

    /// A tree without them, for what cannot say anything of them.
    static NormalizedNode without(NormalizedNode tree) {
        return rewritten(tree, node -> of(node) == null ? node : null);
    }

    /// The other way round.
    static NormalizedNode unflat(NormalizedNode tree) {
        return rewritten(
                tree,
                node -> {
                    if (node instanceof LeafNode<?> leaf
                            && leaf.body() instanceof String text
                            && text.length() > 2
                            && text.charAt(0) == MARK) {
                        var encoding = text.charAt(2) == 'j' ? Encoding.JSON : Encoding.XML;
                        return new Fragment(encoding, text.substring(3))
                                .node(leaf.name(), text.charAt(1) == 'd');
                    }
                    return node;
                });
    }

    private interface Change {
        @Nullable NormalizedNode of(NormalizedNode node);
    }

    private static NormalizedNode rewritten(NormalizedNode node, Change change) {
        if (node instanceof LeafSetNode<?>) {
            return node;
        }
        if (!(node instanceof DistinctNodeContainer<?, ?> container)) {
            var after = change.of(node);
            return after == null ? node : after;
        }
        @Nullable NormalizedNodeContainerBuilder<?, PathArgument, NormalizedNode, ?> changed = null;
        for (var child : container.body()) {
            var after =
                    child instanceof DistinctNodeContainer<?, ?>
                            ? rewritten(child, change)
                            : change.of(child);
            if (after != child) {
                changed = changed == null ? Nodes.builder(node) : changed;
                if (after == null) {
                    changed.removeChild(child.name());
                } else {
                    changed.addChild(after);
                }
            }
        }
        return changed == null ? node : changed.build();
    }
}
