package org.lagopus.datastore.access;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;

/// What `/nacm` says, read once. Where it says nothing the defaults of RFC 8341 hold: all may be
/// read and invoked, and nothing written.
///
/// @param groups of users, by the name of the user
/// @param external whether the groups count that a login brought along
record Policy(
        boolean enabled,
        boolean readDefault,
        boolean writeDefault,
        boolean execDefault,
        boolean external,
        Map<String, Set<String>> groups,
        List<RuleList> lists) {

    /// @param groups empty for none, with `*` for all
    record RuleList(Set<String> groups, List<Rule> rules) {
        boolean isFor(Set<String> others) {
            return groups.contains("*") || others.stream().anyMatch(groups::contains);
        }
    }

    static Policy of(QNameModule module, @Nullable ContainerNode nacm) {
        return new Reading(module).read(nacm);
    }

    /// All a user is in.
    Set<String> groupsOf(String user, Set<String> brought) {
        var all = new HashSet<>(groups.getOrDefault(user, Set.of()));
        if (external) {
            all.addAll(brought);
        }
        return Set.copyOf(all);
    }

    /// In their order, of all lists that are for one of the groups. Who is in no group has none
    /// (RFC 8341 §3.4.4 step 5).
    List<Rule> rulesOf(Set<String> ofGroups) {
        return ofGroups.isEmpty()
                ? List.of()
                : lists.stream()
                        .filter(list -> list.isFor(ofGroups))
                        .flatMap(list -> list.rules().stream())
                        .toList();
    }

    List<Rule> rules() {
        return lists.stream().flatMap(list -> list.rules().stream()).toList();
    }

    boolean byDefault(Operation operation) {
        return switch (operation) {
            case READ -> readDefault;
            case EXEC -> execDefault;
            case CREATE, UPDATE, DELETE -> writeDefault;
        };
    }

    private static final class Reading {
        private final QNameModule module;

        Reading(QNameModule module) {
            this.module = module;
        }

        Policy read(@Nullable ContainerNode nacm) {
            return new Policy(
                    text(nacm, "enable-nacm", "true").equals("true"),
                    text(nacm, "read-default", "permit").equals("permit"),
                    text(nacm, "write-default", "deny").equals("permit"),
                    text(nacm, "exec-default", "permit").equals("permit"),
                    text(nacm, "enable-external-groups", "true").equals("true"),
                    groups(nacm),
                    lists(nacm));
        }

        private Map<String, Set<String>> groups(@Nullable ContainerNode nacm) {
            var all = new HashMap<String, Set<String>>();
            if (child(nacm, "groups") instanceof ContainerNode groups) {
                for (var group : entries(groups, "group")) {
                    for (var user : values(group, "user-name")) {
                        all.computeIfAbsent(user, _ -> new HashSet<>())
                                .add(text(group, "name", ""));
                    }
                }
            }
            return all;
        }

        private List<RuleList> lists(@Nullable ContainerNode nacm) {
            var above = YangInstanceIdentifier.of(name("nacm"), name("rule-list"));
            var all = new ArrayList<RuleList>();
            for (var list : entries(nacm, "rule-list")) {
                var at = above.node(list.name()).node(name("rule"));
                var rules = new ArrayList<Rule>();
                for (var rule : entries(list, "rule")) {
                    rules.add(rule(at.node(rule.name()), rule));
                }
                all.add(new RuleList(Set.copyOf(values(list, "group")), rules));
            }
            return all;
        }

        private Rule rule(YangInstanceIdentifier at, MapEntryNode rule) {
            var type = (DataContainerNode) child(rule, "rule-type");
            var rpc = text(type, "rpc-name", "");
            var notification = text(type, "notification-name", "");
            var path = text(type, "path", "");
            Rule.Target target;
            if (!path.isEmpty()) {
                target = new Rule.Target.Data(path);
            } else if (!rpc.isEmpty()) {
                target = new Rule.Target.Invocation(unlessAll(rpc));
            } else if (!notification.isEmpty()) {
                target = new Rule.Target.Notification(unlessAll(notification));
            } else {
                target = new Rule.Target.Any();
            }
            return new Rule(
                    at,
                    unlessAll(text(rule, "module-name", "*")),
                    target,
                    operations(child(rule, "access-operations")),
                    text(rule, "action", "deny").equals("permit"));
        }

        private static int operations(@Nullable NormalizedNode leaf) {
            var value = leaf == null ? "*" : leaf.body();
            if (value instanceof Collection<?> bits) {
                return Operation.mask(bits);
            }
            var text = value.toString();
            return text.equals("*")
                    ? Operation.ALL
                    : Operation.mask(List.of(text.strip().split("\\s+")));
        }

        private static @Nullable String unlessAll(String name) {
            return name.equals("*") ? null : name;
        }

        private String text(@Nullable DataContainerNode parent, String name, String otherwise) {
            var leaf = child(parent, name);
            return leaf == null ? otherwise : leaf.body().toString();
        }

        private List<String> values(DataContainerNode parent, String name) {
            return child(parent, name) instanceof LeafSetNode<?> set
                    ? set.body().stream().map(value -> value.body().toString()).toList()
                    : List.of();
        }

        private Collection<MapEntryNode> entries(@Nullable DataContainerNode parent, String name) {
            return child(parent, name) instanceof MapNode map ? map.body() : List.of();
        }

        private @Nullable NormalizedNode child(@Nullable DataContainerNode parent, String name) {
            return parent == null ? null : parent.childByArg(NodeIdentifier.create(name(name)));
        }

        private QName name(String local) {
            return QName.create(module, local);
        }
    }
}
