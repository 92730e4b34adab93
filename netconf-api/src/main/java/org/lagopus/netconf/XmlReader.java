package org.lagopus.netconf;

import java.io.InputStream;
import java.util.Map;
import java.util.MissingResourceException;
import javax.xml.namespace.NamespaceContext;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Fragment;
import org.lagopus.datastore.FragmentBuilder;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;

/// Elements and their texts pulled from one message, within limits; no document is made of them.
final class XmlReader {
    /// Asked for each element that is passed over.
    @FunctionalInterface
    interface Check {
        void element() throws DatastoreException;
    }

    private final XMLStreamReader in;
    private final int maxText;
    private final int maxDepth;
    private final Room.Share room;
    private int depth;
    private int elements;

    /// @param factory from `factory()`, one for each session: it is not made for many threads
    /// @param room where large messages take room from; whose share gives it back
    XmlReader(
            XMLInputFactory factory,
            InputStream message,
            int maxText,
            int maxDepth,
            Room.Share room)
            throws XMLStreamException {
        in = factory.createXMLStreamReader(message, "UTF-8");
        this.maxText = maxText;
        this.maxDepth = maxDepth;
        this.room = room;
    }

    static XMLInputFactory factory() {
        var factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, false);
        // Our own limit answers; the parser's only drops.
        factory.setProperty("jdk.xml.maxElementDepth", "0");
        return factory;
    }

    /// Goes to the document's element.
    void first() throws XMLStreamException, DatastoreException {
        while (true) {
            switch (advance()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    depth = 1;
                    return;
                }
                case XMLStreamConstants.DTD -> throw doctype();
                default -> {
                    // declaration, comments, white space
                }
            }
        }
    }

    /// The parser of the JDK has no words for some mistakes in a document type, and tells that by
    /// an exception of another kind.
    private int advance() throws XMLStreamException {
        try {
            return in.next();
        } catch (MissingResourceException e) {
            throw new XMLStreamException(e);
        }
    }

    /// Goes to the next child of the open element and is true, or to its end and is false.
    boolean next() throws XMLStreamException, DatastoreException {
        while (true) {
            switch (advance()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    deeper();
                    return true;
                }
                case XMLStreamConstants.END_ELEMENT -> {
                    depth--;
                    return false;
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
                    if (!in.isWhiteSpace()) {
                        throw Errors.badElement(
                                ErrorType.PROTOCOL,
                                null,
                                "text",
                                "text where only elements may be");
                    }
                }
                case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE -> throw doctype();
                default -> {
                    // comments and processing instructions say nothing
                }
            }
        }
    }

    /// As `next()`, where an element may hold text instead of elements.
    boolean nextOrText(StringBuilder text) throws XMLStreamException, DatastoreException {
        while (true) {
            switch (advance()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    deeper();
                    return true;
                }
                case XMLStreamConstants.END_ELEMENT -> {
                    depth--;
                    return false;
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
                    text.append(in.getTextCharacters(), in.getTextStart(), in.getTextLength());
                    limited(text.length(), "a text");
                }
                case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE -> throw doctype();
                default -> {
                    // comments and processing instructions say nothing
                }
            }
        }
    }

    /// The text of the open element, and goes to its end.
    String text() throws XMLStreamException, DatastoreException {
        String single = "";
        StringBuilder several = null;
        String name = in.getLocalName();
        while (true) {
            switch (advance()) {
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
                    if (single.isEmpty()) {
                        single = in.getText();
                    } else {
                        if (several == null) {
                            several = new StringBuilder(single);
                        }
                        several.append(
                                in.getTextCharacters(), in.getTextStart(), in.getTextLength());
                    }
                    limited(several == null ? single.length() : several.length(), name);
                }
                case XMLStreamConstants.END_ELEMENT -> {
                    depth--;
                    return several == null ? single : several.toString();
                }
                case XMLStreamConstants.START_ELEMENT ->
                        throw Errors.badElement(
                                ErrorType.PROTOCOL,
                                null,
                                in.getLocalName(),
                                name + " holds text, not elements");
                case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE -> throw doctype();
                default -> {
                    // comments and processing instructions say nothing
                }
            }
        }
    }

    /// All that is in the open element, as it stands, and goes to its end.
    Fragment fragment(boolean isAnydata) throws XMLStreamException, DatastoreException {
        var made = new FragmentBuilder(isAnydata);
        int outside = depth - 1;
        String name = in.getLocalName();
        while (true) {
            switch (advance()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    deeper();
                    made.start(in);
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> made.text(in);
                case XMLStreamConstants.END_ELEMENT -> {
                    if (--depth == outside) {
                        return made.build();
                    }
                    made.end();
                }
                case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE -> throw doctype();
                default -> {
                    // comments and processing instructions say nothing
                }
            }
            limited(made.length(), name);
        }
    }

    /// How many elements are open.
    int depth() {
        return depth;
    }

    /// Goes on to the end of the element that was open at a depth, wherever in it we are.
    void leave(int at) throws XMLStreamException, DatastoreException {
        while (depth >= at) {
            switch (advance()) {
                case XMLStreamConstants.START_ELEMENT -> deeper();
                case XMLStreamConstants.END_ELEMENT -> depth--;
                case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE -> throw doctype();
                default -> {
                    // not wanted
                }
            }
        }
    }

    /// Passes over the open element and all it holds.
    void skip(Check check) throws XMLStreamException, DatastoreException {
        int until = depth - 1;
        while (depth > until) {
            switch (advance()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    deeper();
                    check.element();
                }
                case XMLStreamConstants.END_ELEMENT -> depth--;
                case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE -> throw doctype();
                default -> {
                    // not wanted
                }
            }
        }
    }

    /// Goes on to the end of the message: what is behind the last element has to be well-formed
    /// too.
    void finish() throws XMLStreamException {
        while (in.hasNext()) {
            advance();
        }
    }

    String name() {
        return in.getLocalName();
    }

    String namespace() {
        String namespace = in.getNamespaceURI();
        return namespace == null ? "" : namespace;
    }

    boolean is(String namespace, String name) {
        return name.equals(in.getLocalName()) && namespace.equals(namespace());
    }

    int attributes() {
        return in.getAttributeCount();
    }

    String attributeName(int i) {
        return in.getAttributeLocalName(i);
    }

    String attributeNamespace(int i) {
        String namespace = in.getAttributeNamespace(i);
        return namespace == null ? "" : namespace;
    }

    String attributePrefix(int i) {
        String prefix = in.getAttributePrefix(i);
        return prefix == null ? "" : prefix;
    }

    String attributeValue(int i) {
        return in.getAttributeValue(i);
    }

    /// What prefixes mean here; ask before the element has ended.
    NamespaceContext namespaces() {
        return in.getNamespaceContext();
    }

    private void deeper() throws DatastoreException {
        if (++elements % Room.BLOCK == 0) {
            room.take();
        }
        if (++depth > maxDepth) {
            throw Errors.tooBig(
                    ErrorType.RPC, "more than " + maxDepth + " elements inside each other");
        }
    }

    private void limited(int length, String name) throws DatastoreException {
        if (length > maxText) {
            throw Errors.tooBig(ErrorType.RPC, name + " is longer than " + maxText + " characters");
        }
    }

    private static DatastoreException doctype() {
        return Errors.refuse(
                ErrorType.RPC,
                ErrorTag.OPERATION_FAILED,
                null,
                "document type declarations and entities are refused (RFC 6241 §3)",
                Map.of());
    }
}
