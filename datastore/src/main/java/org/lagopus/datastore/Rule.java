package org.lagopus.datastore;

import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.xpath.Expression;
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
    record Reader(Rule rule, SchemaNode anchor) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Reader reader && reader.rule == rule && reader.anchor == anchor;
        }

        @Override
        public int hashCode() {
            return 31 * System.identityHashCode(rule) + System.identityHashCode(anchor);
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
