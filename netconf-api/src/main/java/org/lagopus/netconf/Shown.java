package org.lagopus.netconf;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a reply shows of the data that its filter chooses (RFC 8526 §3.1.1).
///
/// @param config whether nodes of the configuration are shown
/// @param state whether nodes of the state are
/// @param origins of the nodes of the configuration that are shown
/// @param withOrigin whether they say where they are from
/// @param depth levels of a chosen node that are shown; 1 is the node alone
record Shown(boolean config, boolean state, Set<Origin> origins, boolean withOrigin, int depth) {
    static final Shown ALL =
            new Shown(true, true, EnumSet.allOf(Origin.class), false, Integer.MAX_VALUE);

    /// Where a node of the configuration in use is from (RFC 8342 §5.3.4). Nothing of the box is
    /// `learned` or `dynamic`: what protocols find out is state.
    enum Origin {
        /// The configuration.
        INTENDED("or:intended"),
        /// The box: it is there without being configured.
        SYSTEM("or:system"),
        /// The model.
        DEFAULT("or:default");

        final String label;

        Origin(String label) {
            this.label = label;
        }
    }

    boolean wants(SchemaNode node, Origin origin) {
        return node.isState() ? state : config && origins.contains(origin);
    }

    /// What a node has to say of its origin: nothing when it is that of its parent, or state.
    @Nullable Origin told(SchemaNode node, Origin origin, @Nullable Origin parent) {
        return withOrigin && !node.isState() && origin != parent ? origin : null;
    }
}
