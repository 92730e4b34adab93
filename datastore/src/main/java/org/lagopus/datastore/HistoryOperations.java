package org.lagopus.datastore;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.access.Rights;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.common.Uint64;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.schema.ChoiceNode;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerChild;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.OrderedNodeContainer;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;

/// The operations of `lagopus-history`, for whatever northbound they come in by.
final class HistoryOperations {
    private static final long LISTED = 100;

    private final Datastore datastore;
    private final QNameModule module;

    private HistoryOperations(Datastore datastore, QNameModule module) {
        this.datastore = datastore;
        this.module = module;
    }

    /// Does nothing where the model does not have the module.
    static void register(Datastore datastore) {
        datastore
                .model()
                .module(History.MODULE)
                .ifPresent(module -> new HistoryOperations(datastore, module).register());
    }

    private void register() {
        var operations = datastore.operations();
        operations.register(name("commit"), this::commit);
        operations.register(name("cancel-commit"), this::cancel);
        operations.register(name("list-commits"), this::list);
        operations.register(name("show-commit"), this::show);
        operations.register(name("explain-commit"), this::explain);
        operations.register(name("diff"), this::diff);
        operations.register(name("rollback"), this::rollBack);
        operations.register(name("label"), this::label);
        operations.register(name("save-rescue"), this::saveRescue);
    }

    private Optional<ContainerNode> commit(ContainerNode input, Actor by)
            throws DatastoreException {
        var timeout = leaf(input, "confirm-timeout", Uint32.class);
        var persist = text(input, "persist");
        Datastore.Confirmed confirmed = null;
        if (node(input, "confirmed") != null) {
            confirmed =
                    new Datastore.Confirmed(
                            timeout == null
                                    ? Datastore.Confirmed.TIMEOUT
                                    : Duration.ofSeconds(timeout.longValue()),
                            persist);
        } else if (timeout != null || persist != null) {
            throw new DatastoreException(
                    DataError.of(ErrorTag.MISSING_ELEMENT, "confirmed is missing")
                            .withInfo("bad-element", "confirmed"));
        }
        return made(
                datastore.commit(by, text(input, "comment"), confirmed, text(input, "persist-id")));
    }

    private Optional<ContainerNode> cancel(ContainerNode input, Actor by)
            throws DatastoreException {
        datastore.cancelCommit(by, text(input, "persist-id"));
        return Optional.empty();
    }

    private Optional<ContainerNode> list(ContainerNode input, Actor by) {
        var limit = leaf(input, "limit", Uint32.class);
        var before = number(input, "before");
        var list =
                ImmutableNodes.builderFactory()
                        .newUserMapBuilder()
                        .withNodeIdentifier(id("commit"));
        datastore
                .history()
                .before(
                        before == null ? Long.MAX_VALUE : before,
                        limit == null ? LISTED : limit.longValue())
                .forEach(entry ->
                        list.withChild(
                                entry(
                                        "commit",
                                        "id",
                                        Uint64.valueOf(entry.generation()),
                                        facts(entry))));
        return output(List.of(list.build()));
    }

    private Optional<ContainerNode> show(ContainerNode input, Actor by) throws DatastoreException {
        long id = required(input, "id");
        var entry =
                datastore.history().find(id).orElseThrow(() -> History.unknown(Long.toString(id)));
        var nodes = new ArrayList<>(facts(entry));
        nodes.add(changes(datastore.content(entry.parent()), datastore.content(id), by));
        return output(nodes);
    }

    private Optional<ContainerNode> explain(ContainerNode input, Actor by)
            throws DatastoreException {
        var id = number(input, "id");
        var attempt =
                datastore
                        .attempts()
                        .find(id)
                        .orElseThrow(() ->
                                new DatastoreException(
                                        DataError.of(
                                                ErrorTag.DATA_MISSING,
                                                id == null
                                                        ? "no commit has failed since the start"
                                                        : "commit %d is none that failed lately"
                                                                .formatted(id))));
        var nodes = new ArrayList<DataContainerChild>();
        Optional.ofNullable(attempt.commit())
                .ifPresent(number -> nodes.add(leaf("id", Uint64.valueOf(number))));
        nodes.add(leaf("transaction", attempt.transaction()));
        nodes.add(leaf("time", attempt.time().toString()));
        nodes.addAll(maker(attempt.by(), attempt.comment()));
        nodes.add(
                leaf(
                        "outcome",
                        attempt.outcome() instanceof Life.Refused ? "refused" : "taken-back"));
        var steps =
                ImmutableNodes.builderFactory().newUserMapBuilder().withNodeIdentifier(id("step"));
        for (int i = 0; i < attempt.steps().size(); i++) {
            steps.withChild(step(i + 1, attempt.steps().get(i)));
        }
        nodes.add(steps.build());
        return output(nodes);
    }

