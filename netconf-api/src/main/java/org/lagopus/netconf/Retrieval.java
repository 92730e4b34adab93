package org.lagopus.netconf;

import static org.lagopus.netconf.Parameters.parameter;
import static org.lagopus.netconf.Parameters.required;
import static org.lagopus.netconf.Parameters.unsupported;

import java.util.HashSet;
import java.util.List;
import java.util.function.Supplier;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Face;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeSnapshot;
import org.opendaylight.yangtools.yang.model.api.EffectiveModelContext;

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
        var schema = schemas.now();
        Wanted wanted = new Wanted.Everything();
        var mode = DefaultData.Mode.EXPLICIT;
        for (var names = new HashSet<String>(); in.next(); ) {
            if (DefaultData.Mode.isOpen(in)) {
                mode = DefaultData.Mode.read(in, names);
                continue;
            }
            switch (parameter(in, names)) {
                case "filter" -> wanted = Wanted.read(in, schema, settings.get().maxFilter());
                default -> throw unsupported(in);
            }
        }
        var of = wanted;
        var as = mode;
        return reply -> {
            var view = datastore.view(by.actor());
            var running = rootOf(view.read(Face.RUNNING));
            data(
                    reply,
                    schema,
                    running,
                    rootOf(view.observed(YangInstanceIdentifier.of())),
                    of,
                    as);
        };
    }

    private Rpcs.Call getConfig(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        var schema = schemas.now();
        Face source = null;
        Wanted wanted = new Wanted.Everything();
        var mode = DefaultData.Mode.EXPLICIT;
        for (var names = new HashSet<String>(); in.next(); ) {
            if (DefaultData.Mode.isOpen(in)) {
                mode = DefaultData.Mode.read(in, names);
                continue;
            }
            switch (parameter(in, names)) {
                case "source" -> {
                    source = Place.face(in, schema.root());
                    by.concerns(source.label());
                }
                case "filter" -> wanted = Wanted.read(in, schema, settings.get().maxFilter());
                default -> throw unsupported(in);
            }
        }
        var face = required(source, "source");
        var of = wanted;
        var as = mode;
        return reply -> {
            var root = rootOf(datastore.view(by.actor()).read(face));
            data(reply, schema, root, null, of, as);
        };
    }

    /// Answers with what is wanted of one tree, or of configuration and state as one.
    static void data(
            Reply reply,
            Schemas.Schema schema,
            @Nullable ContainerNode first,
            @Nullable ContainerNode second,
            Wanted wanted,
            DefaultData.Mode mode)
            throws XMLStreamException, DatastoreException {
        data(reply, schema, Names.BASE, first, second, wanted, mode, Shown.ALL);
    }

    /// @param namespace of the element around the data
    static void data(
            Reply reply,
            Schemas.Schema schema,
            String namespace,
            @Nullable ContainerNode first,
            @Nullable ContainerNode second,
            Wanted wanted,
            DefaultData.Mode mode,
            Shown shown)
            throws XMLStreamException, DatastoreException {
        var root = schema.root();
        var defaults = DefaultData.of(mode, schema.defaults(), first);
        var chosen =
                wanted instanceof Wanted.Chosen(var filter)
                        ? filter.choose(root, first, second, defaults)
                        : List.<ViewNode>of();
        reply.send(out -> {
            out.writeStartElement("", "data", namespace);
            if (!namespace.equals(Names.BASE)) {
                out.writeDefaultNamespace(namespace);
            }
            if (shown.withOrigin()) {
                out.writeNamespace("or", Names.ORIGIN);
            }
            var to = new DataWriter(out, namespace, defaults, shown);
            switch (wanted) {
                case Wanted.Everything _ -> to.write(root, first, second, null);
                case Wanted.Subtree(var filter) -> to.write(root, first, second, filter);
                case Wanted.Chosen _ -> to.write(chosen);
            }
            out.writeEndElement();
        });
    }

    /// All of a snapshot; empty where there is nothing.
    static ContainerNode whole(DataTreeSnapshot snapshot) {
        var root = rootOf(snapshot);
        return root == null
                ? ImmutableNodes.newContainerBuilder()
                        .withNodeIdentifier(NodeIdentifier.create(EffectiveModelContext.NAME))
                        .build()
                : root;
    }

    static @Nullable ContainerNode rootOf(DataTreeSnapshot snapshot) {
        return (ContainerNode) snapshot.readNode(YangInstanceIdentifier.of()).orElse(null);
    }
}
