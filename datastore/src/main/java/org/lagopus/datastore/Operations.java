package org.lagopus.datastore;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.lagopus.datastore.access.Access;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;

/// The operations of the modules (YANG `rpc`), and who carries them out.
public final class Operations {
    /// Carries out one operation; the northbound has checked the input against the model.
    @FunctionalInterface
    public interface Handler {
        Optional<ContainerNode> invoke(ContainerNode input, Actor by) throws DatastoreException;
    }

    private final Access access;
    private final Map<QName, Handler> handlers = new ConcurrentHashMap<>();

    Operations(Access access) {
        this.access = access;
    }

    /// One handler for each operation: a second one is refused until the first is closed.
    public Registration register(QName rpc, Handler handler) {
        if (handlers.putIfAbsent(rpc, handler) != null) {
            throw new IllegalStateException(rpc.getLocalName() + " has a handler already");
        }
        return () -> handlers.remove(rpc, handler);
    }

    public Set<QName> registered() {
        return Set.copyOf(handlers.keySet());
    }

    /// The output, or empty where the operation has none.
    public Optional<ContainerNode> invoke(QName rpc, ContainerNode input, Actor by)
            throws DatastoreException {
        access.rights(by).checkInvoke(rpc);
        var handler = handlers.get(rpc);
        if (handler == null) {
            throw new DatastoreException(
                    DataError.of(
                                    ErrorTag.OPERATION_NOT_SUPPORTED,
                                    "nobody carries out " + rpc.getLocalName())
                            .withType(ErrorType.PROTOCOL));
        }
        return handler.invoke(input, by);
    }
}
