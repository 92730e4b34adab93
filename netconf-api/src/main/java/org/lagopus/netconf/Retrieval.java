package org.lagopus.netconf;

import static org.lagopus.netconf.Parameters.PROTOCOL;
import static org.lagopus.netconf.Parameters.parameter;
import static org.lagopus.netconf.Parameters.required;
import static org.lagopus.netconf.Parameters.unsupported;

import java.util.HashSet;
import java.util.function.Supplier;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Face;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeSnapshot;

/// `get` and `get-config` (RFC 6241 §7.1, §7.7).
final class Retrieval implements Rpcs.Family {
    private final Datastore datastore;
    private final Schemas schemas;
    private final Supplier<Settings> settings;

    Retrieval(Datastore datastore, Schemas schemas, Supplier<Settings> settings) {
        this.datastore = datastore;
        this.schemas = schemas;
        this.settings = settings;
    }

    @Override
    public Rpcs.@Nullable Call read(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        if (!in.namespace().equals(Names.BASE)) {
            return null;
        }
        return switch (in.name()) {
            case "get" -> get(in, by);
            case "get-config" -> getConfig(in, by);
            default -> null;
        };
    }

    private Rpcs.Call get(XmlReader in, Session by) throws XMLStreamException, DatastoreException {
        var root = schemas.now().root();
        Filter filter = null;
        for (var names = new HashSet<String>(); in.next(); ) {
            switch (parameter(in, names)) {
                case "filter" -> filter = filter(in, root);
                default -> throw unsupported(in);
            }
        }
        var wanted = filter;
        return reply -> {
            var view = datastore.view(by.actor());
            var running = rootOf(view.read(Face.RUNNING));
            var state = rootOf(view.operational());
            data(reply, root, running, state, wanted);
        };
    }

    private Rpcs.Call getConfig(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        var root = schemas.now().root();
        Place source = null;
        Filter filter = null;
        for (var names = new HashSet<String>(); in.next(); ) {
            switch (parameter(in, names)) {
                case "source" -> source = Place.read(in, false, schemas.now().root());
                case "filter" -> filter = filter(in, root);
                default -> throw unsupported(in);
            }
        }
        var face = Place.face(required(source, "source"));
        var wanted = filter;
        return reply ->
                data(reply, root, rootOf(datastore.view(by.actor()).read(face)), null, wanted);
    }

    private static void data(
            Reply reply,
            SchemaNode root,
            @Nullable ContainerNode first,
            @Nullable ContainerNode second,
            @Nullable Filter filter)
            throws XMLStreamException {
        reply.send(out -> {
            out.writeStartElement("", "data", Names.BASE);
            new DataWriter(out, Names.BASE).write(root, first, second, filter);
            out.writeEndElement();
        });
    }

    private static @Nullable ContainerNode rootOf(DataTreeSnapshot snapshot) {
        return (ContainerNode) snapshot.readNode(YangInstanceIdentifier.of()).orElse(null);
    }

    private Filter filter(XmlReader in, SchemaNode root)
            throws XMLStreamException, DatastoreException {
        for (int i = 0; i < in.attributes(); i++) {
            var namespace = in.attributeNamespace(i);
            boolean ours = namespace.isEmpty() || namespace.equals(Names.BASE);
            if (!ours || !in.attributeName(i).equals("type")) {
                throw Errors.unknownAttribute(PROTOCOL, null, "filter", in.attributeName(i));
            }
            if (!in.attributeValue(i).equals("subtree")) {
                throw Errors.badAttribute(
                        PROTOCOL,
                        null,
                        "filter",
                        "type",
                        "filters of type "
                                + Errors.quoted(in.attributeValue(i))
                                + " are not supported");
            }
        }
        return Filter.read(in, root, settings.get().maxFilter());
    }
}
