package org.lagopus.netconf;

import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Model;
import org.opendaylight.yangtools.yang.model.api.RpcDefinition;

/// The operations that modules define and somebody carries out (YANG `rpc`).
final class ModuleOperations implements Rpcs.Family {
    private final Datastore datastore;
    private final Schemas schemas;

    ModuleOperations(Datastore datastore, Schemas schemas) {
        this.datastore = datastore;
        this.schemas = schemas;
    }

    @Override
    public Rpcs.@Nullable Call read(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        var schema = schemas.now();
        var rpc = definition(schema.model(), in);
        if (rpc == null || !datastore.operations().registered().contains(rpc.getQName())) {
            return null;
        }
        var name = rpc.getQName();
        var input = ConfigReader.input(in, schema.root().operation(name, rpc.getInput()));
        return reply -> {
            var output = datastore.operations().invoke(name, input, by.actor());
            if (output.isEmpty()) {
                reply.ok();
                return;
            }
            var outputNode = schema.root().operation(name, rpc.getOutput());
            reply.send(out ->
                    new DataWriter(out, Names.BASE).write(outputNode, output.get(), null, null));
        };
    }

    private static @Nullable RpcDefinition definition(Model model, XmlReader in) {
        if (in.namespace().isEmpty()) {
            return null;
        }
        return Names.modules(model.context(), in.namespace()).stream()
                .filter(module -> model.implemented(module.getQNameModule()))
                .flatMap(module -> module.getRpcs().stream().map(RpcDefinition.class::cast))
                .filter(rpc -> rpc.getQName().getLocalName().equals(in.name()))
                .findFirst()
                .orElse(null);
    }
}
