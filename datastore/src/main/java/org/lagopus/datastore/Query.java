package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.xpath.Expression;
import org.lagopus.datastore.xpath.Names;
import org.lagopus.datastore.xpath.Value;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.common.XMLNamespace;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.model.api.Module;

/// An XPath expression that selects from data (RFC 6241 §8.9): read once, asked of any tree.
///
/// Nodes are looked at as the expression comes to them, and `list[key = value]` is looked up, so a
/// query costs what it passes and not what the tree holds. Configuration and state are one tree to
/// it; list entries without keys are as good as others.
public final class Query {
    private final Model model;
    private final Expression expression;

    private Query(Model model, Expression expression) {
        this.model = model;
        this.expression = expression;
    }

    /// Names without a prefix stand for that name in whatever module.
    ///
    /// @param namespaces what a prefix stands for, as XML declares it; null for one that is not
    ///   declared, which is then taken for the name of a module (RFC 7951 §6.11 writes paths so)
    /// @throws DatastoreException with what is wrong, and where
    public static Query of(
            Model model, String expression, Function<String, @Nullable String> namespaces)
            throws DatastoreException {
        try {
            return new Query(model, Expression.parse(expression, new Declared(model, namespaces)));
        } catch (IllegalArgumentException e) {
            throw invalid(Objects.requireNonNullElse(e.getMessage(), "no XPath"));
        }
    }

    private record Declared(Model model, Function<String, @Nullable String> namespaces)
            implements Names {
        @Override
        public @Nullable QNameModule module(String prefix) {
            var declared = namespaces.apply(prefix);
            var context = model.context();
            var found =
                    declared == null
                            ? context.findModules(prefix)
                            : context.findModules(XMLNamespace.of(declared));
            return found.stream()
                    .map(Module::getQNameModule)
                    .filter(model::implemented)
                    .findFirst()
                    // A namespace nobody has selects nothing, which is no mistake.
                    .orElseGet(() -> declared == null ? null : QNameModule.of(declared));
        }

        @Override
        public @Nullable QNameModule bare() {
            return null;
        }
    }

    /// One node that is selected. An entry of a list without keys has the path of all its like.
    public record Found(YangInstanceIdentifier path, NormalizedNode node) {}

    /// What the expression selects of a tree, in the order of the document.
    ///
    /// @param root of the tree, such as that of a snapshot or what [View#readAll] puts together
    /// @param withDefaults whether values are seen that are in use without being written; those
    ///   nodes themselves are never found
    /// @throws DatastoreException when it selects no nodes but tells a number, a text or a truth
    ///   (RFC 6241 §8.9.5.2)
    public List<Found> select(NormalizedNode root, boolean withDefaults) throws DatastoreException {
        var schema = model.toRead();
        var top =
                withDefaults
                        ? DataNode.of(model, schema, root)
                        : DataNode.written(model, schema, root);
        if (!(expression.evaluate(top) instanceof Value.Nodes(var nodes))) {
            throw invalid("\"%s\" selects no nodes".formatted(expression.text()));
        }
        var found = new ArrayList<Found>(nodes.size());
        for (var node : nodes) {
            if (node instanceof DataNode there && there.data() != null) {
                found.add(new Found(there.path(), there.data()));
            }
        }
        return found;
    }

    /// Whether the expression, taken for a condition, holds of a tree (XPath 1.0 §4.3 `boolean`).
    public boolean holds(NormalizedNode root) {
        return expression.holds(DataNode.of(model, model.toRead(), root));
    }

    private static DatastoreException invalid(String why) {
        return new DatastoreException(DataError.of(ErrorTag.INVALID_VALUE, why));
    }

    @Override
    public String toString() {
        return expression.text();
    }
}
