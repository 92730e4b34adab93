package org.lagopus.controller.northbound;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Model;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ChoiceNode;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.model.api.DataNodeContainer;
import org.opendaylight.yangtools.yang.model.api.TypedDataSchemaNode;

/// A container or list entry of the configuration, read by local names. A leaf that is not set has
/// the default of the model, so that no default is said twice.
///
/// @param node null where there is nothing
public record Content(
        YangInstanceIdentifier path, DataNodeContainer schema, @Nullable DataContainerNode node) {

    /// @param root the container at the top of the tree
    public static Content of(
            Model model, YangInstanceIdentifier root, Optional<? extends NormalizedNode> node) {
        return new Content(
                root,
                inner(model.context(), root.getLastPathArgument().getNodeType()),
                node.map(DataContainerNode.class::cast).orElse(null));
    }

    /// A container, there or not.
    public Content in(String container) {
        var name = name(container);
        return new Content(
                path.node(name),
                inner(schema, name),
                find(node, name) instanceof DataContainerNode found ? found : null);
    }

    boolean exists() {
        return node != null;
    }

    public List<Content> entries(String list) {
        var name = name(list);
        if (!(find(node, name) instanceof MapNode map)) {
            return List.of();
        }
        var inner = inner(schema, name);
        return map.body().stream()
                .map(entry -> new Content(path.node(name).node(entry.name()), inner, entry))
                .toList();
    }

    public Optional<Object> value(String leaf) {
        var name = name(leaf);
        if (find(node, name) instanceof LeafNode<?> found) {
            return Optional.of(found.body());
        }
        return schema.findDataChildByName(name)
                .filter(TypedDataSchemaNode.class::isInstance)
                .flatMap(typed -> ((TypedDataSchemaNode) typed).getType().getDefaultValue());
    }

    /// An identity is its local name.
    public Optional<String> text(String leaf) {
        return value(leaf)
                .map(value -> value instanceof QName name ? name.getLocalName() : value.toString());
    }

    /// A leaf that has a default or is a key.
    public String known(String leaf) {
        return text(leaf).orElseThrow(() -> new IllegalStateException(leaf + " is not set"));
    }

    public long number(String leaf) {
        return Long.parseLong(known(leaf));
    }

    public boolean is(String leaf) {
        return Boolean.parseBoolean(known(leaf));
    }

    Optional<byte[]> octets(String leaf) {
        return value(leaf).map(byte[].class::cast);
    }

    List<String> texts(String leafList) {
        return find(node, name(leafList)) instanceof LeafSetNode<?> set
                ? set.body().stream().map(entry -> entry.body().toString()).toList()
                : List.of();
    }

    /// The place of a child, for whoever has to say where something is wrong.
    public YangInstanceIdentifier at(String child) {
        return path.node(name(child));
    }

    private static DataNodeContainer inner(DataNodeContainer schema, QName name) {
        return (DataNodeContainer)
                schema.findDataChildByName(name)
                        .orElseThrow(() -> new IllegalArgumentException("no " + name));
    }

    private QName name(String local) {
        return QName.create(path.getLastPathArgument().getNodeType(), local);
    }

    /// Choices do not show in data.
    private static @Nullable NormalizedNode find(@Nullable DataContainerNode in, QName name) {
        if (in == null) {
            return null;
        }
        var direct = in.childByArg(NodeIdentifier.create(name));
        if (direct != null) {
            return direct;
        }
        for (var child : in.body()) {
            var found = child instanceof ChoiceNode choice ? find(choice, name) : null;
            if (found != null) {
                return found;
            }
        }
        return null;
    }
}
