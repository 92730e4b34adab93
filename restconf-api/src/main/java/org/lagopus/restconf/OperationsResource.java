package org.lagopus.restconf;

import java.io.IOException;
import java.io.PushbackInputStream;
import java.util.List;
import org.eclipse.jetty.http.HttpHeader;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.opendaylight.yangtools.yang.common.Empty;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.data.util.DataSchemaContext;
import org.opendaylight.yangtools.yang.model.api.RpcDefinition;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

/// `{+restconf}/operations` (RFC 8040 §3.3.2, §3.6, §4.4.2): the operations of the modules but for
/// those of NETCONF itself.
final class OperationsResource {
    private static final String ALL = "GET, HEAD, OPTIONS";
    private static final String ONE = "OPTIONS, POST";
    private static final QName OPERATIONS = Instances.name("operations");

    private final Datastore datastore;
    private final Names names;
    private final Instances instances;

    OperationsResource(Datastore datastore, Names names, Instances instances) {
        this.datastore = datastore;
        this.names = names;
        this.instances = instances;
    }

    /// @param path raw, as in the URI, without the leading slash
    void handle(Exchange exchange, String path, Actor actor)
            throws IOException, Refusal, DatastoreException {
        var rpc = path.isEmpty() ? null : find(path);
        var allow = rpc == null ? ALL : ONE;
        if (!List.of(allow.split(", ")).contains(exchange.method())) {
            throw Refusal.method(exchange.method(), allow);
        }
        if (exchange.method().equals("OPTIONS")) {
            exchange.header(HttpHeader.ALLOW, allow);
            exchange.reply(200);
        } else if (rpc == null) {
            list(exchange, actor);
        } else {
            invoke(exchange, rpc, actor);
        }
    }

    private void list(Exchange exchange, Actor actor) throws IOException, Refusal {
        var media = Media.accepted(exchange.request().getHeaders());
        exchange.reply(
                200,
                media.type(),
                to -> {
                    try (var out = instances.output(media.encoding(), to)) {
                        write(out, actor);
                    }
                });
    }

    /// Those that a client may invoke.
    void write(Output out, Actor actor) throws IOException {
        out.startContainer(OPERATIONS);
        var model = datastore.model();
        var rights = datastore.access().rights(actor);
        for (var module : model.context().getModules()) {
            if (model.implemented(module.getQNameModule()) && !isProtocol(module.getName())) {
                for (var rpc : module.getRpcs()) {
                    if (rights.mayInvoke(rpc.getQName())) {
                        out.leaf(rpc.getQName(), Empty.value());
                    }
                }
            }
        }
        out.endContainer(OPERATIONS);
    }

    private static boolean isProtocol(String module) {
        return module.equals("ietf-netconf") || module.startsWith("ietf-netconf-");
    }

    private RpcDefinition find(String path) throws Refusal {
        int colon = path.indexOf(':');
        var module = path.substring(0, Math.max(colon, 0));
        var name = path.substring(colon + 1);
        return names.module(module)
                .filter(found -> !isProtocol(module))
                .flatMap(found -> datastore.model().context().findModule(found))
                .flatMap(found ->
                        found.getRpcs().stream()
                                .map(RpcDefinition.class::cast)
                                .filter(rpc -> rpc.getQName().getLocalName().equals(name))
                                .findFirst())
                .orElseThrow(() ->
                        new Refusal(
                                404,
                                DataError.of(
                                                ErrorTag.UNKNOWN_ELEMENT,
                                                "the model has no operation " + path)
                                        .withType(ErrorType.PROTOCOL)));
    }

    private void invoke(Exchange exchange, RpcDefinition rpc, Actor actor)
            throws IOException, Refusal, DatastoreException {
        var media = Media.accepted(exchange.request().getHeaders());
        datastore.access().rights(actor).checkInvoke(rpc.getQName());
        var input = input(exchange, rpc);
        var output = datastore.operations().invoke(rpc.getQName(), input, actor);
        if (output.isEmpty() || output.get().isEmpty()) {
            exchange.reply(204);
            return;
        }
        var name = QName.create(rpc.getQName(), "output");
        exchange.reply(
                200,
                media.type(),
                to -> {
                    try (var out = instances.output(media.encoding(), to)) {
                        out.startContainer(name);
                        new TreeWriter(out, Integer.MAX_VALUE)
                                .children(output.get(), Selection.ALL);
                        out.endContainer(name);
                    }
                });
    }

    private ContainerNode input(Exchange exchange, RpcDefinition rpc) throws IOException, Refusal {
        var schema = (DataSchemaContext.Composite) DataSchemaContext.of(rpc.getInput());
        var name = rpc.getInput().getQName();
        var id = new NodeIdentifier(name);
        var nodes = Nodes.at(YangInstanceIdentifier.of(), id, schema);
        var body = new PushbackInputStream(exchange.body());
        if (!empty(body)) {
            var stack = SchemaInferenceStack.of(datastore.model().context());
            stack.enterSchemaTree(rpc.getQName());
            stack.enterSchemaTree(name);
            var content = Media.content(exchange.request().getHeaders());
            BodyReader.of(content, datastore.model(), names, stack, false)
                    .content(name, nodes, body);
        }
        return ImmutableNodes.newContainerBuilder()
                .withNodeIdentifier(id)
                .withValue(nodes.build())
                .build();
    }

    private static boolean empty(PushbackInputStream body) throws IOException {
        int first = body.read();
        if (first >= 0) {
            body.unread(first);
        }
        return first < 0;
    }
}
