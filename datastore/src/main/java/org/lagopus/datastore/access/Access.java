package org.lagopus.datastore.access;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Model;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.common.XMLNamespace;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;
import org.opendaylight.yangtools.yang.model.api.ActionNodeContainer;
import org.opendaylight.yangtools.yang.model.api.Module;
import org.opendaylight.yangtools.yang.model.api.NotificationNodeContainer;
import org.opendaylight.yangtools.yang.model.api.SchemaNode;

/// Access control as `/nacm` of running configures it (RFC 8341), for every northbound alike. It is
/// enforced where the model has `ietf-netconf-acm`; without the module all may do all.
///
/// The rules are read when `/nacm` has changed and somebody asks, and compiled for each user who
/// asks; from then on, asking costs the same for a thousand rules and for none. Trees share what
/// did not change, so the same object means the same rules.
public final class Access {
    private static final String MODULE = "ietf-netconf-acm";
    private static final String CLOSED = "default-deny-all";
    private static final XMLNamespace BASE =
            XMLNamespace.of("urn:ietf:params:xml:ns:netconf:base:1.0");
    private static final XMLNamespace NOTIFICATIONS =
            XMLNamespace.of("urn:ietf:params:xml:ns:netmod:notification");
    private static final int REMEMBERED = 1024;
    private static final Rights UNLIMITED = new Rights.Unlimited();

    private final Model model;
    private final @Nullable QNameModule module;
    private final Supplier<ContainerNode> running;
    private final @Nullable DeniedCounters counters;
    private final QName rpc;
    private volatile @Nullable Shape shape;
    private volatile @Nullable Compiled compiled;
    private volatile @Nullable String recoveryUser;

    /// @param paths of rules that are the same for all users
    private record Compiled(
            @Nullable ContainerNode source,
            Policy policy,
            Map<Rule, NodePath> paths,
            Map<Who, Rights> rights) {}

    private record Who(String user, Set<String> brought) {}

    /// @param running the root of it
    /// @param state takes edits of state, and asks for them when it is about to write
    public Access(
            Model model, Supplier<ContainerNode> running, Consumer<Supplier<List<Edit>>> state) {
        this.model = model;
        this.running = running;
        module = model.module(MODULE).orElse(null);
        counters = module == null ? null : new DeniedCounters(module, state);
        rpc =
                QName.create(
                        model.context().findModules(BASE).stream()
                                .map(Module::getQNameModule)
                                .findFirst()
                                .orElseGet(() -> QNameModule.of(BASE)),
                        "rpc");
    }

    /// Writes the counters, which are there from the start.
    public void start() {
        if (counters != null) {
            counters.publish();
        }
    }

    /// Lets one user do all, whatever the rules are: the recovery session of RFC 8341 §2.1, for who
    /// has locked everybody out.
    public void recoveryUser(@Nullable String user) {
        recoveryUser = user;
    }

    /// What somebody may do now. In constant time, but for who asks first after the rules changed.
    public Rights rights(Actor by) {
        return rights(by, running.get());
    }

    /// The same by the rules of a configuration that is about to be running.
    public Rights rights(Actor by, ContainerNode root) {
        var acm = module;
        if (acm == null || by.isBox() || by.user().equals(recoveryUser)) {
            return UNLIMITED;
        }
        var now = compiled(acm, root);
        if (!now.policy.enabled()) {
            return UNLIMITED;
        }
        if (now.rights.size() >= REMEMBERED) {
            now.rights.clear();
        }
        return now.rights.computeIfAbsent(
                new Who(by.user(), by.groups()),
                who -> {
                    var groups = now.policy.groupsOf(who.user(), who.brought());
                    return new RuledRights(
                            this, who.user(), now.policy, now.policy.rulesOf(groups), now.paths);
                });
    }

    @SuppressWarnings("ReferenceEquality")
    private Compiled compiled(QNameModule acm, ContainerNode root) {
        var source = nacm(acm, root);
        var known = compiled;
        if (known == null || known.source != source) {
            var policy = Policy.of(acm, source);
            var paths = new HashMap<Rule, NodePath>();
            for (var rule : policy.rules()) {
                if (rule.target() instanceof Rule.Target.Data(var text)
                        && !text.contains(NodePath.USER)) {
                    try {
                        paths.put(rule, NodePath.parse(model, text, null));
                    } catch (IllegalArgumentException e) {
                        // Refused when it is committed: the model was another one then.
                    }
                }
            }
            known = new Compiled(source, policy, paths, new ConcurrentHashMap<>());
            compiled = known;
        }
        return known;
    }

