package org.lagopus.datastore.xpath;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.QName;

/// The text node of a leaf.
record Text(Node leaf) implements Node {
    @Override
    public Node parent() {
        return leaf;
    }

    @Override
    public @Nullable QName name() {
        return null;
    }

    @Override
    public List<Node> children() {
        return List.of();
    }

    @Override
    public List<Node> children(QName name) {
        return List.of();
    }

    @Override
    public String text() {
        return leaf.text();
    }

    @Override
    public boolean isText(String text, Names names) {
        return leaf.isText(text, names);
    }
}
