package org.lagopus.netconf;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Model;

/// One `rpc-reply`, written as it is made.
final class Reply {
    /// An attribute of the `rpc`, to be returned unmodified (RFC 6241 §4.2).
    record Attribute(String prefix, String namespace, String name, String value) {}

    /// Writes what stands inside an element.
    @FunctionalInterface
    interface Content {
        void write(XMLStreamWriter out) throws XMLStreamException;
    }

    private static final XMLOutputFactory FACTORY = XMLOutputFactory.newDefaultFactory();

    private final FramedOutput to;
    private final List<Attribute> attributes;

    Reply(FramedOutput to, List<Attribute> attributes) {
        this.to = to;
        this.attributes = attributes;
    }

    static XMLStreamWriter writer(OutputStream to) throws XMLStreamException {
        // Making a writer touches state of the factory.
        synchronized (FACTORY) {
            return FACTORY.createXMLStreamWriter(to, "UTF-8");
        }
    }

    void ok() throws XMLStreamException {
        send(out -> out.writeEmptyElement("", "ok", Names.BASE));
    }

    /// Content directly below `rpc-reply`.
    void send(Content content) throws XMLStreamException {
        begin(to);
        var out = writer(to);
        out.writeStartDocument("UTF-8", "1.0");
        out.writeStartElement("", "rpc-reply", Names.BASE);
        out.writeDefaultNamespace(Names.BASE);
        for (var attribute : attributes) {
            if (attribute.namespace.isEmpty()) {
                out.writeAttribute(attribute.name, attribute.value);
            } else {
                if (!attribute.prefix.equals("xml")
                        && !attribute.namespace.equals(
                                out.getNamespaceContext().getNamespaceURI(attribute.prefix))) {
                    out.writeNamespace(attribute.prefix, attribute.namespace);
                }
                out.writeAttribute(
                        attribute.prefix, attribute.namespace, attribute.name, attribute.value);
            }
        }
        content.write(out);
        out.writeEndElement();
        out.writeEndDocument();
        out.flush();
    }

    /// A message that nobody asked for (RFC 5277 §2.2.1).
    static void notification(FramedOutput to, Instant time, Content content)
            throws XMLStreamException {
        begin(to);
        var out = writer(to);
        out.writeStartDocument("UTF-8", "1.0");
        out.writeStartElement("", "notification", Names.NOTIFICATION);
        out.writeDefaultNamespace(Names.NOTIFICATION);
        text(out, "eventTime", time.truncatedTo(ChronoUnit.MICROS).toString());
        content.write(out);
        out.writeEndElement();
        out.writeEndDocument();
        out.flush();
    }

    private static void begin(FramedOutput to) throws XMLStreamException {
        try {
            to.begin();
        } catch (IOException e) {
            throw new XMLStreamException(e);
        }
    }

    /// RFC 6241 §4.3, an element for each error.
    void errors(Model model, List<DataError> errors) throws XMLStreamException {
        send(out -> {
            for (var error : errors) {
                error(out, model, error);
            }
        });
    }

    private static void error(XMLStreamWriter out, Model model, DataError error)
            throws XMLStreamException {
        out.writeStartElement("rpc-error");
        text(out, "error-type", error.type().elementBody());
        text(out, "error-tag", error.tag().elementBody());
        text(out, "error-severity", "error");
        if (error.appTag() != null) {
            text(out, "error-app-tag", error.appTag());
        }
        if (error.path() != null) {
            out.writeStartElement("error-path");
            path(out, model.toXPath(error.path()));
            out.writeEndElement();
        }
        out.writeStartElement("error-message");
        out.writeAttribute("xml:lang", "en");
        out.writeCharacters(error.message());
        out.writeEndElement();
        if (!error.info().isEmpty() || !error.nonUnique().isEmpty()) {
            out.writeStartElement("error-info");
            for (var info :
                    (Iterable<Map.Entry<String, String>>)
                            error.info().entrySet().stream().sorted(Map.Entry.comparingByKey())
                                    ::iterator) {
                info(out, model, info.getKey(), info.getValue());
            }
            for (var leaf : error.nonUnique()) {
                nonUnique(out, model.toXPath(leaf));
            }
            out.writeEndElement();
        }
        out.writeEndElement();
    }

    private static void info(XMLStreamWriter out, Model model, String name, String value)
            throws XMLStreamException {
        int colon = name.indexOf(':');
        if (colon > 0) {
            // A structure of a module, as RFC 8040 §8 has them: MODULE:CONTAINER/LEAF.
            var names = name.substring(colon + 1).split("/", -1);
            for (int i = 0; i < names.length; i++) {
                out.writeStartElement(names[i]);
                if (i == 0) {
                    var module = name.substring(0, colon);
                    out.writeDefaultNamespace(
                            model.context()
                                    .findModules(module)
                                    .iterator()
                                    .next()
                                    .getNamespace()
                                    .toString());
                }
            }
            out.writeCharacters(value);
            for (int i = 0; i < names.length; i++) {
                out.writeEndElement();
            }
            return;
        }
        // The elements of RFC 7950 §15 have a namespace of their own.
        boolean yang = name.equals("missing-choice");
        out.writeStartElement(name);
        if (yang) {
            out.writeDefaultNamespace(Names.YANG);
        }
        out.writeCharacters(value);
        out.writeEndElement();
    }

    /// RFC 7950 §15.1: an element for each leaf, that names it as XML names instances.
    private static void nonUnique(XMLStreamWriter out, Model.XPath leaf) throws XMLStreamException {
        out.writeStartElement("non-unique");
        out.writeDefaultNamespace(Names.YANG);
        path(out, leaf);
        out.writeEndElement();
    }

    private static void path(XMLStreamWriter out, Model.XPath path) throws XMLStreamException {
        for (var namespace : path.namespaces().entrySet()) {
            out.writeNamespace(namespace.getKey(), namespace.getValue());
        }
        out.writeCharacters(path.expression());
    }

    static void text(XMLStreamWriter out, String name, String value) throws XMLStreamException {
        out.writeStartElement(name);
        out.writeCharacters(value);
        out.writeEndElement();
    }
}
