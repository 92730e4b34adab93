package org.lagopus.datastore;

import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;

/// One edit of a face, with the meaning of RFC 6241 §7.2 and RFC 7950 §7.
///
/// The path names the node the operation stands on, and `data` is that node. The nodes above it
/// come into being as the edit needs them.
///
/// @param position where an entry of a list that users order goes, be it new or there already; null
///   leaves one that is there where it is and puts a new one at the end
public record Edit(
        Operation operation,
        YangInstanceIdentifier path,
        @Nullable NormalizedNode data,
        @Nullable Position position) {
    public enum Operation {
        /// The node must exist; nothing is changed.
        NONE,
        MERGE,
        REPLACE,
        CREATE,
        DELETE,
        REMOVE;

        public boolean takesData() {
            return this == MERGE || this == REPLACE || this == CREATE;
        }
    }

    /// A place among the entries of a list or leaf-list that users order (RFC 7950 §7.7.9, §7.8.6).
    public sealed interface Position {
        record First() implements Position {}

        record Last() implements Position {}

        record Before(PathArgument entry) implements Position {}

        record After(PathArgument entry) implements Position {}
    }

    public Edit {
        if (operation.takesData() && data == null) {
            throw new IllegalArgumentException(operation + " of " + path + " without data");
        }
        if (position != null && !operation.takesData()) {
            throw new IllegalArgumentException(operation + " of " + path + " has no position");
        }
    }

    public Edit(Operation operation, YangInstanceIdentifier path, @Nullable NormalizedNode data) {
        this(operation, path, data, null);
    }

    /// The same edit, and the entry goes to a place.
    public Edit at(Position place) {
        return new Edit(operation, path, data, place);
    }

    public static Edit none(YangInstanceIdentifier path) {
        return new Edit(Operation.NONE, path, null);
    }

    public static Edit merge(YangInstanceIdentifier path, NormalizedNode data) {
        return new Edit(Operation.MERGE, path, data);
    }

    public static Edit replace(YangInstanceIdentifier path, NormalizedNode data) {
        return new Edit(Operation.REPLACE, path, data);
    }

    public static Edit create(YangInstanceIdentifier path, NormalizedNode data) {
        return new Edit(Operation.CREATE, path, data);
    }

    public static Edit delete(YangInstanceIdentifier path) {
        return new Edit(Operation.DELETE, path, null);
    }

    public static Edit remove(YangInstanceIdentifier path) {
        return new Edit(Operation.REMOVE, path, null);
    }
}
