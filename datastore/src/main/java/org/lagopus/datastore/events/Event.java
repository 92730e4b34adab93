package org.lagopus.datastore.events;

import java.time.Instant;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNodeContainer;

/// Something that happened, as a notification of a module tells it (RFC 7950 §7.16).
///
/// @param content what stands in the notification; its name is that of the notification
/// @param octets about how much memory it holds
public record Event(Instant time, ContainerNode content, long octets) {
    private static final int OCTETS_A_NODE = 120;

    public static Event of(Instant time, ContainerNode content) {
        return new Event(time, content, nodes(content) * OCTETS_A_NODE);
    }

    public QName name() {
        return content.name().getNodeType();
    }

    private static long nodes(NormalizedNode node) {
        long count = 1;
        if (node instanceof NormalizedNodeContainer<?> container) {
            for (var child : container.body()) {
                count += nodes(child);
            }
        }
        return count;
    }
}