    private MapEntryNode step(int number, Attempt.Step step) {
        var nodes = new ArrayList<DataContainerChild>();
        nodes.add(leaf("number", Uint32.valueOf(number)));
        nodes.add(leaf("phase", step.phase().name().toLowerCase(Locale.ROOT)));
        Optional.ofNullable(step.component()).ifPresent(name -> nodes.add(leaf("component", name)));
        nodes.add(leaf("microseconds", Uint64.valueOf(Math.max(0, step.nanos() / 1000))));
        nodes.add(leaf("result", step.result().name().toLowerCase(Locale.ROOT)));
        var errors =
                ImmutableNodes.builderFactory().newUserMapBuilder().withNodeIdentifier(id("error"));
        for (int i = 0; i < step.errors().size(); i++) {
            var error = step.errors().get(i);
            var about = new ArrayList<DataContainerChild>();
            about.add(leaf("number", Uint32.valueOf(i + 1)));
            about.add(leaf("tag", error.tag().elementBody()));
            Optional.ofNullable(error.path())
                    .ifPresent(path -> about.add(leaf("path", datastore.model().format(path))));
            about.add(leaf("message", error.message()));
            errors.withChild(entry("error", "number", Uint32.valueOf(i + 1), about));
        }
        nodes.add(errors.build());
        return entry("step", "number", Uint32.valueOf(number), nodes);
    }

    private Optional<ContainerNode> diff(ContainerNode input, Actor by) throws DatastoreException {
        var to = number(input, "to");
        boolean candidate = node(input, "candidate") != null;
        var from = datastore.content(required(input, "from"));
        var second =
                candidate
                        ? datastore.candidate(by)
                        : datastore.content(to == null ? datastore.generation() : to);
        return output(List.of(changes(from, second, by)));
    }

    private Optional<ContainerNode> rollBack(ContainerNode input, Actor by)
            throws DatastoreException {
        var comment = text(input, "comment");
        if (node(input, "rescue") != null) {
            return made(
                    datastore.rollBackToRescue(
                            by, comment == null ? "rollback to rescue" : comment));
        }
        var label = text(input, "label");
        long to =
                label == null
                        ? required(input, "to")
                        : datastore
                                .history()
                                .labelled(label)
                                .orElseThrow(() -> History.unknown(label));
        return made(datastore.rollBack(to, by, comment == null ? "rollback to " + to : comment));
    }

    private Optional<ContainerNode> label(ContainerNode input, Actor by) throws DatastoreException {
        datastore.label(required(input, "id"), text(input, "label"));
        return Optional.empty();
    }

    private Optional<ContainerNode> saveRescue(ContainerNode input, Actor by)
            throws DatastoreException {
        datastore.saveRescue();
        return Optional.empty();
    }

    private Optional<ContainerNode> made(Commit commit) {
        return output(List.of(leaf("id", Uint64.valueOf(commit.generation()))));
    }

    private List<DataContainerChild> facts(History.Entry entry) {
        var commit = entry.commit();
        var facts = new ArrayList<DataContainerChild>();
        facts.add(leaf("id", Uint64.valueOf(entry.generation())));
        facts.add(leaf("parent", Uint64.valueOf(entry.parent())));
        facts.add(leaf("time", commit.time().toString()));
        facts.addAll(maker(commit.by(), commit.comment()));
        datastore
                .history()
                .label(entry.generation())
                .ifPresent(text -> facts.add(leaf("label", text)));
        return facts;
    }

    private List<DataContainerChild> maker(Actor by, @Nullable String comment) {
        var facts = new ArrayList<DataContainerChild>();
        facts.add(leaf("user", by.user()));
        facts.add(leaf("session", Uint32.valueOf(by.session())));
        facts.add(leaf("origin", by.origin()));
        Optional.ofNullable(comment).ifPresent(text -> facts.add(leaf("comment", text)));
        return facts;
    }

    /// What somebody may read of the difference.
    private DataContainerChild changes(ContainerNode from, ContainerNode to, Actor by) {
        var rights = datastore.access().rights(by);
        var list =
                ImmutableNodes.builderFactory()
                        .newUserMapBuilder()
                        .withNodeIdentifier(id("change"));
        Change.between(from, to, Touched.everything())
                .ifPresent(change ->
                        each(
                                change,
                                YangInstanceIdentifier.of(),
                                (path, before, after) -> {
                                    var old = readable(rights, path, before);
                                    var young = readable(rights, path, after);
                                    if (!Objects.equals(old, young)) {
                                        list.withChild(change(path, old, young));
                                    }
                                }));
        return list.build();
    }

