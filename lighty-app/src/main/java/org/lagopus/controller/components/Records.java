package org.lagopus.controller.components;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lagopus.component.wire.WireEdit;
import org.lagopus.datastore.Model;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ChoiceNode;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;
import org.opendaylight.yangtools.yang.data.tree.api.ModificationType;
import org.opendaylight.yangtools.yang.model.api.ContainerSchemaNode;
import org.opendaylight.yangtools.yang.model.api.DataNodeContainer;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

/// The configuration cut into records: list entries, and the containers at the top of what somebody
/// subscribed to. A change becomes the edits of those records that it touches, at a cost that
/// follows the change.
final class Records {
    private final Model model;
    private final OwnContent content;

    Records(Model model) {
        this.model = model;
        this.content = new OwnContent(model);
    }

    /// Where a node is, as data and in the model. Entries of one list share the second.
    private record Place(YangInstanceIdentifier path, SchemaInferenceStack stack) {
        Place child(NormalizedNode node) {
            if (node instanceof ChoiceNode) {
                return new Place(path.node(node.name()), stack);
            }
            var below = stack.copy();
            below.enterDataTree(node.name().getNodeType());
            return new Place(path.node(node.name()), below);
        }

        Place entry(MapEntryNode entry) {
            return new Place(path.node(entry.name()), stack);
        }
    }

    /// @throws IllegalArgumentException if the model knows no such container or list
    void check(YangInstanceIdentifier path) {
        if (!path.isEmpty()) {
            var schema = model.tree().enterPath(path).orElseThrow().node().dataSchemaNode();
            if (!(schema instanceof DataNodeContainer)) {
                throw new IllegalArgumentException(
                        model.format(path) + " is neither a container nor a list");
            }
        }
    }

    private Place place(YangInstanceIdentifier path) {
        return path.isEmpty()
                ? new Place(path, SchemaInferenceStack.of(model.context()))
                : new Place(path, model.tree().enterPath(path).orElseThrow().stack().copy());
    }

    // --- everything ---------------------------------------------------------------------------

    /// All records of a subtree, parents first, made one by one as they are asked for.
    Iterator<WireEdit> all(YangInstanceIdentifier path, NormalizedNode node) {
        var walk = new Walk();
        walk.add(place(path), node, true);
        return walk;
    }

    private final class Walk implements Iterator<WireEdit> {
        private record Step(Place place, NormalizedNode node) {}

        private final Deque<Iterator<Step>> steps = new ArrayDeque<>();
        private @Nullable WireEdit next;

        void add(Place place, NormalizedNode node, boolean top) {
            switch (node) {
                case MapNode list -> addEntries(place, list);
                case DataContainerNode container when top && place.path().isEmpty() ->
                        addTops(place, container);
                case DataContainerNode container when top ->
                        steps.push(List.of(new Step(place, container)).iterator());
                case DataContainerNode container -> addLists(place, container);
                default -> {}
            }
        }

        private void addEntries(Place place, MapNode list) {
            var entries = list.body().iterator();
            steps.push(
                    new Iterator<>() {
                        @Override
                        public boolean hasNext() {
                            return entries.hasNext();
                        }

                        @Override
                        public Step next() {
                            var entry = entries.next();
                            return new Step(place.entry(entry), entry);
                        }
                    });
        }

        private void addTops(Place root, DataContainerNode container) {
            container.body().forEach(child -> add(root.child(child), child, true));
        }

        private void addLists(Place place, DataContainerNode container) {
            for (var child : container.body()) {
                if (child instanceof MapNode || child instanceof DataContainerNode) {
                    add(place.child(child), child, false);
                }
            }
        }

        @Override
        public boolean hasNext() {
            while (next == null && !steps.isEmpty()) {
                var first = steps.element();
                if (!first.hasNext()) {
                    steps.pop();
                    continue;
                }
                var step = first.next();
                if (step.node() instanceof DataContainerNode record) {
                    next = put(step.place(), record);
                    addLists(step.place(), record);
                }
            }
            return next != null;
        }

