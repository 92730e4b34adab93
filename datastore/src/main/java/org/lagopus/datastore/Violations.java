package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeWithValue;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;

/// What is wrong with a configuration, as it is told: in the order of the paths, the same each
/// time, and no more than anybody can read.
final class Violations {
    static final int MOST = 1000;

    private static final Comparator<DataError> ORDER =
            Comparator.comparing(DataError::path, Comparator.nullsFirst(Violations::compare))
                    .thenComparing(DataError::message);

    private Violations() {}

    static List<DataError> ordered(Collection<DataError> errors) {
        var all = new ArrayList<>(errors);
        all.sort(ORDER);
        if (all.size() <= MOST) {
            return all;
        }
        var told = new ArrayList<>(all.subList(0, MOST));
        told.add(
                DataError.of(
                        ErrorTag.OPERATION_FAILED,
                        "and %d more errors that are not told".formatted(all.size() - MOST)));
        return told;
    }

    private static int compare(YangInstanceIdentifier a, YangInstanceIdentifier b) {
        Iterator<PathArgument> some = a.getPathArguments().iterator();
        Iterator<PathArgument> others = b.getPathArguments().iterator();
        while (some.hasNext() && others.hasNext()) {
            int order = compare(some.next(), others.next());
            if (order != 0) {
                return order;
            }
        }
        return Boolean.compare(some.hasNext(), others.hasNext());
    }

    private static int compare(PathArgument a, PathArgument b) {
        int order = a.getNodeType().compareTo(b.getNodeType());
        if (order != 0) {
            return order;
        }
        if (a instanceof NodeIdentifierWithPredicates one
                && b instanceof NodeIdentifierWithPredicates other) {
            for (var key : one.entrySet()) {
                int byKey = values(key.getValue(), other.getValue(key.getKey()));
                if (byKey != 0) {
                    return byKey;
                }
            }
            return 0;
        }
        if (a instanceof NodeWithValue<?> one && b instanceof NodeWithValue<?> other) {
            return values(one.getValue(), other.getValue());
        }
        return a.getClass() == b.getClass() ? 0 : a instanceof NodeWithValue<?> ? 1 : -1;
    }

    /// Numbers by what they count, anything else by its letters.
    @SuppressWarnings("unchecked")
    private static int values(@Nullable Object a, @Nullable Object b) {
        if (a instanceof Number
                && b instanceof Number
                && a.getClass() == b.getClass()
                && a instanceof Comparable<?> one) {
            return ((Comparable<Object>) one).compareTo(b);
        }
        return String.valueOf(a).compareTo(String.valueOf(b));
    }
}
