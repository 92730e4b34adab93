package org.lagopus.netconf;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.Locks;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps `/netconf-state` of RFC 6022 in the operational state, if the model has it. What it has to
/// say is put as the XML that a client will read, and becomes data on the way every client's does.
final class Monitoring {
    private static final Logger LOG = LoggerFactory.getLogger(Monitoring.class);

    private final Datastore datastore;
    private final Sessions sessions;
    private final Counters counters;
    private final Instant started = Instant.now();
    private final @Nullable SchemaNode root;
    private long counted = -1;

    @FunctionalInterface
    private interface Content {
        void write(XMLStreamWriter out) throws XMLStreamException;
    }

    Monitoring(Datastore datastore, Sessions sessions, Counters counters) {
        this.datastore = datastore;
        this.sessions = sessions;
        this.counters = counters;
        var all = SchemaNode.root(datastore.model(), datastore.defaults());
        root = all.child(Names.MONITORING, "netconf-state") == null ? null : all;
    }

    void start() {
        write(out -> {
            capabilities(out);
            schemas(out);
        });
        locks();
    }

    void begun(Session session) {
        write(out -> list(out, "sessions", inner -> session(inner, session)));
    }

    void ended(Session session) {
        if (root == null) {
            return;
        }
        var state = root.children("netconf-state").getFirst().qname();
        var list = QName.create(state, "session");
        datastore.writeState(
                List.of(
                        Edit.remove(
                                YangInstanceIdentifier.of(
                                        NodeIdentifier.create(state),
                                        NodeIdentifier.create(QName.create(state, "sessions")),
                                        NodeIdentifier.create(list),
                                        NodeIdentifierWithPredicates.of(
                                                list,
                                                QName.create(state, "session-id"),
                                                Uint32.valueOf(session.id()))))));
        locks();
    }

    /// Who holds which lock has changed. What was seen last is what stays.
    synchronized void locks() {
        if (root == null) {
            return;
        }
        var state = root.children("netconf-state").getFirst().qname();
        var datastores = NodeIdentifier.create(QName.create(state, "datastores"));
        read(out -> list(out, "datastores", this::datastores))
                .forEach(edit ->
                        datastore.writeState(
                                List.of(
                                        Edit.replace(
                                                YangInstanceIdentifier.of(
                                                        NodeIdentifier.create(state), datastores),
                                                child(edit, datastores)))));
    }

    /// Writes the counters if anything was counted since the last time.
    void counters() {
        long now =
                counters.inRpcs()
                        + counters.inBadRpcs()
                        + counters.inSessions()
                        + counters.droppedSessions()
                        + counters.inBadHellos()
                        + counters.outNotifications();
        if (now == counted) {
            return;
        }
        counted = now;
        write(out -> {
            list(
                    out,
                    "sessions",
                    inner -> {
                        for (var session : sessions.all()) {
                            if (session.greeted()) {
                                session(inner, session);
                            }
                        }
                    });
            list(out, "statistics", this::statistics);
        });
    }

    private void capabilities(XMLStreamWriter out) throws XMLStreamException {
        out.writeStartElement("capabilities");
        for (var capability : Capabilities.of(datastore.model())) {
            Reply.text(out, "capability", capability);
        }
        out.writeEndElement();
    }

    private void schemas(XMLStreamWriter out) throws XMLStreamException {
        out.writeStartElement("schemas");
        for (var source : datastore.model().sources()) {
            out.writeStartElement("schema");
            Reply.text(out, "identifier", source.name());
            Reply.text(out, "version", source.revision() == null ? "" : source.revision());
            Reply.text(out, "format", "yang");
            Reply.text(out, "namespace", source.namespace());
            Reply.text(out, "location", "NETCONF");
            out.writeEndElement();
        }
        out.writeEndElement();
    }

    private void datastores(XMLStreamWriter out) throws XMLStreamException {
        for (var face : Face.values()) {
            out.writeStartElement("datastore");
            Reply.text(out, "name", face == Face.RUNNING ? "running" : "candidate");
            var holder = datastore.locks().holder(face);
            var parts =
                    face == Face.RUNNING ? datastore.locks().parts() : List.<Locks.PartialLock>of();
            if (holder.isPresent()) {
                out.writeStartElement("locks");
                out.writeStartElement("global-lock");
                held(out, holder.get().owner(), holder.get().since());
                out.writeEndElement();
                out.writeEndElement();
            } else if (!parts.isEmpty()) {
                out.writeStartElement("locks");
                for (var part : parts) {
                    part(out, part);
                }
                out.writeEndElement();
            }
            out.writeEndElement();
        }
    }

