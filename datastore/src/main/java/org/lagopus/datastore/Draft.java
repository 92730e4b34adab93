package org.lagopus.datastore;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.access.Rights;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.AnydataNode;
import org.opendaylight.yangtools.yang.data.api.schema.AnyxmlNode;
import org.opendaylight.yangtools.yang.data.api.schema.ChoiceNode;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.LeafNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.SystemLeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.SystemMapNode;
import org.opendaylight.yangtools.yang.data.api.schema.UserLeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.UserMapNode;
import org.opendaylight.yangtools.yang.data.api.schema.builder.NormalizedNodeContainerBuilder;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;

/// Edits at work: RFC 6241 §7.2 on an immutable tree. Each edit makes a new tree that shares with
/// the old one whatever it did not change, so an edit that fails has changed nothing, and one that
/// says what is there already costs a comparison.
///
/// Data may be incomplete here (RFC 6241 §8.3.4.2): mandatory nodes, counts and references are for
/// [Validation]. What cannot be, even in a candidate, is refused here: nodes the model does not
/// have, two cases of one choice, an entry whose keys differ from its name.
final class Draft {
    private final SchemaNode schema;
    private final Touched touched = new Touched();
    private final Deque<PathArgument> trail = new ArrayDeque<>();
    private ContainerNode root;

    Draft(SchemaNode schema, ContainerNode root) {
        this.schema = schema;
        this.root = root;
    }

    ContainerNode root() {
        return root;
    }

    /// Where the edits have been.
    Touched touched() {
        return touched;
    }

    void apply(List<Edit> edits) throws DatastoreException {
        for (var edit : edits) {
            apply(edit);
        }
    }

    /// For somebody who may not make every edit, and is not to learn from a refusal what may not be
    /// read.
    void apply(List<Edit> edits, Rights rights) throws DatastoreException {
        var before = root;
        try {
            apply(edits);
        } catch (DatastoreException e) {
            throw rights.veiled(e);
        }
        if (!rights.writesAll()) {
            var change = Change.between(before, root, touched);
            if (change.isPresent()) {
                rights.checkWrite(change.get());
            }
        }
    }

    void apply(Edit edit) throws DatastoreException {
        trail.clear();
        var result =
                descend(edit, edit.path().getPathArguments().iterator(), schema, root, touched);
        root = result == null ? Nodes.emptyRoot() : (ContainerNode) result;
    }

    /// From the node `current` down to the target of the edit, and the new version of it back up.
    private @Nullable NormalizedNode descend(
            Edit edit,
            Iterator<PathArgument> steps,
            SchemaNode at,
            @Nullable NormalizedNode current,
            Touched here)
            throws DatastoreException {
        if (!steps.hasNext()) {
            return operate(edit, at, current, here);
        }
        var step = steps.next();
        boolean last = !steps.hasNext();
        var below = child(at, step);
        trail.addLast(step);
        var child = current == null ? null : Nodes.child(current, step);
        var result = descend(edit, steps, below, child, here.at(step));
        trail.removeLast();
        if (last && edit.position() != null && result != null) {
            var placed = placed(at, current, result, edit.position());
            if (placed != null) {
                here.mark();
                return placed;
            }
        }
        if (result == child) {
            return current;
        }
        var parent = current;
        if (parent == null) {
            parent = Nodes.empty(at, trail.isEmpty() ? at.id : trail.getLast());
            here.mark();
        }
        if (result == null) {
            parent = Nodes.without(parent, step);
        } else {
            if (at.kind == SchemaNode.Kind.CHOICE) {
                parent = withoutOtherCases(at, parent, below, here);
            }
            parent = Nodes.with(parent, result);
        }
        return at.kind.appearsByItself() && Nodes.isEmpty(parent) ? null : parent;
    }

