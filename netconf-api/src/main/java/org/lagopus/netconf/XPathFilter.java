package org.lagopus.netconf;

import java.util.List;
import javax.xml.namespace.NamespaceContext;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.xpath.Expression;
import org.lagopus.datastore.xpath.Value;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.common.XMLNamespace;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerNode;
import org.opendaylight.yangtools.yang.model.api.Module;

/// An XPath expression that chooses nodes (RFC 6241 §8.9). Prefixes are those in scope where it
/// stands; a name without one is of no namespace, so it is no name of YANG data.
///
/// Entries that are named by all of their keys are found without a look at the others.
record XPathFilter(Model model, Expression expression) {
    private static final QNameModule NONE = QNameModule.of(XMLNamespace.of("urn:none"));

    static XPathFilter of(Schemas.Schema schema, NamespaceContext namespaces, String select)
            throws DatastoreException {
        return of(schema, select, new Declared(schema.model(), namespaces, false));
    }

    /// One for later, where prefixes may be names of modules as well (RFC 8639,
    /// `stream-xpath-filter`).
    static XPathFilter kept(Schemas.Schema schema, NamespaceContext namespaces, String select)
            throws DatastoreException {
        return of(
                schema,
                select,
                new Declared(schema.model(), Prefixes.in(select, namespaces), true));
    }

    private static XPathFilter of(Schemas.Schema schema, String select, Declared names)
            throws DatastoreException {
        try {
            return new XPathFilter(schema.model(), Expression.parse(select, names));
        } catch (IllegalArgumentException e) {
            throw invalid(select, e.getMessage());
        }
    }

    /// @param modules whether a prefix that is not declared may be the name of a module
    private record Declared(Model model, NamespaceContext namespaces, boolean modules)
            implements org.lagopus.datastore.xpath.Names {
        @Override
        public @Nullable QNameModule module(String prefix) {
            var namespace = namespaces.getNamespaceURI(prefix);
            if (namespace != null && !namespace.isEmpty()) {
                return XPathFilter.module(model, namespace);
            }
            return modules ? model.module(prefix).orElse(null) : null;
        }

        @Override
        public QNameModule bare() {
            return NONE;
        }
    }

    /// The nodes it chooses of one tree, or of two as if they were one, in document order.
    ///
    /// @param defaults whether values are seen that nobody has written (RFC 6243 §2.1)
    List<ViewNode> choose(
            SchemaNode root,
            @Nullable DataContainerNode first,
            @Nullable DataContainerNode second,
            DefaultData defaults)
            throws DatastoreException {
        try {
            var value = expression.evaluate(ViewNode.root(model, root, first, second, defaults));
            if (value instanceof Value.Nodes(var nodes)) {
                return nodes.stream().map(ViewNode::of).distinct().toList();
            }
        } catch (IllegalArgumentException e) {
            throw invalid("it", e.getMessage());
        }
        throw invalid("it", "it gives a value and no nodes");
    }

    /// Whether it holds of a tree; what cannot be evaluated does not.
    boolean holds(SchemaNode root, DataContainerNode data) {
        try {
            return expression.holds(ViewNode.root(model, root, data, null, DefaultData.explicit()));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static DatastoreException invalid(String select, @Nullable String why) {
        return Errors.invalidValue(
                Parameters.PROTOCOL,
                null,
                "filter",
                Errors.quoted(select) + " chooses no nodes by XPath 1.0: " + why);
    }

    private static QNameModule module(Model model, String namespace) {
        return Names.modules(model.context(), namespace).stream()
                .map(Module::getQNameModule)
                .filter(model::implemented)
                .findFirst()
                .orElseGet(() -> QNameModule.of(XMLNamespace.of(namespace)));
    }
}
