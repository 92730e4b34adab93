package org.lagopus.datastore;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.events.Events;
import org.opendaylight.yangtools.yang.common.Empty;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ChoiceNode;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerChild;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.UnkeyedListEntryNode;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;

/// Tells the hub what RFC 6470 has notifications for, if the model has its module.
public final class BaseNotifications {
    /// Edits that one notification lists; of a larger change it names the parts that hold it.
    static final int EDITS = 1000;

    private static final String MODULE = "ietf-netconf-notifications";

    private final Events events;
    private final @Nullable QNameModule module;

    BaseNotifications(Model model, Events events) {
        this.events = events;
        module = model.module(MODULE).orElse(null);
    }

    /// Why a session is over.
    public enum Reason {
        CLOSED,
        KILLED,
        DROPPED,
        TIMEOUT,
        BAD_HELLO,
        OTHER;

        String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /// What happened to a confirmed commit.
    enum Confirm {
        START,
        CANCEL,
        TIMEOUT,
        EXTEND,
        COMPLETE;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// @param host address of the client, null where it is not known
    public void sessionStarted(Actor who, @Nullable String host) {
        if (module != null) {
            publish(module, "netconf-session-start", session(module, who, host));
        }
    }

    /// @param killer number of the session that killed it, null if it was none
    public void sessionEnded(
            Actor who, @Nullable String host, Reason reason, @Nullable Long killer) {
        if (module == null) {
            return;
        }
        var content = session(module, who, host);
        if (killer != null && reason == Reason.KILLED) {
            content.add(leaf(module, "killed-by", Uint32.valueOf(killer)));
        }
        content.add(leaf(module, "termination-reason", reason.label()));
        publish(module, "netconf-session-end", content);
    }

    /// Compares two sets of capabilities; the same one with other parameters is a modified one.
    public void capabilitiesChanged(Collection<String> before, Collection<String> after, Actor by) {
        if (module == null) {
            return;
        }
        var gone = new TreeMap<String, String>();
        for (var one : before) {
            if (!after.contains(one)) {
                gone.put(base(one), one);
            }
        }
        var added = new TreeSet<String>();
        var modified = new TreeSet<String>();
        for (var one : after) {
            if (!before.contains(one)) {
                (gone.remove(base(one)) == null ? added : modified).add(one);
            }
        }
        var content = new ArrayList<DataContainerChild>();
        values(module, "added-capability", added, content);
        values(module, "deleted-capability", gone.values(), content);
        values(module, "modified-capability", modified, content);
        if (!content.isEmpty()) {
            content.add(changedBy(module, by));
            publish(module, "netconf-capability-change", content);
        }
    }

    private static String base(String capability) {
        int parameters = capability.indexOf('?');
        return parameters < 0 ? capability : capability.substring(0, parameters);
    }

    /// The cost follows the change.
    void configChanged(Commit commit, DataTreeCandidateNode change) {
        if (module == null) {
            return;
        }
        var edits = new Edits(module);
        edits.walk(YangInstanceIdentifier.of(), change);
        if (edits.tooMany()) {
            edits.list.clear();
            edits.parts(YangInstanceIdentifier.of(), change);
        }
        var list =
                ImmutableNodes.builderFactory()
                        .newUnkeyedListBuilder()
                        .withNodeIdentifier(id(module, "edit"));
        edits.list.forEach(list::withChild);
        publish(
                module,
                "netconf-config-change",
                List.of(
                        changedBy(module, commit.by()),
                        leaf(module, "datastore", "running"),
                        list.build()));
    }

    /// @param timeout of a confirmed commit that begins or is extended
    void confirmed(Confirm event, Actor by, @Nullable Duration timeout) {
        if (module == null) {
            return;
        }
        var content = new ArrayList<DataContainerChild>();
        if (event != Confirm.TIMEOUT) {
            content.addAll(session(module, by, null));
        }
        content.add(leaf(module, "confirm-event", event.label()));
        if (timeout != null) {
            long seconds = timeout.plusMillis(500).toSeconds();
            content.add(leaf(module, "timeout", Uint32.saturatedOf(seconds)));
        }
        publish(module, "netconf-confirmed-commit", content);
    }

    private void publish(
            QNameModule module, String name, List<? extends DataContainerChild> content) {
        var builder = ImmutableNodes.newContainerBuilder().withNodeIdentifier(id(module, name));
        content.forEach(builder::withChild);
        events.publish(builder.build());
    }