    /// The list with an entry where it is to be; null if that is where it comes by itself. The cost
    /// follows the length of the list.
    private @Nullable NormalizedNode placed(
            SchemaNode at,
            @Nullable NormalizedNode current,
            NormalizedNode entry,
            Edit.Position position)
            throws DatastoreException {
        if (!at.userOrdered || at.kind == SchemaNode.Kind.ENTRY) {
            throw new IllegalArgumentException("nobody orders what is in " + at);
        }
        var entries = new ArrayList<NormalizedNode>();
        if (current instanceof DistinctNodeContainer<?, ?> list) {
            entries.addAll(list.body());
        }
        int before = entries.size();
        for (int i = entries.size() - 1; i >= 0 && before == entries.size(); i--) {
            if (entries.get(i).name().equals(entry.name())) {
                entries.remove(i);
                before = i;
            }
        }
        int place =
                switch (position) {
                    case Edit.Position.First _ -> 0;
                    case Edit.Position.Last _ -> entries.size();
                    case Edit.Position.Before(var other) -> find(entries, other, entry);
                    case Edit.Position.After(var other) -> find(entries, other, entry) + 1;
                };
        if (place == before) {
            return null;
        }
        entries.add(place, entry);
        var list = Nodes.builder(Nodes.empty(at, at.id));
        entries.forEach(list::addChild);
        return list.build();
    }

