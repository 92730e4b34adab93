package org.lagopus.datastore.xpath;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.QName;

/// A node of the tree an expression looks at. Two that are the same node are the same object.
public interface Node {
    /// Null for the root.
    @Nullable Node parent();

    /// Null for the root and for text.
    @Nullable QName name();

    /// In document order.
    List<? extends Node> children();

    List<? extends Node> children(QName name);

    /// Those whose name passes the test, where that can be told without looking at every child.
    default List<? extends Node> children(Expr.Test test) {
        return test instanceof Expr.Test.Named(var name)
                ? children(name)
                : children().stream()
                        .filter(child -> {
                            var name = child.name();
                            return name != null && test.takes(name);
                        })
                        .toList();
    }

    /// What a key is asked to be equal to.
    ///
    /// @param names resolves a name in the text, with the prefix the expression uses; null where
    ///   the text comes from a node
    /// @param isNumber whether it is compared as a number
    record Wanted(String text, @Nullable Names names, boolean isNumber) {}

    /// The entries of a list that have these keys, where that can be told without looking at every
    /// entry; more than those must not be missing.
    default @Nullable List<? extends Node> entries(Expr.Test list, Map<Expr.Test, Wanted> keys) {
        return null;
    }

    /// The string-value (XPath 1.0 §5).
    String text();

    /// A value is compared as its type writes it (RFC 7950 §9.1).
    ///
    /// @param names resolves a name in the text, with the prefix the expression uses
    default boolean isText(String text, Names names) {
        return text().equals(text);
    }

    /// Whether it holds a value, so that it has a text node.
    default boolean isLeaf() {
        return false;
    }

    /// What a leafref or an instance-identifier refers to (RFC 7950 §10.3.1).
    default List<? extends Node> deref() {
        return List.of();
    }

    /// RFC 7950 §10.4.
    default boolean isDerivedFrom(QName identity, boolean orSelf) {
        return false;
    }

    /// RFC 7950 §10.5.1.
    default double enumValue() {
        return Double.NaN;
    }

    /// RFC 7950 §10.6.1.
    default boolean isBitSet(String bit) {
        return false;
    }
}
