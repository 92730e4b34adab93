package org.lagopus.datastore.access;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Model;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.XMLNamespace;
import org.opendaylight.yangtools.yang.model.api.ChoiceSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ContainerSchemaNode;
import org.opendaylight.yangtools.yang.model.api.DataNodeContainer;
import org.opendaylight.yangtools.yang.model.api.DataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.LeafListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.SchemaNode;
import org.opendaylight.yangtools.yang.model.api.meta.DeclaredStatement;
import org.opendaylight.yangtools.yang.model.api.meta.EffectiveStatement;
import org.opendaylight.yangtools.yang.model.api.stmt.DeviateStatement;
import org.opendaylight.yangtools.yang.model.api.stmt.DeviationStatement;

/// What the rules ask of the model: configuration and state, cut to the shape of the data, with the
/// nodes that are closed unless a rule opens them.
final class Shape {
    enum Kind {
        ROOT,
        /// Without presence.
        CONTAINER,
        PRESENCE,
        LIST,
        ENTRY,
        CHOICE,
        LEAF_LIST,
        /// A leaf, a value of a leaf-list, anydata and anyxml.
        VALUE;

        /// Data trees have it, the data of YANG does not: no rule is about it, and it is there for
        /// what is in it.
        boolean isBetween() {
            return this == LIST || this == LEAF_LIST || this == CHOICE || this == ROOT;
        }
    }

    private static final XMLNamespace NACM =
            XMLNamespace.of("urn:ietf:params:xml:ns:yang:ietf-netconf-acm");

    final Kind kind;
    final QName name;

    /// Name of the module it is of.
    final String module;

    /// Closed for reading, or for writing, unless a rule opens it (RFC 8341 §3.4.5 steps 9 and 10):
    /// it or what it is in says so.
    final boolean closed;

    final boolean readOnly;

    final List<QName> keys;
    final Map<QName, Shape> children = new LinkedHashMap<>();

    /// Modules of it and of what is below.
    final Set<String> modules = new HashSet<>();

    /// Something below is closed and it itself is not.
    boolean closedBelow;

    boolean readOnlyBelow;

    private Shape(
            Kind kind,
            QName name,
            String module,
            boolean closed,
            boolean readOnly,
            List<QName> keys) {
        this.kind = kind;
        this.name = name;
        this.module = module;
        this.closed = closed;
        this.readOnly = readOnly;
        this.keys = keys;
    }

    /// The tree of a model; modules that are only imported have no part in it. Takes a walk over
    /// all of the model.
    static Shape of(Model model) {
        return new Building(model).root();
    }

    @Nullable Shape child(QName step) {
        return children.get(step);
    }

    /// The child that a path of data nodes means by a name: choices are looked through, lists lead
    /// to their entries.
    @Nullable Shape dataChild(QName step) {
        var direct = children.get(step);
        if (direct != null && direct.kind != Kind.CHOICE) {
            return direct.kind.isBetween() ? direct.children.get(step) : direct;
        }
        for (var child : children.values()) {
            if (child.kind == Kind.CHOICE) {
                var found = child.dataChild(step);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    /// As it is written; null where nothing is.
    static @Nullable DeclaredStatement<?> declared(SchemaNode node) {
        return node instanceof EffectiveStatement<?, ?> statement ? statement.getDeclared() : null;
    }

    /// Whether a statement has an extension of NACM in it: `default-deny-all`, or
    /// `default-deny-write`.
    static boolean says(@Nullable DeclaredStatement<?> statement, String extension) {
        return statement != null
                && statement.declaredSubstatements().stream()
                        .map(one -> one.statementDefinition().getStatementName())
                        .anyMatch(name ->
                                name.getNamespace().equals(NACM)
                                        && name.getLocalName().equals(extension));
    }

    private static final class Building {
        private final Model model;

        /// What deviations say of nodes of other modules, by their path in the model.
        private final Map<List<QName>, List<DeviateStatement>> deviations = new HashMap<>();

        Building(Model model) {
            this.model = model;
            for (var module : model.context().getModuleStatements().values()) {
                var declared = module.getDeclared();
                if (declared != null) {
                    for (var one : declared.declaredSubstatements(DeviationStatement.class)) {
                        deviations
                                .computeIfAbsent(
                                        List.copyOf(one.argument().getNodeIdentifiers()),
                                        _ -> new ArrayList<>())
                                .addAll(one.declaredSubstatements(DeviateStatement.class));
                    }
                }
            }
        }

        Shape root() {
            var root =
                    new Shape(Kind.ROOT, model.context().getQName(), "", false, false, List.of());
            for (var child : model.context().getChildNodes()) {
                if (model.implemented(child.getQName().getModule())) {
                    add(root, child, List.of());
                }
            }
            return root;
        }

        private void add(Shape parent, DataSchemaNode node, List<QName> above) {
            if (!model.implemented(node.getQName().getModule())) {
                return;
            }
            var path = plus(above, node.getQName());
            var kind =
                    switch (node) {
                        case ContainerSchemaNode container ->
                                container.isPresenceContainer() ? Kind.PRESENCE : Kind.CONTAINER;
                        case ListSchemaNode _ -> Kind.LIST;
                        case ChoiceSchemaNode _ -> Kind.CHOICE;
                        case LeafListSchemaNode _ -> Kind.LEAF_LIST;
                        default -> Kind.VALUE;
                    };
            var shape = shape(kind, parent, node, path);
            switch (node) {
                case ListSchemaNode list -> {
                    var entry = shape(Kind.ENTRY, shape, node, path);
                    addAll(entry, list, path);
                    into(shape, entry);
                }
                case LeafListSchemaNode _ -> into(shape, shape(Kind.VALUE, shape, node, path));
                case ChoiceSchemaNode choice ->
                        choice.getCases()
                                .forEach(one -> addAll(shape, one, plus(path, one.getQName())));
                case DataNodeContainer container -> addAll(shape, container, path);
                default -> {}
            }
            into(parent, shape);
        }

        private void addAll(Shape parent, DataNodeContainer container, List<QName> path) {
            for (var child : container.getChildNodes()) {
                add(parent, child, path);
            }
        }

        private Shape shape(Kind kind, Shape parent, DataSchemaNode node, List<QName> path) {
            boolean closed = parent.closed || says(node, path, "default-deny-all");
            return new Shape(
                    kind,
                    node.getQName(),
                    moduleName(node.getQName()),
                    closed,
                    closed || parent.readOnly || says(node, path, "default-deny-write"),
                    node instanceof ListSchemaNode list ? list.getKeyDefinition() : List.of());
        }

        private boolean says(DataSchemaNode node, List<QName> path, String extension) {
            return Shape.says(declared(node), extension)
                    || deviations.getOrDefault(path, List.of()).stream()
                            .anyMatch(deviate -> Shape.says(deviate, extension));
        }

        private static void into(Shape parent, Shape child) {
            parent.children.put(child.name, child);
            child.modules.add(child.module);
            parent.modules.addAll(child.modules);
            parent.closedBelow |= child.closed || child.closedBelow;
            parent.readOnlyBelow |= child.readOnly || child.readOnlyBelow;
        }

        private String moduleName(QName name) {
            return model.context()
                    .findModuleStatement(name.getModule())
                    .map(module -> module.argument().getLocalName())
                    .orElse("");
        }

        private static List<QName> plus(List<QName> path, QName step) {
            var longer = new ArrayList<>(path);
            longer.add(step);
            return List.copyOf(longer);
        }
    }
}
