package org.lagopus.restconf;

import java.io.IOException;
import java.util.Collection;
import org.lagopus.datastore.Fragment;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.schema.ChoiceNode;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerChild;
import org.opendaylight.yangtools.yang.data.api.schema.LeafNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.UnkeyedListEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.UnkeyedListNode;

/// Writes a tree down to a depth and only where a selection goes (RFC 8040 §4.8.2, §4.8.3), while
/// walking it: nothing is copied, however large the tree.
///
/// A level is a data node. The target is level 1; with `fields`, so are the nodes selected and all
/// that lead to them.
final class TreeWriter {
    private final Output out;
    private final int depth;

    TreeWriter(Output out, int depth) {
        this.out = out;
        this.depth = depth;
    }

    /// The target of a request.
    void write(NormalizedNode node, Selection selection) throws IOException {
        node(node, selection, depth);
    }

    /// All children of a node that is not written itself.
    void children(ContainerNode parent, Selection selection) throws IOException {
        children(parent.body(), selection, depth);
    }

    private void node(NormalizedNode node, Selection selection, int levels) throws IOException {
        var name = node.name().getNodeType();
        switch (node) {
            case LeafNode<?> leaf -> out.leaf(name, leaf.body());
            case ContainerNode container -> {
                out.startContainer(name);
                children(container.body(), selection, levels);
                out.endContainer(name);
            }
            case MapNode map -> {
                out.startList(name);
                for (var entry : map.body()) {
                    entry(name, entry, selection, levels);
                }
                out.endList(name);
            }
            case MapEntryNode entry -> {
                out.startList(name);
                entry(name, entry, selection, levels);
                out.endList(name);
            }
            case LeafSetNode<?> set -> {
                out.startLeafList(name);
                for (var entry : set.body()) {
                    out.item(name, entry.body());
                }
                out.endLeafList(name);
            }
            case LeafSetEntryNode<?> entry -> {
                out.startLeafList(name);
                out.item(name, entry.body());
                out.endLeafList(name);
            }
            case UnkeyedListNode list -> {
                out.startList(name);
                for (var entry : list.body()) {
                    unkeyed(name, entry, selection, levels);
                }
                out.endList(name);
            }
            default -> {
                var fragment = Fragment.of(node);
                if (fragment == null) {
                    throw new IOException("cannot write " + node.contract().getSimpleName());
                }
                out.leaf(name, fragment);
            }
        }
    }

    /// Keys first and in their order (RFC 7950 §7.8.5).
    private void entry(QName name, MapEntryNode entry, Selection selection, int levels)
            throws IOException {
        out.startEntry(name);
        if (levels > 1 || !selection.all()) {
            for (var key : entry.name().entrySet()) {
                out.leaf(key.getKey(), key.getValue());
            }
            for (var child : entry.body()) {
                if (!entry.name().containsKey(child.name().getNodeType())) {
                    child(child, selection, levels);
                }
            }
        }
        out.endEntry(name);
    }

    private void unkeyed(QName name, UnkeyedListEntryNode entry, Selection selection, int levels)
            throws IOException {
        out.startEntry(name);
        children(entry.body(), selection, levels);
        out.endEntry(name);
    }

    private void children(Collection<DataContainerChild> children, Selection selection, int levels)
            throws IOException {
        if (levels > 1 || !selection.all()) {
            for (var child : children) {
                child(child, selection, levels);
            }
        }
    }

    private void child(DataContainerChild child, Selection selection, int levels)
            throws IOException {
        if (isEmptyList(child)) {
            return;
        }
        if (child instanceof ChoiceNode choice) {
            children(choice.body(), selection, levels);
            return;
        }
        var below = selection.child(child.name().getNodeType());
        if (below != null) {
            node(child, below, selection.all() ? levels - 1 : depth);
        }
    }

    private static boolean isEmptyList(DataContainerChild child) {
        return switch (child) {
            case MapNode map -> map.isEmpty();
            case LeafSetNode<?> set -> set.isEmpty();
            case UnkeyedListNode list -> list.isEmpty();
            default -> false;
        };
    }
}
