package org.lagopus.datastore.access;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.DatastoreException;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;

/// The rules that are for one user, compiled: operations and notifications into tables that fill as
/// they are asked, paths into places of the data.
final class RuledRights implements Rights {
    private final Access access;
    private final String user;
    private final Policy policy;
    private final List<Rule> rules;
    private final Scope root;
    private final Map<QName, Boolean> invocations = new ConcurrentHashMap<>();
    private final Map<QName, Boolean> notifications = new ConcurrentHashMap<>();

    /// @param paths of the rules whose paths are the same for all users
    RuledRights(
            Access access,
            String user,
            Policy policy,
            List<Rule> rules,
            Map<Rule, NodePath> paths) {
        this.access = access;
        this.user = user;
        this.policy = policy;
        this.rules = rules;
        var leading = new LinkedHashMap<Rule, NodePath>();
        for (var rule : rules) {
            var path = path(rule, paths);
            if (path != null) {
                leading.put(rule, path);
            }
        }
        root = Scope.root(policy, access.shape(), leading);
    }

    /// Null for a rule that is not about data, and for a path that leads nowhere: for this user, or
    /// since the model has changed.
    private @Nullable NodePath path(Rule rule, Map<Rule, NodePath> paths) {
        return switch (rule.target()) {
            case Rule.Target.Any _ -> NodePath.ROOT;
            case Rule.Target.Data(var text) when text.contains(NodePath.USER) -> {
                try {
                    yield NodePath.parse(access.model(), text, user);
                } catch (IllegalArgumentException e) {
                    yield null;
                }
            }
            case Rule.Target.Data _ -> paths.get(rule);
            case Rule.Target.Invocation _, Rule.Target.Notification _ -> null;
        };
    }

    @Override
    public boolean unlimited() {
        return false;
    }

    @Override
    public boolean readsAll() {
        return root.allowsAll(Operation.READ);
    }

    @Override
    public boolean writesAll() {
        return root.allowsAll(Operation.CREATE)
                && root.allowsAll(Operation.UPDATE)
                && root.allowsAll(Operation.DELETE);
    }

    @Override
    public boolean mayInvoke(QName rpc) {
        var known = invocations.get(rpc);
        if (known == null) {
            known = decideInvocation(rpc);
            invocations.put(rpc, known);
        }
        return known;
    }

    private boolean decideInvocation(QName rpc) {
        if (Access.isAlwaysInvoked(rpc)) {
            return true;
        }
        var module = access.moduleName(rpc);
        for (var rule : rules) {
            if (rule.isForInvocation(module, rpc.getLocalName())) {
                return rule.permit();
            }
        }
        return !access.isClosedOperation(rpc) && policy.execDefault();
    }

    @Override
    public boolean mayReceive(QName notification) {
        var known = notifications.get(notification);
        if (known == null) {
            known = decideNotification(notification);
            notifications.put(notification, known);
        }
        return known;
    }

    private boolean decideNotification(QName notification) {
        if (Access.isAlwaysReceived(notification)) {
            return true;
        }
        var module = access.moduleName(notification);
        for (var rule : rules) {
            if (rule.isForNotification(module, notification.getLocalName())) {
                return rule.permit();
            }
        }
        return !access.isClosedNotification(notification) && policy.readDefault();
    }

    @Override
    public boolean mayInvoke(YangInstanceIdentifier node, QName action) {
        return mayUse(Operation.EXEC, node, action);
    }

    @Override
    public boolean mayReceive(YangInstanceIdentifier node, QName notification) {
        return mayUse(Operation.READ, node, notification);
    }

    private boolean mayUse(Operation operation, YangInstanceIdentifier node, QName name) {
        var at = root.find(node);
        return at != null
                && (at.isFrame() || at.allows(Operation.READ))
                && at.allows(operation, name, access.moduleName(name), access.isClosed(node, name));
    }

    @Override
    public void dropped() {
        access.countNotification();
    }

