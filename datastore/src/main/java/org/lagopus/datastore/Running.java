package org.lagopus.datastore;

import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeSnapshot;

/// What the box runs, as one value: whoever holds it sees one generation.
///
/// @param last the commit that made it, null before the first
/// @param index finds in `root` whom a change concerns
record Running(
        long generation,
        ContainerNode root,
        DataTreeSnapshot snapshot,
        @Nullable Commit last,
        Index index) {}
