package org.lagopus.datastore;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;

/// The values that are there when nothing is written (RFC 7950 §7.6.1, §7.7.2), as those who show
/// configurations ask for them.
public final class Defaults {
    private final Model model;
    private final SchemaNode root;

    Defaults(Model model, SchemaNode root) {
        this.model = model;
        this.root = root;
    }

    /// Of a model that no datastore has been opened with.
    public static Defaults of(Model model) {
        return new Defaults(model, model.schema());
    }

    /// A place in the configuration part of the model.
    public static final class Place {
        private final SchemaNode node;

        private Place(SchemaNode node) {
            this.node = node;
        }

        /// A child, be it a choice, or one that stands in any case of a choice.
        public @Nullable Place child(QName name) {
            var at = node.kind == SchemaNode.Kind.LIST ? node.children().iterator().next() : node;
            var child = at.children.get(name);
            return child == null ? null : new Place(child);
        }

        /// Of a leaf one, of a leaf-list several, of anything else none.
        public List<Object> values() {
            return node.defaults;
        }

        /// Whether a `when` decides whether it may be there.
        public boolean isConditional() {
            return !node.conditions().isEmpty();
        }
    }

    public Place root() {
        return new Place(root);
    }

    /// A configuration, to ask conditions of.
    public Conditions in(ContainerNode configuration) {
        return new Conditions(DataNode.of(model, root, configuration));
    }

    /// The conditions of one configuration. For one thread.
    public static final class Conditions {
        private final DataNode root;

        private Conditions(DataNode root) {
            this.root = root;
        }

        /// Whether what is not written below a node of the data may be there.
        ///
        /// @param parent the steps to its parent
        public boolean hold(Collection<? extends PathArgument> parent, Place child) {
            var at = root.find(parent);
            return at == null || at.isAllowed(child.node);
        }
    }
}
