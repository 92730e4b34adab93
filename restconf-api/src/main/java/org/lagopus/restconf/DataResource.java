package org.lagopus.restconf;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiPredicate;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.Commit;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.View;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeWithValue;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.UnkeyedListNode;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeSnapshot;
import org.opendaylight.yangtools.yang.data.util.DataSchemaContext;
import org.opendaylight.yangtools.yang.model.api.ContainerSchemaNode;
import org.opendaylight.yangtools.yang.model.api.SchemaContext;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

/// `{+restconf}/data` and all below (RFC 8040 §3.4, §3.5, §4). Each edit is a commit of its own on
/// running.
final class DataResource {
    private final Datastore datastore;
    private final Model model;
    private final Names names;
    private final Instances instances;
    private final Versions versions;

    DataResource(Datastore datastore, Names names, Instances instances) {
        this.datastore = datastore;
        this.model = datastore.model();
        this.names = names;
        this.instances = instances;
        versions = new Versions(datastore);
    }

    /// @param path raw, as in the URI, without the leading slash
    void handle(Exchange exchange, String path, Actor actor)
            throws IOException, Refusal, DatastoreException {
        var target = Target.parse(model, names, path);
        var method = exchange.method();
        if (!List.of(target.allow().split(", ")).contains(method)) {
            throw Refusal.method(method, target.allow());
        }
        var query = Query.of(exchange.request());
        if (exchange.reading()) {
            get(exchange, target, Query.retrieval(query), datastore.view(actor));
            return;
        }
        Query.none(query);
        if (method.equals("OPTIONS")) {
            options(exchange, target);
            return;
        }
        switch (method) {
            case "PUT" -> put(exchange, target, actor);
            case "POST" -> post(exchange, target, actor);
            case "PATCH" -> patch(exchange, target, actor);
            default -> delete(exchange, target, actor);
        }
    }

    private static void options(Exchange exchange, Target target) {
        exchange.header(HttpHeader.ALLOW, target.allow());
        if (target.allow().contains("PATCH")) {
            exchange.header("Accept-Patch", Media.ACCEPT_PATCH);
        }
        exchange.reply(200);
    }

    private void get(Exchange exchange, Target target, Query query, View view)
            throws IOException, Refusal {
        var headers = exchange.request().getHeaders();
        var media = Media.accepted(headers);
        var fields = query.fields();
        var selection =
                fields == null ? Selection.ALL : Selection.parse(fields, target.schema(), names);
        var before = versions.current();
        var node =
                read(target, query.content(), view)
                        .orElseThrow(() -> Refusal.noInstance(target.path()));
        if (media.encoding() == Media.Encoding.XML && isSeveral(node)) {
            throw Refusal.invalid("XML cannot hold more than one entry of a list: name one by key");
        }
        // What was read is of this version only if it is still the version.
        if (target.config()
                && query.content() != Query.Content.NONCONFIG
                && before.equals(versions.current())) {
            before.describe(exchange, media.encoding());
            if (query.content() == Query.Content.CONFIG
                    && versions.known(headers, before, media.encoding())) {
                exchange.reply(304);
                return;
            }
        }
        exchange.reply(
                200,
                media.type(),
                to -> {
                    try (var out = instances.output(media.encoding(), to)) {
                        var writer = new TreeWriter(out, query.depth());
                        if (target.kind() == Target.Kind.DATASTORE) {
                            out.startContainer(Instances.DATA);
                            writer.children((ContainerNode) node, selection);
                            out.endContainer(Instances.DATA);
                        } else {
                            writer.write(node, selection);
                        }
                    }
                });
    }

    private Optional<NormalizedNode> read(Target target, Query.Content content, View view) {
        var found =
                switch (content) {
                    case ALL -> view.readAll(target.path());
                    case CONFIG ->
                            target.config()
                                    ? view.read(Face.RUNNING).readNode(target.path())
                                    : Optional.<NormalizedNode>empty();
                    case NONCONFIG ->
                            view.observed(target.path())
                                    .readNode(target.path())
                                    .or(() -> withoutContent(target, view));
                };
        return target.kind() == Target.Kind.DATASTORE
                ? found.or(() -> Optional.of(empty()))
                : found.filter(node -> !isEmptyList(node));
    }

    /// A node of the configuration that has no state below it is there all the same.
    private Optional<NormalizedNode> withoutContent(Target target, View view) {
        if (view.readAll(target.path()).isEmpty()) {
            return Optional.empty();
        }
        return switch (target.kind()) {
            case CONTAINER ->
                    Optional.of(
                            ImmutableNodes.newContainerBuilder()
                                    .withNodeIdentifier(target.schema().getPathStep())
                                    .build());
            case ENTRY -> {
                var id = (NodeIdentifierWithPredicates) target.path().getLastPathArgument();
                var entry = ImmutableNodes.newMapEntryBuilder().withNodeIdentifier(id);
                id.asMap()
                        .forEach((key, value) ->
                                entry.withChild(ImmutableNodes.leafNode(key, value)));
                yield Optional.of(entry.build());
            }
            default -> Optional.empty();
        };
    }

