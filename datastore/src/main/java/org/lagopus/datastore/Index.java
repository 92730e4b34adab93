package org.lagopus.datastore;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;

/// Who refers to what, and who has which values, in one version of the configuration: so that a
/// change finds whom it concerns without a look at all that might be.
///
/// It belongs to the tree it was made of and says nothing of another, so a commit that is refused
/// and a probe leave it as it is. Each part is made when somebody first asks for it, by one walk
/// over the nodes it is about; the next version takes the parts over for the price of the change,
/// and shares what did not change. A node in a part takes some 300 bytes.
final class Index {
    private final SchemaNode schema;
    private final NormalizedNode root;
    private final Map<Indexed, Holders> parts = new ConcurrentHashMap<>();

    Index(SchemaNode schema, NormalizedNode root) {
        this.schema = schema;
        this.root = root;
    }

    Holders of(Indexed part) {
        var known = parts.get(part);
        return known == null ? parts.computeIfAbsent(part, this::make) : known;
    }

    /// The paths of those with a key.
    Collection<YangInstanceIdentifier> find(Indexed part, Object key) {
        return of(part).get(key);
    }

    private Holders make(Indexed part) {
        var edit = Holders.NONE.edit();
        DataNode.passing(schema.model(), schema, root)
                .each(part.owner(), node -> part.keys(node, key -> edit.add(key, node.path())));
        return edit.done();
    }

    /// That of the next version.
    ///
    /// @param change from this version to the next
    /// @param next root of the next version
    Index after(DataTreeCandidateNode change, NormalizedNode next) {
        var index = new Index(schema, next);
        if (!parts.isEmpty()) {
            var update =
                    new Update(Map.copyOf(parts), DataNode.passing(schema.model(), schema, next));
            update.walk(schema, change);
            index.parts.putAll(update.done());
        }
        return index;
    }

    /// Takes the parts from one version to the next.
    private final class Update {
        private final Map<SchemaNode, List<Indexed>> owners = new HashMap<>();
        private final Set<SchemaNode> ways = new HashSet<>();
        private final Map<Indexed, Holders> known;
        private final Map<Indexed, Holders.Edit> edits = new HashMap<>();
        private final List<PathArgument> trail = new ArrayList<>();
        private final DataNode before = DataNode.passing(schema.model(), schema, root);
        private final DataNode after;

        Update(Map<Indexed, Holders> known, DataNode after) {
            this.known = known;
            this.after = after;
            for (var part : known.keySet()) {
                owners.computeIfAbsent(part.owner(), _ -> new ArrayList<>()).add(part);
                for (@Nullable SchemaNode at = part.owner(); at != null; at = at.parent) {
                    ways.add(at);
                }
            }
        }

        void walk(SchemaNode node, DataTreeCandidateNode change) {
            for (var part : owners.getOrDefault(node, List.of())) {
                update(part);
            }
            for (var child : change.childNodes()) {
                var below = node.child(child.name());
                if (below != null && ways.contains(below)) {
                    trail.addLast(child.name());
                    walk(below, child);
                    trail.removeLast();
                }
            }
        }

        private void update(Indexed part) {
            var old = before.find(trail);
            var young = after.find(trail);
            var edit =
                    edits.computeIfAbsent(
                            part, one -> known.getOrDefault(one, Holders.NONE).edit());
            var path = YangInstanceIdentifier.of(List.copyOf(trail));
            if (old != null) {
                part.keys(old, key -> edit.remove(key, path));
            }
            if (young != null) {
                part.keys(young, key -> edit.add(key, path));
            }
        }

        Map<Indexed, Holders> done() {
            var all = new HashMap<>(known);
            edits.forEach((part, edit) -> all.put(part, edit.done()));
            return all;
        }
    }
}
