package org.lagopus.netconf;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DatastoreException;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;

/// A subtree filter (RFC 6241 §6), bound to the model: one object for each element of it and each
/// node of the model that element can mean.
///
/// Content match nodes decide whether the node around them is taken at all. The other children
/// narrow it; without any, all of it is taken. What the model does not know, and attributes, which
/// YANG data has none of, match nothing.
final class Filter {
    /// A leaf, or one value of a leaf-list, that must be there.
    record Match(SchemaNode node, Object value) {
        boolean accepts(Object other) {
            return value.equals(other)
                    || value instanceof String text
                            && other instanceof String o
                            && text.equals(o.strip());
        }
    }

    private final Map<SchemaNode, List<Filter>> children = new LinkedHashMap<>();
    private final List<Match> matches = new ArrayList<>();
    private boolean never;
    private boolean narrowed;

    private Filter() {}

    /// Reads the open `<filter>` element to its end.
    static Filter read(XmlReader in, SchemaNode root, int maxElements)
            throws XMLStreamException, DatastoreException {
        var element = new Reading(in, maxElements).filter();
        var filter = new Filter();
        filter.narrowed = true;
        element.children.forEach(child -> filter.bind(child, root));
        return filter;
    }

    /// False if nothing can ever match.
    boolean possible() {
        return !never;
    }

    /// True if all below the node is wanted.
    boolean everything() {
        return !narrowed;
    }

    List<Match> matches() {
        return matches;
    }

    Map<SchemaNode, List<Filter>> children() {
        return children;
    }

    /// The entry of a list that this filter is about; null where it does not name all keys.
    @Nullable NodeIdentifierWithPredicates entry(SchemaNode list) {
        if (list.unkeyed()) {
            return null;
        }
        var values = new ArrayList<Object>();
        for (var key : list.keys()) {
            matches.stream()
                    .filter(match -> match.node().qname().equals(key))
                    .findFirst()
                    .ifPresent(match -> values.add(match.value()));
        }
        return values.size() == list.keys().size() ? list.entry(values.toArray()) : null;
    }

    private void bind(Element element, SchemaNode parent) {
        if (element.attributes) {
            // An attribute match expression (§6.2.2), and data has no attributes.
            narrowed = true;
            return;
        }
        if (!element.text.isEmpty()) {
            bindMatch(element, parent);
            return;
        }
        narrowed = true;
        for (var node : meant(element, parent)) {
            var filter = new Filter();
            boolean simple =
                    node.kind() == SchemaNode.Kind.LEAF
                            || node.kind() == SchemaNode.Kind.LEAF_LIST
                            || node.kind() == SchemaNode.Kind.ANY;
            if (simple && !element.children.isEmpty()) {
                continue;
            }
            element.children.forEach(child -> filter.bind(child, node));
            children.computeIfAbsent(node, _ -> new ArrayList<>(1)).add(filter);
        }
    }

    private void bindMatch(Element element, SchemaNode parent) {
        for (var node : meant(element, parent)) {
            if (node.kind() == SchemaNode.Kind.LEAF || node.kind() == SchemaNode.Kind.LEAF_LIST) {
                try {
                    var value = node.parse(element.prefixes, element.text);
                    matches.add(new Match(node, value));
                    return;
                } catch (IllegalArgumentException e) {
                    // No value of that type can be equal to it: on to the next.
                }
            }
        }
        never = true;
    }

    /// An element without a namespace means any (§6.2.1).
    private static List<SchemaNode> meant(Element element, SchemaNode parent) {
        if (element.namespace.isEmpty()) {
            return parent.children(element.name);
        }
        var node = parent.child(element.namespace, element.name);
        return node == null ? List.of() : List.of(node);
    }

    /// An element of the filter as it was sent, for the model may know several nodes that it means.
    private static final class Element {
        final String namespace;
        final String name;
        final boolean attributes;
        final List<Element> children = new ArrayList<>(2);
        final Prefixes prefixes = new Prefixes();
        String text = "";

        Element(XmlReader in) {
            namespace = in.namespace();
            name = in.name();
            attributes = in.attributes() > 0;
        }
    }

    private static final class Reading {
        private static final Pattern PREFIX = Pattern.compile("([\\w.-]+):");

        private final XmlReader in;
        private final int maxElements;
        private int elements;

        Reading(XmlReader in, int maxElements) {
            this.in = in;
            this.maxElements = maxElements;
        }

        Element filter() throws XMLStreamException, DatastoreException {
            var element = new Element(in);
            while (in.next()) {
                element.children.add(element());
            }
            return element;
        }

        private Element element() throws XMLStreamException, DatastoreException {
            if (++elements > maxElements) {
                throw Errors.tooBig(
                        ErrorType.PROTOCOL, "a filter of more than " + maxElements + " elements");
            }
            var element = new Element(in);
            var text = new StringBuilder();
            var namespaces = in.namespaces();
            while (in.nextOrText(text)) {
                element.children.add(element());
            }
            var value = text.toString().strip();
            var prefix = PREFIX.matcher(value);
            while (prefix.find()) {
                element.prefixes.bind(prefix.group(1), namespaces.getNamespaceURI(prefix.group(1)));
            }
            if (!value.isEmpty() && !element.children.isEmpty()) {
                throw Errors.badElement(
                        ErrorType.PROTOCOL,
                        null,
                        element.name,
                        "a filter element has text or elements, not both");
            }
            element.text = value;
            return element;
        }
    }
}