    /// The topmost nodes that were edited, until there are too many of them.
    private static final class Edits {
        final List<UnkeyedListEntryNode> list = new ArrayList<>();
        private final QNameModule module;

        Edits(QNameModule module) {
            this.module = module;
        }

        boolean tooMany() {
            return list.size() > EDITS;
        }

        void walk(YangInstanceIdentifier path, DataTreeCandidateNode change) {
            if (tooMany()) {
                return;
            }
            switch (change.modificationType()) {
                case UNMODIFIED -> {}
                case SUBTREE_MODIFIED -> each(path, change);
                case WRITE, APPEARED, DELETE, DISAPPEARED -> {
                    var before = change.dataBefore();
                    var after = change.dataAfter();
                    var node = after == null ? before : after;
                    if (node != null && isNoInstance(node)) {
                        if (before != null && after != null && change.childNodes().isEmpty()) {
                            // Only the order of a list is another one.
                            add(holder(path), "merge");
                        } else {
                            each(path, change);
                        }
                    } else if (path.isEmpty()) {
                        each(path, change);
                    } else {
                        add(path, after == null ? "delete" : before == null ? "create" : "replace");
                    }
                }
            }
        }

        private void each(YangInstanceIdentifier path, DataTreeCandidateNode change) {
            for (var child : change.childNodes()) {
                walk(path.node(child.name()), child);
                if (tooMany()) {
                    return;
                }
            }
        }

        /// The nodes below which all of the change lies: each top-level one, and of it the one
        /// where the change begins to spread.
        void parts(YangInstanceIdentifier root, DataTreeCandidateNode change) {
            for (var child : change.childNodes()) {
                var path = root.node(child.name());
                var at = child;
                var told = path;
                while (at.childNodes().size() == 1 && at.dataAfter() != null) {
                    at = at.childNodes().iterator().next();
                    path = path.node(at.name());
                    var node = at.dataAfter();
                    if (node instanceof DistinctNodeContainer<?, ?> && !isNoInstance(node)) {
                        told = path;
                    }
                }
                add(told, at.dataAfter() == null && told.equals(path) ? "delete" : "merge");
            }
        }

        /// Lists and choices have no instance-identifier.
        private static boolean isNoInstance(NormalizedNode node) {
            return node instanceof MapNode
                    || node instanceof LeafSetNode<?>
                    || node instanceof ChoiceNode;
        }

        private static YangInstanceIdentifier holder(YangInstanceIdentifier list) {
            return list.coerceParent();
        }

        private void add(YangInstanceIdentifier target, String operation) {
            list.add(
                    ImmutableNodes.builderFactory()
                            .newUnkeyedListEntryBuilder()
                            .withNodeIdentifier(id(module, "edit"))
                            .withChild(leaf(module, "target", target))
                            .withChild(leaf(module, "operation", operation))
                            .build());
        }
    }

    private static DataContainerChild changedBy(QNameModule module, Actor by) {
        var choice =
                ImmutableNodes.newChoiceBuilder().withNodeIdentifier(id(module, "server-or-user"));
        if (by.origin().equals(Actor.SYSTEM.origin())) {
            choice.withChild(leaf(module, "server", Empty.value()));
        } else {
            session(module, by, null).forEach(choice::withChild);
        }
        return ImmutableNodes.newContainerBuilder()
                .withNodeIdentifier(id(module, "changed-by"))
                .withChild(choice.build())
                .build();
    }

    /// `common-session-parms`.
    private static List<DataContainerChild> session(
            QNameModule module, Actor who, @Nullable String host) {
        var leaves = new ArrayList<DataContainerChild>();
        leaves.add(leaf(module, "username", who.user()));
        leaves.add(leaf(module, "session-id", Uint32.valueOf(who.session())));
        if (host != null) {
            leaves.add(leaf(module, "source-host", host));
        }
        return leaves;
    }

    private static void values(
            QNameModule module,
            String name,
            Collection<String> values,
            List<DataContainerChild> into) {
        if (!values.isEmpty()) {
            var set =
                    ImmutableNodes.<String>newSystemLeafSetBuilder()
                            .withNodeIdentifier(id(module, name));
            values.forEach(set::withChildValue);
            into.add(set.build());
        }
    }

    private static DataContainerChild leaf(QNameModule module, String name, Object value) {
        return ImmutableNodes.leafNode(QName.create(module, name), value);
    }

    private static NodeIdentifier id(QNameModule module, String name) {
        return NodeIdentifier.create(QName.create(module, name));
    }
}
