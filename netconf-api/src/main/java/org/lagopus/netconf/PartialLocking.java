package org.lagopus.netconf;

import static org.lagopus.netconf.Parameters.PROTOCOL;
import static org.lagopus.netconf.Parameters.noAttributes;
import static org.lagopus.netconf.Parameters.required;
import static org.lagopus.netconf.Parameters.unsupported;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.xml.namespace.NamespaceContext;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.View;
import org.lagopus.datastore.XPathNames;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// `partial-lock` and `partial-unlock` (RFC 5717). An instance-identifier is an expression of XPath
/// like any other; each is evaluated once, on running as the client sees it.
final class PartialLocking implements Rpcs.Family {
    private final Datastore datastore;
    private final Schemas schemas;
    private final Sessions sessions;

    PartialLocking(Datastore datastore, Schemas schemas, Sessions sessions) {
        this.datastore = datastore;
        this.schemas = schemas;
        this.sessions = sessions;
    }

    @Override
    public Rpcs.@Nullable Call read(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        if (!in.namespace().equals(Names.PARTIAL_LOCK)) {
            return null;
        }
        return switch (in.name()) {
            case "partial-lock" -> lock(in, by);
            case "partial-unlock" -> unlock(in, by);
            default -> null;
        };
    }

    /// As the state tells it, where the client's prefixes mean nothing.
    private static String kept(Schemas.Schema schema, String text, NamespaceContext namespaces)
            throws DatastoreException {
        try {
            return XPathNames.read(schema.model().context(), text, namespaces::getNamespaceURI);
        } catch (IllegalArgumentException e) {
            throw Errors.invalidValue(PROTOCOL, null, "select", String.valueOf(e.getMessage()));
        }
    }

    private Rpcs.Call lock(XmlReader in, Session by) throws XMLStreamException, DatastoreException {
        var schema = schemas.now();
        var select = new ArrayList<String>();
        var filters = new ArrayList<XPathFilter>();
        while (in.next()) {
            if (!in.is(Names.PARTIAL_LOCK, "select")) {
                throw unsupported(in);
            }
            noAttributes(in);
            var namespaces = in.namespaces();
            var text = in.text().strip();
            try {
                filters.add(XPathFilter.of(schema, namespaces, text));
                select.add(kept(schema, text, namespaces));
            } catch (DatastoreException e) {
                throw refused(e, "invalid-lock-specification");
            }
        }
        if (select.isEmpty()) {
            throw Errors.missingElement(PROTOCOL, null, "select");
        }
        return reply -> {
            var lock =
                    datastore
                            .locks()
                            .lockPart(select, view -> nodes(schema, filters, view), by.actor());
            sessions.lockChanged();
            reply.send(out -> {
                out.writeStartElement("", "lock-id", Names.PARTIAL_LOCK);
                out.writeDefaultNamespace(Names.PARTIAL_LOCK);
                out.writeCharacters(Long.toString(lock.id()));
                out.writeEndElement();
                for (var node : lock.nodes()) {
                    out.writeStartElement("", "locked-node", Names.PARTIAL_LOCK);
                    out.writeDefaultNamespace(Names.PARTIAL_LOCK);
                    path(out, schema.model(), node);
                    out.writeEndElement();
                }
            });
        };
    }

    private static Set<YangInstanceIdentifier> nodes(
            Schemas.Schema schema, List<XPathFilter> filters, View view) throws DatastoreException {
        var running = Retrieval.rootOf(view.read(Face.RUNNING));
        var nodes = new LinkedHashSet<YangInstanceIdentifier>();
        for (var filter : filters) {
            try {
                filter.choose(schema.root(), running, null, DefaultData.explicit())
                        .forEach(node -> nodes.add(node.path()));
            } catch (DatastoreException e) {
                throw refused(e, "not-a-node-set");
            }
        }
        if (nodes.isEmpty()) {
            var error =
                    Errors.refuse(
                            PROTOCOL,
                            ErrorTag.OPERATION_FAILED,
                            null,
                            "select chooses nothing of running",
                            Map.of());
            throw refused(error, "no-matches");
        }
        return nodes;
    }

    /// With the error-app-tag of RFC 5717 §2.4.1.
    private static DatastoreException refused(DatastoreException why, String appTag) {
        return new DatastoreException(why.errors().getFirst().withAppTag(appTag));
    }

    /// Writes an instance-identifier into the open element.
    static void path(XMLStreamWriter out, Model model, YangInstanceIdentifier node)
            throws XMLStreamException {
        var path = model.toXPath(node);
        for (var namespace : path.namespaces().entrySet()) {
            out.writeNamespace(namespace.getKey(), namespace.getValue());
        }
        out.writeCharacters(path.expression());
    }

    private Rpcs.Call unlock(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        @Nullable Long id = null;
        while (in.next()) {
            if (!in.is(Names.PARTIAL_LOCK, "lock-id") || id != null) {
                throw unsupported(in);
            }
            noAttributes(in);
            try {
                id =
                        Long.valueOf(
                                Integer.toUnsignedLong(
                                        Integer.parseUnsignedInt(in.text().strip())));
            } catch (NumberFormatException e) {
                throw Parameters.badValue("lock-id", "a number that partial-lock gave");
            }
        }
        long lock = required(id, "lock-id");
        return reply -> {
            datastore.locks().unlockPart(lock, by.actor());
            sessions.lockChanged();
            reply.ok();
        };
    }
}