    /// RFC 7950 §15.7.
    private int find(List<NormalizedNode> entries, PathArgument other, NormalizedNode entry)
            throws DatastoreException {
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i).name().equals(other)) {
                return i;
            }
        }
        trail.addLast(entry.name());
        throw new DatastoreException(
                refused(
                                ErrorTag.BAD_ATTRIBUTE,
                                "there is no %s beside which %s could go"
                                        .formatted(name(other), name(entry.name())),
                                Map.of(
                                        "bad-attribute",
                                        entry instanceof LeafSetEntryNode ? "value" : "key",
                                        "bad-element",
                                        entry.name().getNodeType().getLocalName()))
                        .errors()
                        .getFirst()
                        .withAppTag("missing-instance"));
    }

    private @Nullable NormalizedNode operate(
            Edit edit, SchemaNode at, @Nullable NormalizedNode current, Touched here)
            throws DatastoreException {
        return switch (edit.operation()) {
            case NONE -> {
                if (current == null && at.kind != SchemaNode.Kind.CONTAINER) {
                    throw missing();
                }
                yield current;
            }
            case DELETE -> {
                if (current == null) {
                    throw missing();
                }
                yield removed(at, here);
            }
            case REMOVE -> current == null ? null : removed(at, here);
            case CREATE -> {
                if (current != null && !Nodes.isEmpty(current)) {
                    throw refused(ErrorTag.DATA_EXISTS, "%s exists already".formatted(name()));
                }
                yield put(edit, at, null, here);
            }
            case MERGE -> {
                var data = data(edit);
                yield current == null ? put(edit, at, null, here) : merge(at, current, data, here);
            }
            case REPLACE -> put(edit, at, current, here);
        };
    }

    private @Nullable NormalizedNode removed(SchemaNode at, Touched here)
            throws DatastoreException {
        if (at.isKey()) {
            throw keyIsFixed(at);
        }
        here.mark();
        return null;
    }

    private @Nullable NormalizedNode put(
            Edit edit, SchemaNode at, @Nullable NormalizedNode current, Touched here)
            throws DatastoreException {
        var data = data(edit);
        if (current != null) {
            return replace(at, current, data, here);
        }
        checkKey(at, data);
        var admitted = admit(at, data);
        if (admitted != null) {
            here.mark();
        }
        return admitted;
    }

    private NormalizedNode data(Edit edit) {
        var data = edit.data();
        if (data == null) {
            throw new IllegalArgumentException(edit.operation() + " without data");
        }
        if (!trail.isEmpty() && !data.name().equals(trail.getLast())) {
            throw new IllegalArgumentException(
                    "the data %s is not what the path ends in, %s"
                            .formatted(data.name(), trail.getLast()));
        }
        return data;
    }

    /// What is new with nothing to compare it with: checked against the model, empty containers
    /// left out; null when nothing remains.
    private @Nullable NormalizedNode admit(SchemaNode at, NormalizedNode data)
            throws DatastoreException {
        checkShape(at, data);
        if (!(data instanceof DistinctNodeContainer<?, ?> container)) {
            return data;
        }
        if (at.kind == SchemaNode.Kind.CHOICE) {
            checkOneCase(at, container);
        }
        @Nullable NormalizedNodeContainerBuilder<?, PathArgument, NormalizedNode, ?> changed = null;
        if (at.kind == SchemaNode.Kind.ENTRY) {
            changed = addMissingKeys(at, (MapEntryNode) data);
        }
        for (var child : container.body()) {
            var below = child(at, child.name());
            if (below.kind == SchemaNode.Kind.LEAF && !below.isKey()) {
                checkShape(below, child);
                continue;
            }
            trail.addLast(child.name());
            checkKey(below, child);
            var admitted = admit(below, child);
            trail.removeLast();
            if (admitted != child) {
                changed = changed == null ? Nodes.builder(data) : changed;
                set(changed, child.name(), admitted);
            }
        }
        var result = changed == null ? data : changed.build();
        return at.kind.appearsByItself() && Nodes.isEmpty(result) ? null : result;
    }

    private NormalizedNode merge(
            SchemaNode at, NormalizedNode current, NormalizedNode data, Touched here)
            throws DatastoreException {
        checkShape(at, data);
        if (!(data instanceof DistinctNodeContainer<?, ?> container)) {
            return value(at, current, data, here);
        }
        var result = current;
        if (at.kind == SchemaNode.Kind.CHOICE && !container.isEmpty()) {
            checkOneCase(at, container);
            result =
                    withoutOtherCases(
                            at, result, child(at, container.body().iterator().next().name()), here);
        }
        @Nullable NormalizedNodeContainerBuilder<?, PathArgument, NormalizedNode, ?> changed = null;
        for (var child : container.body()) {
            var before = Nodes.child(current, child.name());
            var after = mergeChild(at, before, child, here);
            if (after != before) {
                changed = changed == null ? Nodes.builder(result) : changed;
                set(changed, child.name(), after);
            }
        }
        return changed == null ? result : changed.build();
    }

    private @Nullable NormalizedNode mergeChild(
            SchemaNode at, @Nullable NormalizedNode before, NormalizedNode child, Touched here)
            throws DatastoreException {
        if (isSame(before, child)) {
            return before;
        }
        var below = child(at, child.name());
        trail.addLast(child.name());
        var mark = new Touched();
        @Nullable NormalizedNode after;
        if (before == null) {
            checkKey(below, child);
            after = admit(below, child);
            if (after != null) {
                mark.mark();
            }
        } else {
            after = merge(below, before, child, mark);
        }
        trail.removeLast();
        here.attach(child.name(), mark);
        return after;
    }

    /// The result equals the data, and shares with the current node what is the same in both.
    private @Nullable NormalizedNode replace(
            SchemaNode at, NormalizedNode current, NormalizedNode data, Touched here)
            throws DatastoreException {
        checkShape(at, data);
        if (!(data instanceof DistinctNodeContainer<?, ?> container)) {
            return value(at, current, data, here);
        }
        var old = (DistinctNodeContainer<?, ?>) current;
        if (at.kind == SchemaNode.Kind.CHOICE) {
            checkOneCase(at, container);
        }
        if (at.userOrdered && at.kind != SchemaNode.Kind.ENTRY && !keepsOrder(old, container)) {
            here.mark();
            return admit(at, data);
        }
        @Nullable NormalizedNodeContainerBuilder<?, PathArgument, NormalizedNode, ?> changed = null;
        for (var child : old.body()) {
            if (Nodes.child(data, child.name()) == null && !child(at, child.name()).isKey()) {
                changed = changed == null ? Nodes.builder(current) : changed;
                set(changed, child.name(), null);
                here.mark(child.name());
            }
        }
        for (var child : container.body()) {
            var before = Nodes.child(current, child.name());
            var after = replaceChild(at, before, child, here);
            if (after != before) {
                changed = changed == null ? Nodes.builder(current) : changed;
                set(changed, child.name(), after);
            }
        }
        var result = changed == null ? current : changed.build();
        return at.kind.appearsByItself() && Nodes.isEmpty(result) ? null : result;
    }

    private @Nullable NormalizedNode replaceChild(
            SchemaNode at, @Nullable NormalizedNode before, NormalizedNode child, Touched here)
            throws DatastoreException {
        if (isSame(before, child)) {
            return before;
        }
        var below = child(at, child.name());
        trail.addLast(child.name());
        var mark = new Touched();
        @Nullable NormalizedNode after;
        if (before == null) {
            checkKey(below, child);
            after = admit(below, child);
        } else {
            after = replace(below, before, child, mark);
        }
        if (after == null ? before != null : before == null) {
            mark.mark();
        }
        trail.removeLast();
        here.attach(child.name(), mark);
        return after;
    }

    /// Entries and leaves are worth comparing as a whole; what is above them is walked.
    private static boolean isSame(@Nullable NormalizedNode before, NormalizedNode after) {
        return before == after
                || !(after instanceof ContainerNode)
                        && !(after instanceof ChoiceNode)
                        && after.equals(before);
    }

    private NormalizedNode value(
            SchemaNode at, NormalizedNode current, NormalizedNode data, Touched here)
            throws DatastoreException {
        if (current.equals(data)) {
            return current;
        }
        if (at.isKey()) {
            throw keyIsFixed(at);
        }
        here.mark();
        return data;
    }

    /// Whether the new order is the old one with some left out and others at the end.
    static boolean keepsOrder(
            DistinctNodeContainer<?, ?> before, DistinctNodeContainer<?, ?> after) {
        var order = after.body().iterator();
        for (var child : before.body()) {
            if (Nodes.child(after, child.name()) != null
                    && (!order.hasNext() || !order.next().name().equals(child.name()))) {
                return false;
            }
        }
        return true;
    }

    /// RFC 7950 §7.9: a node of one case removes those of the others.
    private NormalizedNode withoutOtherCases(
            SchemaNode choice, NormalizedNode current, SchemaNode chosen, Touched here) {
        @Nullable NormalizedNodeContainerBuilder<?, PathArgument, NormalizedNode, ?> changed = null;
        for (var child : ((DistinctNodeContainer<?, ?>) current).body()) {
            var other = choice.child(child.name());
            if (other != null && other.ofCase != chosen.ofCase) {
                changed = changed == null ? Nodes.builder(current) : changed;
                set(changed, child.name(), null);
                here.mark(child.name());
            }
        }
        return changed == null ? current : changed.build();
    }

    /// RFC 7950 §8.3.1.
    private void checkOneCase(SchemaNode choice, DistinctNodeContainer<?, ?> data)
            throws DatastoreException {
        @Nullable SchemaNode first = null;
        for (var child : data.body()) {
            var node = child(choice, child.name());
            if (first != null && first.ofCase != node.ofCase) {
                trail.addLast(child.name());
                throw refused(
                        ErrorTag.BAD_ELEMENT,
                        "%s and %s are of different cases of choice %s"
                                .formatted(
                                        first.name().getLocalName(),
                                        node.name().getLocalName(),
                                        choice.name().getLocalName()),
                        Map.of("bad-element", node.name().getLocalName()));
            }
            first = node;
        }
    }

    private @Nullable NormalizedNodeContainerBuilder<?, PathArgument, NormalizedNode, ?>
            addMissingKeys(SchemaNode at, MapEntryNode entry) throws DatastoreException {
        @Nullable NormalizedNodeContainerBuilder<?, PathArgument, NormalizedNode, ?> changed = null;
        for (var key : at.keys) {
            var value = entry.name().getValue(key);
            if (value == null) {
                throw keyIsMissing(key);
            }
            if (entry.childByArg(YangInstanceIdentifier.NodeIdentifier.create(key)) == null) {
                changed = changed == null ? Nodes.builder(entry) : changed;
                changed.addChild(ImmutableNodes.leafNode(key, value));
            }
        }
        return changed;
    }

    /// A key leaf says what the name of its entry says.
    private void checkKey(SchemaNode leaf, NormalizedNode data) throws DatastoreException {
        if (leaf.isKey()) {
            var steps = trail.descendingIterator();
            steps.next();
            if (steps.hasNext()
                    && steps.next() instanceof NodeIdentifierWithPredicates entry
                    && !data.body().equals(entry.getValue(leaf.name()))) {
                throw keyIsFixed(leaf);
            }
        }
    }

    private void checkShape(SchemaNode at, NormalizedNode data) throws DatastoreException {
        boolean fits =
                switch (at.kind) {
                    case CONTAINER, PRESENCE -> data instanceof ContainerNode;
                    case CHOICE -> data instanceof ChoiceNode;
                    case LIST ->
                            at.userOrdered
                                    ? data instanceof UserMapNode
                                    : data instanceof SystemMapNode;
                    case ENTRY -> data instanceof MapEntryNode;
                    case LEAF -> data instanceof LeafNode;
                    case LEAF_LIST ->
                            at.userOrdered
                                    ? data instanceof UserLeafSetNode
                                    : data instanceof SystemLeafSetNode;
                    case VALUE -> data instanceof LeafSetEntryNode;
                    case ANY -> data instanceof AnydataNode || data instanceof AnyxmlNode;
                };
        if (!fits) {
            throw refused(
                    ErrorTag.INVALID_VALUE,
                    "%s is a %s in the model, and the data is not"
                            .formatted(
                                    at.name().getLocalName(),
                                    at.kind.name().toLowerCase(Locale.ROOT).replace('_', '-')));
        }
    }

    private SchemaNode child(SchemaNode at, PathArgument step) throws DatastoreException {
        var child = at.child(step);
        if (child == null) {
            trail.addLast(step);
            var name = step.getNodeType().getLocalName();
            var volatility = at.volatility(step.getNodeType());
            if (volatility.isPresent()) {
                throw refused(
                        ErrorTag.OPERATION_NOT_SUPPORTED,
                        volatility.get(),
                        Map.of("bad-element", name));
            }
            throw refused(
                    ErrorTag.UNKNOWN_ELEMENT,
                    "%s is no configuration the model has here".formatted(name),
                    Map.of("bad-element", name));
        }
        return child;
    }

    private static void set(
            NormalizedNodeContainerBuilder<?, PathArgument, NormalizedNode, ?> builder,
            PathArgument step,
            @Nullable NormalizedNode child) {
        if (child == null) {
            builder.removeChild(step);
        } else {
            builder.addChild(child);
        }
    }

    private String name() {
        return trail.isEmpty() ? "the configuration" : name(trail.getLast());
    }

    private static String name(PathArgument step) {
        var local = step.getNodeType().getLocalName();
        return switch (step) {
            case NodeIdentifierWithPredicates keys ->
                    local
                            + " "
                            + String.join(
                                    " ", keys.values().stream().map(Object::toString).toList());
            case YangInstanceIdentifier.NodeWithValue<?> value -> local + " " + value.getValue();
            default -> local;
        };
    }

    private DatastoreException missing() {
        return refused(ErrorTag.DATA_MISSING, "%s does not exist".formatted(name()));
    }

    private DatastoreException keyIsFixed(SchemaNode key) {
        return refused(
                ErrorTag.INVALID_VALUE,
                "key %s cannot differ from the entry it names"
                        .formatted(key.name().getLocalName()));
    }

    private DatastoreException keyIsMissing(QName key) {
        return refused(
                ErrorTag.MISSING_ELEMENT,
                "key %s is missing".formatted(key.getLocalName()),
                Map.of("bad-element", key.getLocalName()));
    }

    private DatastoreException refused(ErrorTag tag, String message) {
        return refused(tag, message, Map.of());
    }

    private DatastoreException refused(ErrorTag tag, String message, Map<String, String> info) {
        return new DatastoreException(
                new DataError(
                        ErrorType.APPLICATION,
                        tag,
                        null,
                        YangInstanceIdentifier.of(List.copyOf(trail)),
                        message,
                        info));
    }
}