    private static @Nullable NormalizedNode readable(
            Rights rights, YangInstanceIdentifier path, @Nullable NormalizedNode node) {
        return node == null ? null : rights.readable(path, node).orElse(null);
    }

    private interface Each {
        void of(
                YangInstanceIdentifier path,
                @Nullable NormalizedNode before,
                @Nullable NormalizedNode after);
    }

    private static void each(DataTreeCandidateNode change, YangInstanceIdentifier path, Each each) {
        switch (change.modificationType()) {
            case SUBTREE_MODIFIED ->
                    change.childNodes()
                            .forEach(child -> each(child, path.node(child.name()), each));
            case UNMODIFIED -> {}
            default -> each(path, change.dataBefore(), change.dataAfter(), each);
        }
    }

    /// What has no path of its own, or stands for many, is told by what is in it.
    private static void each(
            YangInstanceIdentifier path,
            @Nullable NormalizedNode before,
            @Nullable NormalizedNode after,
            Each each) {
        var any = after == null ? before : after;
        boolean reordered =
                before != null && after != null && any instanceof OrderedNodeContainer<?>;
        boolean opened =
                any instanceof ChoiceNode
                        || !reordered && (any instanceof MapNode || any instanceof LeafSetNode<?>)
                        || path.isEmpty();
        if (!opened) {
            each.of(path, before, after);
            return;
        }
        if (before instanceof DistinctNodeContainer<?, ?> old) {
            for (var child : old.body()) {
                var now = Nodes.child(after, child.name());
                if (!child.equals(now)) {
                    each(path.node(child.name()), child, now, each);
                }
            }
        }
        if (after instanceof DistinctNodeContainer<?, ?> young) {
            for (var child : young.body()) {
                if (Nodes.child(before, child.name()) == null) {
                    each(path.node(child.name()), null, child, each);
                }
            }
        }
    }

    private MapEntryNode change(
            YangInstanceIdentifier path,
            @Nullable NormalizedNode before,
            @Nullable NormalizedNode after) {
        var text = datastore.model().format(path);
        var nodes = new ArrayList<DataContainerChild>();
        nodes.add(leaf("path", text));
        nodes.add(
                leaf(
                        "operation",
                        before == null ? "create" : after == null ? "delete" : "replace"));
        if (before != null) {
            nodes.add(leaf("before", JsonText.of(datastore.model(), path, before)));
        }
        if (after != null) {
            nodes.add(leaf("after", JsonText.of(datastore.model(), path, after)));
        }
        return entry("change", "path", text, nodes);
    }

    private MapEntryNode entry(
            String list, String key, Object value, List<DataContainerChild> children) {
        var entry =
                ImmutableNodes.newMapEntryBuilder()
                        .withNodeIdentifier(
                                NodeIdentifierWithPredicates.of(name(list), name(key), value));
        children.forEach(entry::withChild);
        return entry.build();
    }

    private Optional<ContainerNode> output(List<DataContainerChild> children) {
        var output = ImmutableNodes.newContainerBuilder().withNodeIdentifier(id("output"));
        children.forEach(output::withChild);
        return Optional.of(output.build());
    }

    private DataContainerChild leaf(String name, Object value) {
        return ImmutableNodes.leafNode(name(name), value);
    }

    private @Nullable DataContainerChild node(ContainerNode input, String name) {
        var found = input.childByArg(id(name));
        if (found != null) {
            return found;
        }
        for (var child : input.body()) {
            if (child instanceof ChoiceNode choice) {
                var inside = choice.childByArg(id(name));
                if (inside != null) {
                    return inside;
                }
            }
        }
        return null;
    }

    private <T> @Nullable T leaf(ContainerNode input, String name, Class<T> type) {
        var found = node(input, name);
        return found == null ? null : type.cast(found.body());
    }

    private @Nullable String text(ContainerNode input, String name) {
        return leaf(input, name, String.class);
    }

    private @Nullable Long number(ContainerNode input, String name) {
        var found = leaf(input, name, Uint64.class);
        return found == null ? null : found.longValue();
    }

    private long required(ContainerNode input, String name) throws DatastoreException {
        var found = number(input, name);
        if (found == null) {
            throw new DatastoreException(
                    DataError.of(ErrorTag.MISSING_ELEMENT, name + " is missing")
                            .withInfo("bad-element", name));
        }
        return found;
    }

    private QName name(String local) {
        return QName.create(module, local);
    }

    private NodeIdentifier id(String local) {
        return NodeIdentifier.create(name(local));
    }
}