        @Override
        public WireEdit next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            var edit = next;
            next = null;
            return Objects.requireNonNull(edit);
        }
    }

    /// The record's own content; null where there is none and that says nothing.
    private @Nullable WireEdit put(Place place, DataContainerNode record) {
        var value = content.of(record, place.stack());
        return value.isEmpty() && !(record instanceof MapEntryNode) && !isPresence(place)
                ? null
                : WireEdit.put(model.format(place.path()), value);
    }

    private static boolean isPresence(Place place) {
        return place.stack().currentStatement() instanceof ContainerSchemaNode container
                && container.isPresenceContainer();
    }

    /// A leaf or leaf-list, put or, where it is null, removed.
    WireEdit leaf(YangInstanceIdentifier path, @Nullable NormalizedNode leaf) {
        if (leaf == null) {
            return WireEdit.remove(model.format(path));
        }
        var parent = path.coerceParent();
        var module =
                parent.isEmpty()
                        ? path.getLastPathArgument().getNodeType().getModule()
                        : parent.getLastPathArgument().getNodeType().getModule();
        return WireEdit.put(model.format(path), content.one(leaf, module, place(parent).stack()));
    }

    // --- what changed -------------------------------------------------------------------------

    /// The edits of a changed subtree: removals first, then puts, parents first.
    List<WireEdit> changes(YangInstanceIdentifier path, DataTreeCandidateNode node) {
        var changes = new Changes();
        changes.top(place(path), node);
        return changes.edits();
    }

    private final class Changes {
        private final List<WireEdit> removed = new ArrayList<>();
        private final List<WireEdit> put = new ArrayList<>();

        List<WireEdit> edits() {
            removed.addAll(put);
            return removed;
        }

        void top(Place place, DataTreeCandidateNode node) {
            var before = node.dataBefore();
            var after = node.dataAfter();
            if (node.modificationType() == ModificationType.UNMODIFIED
                    || before == null && after == null) {
                return;
            }
            var some = after == null ? before : after;
            switch (some) {
                case MapNode _ -> list(place, node);
                case ContainerNode _ when place.path().isEmpty() -> {
                    for (var child : node.childNodes()) {
                        var data = either(child);
                        if (data != null) {
                            top(place.child(data), child);
                        }
                    }
                }
                case DataContainerNode _ -> record(place, node);
                case null, default -> {}
            }
        }

        /// A record that the change passes through; by the candidate alone where that tells all.
        private void record(Place place, DataTreeCandidateNode node) {
            if (node.modificationType() != ModificationType.SUBTREE_MODIFIED
                    || !(node.dataAfter() instanceof DataContainerNode after)) {
                record(place, node.dataBefore(), node.dataAfter());
                return;
            }
            int at = put.size();
            if (inside(place, node)) {
                addPut(at, place, after);
            }
        }

        /// Whether the record's own content changes in this part of it; lists are followed.
        private boolean inside(Place place, DataTreeCandidateNode node) {
            boolean changed = false;
            for (var child : node.childNodes()) {
                var data = either(child);
                if (data == null || child.modificationType() == ModificationType.UNMODIFIED) {
                    continue;
                }
                switch (data) {
                    case MapNode _ -> list(place.child(data), child);
                    case DataContainerNode _
                            when child.modificationType() == ModificationType.SUBTREE_MODIFIED ->
                            changed |= inside(place.child(data), child);
                    case DataContainerNode _ ->
                            changed |=
                                    inside(
                                            place.child(data),
                                            child.dataBefore(),
                                            child.dataAfter());
                    default -> changed = true;
                }
            }
            return changed;
        }

        private void list(Place place, DataTreeCandidateNode node) {
            if (node.modificationType() != ModificationType.SUBTREE_MODIFIED) {
                list(place, node.dataBefore(), node.dataAfter());
                return;
            }
            for (var child : node.childNodes()) {
                if (either(child) instanceof MapEntryNode entry
                        && child.modificationType() != ModificationType.UNMODIFIED) {
                    record(place.entry(entry), child);
                }
            }
        }

        // By comparing two trees, where the candidate only says that one took the other's place.

        private void record(
                Place place, @Nullable NormalizedNode before, @Nullable NormalizedNode after) {
            if (after instanceof DataContainerNode now) {
                if (before == null) {
                    all(place, now);
                } else {
                    int at = put.size();
                    if (inside(place, before, now)) {
                        addPut(at, place, now);
                    }
                }
            } else if (before != null) {
                removed.add(WireEdit.remove(model.format(place.path())));
            }
        }

        private boolean inside(
                Place place, @Nullable NormalizedNode before, @Nullable NormalizedNode after) {
            boolean changed = (before == null) != (after == null) && isPresence(place);
            for (var now : children(after)) {
                var was = child(before, now);
                if (now instanceof MapNode) {
                    list(place.child(now), was, now);
                } else if (now instanceof DataContainerNode) {
                    changed |= inside(place.child(now), was, now);
                } else {
                    changed |= !now.equals(was);
                }
            }
            for (var was : children(before)) {
                if (child(after, was) != null) {
                    continue;
                }
                if (was instanceof MapNode) {
                    list(place.child(was), was, null);
                } else if (was instanceof DataContainerNode) {
                    changed |= inside(place.child(was), was, null);
                } else {
                    changed = true;
                }
            }
            return changed;
        }

        private void list(
                Place place, @Nullable NormalizedNode before, @Nullable NormalizedNode after) {
            var old = before instanceof MapNode map ? map : null;
            var young = after instanceof MapNode map ? map : null;
            for (var was : old == null ? List.<MapEntryNode>of() : old.body()) {
                if (young == null || young.childByArg(was.name()) == null) {
                    record(place.entry(was), was, null);
                }
            }
            for (var now : young == null ? List.<MapEntryNode>of() : young.body()) {
                var was = old == null ? null : old.childByArg(now.name());
                if (!now.equals(was)) {
                    record(place.entry(now), was, now);
                }
            }
        }

        private void all(Place place, DataContainerNode record) {
            var walk = new Walk();
            walk.add(place, record, true);
            walk.forEachRemaining(put::add);
        }

        /// A parent stands before what is below it.
        private void addPut(int at, Place place, DataContainerNode record) {
            var edit = put(place, record);
            if (edit != null) {
                put.add(at, edit);
            } else {
                // Nothing of its own is left, and a container that may be empty says so.
                put.add(at, emptied(place));
            }
        }

        private WireEdit emptied(Place place) {
            return WireEdit.put(model.format(place.path()), JsonNodeFactory.instance.objectNode());
        }
    }

    private static @Nullable NormalizedNode either(DataTreeCandidateNode node) {
        var after = node.dataAfter();
        return after == null ? node.dataBefore() : after;
    }

    private static Iterable<? extends NormalizedNode> children(@Nullable NormalizedNode node) {
        return node instanceof DataContainerNode container
                ? container.body()
                : Collections.emptyList();
    }

    private static @Nullable NormalizedNode child(
            @Nullable NormalizedNode node, NormalizedNode like) {
        return node instanceof DataContainerNode container
                        && like.name() instanceof NodeIdentifier name
                ? container.childByArg(name)
                : null;
    }
}
