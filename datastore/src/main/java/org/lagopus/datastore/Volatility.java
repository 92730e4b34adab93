package org.lagopus.datastore;

import java.util.Optional;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.model.api.DataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.meta.DeclaredStatement;
import org.opendaylight.yangtools.yang.model.api.meta.EffectiveStatement;

/// Volatile data by the statements of `lagopus-ext`: no configuration holds it, it is written at
/// once over the interface of its owner.
public final class Volatility {
    private static final String MODULE = "urn:lagopus:yang:lagopus-ext";

    private Volatility() {}

    /// Why a node cannot be configured, and how it is written instead; empty for a node that is
    /// configuration or state. Does not look at what the node is in.
    public static Optional<String> refusal(DataSchemaNode node) {
        return says(node, "volatility")
                .filter("volatile"::equals)
                .map(_ -> {
                    var name = node.getQName().getLocalName();
                    return says(node, "api")
                            .map(api ->
                                    "%s is volatile and no configuration: ask for the interface %s, or call its operations"
                                            .formatted(name, api))
                            .orElse(name + " is volatile and no configuration");
                });
    }

    /// The argument of an extension statement in a node.
    private static Optional<String> says(DataSchemaNode node, String extension) {
        if (!(node instanceof EffectiveStatement<?, ?> statement)
                || !(statement.getDeclared() instanceof DeclaredStatement<?> declared)) {
            return Optional.empty();
        }
        return declared.declaredSubstatements().stream()
                .filter(one -> isOurs(one.statementDefinition().getStatementName(), extension))
                .map(DeclaredStatement::rawArgument)
                .findFirst();
    }

    private static boolean isOurs(QName name, String extension) {
        return name.getLocalName().equals(extension)
                && name.getNamespace().toString().equals(MODULE);
    }
}
