package org.lagopus.restconf;

import java.util.List;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Edit;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeWithValue;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.model.api.Module;

/// What this server can do beyond the least, as state of `ietf-restconf-monitoring` (RFC 8040
/// §9.1).
final class Capabilities {
    private static final String PREFIX = "urn:ietf:params:restconf:capability:";
    private static final List<String> ALL =
            List.of(
                    PREFIX + "defaults:1.0?basic-mode=explicit",
                    PREFIX + "depth:1.0",
                    PREFIX + "fields:1.0");

    private Capabilities() {}

    static void publish(Datastore datastore) {
        datastore.model().context().findModules("ietf-restconf-monitoring").stream()
                .map(Module::getQNameModule)
                .filter(datastore.model()::implemented)
                .findFirst()
                .ifPresent(module ->
                        datastore.writeState(
                                List.of(
                                        edit(
                                                QName.create(module, "restconf-state"),
                                                QName.create(module, "capabilities"),
                                                QName.create(module, "capability")))));
    }

    private static Edit edit(QName state, QName capabilities, QName capability) {
        var set =
                ImmutableNodes.<String>newSystemLeafSetBuilder()
                        .withNodeIdentifier(new NodeIdentifier(capability));
        for (var uri : ALL) {
            set.withChild(
                    ImmutableNodes.<String>leafSetEntry(new NodeWithValue<>(capability, uri)));
        }
        return Edit.replace(
                YangInstanceIdentifier.of(
                        new NodeIdentifier(state), new NodeIdentifier(capabilities)),
                ImmutableNodes.newContainerBuilder()
                        .withNodeIdentifier(new NodeIdentifier(capabilities))
                        .withChild(set.build())
                        .build());
    }
}
