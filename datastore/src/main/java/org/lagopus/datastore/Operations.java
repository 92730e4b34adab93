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
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.model.api.OperationDefinition;
import org.opendaylight.yangtools.yang.model.api.stmt.SchemaNodeIdentifier.Absolute;

/// The operations of the modules (YANG `rpc` and `action`), and who carries them out.
public final class Operations {
    /// Carries out one operation, whose input is as its module demands.
    @FunctionalInterface
    public interface Handler {
        Optional<ContainerNode> invoke(ContainerNode input, Actor by) throws DatastoreException;
    }

    /// Carries out one action, whose input is as its module demands; the northbound has seen that
    /// the instance is there.
    @FunctionalInterface
    public interface Action {
        /// @param on the instance that the action is defined on
        Optional<ContainerNode> invoke(YangInstanceIdentifier on, ContainerNode input, Actor by)
                throws DatastoreException;
    }

    private final Model model;
    private final Access access;
    private final Map<QName, Handler> handlers = new ConcurrentHashMap<>();
    private final Map<Absolute, Action> actions = new ConcurrentHashMap<>();

    Operations(Model model, Access access) {
        this.model = model;
        this.access = access;
    }

    /// One handler for each operation: a second one is refused until the first is closed.
    public Registration register(QName rpc, Handler handler) {
        if (handlers.putIfAbsent(rpc, handler) != null) {
            throw new IllegalStateException(rpc.getLocalName() + " has a handler already");
        }
        return () -> handlers.remove(rpc, handler);
    }

    /// The same for an action, by its place in the schema, choices and cases included.
    public Registration register(Absolute action, Action handler) {
        if (actions.putIfAbsent(action, handler) != null) {
            throw new IllegalStateException(action + " has a handler already");
        }
        return () -> actions.remove(action, handler);
    }

    public boolean isRegistered(Absolute action) {
        return actions.containsKey(action);
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
            throw nobody(rpc);
        }
        check(Absolute.of(rpc), input);
        return handler.invoke(input, by);
    }

    /// The same for an action of one instance.
    public Optional<ContainerNode> invoke(
            Absolute action, YangInstanceIdentifier on, ContainerNode input, Actor by)
            throws DatastoreException {
        access.rights(by).checkInvoke(on, action.lastNodeIdentifier());
        var handler = actions.get(action);
        if (handler == null) {
            throw nobody(action.lastNodeIdentifier());
        }
        check(action, input);
        return handler.invoke(on, input, by);
    }

    private void check(Absolute operation, ContainerNode input) throws DatastoreException {
        var node = model.context().findSchemaTreeNode(operation).orElse(null);
        if (node instanceof OperationDefinition definition) {
            OperationInput.check(model, definition.getInput(), input);
        }
    }

    private static DatastoreException nobody(QName name) {
        return new DatastoreException(
                DataError.of(
                                ErrorTag.OPERATION_NOT_SUPPORTED,
                                "nobody carries out " + name.getLocalName())
                        .withType(ErrorType.PROTOCOL));
    }
}
