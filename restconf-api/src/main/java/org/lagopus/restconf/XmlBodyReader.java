package org.lagopus.restconf;

import java.io.IOException;
import java.io.InputStream;
import java.util.MissingResourceException;
import java.util.Objects;
import javax.xml.XMLConstants;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.lagopus.datastore.Fragment;
import org.lagopus.datastore.FragmentBuilder;
import org.lagopus.datastore.Values;
import org.lagopus.datastore.XPathNames;
import org.opendaylight.yangtools.util.xml.UntrustedXML;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.codec.xml.XmlCodec;
import org.opendaylight.yangtools.yang.data.codec.xml.XmlCodecFactory;
import org.opendaylight.yangtools.yang.data.util.DataSchemaContext;
import org.opendaylight.yangtools.yang.model.api.AnydataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ContainerLike;
import org.opendaylight.yangtools.yang.model.api.LeafListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.LeafSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.TypedDataSchemaNode;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

/// XML as RFC 7950 encodes instance data.
final class XmlBodyReader extends BodyReader<XmlCodec<?>> {
    XmlBodyReader(
            Names names, SchemaInferenceStack base, boolean editing, XmlCodecFactory factory) {
        super(names, base, editing, factory);
    }

    @FunctionalInterface
    private interface Body {
        void read(XMLStreamReader xml) throws XMLStreamException, Refusal;
    }

    @Override
    void child(Nodes parent, InputStream in) throws IOException, Refusal {
        read(in, xml -> element(xml, parent));
    }

    @Override
    void content(QName name, Nodes into, InputStream in) throws IOException, Refusal {
        read(
                in,
                xml -> {
                    if (!xml.getLocalName().equals(name.getLocalName())
                            || !name.getNamespace().toString().equals(xml.getNamespaceURI())) {
                        throw Refusal.malformed(
                                "the body has to be a %s of %s, not %s"
                                        .formatted(
                                                name.getLocalName(),
                                                name.getNamespace(),
                                                xml.getLocalName()));
                    }
                    children(xml, into);
                });
    }

    private static void read(InputStream in, Body body) throws IOException, Refusal {
        try {
            var xml = UntrustedXML.createXMLStreamReader(in);
            try {
                xml.nextTag();
                body.read(xml);
                while (xml.next() != XMLStreamConstants.END_DOCUMENT) {
                    // comments and white space
                }
            } finally {
                xml.close();
            }
        } catch (XMLStreamException e) {
            if (e.getNestedException() instanceof IOException io) {
                throw io;
            }
            throw Refusal.malformed("bad XML: " + e.getMessage());
        } catch (MissingResourceException e) {
            // The parser of the JDK has no words for some mistakes in a document type.
            throw Refusal.malformed("bad XML: " + e.getKey());
        }
    }

    /// From the start of an element to its end.
    private void children(XMLStreamReader xml, Nodes into) throws XMLStreamException, Refusal {
        while (true) {
            switch (xml.next()) {
                case XMLStreamConstants.START_ELEMENT -> element(xml, into);
                case XMLStreamConstants.END_ELEMENT -> {
                    return;
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
                    if (!xml.isWhiteSpace()) {
                        throw Refusal.malformed(
                                "text where elements belong: " + xml.getText().strip());
                    }
                }
                default -> {
                    // comments, processing instructions
                }
            }
        }
    }

    private void element(XMLStreamReader xml, Nodes into) throws XMLStreamException, Refusal {
        var namespace = Objects.requireNonNullElse(xml.getNamespaceURI(), "");
        var module = names.namespace(namespace).orElseThrow(() -> unknownModule(namespace, into));
        var name = name(module, xml.getLocalName(), into);
        var slot = slot(into, name);
        checkAttributes(xml, into, name);
        var holder = slot.holder();
        switch (slot.schema().dataSchemaNode()) {
            case LeafSchemaNode leaf ->
                    holder.leaf(name, slot.schema().getPathStep(), value(xml, leaf, into, holder));
            case ContainerLike _ -> {
                var below =
                        holder.below(
                                slot.schema().getPathStep(),
                                (DataSchemaContext.Composite) slot.schema());
                children(xml, below);
                holder.container(name, below);
            }
            case ListSchemaNode list -> {
                var mixin = (DataSchemaContext.PathMixin) slot.schema();
                var below =
                        holder.below(
                                new NodeIdentifier(name),
                                (DataSchemaContext.Composite)
                                        Objects.requireNonNull(
                                                mixin.childByQName(list.getQName())));
                children(xml, below);
                holder.entry(mixin, below);
            }
            case LeafListSchemaNode list ->
                    holder.item(
                            (DataSchemaContext.PathMixin) slot.schema(),
                            value(xml, list, into, holder));
            default -> {
                var any = slot.schema().dataSchemaNode();
                holder.any(any, fragment(xml, any instanceof AnydataSchemaNode));
            }
        }
    }

    /// From the start of an element to its end.
    private static Fragment fragment(XMLStreamReader xml, boolean isAnydata)
            throws XMLStreamException {
        var made = new FragmentBuilder(isAnydata);
        for (int depth = 1; depth > 0; ) {
            switch (xml.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    depth++;
                    made.start(xml);
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> made.text(xml);
                case XMLStreamConstants.END_ELEMENT -> {
                    if (--depth > 0) {
                        made.end();
                    }
                }
                default -> {
                    // comments, processing instructions
                }
            }
        }
        return made.build();
    }

    private static void checkAttributes(XMLStreamReader xml, Nodes in, QName name) throws Refusal {
        for (int i = 0; i < xml.getAttributeCount(); i++) {
            if (!XMLConstants.XML_NS_URI.equals(xml.getAttributeNamespace(i))) {
                throw in.refuse(
                        ErrorTag.UNKNOWN_ATTRIBUTE,
                        name,
                        "%s has an attribute %s, which means nothing here"
                                .formatted(name.getLocalName(), xml.getAttributeLocalName(i)));
            }
        }
    }

    private Object value(XMLStreamReader xml, TypedDataSchemaNode leaf, Nodes in, Nodes holder)
            throws XMLStreamException, Refusal {
        var codec = codec(leaf, holder);
        var text = xml.getElementText();
        try {
            var said =
                    XPathNames.isXPath(leaf.getType())
                            ? XPathNames.read(
                                    names.context(),
                                    text,
                                    xml.getNamespaceContext()::getNamespaceURI)
                            : codec.getDataType().isAssignableFrom(String.class)
                                    ? text
                                    : text.strip();
            return Values.parse(
                    names.context(),
                    leaf.getType(),
                    said,
                    () -> codec.parseValue(xml.getNamespaceContext(), said));
        } catch (IllegalArgumentException e) {
            throw bad(in, leaf.getQName(), text, e);
        }
    }
}
