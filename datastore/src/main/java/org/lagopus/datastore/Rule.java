package org.lagopus.datastore;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.xpath.Expression;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.model.api.MustDefinition;

/// One thing the model demands of the instances of one node.
///
/// @param ask what is asked; null for what needs no expression
/// @param ofParent whether it is asked of the parent, as a `when` of a choice, a case or an augment
///   is (RFC 7950 §7.21.5)
/// @param must the statement, of a `must` (RFC 7950 §7.5.3)
record Rule(
        Kind kind,
        SchemaNode holder,
        @Nullable Expression ask,
        boolean ofParent,
        @Nullable MustDefinition must) {
    enum Kind {
        MUST,
        WHEN,
        /// A leafref that [Leafref] has no short way for, or one inside a union.
        LEAFREF,
        INSTANCE
    }

    /// That the rule looks at a node: when an instance of the node changes, the rule is in question
    /// for the holders below the same instance of the anchor.
    ///
    /// @param entered tells which of those holders alone; null for all
    record Reader(Rule rule, SchemaNode anchor, @Nullable Entered entered) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Reader reader
                    && reader.rule == rule
                    && reader.anchor == anchor
                    && Objects.equals(reader.entered, entered);
        }

        @Override
        public int hashCode() {
            return 31 * System.identityHashCode(rule) + System.identityHashCode(anchor);
        }
    }

    /// That an expression comes to a node by the keys of a list entry above it, or of it. Of other
    /// entries a holder sees nothing.
    ///
    /// @param list whose entry it is
    /// @param texts what keys are compared with that is the same for all holders
    /// @param site finds the holders by the other keys; null when there are none
    record Entered(SchemaNode list, Map<QName, String> texts, Indexed.@Nullable Site site) {
        /// Whether an entry is one that anybody looks at.
        boolean mayBe(List<PathArgument> trail, Model model) {
            var entry = (NodeIdentifierWithPredicates) trail.get(list.depth - 1);
            for (var text : texts.entrySet()) {
                if (!Indexed.text(list, entry, text.getKey(), model).equals(text.getValue())) {
                    return false;
                }
            }
            return true;
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