    /// Instances of a list or leaf-list. Not counted: a list may be read as it is walked.
    private static Iterator<?> instances(NormalizedNode node) {
        return switch (node) {
            case MapNode map -> map.body().iterator();
            case LeafSetNode<?> set -> set.body().iterator();
            case UnkeyedListNode list -> list.body().iterator();
            default -> List.of(node).iterator();
        };
    }

    private static boolean isSeveral(NormalizedNode node) {
        var instances = instances(node);
        if (instances.hasNext()) {
            instances.next();
        }
        return instances.hasNext();
    }

    /// A tree may hold the list when its last entry is gone.
    private static boolean isEmptyList(NormalizedNode node) {
        return !instances(node).hasNext();
    }

    private void put(Exchange exchange, Target target, Actor actor)
            throws IOException, Refusal, DatastoreException {
        var edits = new ArrayList<Edit>();
        if (target.kind() == Target.Kind.DATASTORE) {
            edits.add(Edit.replace(YangInstanceIdentifier.of(), datastoreBody(exchange)));
        } else {
            var data = body(exchange, target);
            ancestor(target.path(), target.above()).ifPresent(path -> edits.add(Edit.none(path)));
            edits.add(Edit.replace(target.path(), data));
        }
        if (edit(exchange, target, edits, actor) || target.kind() == Target.Kind.DATASTORE) {
            exchange.reply(204);
        } else {
            exchange.header(HttpHeader.LOCATION, location(exchange));
            exchange.reply(201);
        }
    }

    private void patch(Exchange exchange, Target target, Actor actor)
            throws IOException, Refusal, DatastoreException {
        var edits = new ArrayList<Edit>();
        if (target.kind() == Target.Kind.DATASTORE) {
            edits.add(Edit.merge(YangInstanceIdentifier.of(), datastoreBody(exchange)));
        } else {
            var data = body(exchange, target);
            existing(target).ifPresent(path -> edits.add(Edit.none(path)));
            edits.add(Edit.merge(target.path(), data));
        }
        onTarget(exchange, target, edits, actor);
        exchange.reply(204);
    }

    private void post(Exchange exchange, Target target, Actor actor)
            throws IOException, Refusal, DatastoreException {
        var content = Media.content(exchange.request().getHeaders());
        var steps = new ArrayList<>(target.parentSteps());
        if (target.kind() != Target.Kind.DATASTORE) {
            steps.add(target.schema().dataSchemaNode().getQName());
        }
        var nodes =
                Nodes.at(
                        target.path(),
                        new NodeIdentifier(SchemaContext.NAME),
                        (DataSchemaContext.Composite) target.schema());
        BodyReader.of(content, model, names, stack(steps), true).child(nodes, exchange.body());
        var child = nodes.single();
        var path = path(target.path(), child.steps());
        var edits = new ArrayList<Edit>();
        existing(target).ifPresent(above -> edits.add(Edit.none(above)));
        edits.add(Edit.create(path, child.node()));
        onTarget(exchange, target, edits, actor);
        var location = location(exchange);
        exchange.header(
                HttpHeader.LOCATION,
                (location.endsWith("/") ? location : location + "/")
                        + segment(path.getLastPathArgument(), target));
        exchange.reply(201);
    }

    private void delete(Exchange exchange, Target target, Actor actor)
            throws Refusal, DatastoreException {
        onTarget(exchange, target, List.of(Edit.delete(target.path())), actor);
        exchange.reply(204);
    }

    /// The conditions of the request are checked where the edit is made: nobody gets in between.
    ///
    /// @return whether the target was there before
    private boolean edit(Exchange exchange, Target target, List<Edit> edits, Actor actor)
            throws Refusal, DatastoreException {
        var check = new Check(exchange.request().getHeaders(), target);
        if (!datastore.editIf(check, edits, actor)) {
            throw Objects.requireNonNull(check.refusal);
        }
        return check.existed;
    }

    private static final class Check implements BiPredicate<DataTreeSnapshot, Optional<Commit>> {
        private final HttpFields headers;
        private final Target target;
        private boolean existed;
        private @Nullable Refusal refusal;

        Check(HttpFields headers, Target target) {
            this.headers = headers;
            this.target = target;
        }

        @Override
        public boolean test(DataTreeSnapshot running, Optional<Commit> last) {
            existed = running.readNode(target.path()).isPresent();
            try {
                Versions.check(headers, existed, Versions.Version.of(last));
                return true;
            } catch (Refusal failed) {
                refusal = failed;
                return false;
            }
        }
    }

    /// An edit of a resource that has to be there: where it is not, nobody finds it.
    private void onTarget(Exchange exchange, Target target, List<Edit> edits, Actor actor)
            throws Refusal, DatastoreException {
        try {
            edit(exchange, target, edits, actor);
        } catch (DatastoreException e) {
            var missing =
                    e.errors().stream()
                            .allMatch(error ->
                                    error.tag().equals(ErrorTag.DATA_MISSING)
                                            && error.path() != null
                                            && error.path().contains(target.path()));
            if (missing) {
                throw new Refusal(404, e.errors(), Map.of());
            }
            throw e;
        }
    }

