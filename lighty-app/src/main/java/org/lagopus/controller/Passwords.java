package org.lagopus.controller;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Edit;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerChild;
import org.opendaylight.yangtools.yang.data.api.schema.LeafNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.SystemMapNode;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;

/// Makes of a user's `password` in clear a `password-hashed` before an edit is kept anywhere, so
/// that neither candidate, log nor history ever have it (OpenConfig: "the system must hash the
/// value"). Costs a comparison for an edit that is about something else.
final class Passwords implements Datastore.Intake {
    private final Aaa aaa;
    private final List<QName> way;

    Passwords(Aaa aaa) {
        this.aaa = aaa;
        way =
                List.of(
                        aaa.name("system"),
                        aaa.name("aaa"),
                        aaa.name("authentication"),
                        aaa.name("users"),
                        aaa.name("user"),
                        aaa.name("user"),
                        aaa.name("config"),
                        aaa.name("password"));
    }

    @Override
    public Edit take(Edit edit) throws DatastoreException {
        var data = edit.data();
        var steps = edit.path().getPathArguments();
        if (data == null || steps.size() > way.size()) {
            return edit;
        }
        for (int i = 0; i < steps.size(); i++) {
            if (!steps.get(i).getNodeType().equals(way.get(i))) {
                return edit;
            }
        }
        if (steps.size() == way.size()) {
            var hashed = hashed(edit.path(), data);
            return new Edit(
                    edit.operation(), edit.path().coerceParent().node(hashed.name()), hashed);
        }
        var taken = below(edit.path(), data, steps.size());
        return taken == data ? edit : new Edit(edit.operation(), edit.path(), taken);
    }

    /// @param depth how many steps of the way lead to the node
    private NormalizedNode below(YangInstanceIdentifier path, NormalizedNode node, int depth)
            throws DatastoreException {
        var next = way.get(depth);
        return switch (node) {
            case MapNode users -> list(path, (SystemMapNode) users, depth);
            case ContainerNode container -> {
                var child = Aaa.child(container, next);
                if (child == null) {
                    yield container;
                }
                var at = path.node(child.name());
                var made =
                        depth == way.size() - 1 ? hashed(at, child) : below(at, child, depth + 1);
                yield made == child ? container : with(container, next, (DataContainerChild) made);
            }
            case MapEntryNode entry -> {
                var child = Aaa.child(entry, next);
                if (child == null) {
                    yield entry;
                }
                var made = below(path.node(child.name()), child, depth + 1);
                yield made == child
                        ? entry
                        : ImmutableNodes.builderFactory()
                                .newMapEntryBuilder(entry)
                                .withChild((DataContainerChild) made)
                                .build();
            }
            default -> node;
        };
    }

    private NormalizedNode list(YangInstanceIdentifier path, SystemMapNode users, int depth)
            throws DatastoreException {
        var list = ImmutableNodes.builderFactory().newSystemMapBuilder(users);
        boolean changed = false;
        for (var user : users.body()) {
            var made = below(path.node(user.name()), user, depth + 1);
            if (made != user) {
                list.withChild((MapEntryNode) made);
                changed = true;
            }
        }
        return changed ? list.build() : users;
    }

    private static NormalizedNode with(
            ContainerNode container, QName gone, DataContainerChild child) {
        return ImmutableNodes.builderFactory()
                .newContainerBuilder(container)
                .withoutChild(YangInstanceIdentifier.NodeIdentifier.create(gone))
                .withChild(child)
                .build();
    }

    private LeafNode<?> hashed(YangInstanceIdentifier path, @Nullable NormalizedNode leaf)
            throws DatastoreException {
        var text = leaf == null ? "" : leaf.body().toString();
        if (text.isEmpty()) {
            throw refused(path, "a password cannot be empty");
        }
        if (Accounts.isHash(text)) {
            throw refused(path, "this is a hash already: it goes into the leaf password-hashed");
        }
        return ImmutableNodes.leafNode(aaa.name("password-hashed"), Accounts.hash(text));
    }

    private static DatastoreException refused(YangInstanceIdentifier path, String why) {
        return new DatastoreException(DataError.at(path, ErrorTag.INVALID_VALUE, why));
    }
}
