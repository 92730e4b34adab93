package org.lagopus.netconf;

import org.lagopus.datastore.DatastoreException;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.model.api.MandatoryAware;

/// Sees that the input of an operation has what it must have (RFC 7950 §7.14.2).
final class Mandatory {
    private Mandatory() {}

    static void check(SchemaNode node, ContainerNode input) throws DatastoreException {
        for (var child : node.all()) {
            if (!child.choices().isEmpty()) {
                continue;
            }
            var data = input.childByArg(child.id());
            if (data == null
                    && child.schema() instanceof MandatoryAware aware
                    && aware.isMandatory()) {
                throw Errors.missingElement(ErrorType.APPLICATION, null, child.name());
            }
            if (data instanceof ContainerNode container) {
                check(child, container);
            } else if (child.kind() == SchemaNode.Kind.CONTAINER && !child.presence()) {
                // A container that need not be written may still hold what must be.
                check(
                        child,
                        ImmutableNodes.newContainerBuilder()
                                .withNodeIdentifier(child.id())
                                .build());
            }
        }
    }
}