    private static @Nullable ContainerNode nacm(QNameModule acm, ContainerNode root) {
        return (ContainerNode) root.childByArg(NodeIdentifier.create(QName.create(acm, "nacm")));
    }

    /// What is wrong with the rules of a configuration that is about to become running, beyond what
    /// the model says: paths that lead nowhere. Nothing is looked at where they have not changed.
    ///
    /// @param change of the whole configuration
    public List<DataError> errors(DataTreeCandidateNode change) {
        var acm = module;
        var changed =
                acm == null
                        ? null
                        : change.modifiedChild(NodeIdentifier.create(QName.create(acm, "nacm")));
        if (acm == null || changed == null) {
            return List.of();
        }
        var errors = new ArrayList<DataError>();
        for (var rule : Policy.of(acm, (ContainerNode) changed.dataAfter()).rules()) {
            if (rule.target() instanceof Rule.Target.Data(var text)) {
                try {
                    NodePath.parse(model, text, null);
                } catch (IllegalArgumentException e) {
                    errors.add(
                            DataError.at(
                                    rule.at()
                                            .node(QName.create(acm, "rule-type"))
                                            .node(QName.create(acm, "path")),
                                    ErrorTag.INVALID_VALUE,
                                    "no path for a rule: " + e.getMessage()));
                }
            }
        }
        return errors;
    }

    Model model() {
        return model;
    }

    QName rpc() {
        return rpc;
    }

    Shape shape() {
        var known = shape;
        if (known == null) {
            known = Shape.of(model);
            shape = known;
        }
        return known;
    }

    String moduleName(QName name) {
        return model.context()
                .findModuleStatement(name.getModule())
                .map(found -> found.argument().getLocalName())
                .orElseGet(() -> name.getNamespace().equals(BASE) ? "ietf-netconf" : "");
    }

    /// RFC 8341 §3.4.4 step 3.
    static boolean isAlwaysInvoked(QName operation) {
        return operation.getNamespace().equals(BASE)
                && operation.getLocalName().equals("close-session");
    }

    /// RFC 8341 §3.4.6 step 3.
    static boolean isAlwaysReceived(QName notification) {
        return notification.getNamespace().equals(NOTIFICATIONS)
                && Set.of("replayComplete", "notificationComplete")
                        .contains(notification.getLocalName());
    }

    /// RFC 8341 §3.4.4 steps 10 and 11.
    boolean isClosedOperation(QName operation) {
        if (operation.getNamespace().equals(BASE)
                && Set.of("kill-session", "delete-config").contains(operation.getLocalName())) {
            return true;
        }
        return model.context()
                .findModule(operation.getModule())
                .map(found ->
                        found.getRpcs().stream()
                                .anyMatch(one -> one.getQName().equals(operation) && isClosed(one)))
                .orElse(false);
    }

    boolean isClosedNotification(QName notification) {
        return model.context()
                .findModule(notification.getModule())
                .map(found ->
                        found.getNotifications().stream()
                                .anyMatch(one ->
                                        one.getQName().equals(notification) && isClosed(one)))
                .orElse(false);
    }

    /// Of an action or a notification that stands in a node.
    boolean isClosed(YangInstanceIdentifier node, QName name) {
        var parent = model.tree().findChild(node).map(found -> found.dataSchemaNode()).orElse(null);
        return parent instanceof ActionNodeContainer actions
                        && actions.findAction(name).filter(Access::isClosed).isPresent()
                || parent instanceof NotificationNodeContainer notifications
                        && notifications
                                .findNotification(name)
                                .filter(Access::isClosed)
                                .isPresent();
    }

    private static boolean isClosed(SchemaNode node) {
        return Shape.says(Shape.declared(node), CLOSED);
    }

    void countOperation() {
        if (counters != null) {
            counters.count(counters.operations);
        }
    }

    void countWrite() {
        if (counters != null) {
            counters.count(counters.writes);
        }
    }

    void countNotification() {
        if (counters != null) {
            counters.count(counters.notifications);
        }
    }
}
