package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;

/// Tells those who follow a tree of each change of it: where it was, computed once for all of them,
/// and what the tree is after it. Listens only while somebody follows.
///
/// What a follower begins with and what it is told fit together: each change behind the beginning,
/// once and in order, and none before it.
final class Changes {
    interface Listener {
        void changed(Touched where, ContainerNode after);
    }

    private final Function<Changes, Registration> source;
    private final List<Listener> listeners = new ArrayList<>();
    private @Nullable Registration listening;
    private ContainerNode last = Nodes.emptyRoot();
    private long version;

    /// @param source tells [#begin] what there is and [#changed] of what comes behind that
    Changes(Function<Changes, Registration> source) {
        this.source = source;
    }

    /// @param first the tree before the first change that is told
    record Followed(ContainerNode first, Registration registration) {}

    synchronized Followed follow(Listener listener) {
        if (listening == null) {
            listening = source.apply(this);
        }
        listeners.add(listener);
        return new Followed(last, () -> forget(listener));
    }

    private synchronized void forget(Listener listener) {
        listeners.remove(listener);
        if (listeners.isEmpty() && listening != null) {
            listening.close();
            listening = null;
        }
    }

    synchronized void begin(long number, ContainerNode root) {
        version = number;
        last = root;
    }

    /// @param number of the version it makes; one that was there at the beginning is passed over
    synchronized void changed(long number, DataTreeCandidateNode change) {
        if (number > version) {
            version = number;
            next(change);
        }
    }

    /// Where versions have no numbers.
    synchronized void changed(DataTreeCandidateNode change) {
        next(change);
    }

    private void next(DataTreeCandidateNode change) {
        var where = Touched.of(change);
        last = root(change.dataAfter());
        listeners.forEach(listener -> listener.changed(where, last));
    }

    private static ContainerNode root(@Nullable NormalizedNode node) {
        return node instanceof ContainerNode root ? root : Nodes.emptyRoot();
    }
}