    @Override
    public boolean mayRead(YangInstanceIdentifier path) {
        var at = root.find(path);
        return at != null && (at.kind().isBetween() || at.allows(Operation.READ));
    }

    @Override
    public Optional<NormalizedNode> readable(YangInstanceIdentifier path, NormalizedNode node) {
        var at = root.find(path);
        return at == null ? Optional.empty() : Optional.ofNullable(Filtered.of(node, at));
    }

    @Override
    public void checkInvoke(QName rpc) throws DatastoreException {
        if (!mayInvoke(rpc)) {
            throw notInvoked(YangInstanceIdentifier.of(access.rpc(), rpc), rpc);
        }
    }

    @Override
    public void checkInvoke(YangInstanceIdentifier node, QName action) throws DatastoreException {
        if (!mayInvoke(node, action)) {
            throw notInvoked(shown(node), action);
        }
    }

    private DatastoreException notInvoked(YangInstanceIdentifier path, QName what) {
        access.countOperation();
        return new DatastoreException(
                new DataError(
                        ErrorType.PROTOCOL,
                        ErrorTag.ACCESS_DENIED,
                        null,
                        path,
                        "%s may not invoke %s".formatted(user, what.getLocalName()),
                        Map.of()));
    }

    @Override
    public void checkWrite(DataTreeCandidateNode change) throws DatastoreException {
        if (writesAll()) {
            return;
        }
        var refused = Writes.refused(change, root);
        if (!refused.isEmpty()) {
            access.countWrite();
            throw new DatastoreException(
                    refused.stream()
                            .map(one -> denied(one.path(), one.operation().word()))
                            .distinct()
                            .toList());
        }
    }

    /// The same for all that may not be read, whether it is there or not.
    private DataError denied(YangInstanceIdentifier path, String what) {
        var shown = shown(path);
        return DataError.at(
                shown,
                ErrorTag.ACCESS_DENIED,
                shown.equals(path)
                        ? "%s may not %s this node".formatted(user, what)
                        : "%s may not change what is below this node".formatted(user));
    }

    /// The path as far as it may be seen.
    private YangInstanceIdentifier shown(YangInstanceIdentifier path) {
        var at = path;
        while (!at.isEmpty() && !isShown(at)) {
            at = at.coerceParent();
        }
        return at;
    }

    private boolean isShown(YangInstanceIdentifier path) {
        var at = root.find(path);
        return at != null && !at.kind().isBetween() && at.allows(Operation.READ);
    }

    @Override
    public DatastoreException veiled(DatastoreException refusal) {
        var errors = new ArrayList<DataError>();
        for (var error : refusal.errors()) {
            var seen = veiled(error);
            if (!errors.contains(seen)) {
                errors.add(seen);
            }
        }
        return errors.equals(refusal.errors()) ? refusal : new DatastoreException(errors);
    }

    private DataError veiled(DataError error) {
        var path = error.path();
        if (path == null
                || error.tag().equals(ErrorTag.ACCESS_DENIED)
                || error.type().equals(ErrorType.PROTOCOL)
                || mayRead(path)) {
            return withoutHidden(error);
        }
        if (error.tag().equals(ErrorTag.DATA_EXISTS)) {
            return may(Operation.CREATE, path) ? error : denied(path, "create");
        }
        if (error.tag().equals(ErrorTag.DATA_MISSING)) {
            return may(Operation.DELETE, path) ? error : denied(path, "delete");
        }
        return DataError.at(
                shown(path),
                error.tag(),
                "this does not go with what is below this node and %s may not read"
                        .formatted(user));
    }

    /// The entries that are not unique may be named by keys or leaves that are not shown.
    private DataError withoutHidden(DataError error) {
        var shown = error.nonUnique().stream().filter(this::mayRead).toList();
        return shown.equals(error.nonUnique())
                ? error
                : error.withNonUnique(shown)
                        .withMessage(
                                "entries are not unique, by what %s may not read".formatted(user));
    }

    private boolean may(Operation operation, YangInstanceIdentifier path) {
        var at = root.find(path);
        return at != null && at.allows(operation);
    }
}