    private static void held(XMLStreamWriter out, Actor owner, Instant since)
            throws XMLStreamException {
        Reply.text(out, "locked-by-session", Long.toString(owner.session()));
        Reply.text(out, "locked-time", time(since));
    }

    private void part(XMLStreamWriter out, Locks.PartialLock part) throws XMLStreamException {
        out.writeStartElement("partial-lock");
        Reply.text(out, "lock-id", Long.toString(part.id()));
        held(out, part.owner(), part.since());
        for (var select : part.select()) {
            Reply.text(out, "select", select);
        }
        for (var node : part.nodes()) {
            out.writeStartElement("locked-node");
            PartialLocking.path(out, datastore.model(), node);
            out.writeEndElement();
        }
        out.writeEndElement();
    }

    private static void session(XMLStreamWriter out, Session session) throws XMLStreamException {
        out.writeStartElement("session");
        Reply.text(out, "session-id", Long.toString(session.id()));
        Reply.text(out, "transport", session.transport());
        Reply.text(out, "username", session.actor().user());
        Reply.text(out, "source-host", session.peer());
        Reply.text(out, "login-time", time(session.since()));
        rpcs(out, session.counters());
        out.writeEndElement();
    }

    private void statistics(XMLStreamWriter out) throws XMLStreamException {
        Reply.text(out, "netconf-start-time", time(started));
        Reply.text(out, "in-bad-hellos", Long.toString(counters.inBadHellos()));
        Reply.text(out, "in-sessions", Long.toString(counters.inSessions()));
        Reply.text(out, "dropped-sessions", Long.toString(counters.droppedSessions()));
        rpcs(out, counters);
    }

    private static void rpcs(XMLStreamWriter out, Counters counters) throws XMLStreamException {
        Reply.text(out, "in-rpcs", Long.toString(counters.inRpcs()));
        Reply.text(out, "in-bad-rpcs", Long.toString(counters.inBadRpcs()));
        Reply.text(out, "out-rpc-errors", Long.toString(counters.outRpcErrors()));
        Reply.text(out, "out-notifications", Long.toString(counters.outNotifications()));
    }

    private static void list(XMLStreamWriter out, String name, Content content)
            throws XMLStreamException {
        out.writeStartElement(name);
        content.write(out);
        out.writeEndElement();
    }

    private static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static NormalizedNode child(Edit edit, NodeIdentifier name) {
        var container = (ContainerNode) Objects.requireNonNull(edit.data());
        return container.getChildByArg(name);
    }

    private void write(Content content) {
        if (root != null) {
            datastore.writeState(read(content));
        }
    }

    /// The content of netconf-state as edits that merge it.
    private List<Edit> read(Content content) {
        var known = root;
        if (known == null) {
            return List.of();
        }
        try {
            var bytes = new ByteArrayOutputStream();
            var out = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(bytes, "UTF-8");
            out.writeStartElement("config");
            out.writeStartElement("", "netconf-state", Names.MONITORING);
            out.writeDefaultNamespace(Names.MONITORING);
            content.write(out);
            out.writeEndElement();
            out.writeEndElement();
            out.close();
            var in =
                    new XmlReader(
                            XmlReader.factory(),
                            new ByteArrayInputStream(bytes.toByteArray()),
                            Integer.MAX_VALUE,
                            Integer.MAX_VALUE,
                            new Room(Integer.MAX_VALUE, Duration.ZERO).share());
            in.first();
            var edits = new ArrayList<Edit>();
            for (var child : ConfigReader.input(in, known).body()) {
                edits.add(Edit.merge(YangInstanceIdentifier.of(child.name()), child));
            }
            return edits;
        } catch (XMLStreamException | DatastoreException e) {
            LOG.warn("netconf-state: {}", e.getMessage());
            return List.of();
        }
    }
}
