package org.lagopus.controller;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Model;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;

/// OpenConfig's `/system/aaa`, with our list of SSH keys: its names, and what a tree of it says.
final class Aaa {
    static final Duration TIMEOUT = Duration.ofSeconds(3);
    private static final int RETRANSMISSIONS = 1;
    private static final int PORT = 1812;

    /// How a password is checked. The first method that has an answer decides.
    sealed interface Method {
        /// The users of the configuration; it answers for those who have a password there.
        record Local() implements Method {}

        /// RADIUS servers, asked one after the other until one answers.
        record Servers(List<Server> servers) implements Method {}
    }

    /// @param attempts how often a request is sent
    /// @param signed whether answers without Message-Authenticator (RFC 3579 §3.2) are none
    record Server(
            String address,
            int port,
            String secret,
            Duration timeout,
            int attempts,
            boolean signed) {
        @Override
        public String toString() {
            return address + " port " + port;
        }
    }

    private final QNameModule module;
    final QName authorizedKey;
    private final QName unsigned;

    Aaa(Model model) {
        module = module(model, "openconfig-system");
        var own = module(model, "lagopus-aaa");
        authorizedKey = QName.create(own, "authorized-key");
        unsigned = QName.create(own, "require-message-authenticator");
    }

    private static QNameModule module(Model model, String name) {
        return model.context().findModules(name).iterator().next().getQNameModule();
    }

    QName name(String local) {
        return QName.create(module, local);
    }

    YangInstanceIdentifier path(String... steps) {
        var path = YangInstanceIdentifier.of(name("system"), name("aaa"));
        for (var step : steps) {
            path = path.node(name(step));
        }
        return path;
    }

    YangInstanceIdentifier users() {
        return path("authentication", "users", "user");
    }

    YangInstanceIdentifier config(String user) {
        return users().node(NodeIdentifierWithPredicates.of(name("user"), name("username"), user))
                .node(name("config"));
    }

    /// @param aaa the container, or null where nothing is configured
    List<Method> methods(@Nullable NormalizedNode aaa) {
        var methods = new ArrayList<Method>();
        if (at(aaa, "authentication", "config", "authentication-method")
                instanceof LeafSetNode<?> names) {
            var groups = groups(aaa);
            for (var entry : names.body()) {
                method(entry.body(), groups).ifPresent(methods::add);
            }
        }
        return methods.isEmpty() ? List.of(new Method.Local()) : List.copyOf(methods);
    }

    private static Optional<Method> method(Object name, Map<String, List<Server>> groups) {
        return switch (name) {
            case QName identity when identity.getLocalName().equals("LOCAL") ->
                    Optional.of(new Method.Local());
            case QName identity when identity.getLocalName().equals("RADIUS_ALL") ->
                    Optional.of(
                            new Method.Servers(
                                    groups.values().stream().flatMap(List::stream).toList()));
            case QName _ -> Optional.empty();
            default -> Optional.ofNullable(groups.get(name.toString())).map(Method.Servers::new);
        };
    }

    /// The servers of each group, in the order of the configuration.
    Map<String, List<Server>> groups(@Nullable NormalizedNode aaa) {
        var groups = new LinkedHashMap<String, List<Server>>();
        for (var group : entries(at(aaa, "server-groups", "server-group"))) {
            var servers = new ArrayList<Server>();
            for (var server : entries(at(group, "servers", "server"))) {
                var radius = at(server, "radius", "config");
                servers.add(
                        new Server(
                                text(server, "", "address"),
                                number(at(radius, "auth-port"), PORT),
                                text(radius, "", "secret-key"),
                                Duration.ofSeconds(
                                        number(
                                                at(server, "config", "timeout"),
                                                (int) TIMEOUT.toSeconds())),
                                1 + number(at(radius, "retransmit-attempts"), RETRANSMISSIONS),
                                !(child(radius, unsigned) instanceof LeafNode<?> leaf)
                                        || !leaf.body().equals(false)));
            }
            groups.put(text(group, "", "name"), List.copyOf(servers));
        }
        return groups;
    }

    static List<MapEntryNode> entries(@Nullable NormalizedNode list) {
        return list instanceof MapNode map ? List.copyOf(map.body()) : List.of();
    }

    String text(@Nullable NormalizedNode node, String otherwise, String... steps) {
        return at(node, steps) instanceof LeafNode<?> leaf ? leaf.body().toString() : otherwise;
    }

    private static int number(@Nullable NormalizedNode leaf, int otherwise) {
        return leaf != null && leaf.body() instanceof Number value ? value.intValue() : otherwise;
    }

    @Nullable NormalizedNode at(@Nullable NormalizedNode node, String... steps) {
        var at = node;
        for (var step : steps) {
            at = child(at, name(step));
        }
        return at;
    }

    static @Nullable NormalizedNode child(@Nullable NormalizedNode node, QName name) {
        return node instanceof DataContainerNode container
                ? container.childByArg(NodeIdentifier.create(name))
                : null;
    }
}
