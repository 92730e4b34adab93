package org.lagopus.netconf;

import java.util.List;
import java.util.regex.Pattern;
import javax.xml.namespace.NamespaceContext;
import javax.xml.xpath.XPathExpressionException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.xpath.Expression;
import org.lagopus.datastore.xpath.Value;
import org.opendaylight.yangtools.yang.common.BiMapYangNamespaceContext;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.common.XMLNamespace;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerNode;
import org.opendaylight.yangtools.yang.model.api.Module;
import org.opendaylight.yangtools.yang.xpath.impl.AntlrXPathParserFactory;

/// An XPath expression that chooses nodes (RFC 6241 §8.9). Prefixes are those in scope where it
/// stands; a name without one is of no namespace, so it is no name of YANG data.
///
/// Entries that are named by all of their keys are found without a look at the others.
record XPathFilter(Model model, Expression expression) {
    private static final AntlrXPathParserFactory PARSERS = new AntlrXPathParserFactory();
    private static final Pattern PREFIX = Pattern.compile("([\\p{L}_][\\w.-]*):(?!:)");
    private static final Pattern LITERAL = Pattern.compile("'[^']*'|\"[^\"]*\"");
    private static final QNameModule NONE = QNameModule.of(XMLNamespace.of("urn:none"));

    static XPathFilter of(Schemas.Schema schema, NamespaceContext namespaces, String select)
            throws DatastoreException {
        try {
            var parsed =
                    PARSERS.newParser(prefixes(schema.model(), namespaces, select))
                            .parseExpression(select);
            return new XPathFilter(
                    schema.model(), new Expression(parsed.getRootExpr(), parsed, NONE));
        } catch (XPathExpressionException | RuntimeException e) {
            throw invalid(select, e.getMessage());
        }
    }

    /// The nodes it chooses of one tree, or of two as if they were one, in document order.
    List<ViewNode> choose(
            SchemaNode root, @Nullable DataContainerNode first, @Nullable DataContainerNode second)
            throws DatastoreException {
        try {
            var value = expression.evaluate(ViewNode.root(model, root, first, second));
            if (value instanceof Value.Nodes(var nodes)) {
                return nodes.stream().map(ViewNode::of).distinct().toList();
            }
        } catch (IllegalArgumentException e) {
            throw invalid("it", e.getMessage());
        }
        throw invalid("it", "it gives a value and no nodes");
    }

    private static DatastoreException invalid(String select, @Nullable String why) {
        return Errors.invalidValue(
                Parameters.PROTOCOL,
                null,
                "filter",
                Errors.quoted(select) + " chooses no nodes by XPath 1.0: " + why);
    }

    private static BiMapYangNamespaceContext prefixes(
            Model model, NamespaceContext namespaces, String select) {
        var known = com.google.common.collect.HashBiMap.<String, QNameModule>create();
        for (boolean literals : new boolean[] {false, true}) {
            var names =
                    PREFIX.matcher(literals ? select : LITERAL.matcher(select).replaceAll("''"));
            while (names.find()) {
                var prefix = names.group(1);
                var namespace = namespaces.getNamespaceURI(prefix);
                if (known.containsKey(prefix)) {
                    continue;
                }
                if (namespace == null || namespace.isEmpty()) {
                    if (!literals) {
                        throw new IllegalArgumentException(
                                "the prefix " + prefix + " is not declared");
                    }
                    continue;
                }
                var module = module(model, namespace);
                if (!known.containsValue(module)) {
                    known.put(prefix, module);
                }
            }
        }
        return new BiMapYangNamespaceContext(known);
    }

    private static QNameModule module(Model model, String namespace) {
        return Names.modules(model.context(), namespace).stream()
                .map(Module::getQNameModule)
                .filter(model::implemented)
                .findFirst()
                .orElseGet(() -> QNameModule.of(XMLNamespace.of(namespace)));
    }
}
