package org.lagopus.datastore;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;

/// Where edits have been: a tree of steps. Whoever compares two versions need only look here, so
/// that the cost of a comparison follows the edits and not the size of the data.
///
/// What is marked whole may differ in any way, what is not differs at most below its children. A
/// mark may turn out to be no difference at all.
final class Touched {
    /// Made when it is needed: most of these nodes are leaves, and there may be many.
    private @Nullable Map<PathArgument, Touched> below;

    boolean whole;

    /// The marks of the children.
    Map<PathArgument, Touched> below() {
        var there = below;
        return there == null ? Map.of() : there;
    }

    private Map<PathArgument, Touched> ownBelow() {
        var there = below;
        if (there == null) {
            there = new LinkedHashMap<>(4);
            below = there;
        }
        return there;
    }

    static Touched everything() {
        var all = new Touched();
        all.whole = true;
        return all;
    }

    /// Where a change has been.
    static Touched of(DataTreeCandidateNode change) {
        var touched = new Touched();
        switch (change.modificationType()) {
            case UNMODIFIED -> {}
            case SUBTREE_MODIFIED ->
                    change.childNodes().forEach(child -> touched.attach(child.name(), of(child)));
            default -> touched.mark();
        }
        return touched;
    }

    Touched at(PathArgument step) {
        return ownBelow().computeIfAbsent(step, _ -> new Touched());
    }

    void mark() {
        whole = true;
        below = null;
    }

    void mark(PathArgument step) {
        if (!whole) {
            at(step).mark();
        }
    }

    void mark(YangInstanceIdentifier path) {
        var at = this;
        for (var step : path.getPathArguments()) {
            if (at.whole) {
                return;
            }
            at = at.at(step);
        }
        at.mark();
    }

    /// Takes over the marks of a child, if there are any.
    void attach(PathArgument step, Touched child) {
        if (whole || child.isEmpty()) {
            return;
        }
        var there = ownBelow().putIfAbsent(step, child);
        if (there != null) {
            there.add(child);
        }
    }

    /// How many places are marked.
    int size() {
        return whole ? 1 : below().values().stream().mapToInt(Touched::size).sum();
    }

    boolean isEmpty() {
        return !whole && below().isEmpty();
    }

    void add(Touched other) {
        if (whole) {
            return;
        }
        if (other.whole) {
            mark();
            return;
        }
        other.below().forEach((step, child) -> at(step).add(child));
    }
}