    /// The body of PUT and PATCH: the target itself, under its own name and keys.
    private NormalizedNode body(Exchange exchange, Target target) throws IOException, Refusal {
        var content = Media.content(exchange.request().getHeaders());
        var nodes =
                Nodes.at(
                        target.parentPath(),
                        new NodeIdentifier(SchemaContext.NAME),
                        target.parent());
        BodyReader.of(content, model, names, stack(target.parentSteps()), true)
                .child(nodes, exchange.body());
        var child = nodes.single();
        if (!path(target.parentPath(), child.steps()).equals(target.path())) {
            throw new Refusal(
                    DataError.at(
                                    target.path(),
                                    ErrorTag.INVALID_VALUE,
                                    "the body is %s, which is not what the URI names"
                                            .formatted(
                                                    model.format(
                                                            path(
                                                                    target.parentPath(),
                                                                    child.steps()))))
                            .withType(ErrorType.PROTOCOL));
        }
        return child.node();
    }

    private ContainerNode datastoreBody(Exchange exchange) throws IOException, Refusal {
        var content = Media.content(exchange.request().getHeaders());
        var nodes =
                Nodes.at(
                        YangInstanceIdentifier.of(),
                        new NodeIdentifier(SchemaContext.NAME),
                        model.tree().getRoot());
        BodyReader.of(content, model, names, stack(List.of()), true)
                .content(Instances.DATA, nodes, exchange.body());
        return ImmutableNodes.newContainerBuilder()
                .withNodeIdentifier(new NodeIdentifier(SchemaContext.NAME))
                .withValue(nodes.build())
                .build();
    }

    private static ContainerNode empty() {
        return ImmutableNodes.newContainerBuilder()
                .withNodeIdentifier(new NodeIdentifier(SchemaContext.NAME))
                .build();
    }

    private SchemaInferenceStack stack(List<QName> steps) {
        var stack = SchemaInferenceStack.of(model.context());
        steps.forEach(stack::enterDataTree);
        return stack;
    }

    private static YangInstanceIdentifier path(
            YangInstanceIdentifier parent, List<PathArgument> steps) {
        var all = new ArrayList<>(parent.getPathArguments());
        all.addAll(steps);
        return YangInstanceIdentifier.of(all);
    }

    /// The node that has to exist before something is put on or under the target.
    private Optional<YangInstanceIdentifier> existing(Target target) {
        return target.kind() == Target.Kind.DATASTORE
                ? Optional.empty()
                : target.kind() == Target.Kind.CONTAINER
                        ? ancestor(target.path(), target.path().getPathArguments().size())
                        : Optional.of(target.path());
    }

    /// The lowest node of the first steps of a path that does not come into being by itself: an
    /// entry of a list, or a container with presence (RFC 7950 §7.5.1).
    private Optional<YangInstanceIdentifier> ancestor(YangInstanceIdentifier path, int steps) {
        var arguments = path.getPathArguments();
        for (int n = steps; n > 0; n--) {
            var prefix = YangInstanceIdentifier.of(arguments.subList(0, n));
            if (arguments.get(n - 1) instanceof NodeIdentifierWithPredicates) {
                return Optional.of(prefix);
            }
            var schema = Objects.requireNonNull(model.tree().childByPath(prefix));
            if (schema.dataSchemaNode() instanceof ContainerSchemaNode container
                    && container.isPresenceContainer()) {
                return Optional.of(prefix);
            }
        }
        return Optional.empty();
    }

    private static String location(Exchange exchange) {
        var uri = exchange.request().getHttpURI();
        return "%s://%s%s".formatted(uri.getScheme(), uri.getAuthority(), uri.getPath());
    }

    /// The last segment of the URI of what was created (RFC 8040 §3.5.3).
    private String segment(PathArgument step, Target parent) {
        var node = step.getNodeType();
        var inherited =
                parent.kind() != Target.Kind.DATASTORE
                        && node.getModule()
                                .equals(parent.schema().dataSchemaNode().getQName().getModule());
        var name =
                inherited
                        ? node.getLocalName()
                        : names.name(node.getModule()) + ":" + node.getLocalName();
        return switch (step) {
            case NodeIdentifierWithPredicates entry ->
                    name
                            + "="
                            + String.join(",", entry.values().stream().map(this::escape).toList());
            case NodeWithValue<?> entry -> name + "=" + escape(entry.getValue());
            default -> name;
        };
    }

    private String escape(Object value) {
        var text =
                switch (value) {
                    case QName identity ->
                            names.name(identity.getModule()) + ":" + identity.getLocalName();
                    case YangInstanceIdentifier path -> model.format(path);
                    case org.opendaylight.yangtools.yang.common.Empty _ -> "";
                    default -> Output.text(value);
                };
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
