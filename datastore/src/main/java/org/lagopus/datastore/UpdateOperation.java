package org.lagopus.datastore;

import java.util.Locale;
import java.util.Optional;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;

/// The operation `update` of private candidates (draft-ietf-netconf-privcand §4.8.1.1).
final class UpdateOperation {
    private static final String MODULE = "ietf-netconf-private-candidate";

    private UpdateOperation() {}

    /// Does nothing where the model does not have the module.
    static void register(Datastore datastore) {
        datastore
                .model()
                .module(MODULE)
                .ifPresent(module -> {
                    var mode = NodeIdentifier.create(QName.create(module, "resolution-mode"));
                    datastore
                            .operations()
                            .register(
                                    QName.create(module, "update"),
                                    (input, by) -> {
                                        datastore.update(resolution(input, mode), by);
                                        return Optional.empty();
                                    });
                });
    }

    private static Resolution resolution(ContainerNode input, NodeIdentifier mode) {
        var leaf = input.childByArg(mode);
        return leaf == null
                ? Resolution.REVERT_ON_CONFLICT
                : Resolution.valueOf(
                        leaf.body().toString().toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
