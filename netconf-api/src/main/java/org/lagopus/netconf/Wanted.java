package org.lagopus.netconf;

import static org.lagopus.netconf.Parameters.PROTOCOL;

import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DatastoreException;

/// What of the data a client wants to see.
sealed interface Wanted {
    record Everything() implements Wanted {}

    record Subtree(Filter filter) implements Wanted {}

    record Chosen(XPathFilter filter) implements Wanted {}

    /// Reads the open `<filter>` element to its end (RFC 6241 §6, §8.9).
    static Wanted read(XmlReader in, Schemas.Schema schema, int maxElements)
            throws XMLStreamException, DatastoreException {
        boolean xpath = false;
        @Nullable String select = null;
        for (int i = 0; i < in.attributes(); i++) {
            var namespace = in.attributeNamespace(i);
            boolean ours = namespace.isEmpty() || namespace.equals(Names.BASE);
            switch (ours ? in.attributeName(i) : "") {
                case "type" -> xpath = isXPath(in.attributeValue(i));
                case "select" -> select = in.attributeValue(i);
                default ->
                        throw Errors.unknownAttribute(
                                PROTOCOL, null, "filter", in.attributeName(i));
            }
        }
        if (!xpath) {
            if (select != null) {
                throw Errors.unknownAttribute(PROTOCOL, null, "filter", "select");
            }
            return new Subtree(Filter.read(in, schema.root(), maxElements));
        }
        if (select == null) {
            throw Errors.missingAttribute(PROTOCOL, "filter", "select");
        }
        var filter = XPathFilter.of(schema, in.namespaces(), select);
        Parameters.none(in);
        return new Chosen(filter);
    }

    /// Reads an open element with nothing but an expression in it.
    static Wanted expression(XmlReader in, Schemas.Schema schema)
            throws XMLStreamException, DatastoreException {
        Parameters.noAttributes(in);
        var namespaces = in.namespaces();
        return new Chosen(XPathFilter.of(schema, namespaces, in.text().strip()));
    }

    private static boolean isXPath(String type) throws DatastoreException {
        return switch (type) {
            case "xpath" -> true;
            case "subtree" -> false;
            default ->
                    throw Errors.badAttribute(
                            PROTOCOL, null, "filter", "type", "a filter is subtree or xpath");
        };
    }
}
