package org.lagopus.netconf;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.Audit;
import org.lagopus.datastore.BaseNotifications.Reason;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.UnreadableException;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One NETCONF session (RFC 6241): hello both ways, then a reply for each request, in order, until
/// the peer closes, goes away or is killed. It lives on one thread, which reads, acts and writes;
/// other threads may only `kill` it, ask how it is, or have its [Outbox] send a notification
/// between two replies.
final class Session {
    private static final Logger LOG = LoggerFactory.getLogger(Session.class);

    /// SSH cuts what we write to the peer's packet size, mostly 32 KiB; larger chunks gain nothing.
    private static final int CHUNK = 32 * 1024;

    private static final String BASE_1_0 = "urn:ietf:params:netconf:base:1.0";
    private static final String BASE_1_1 = "urn:ietf:params:netconf:base:1.1";

    private final long id;
    private final Transport transport;
    private final Settings settings;
    private final Rpcs rpcs;
    private final FramedInput in;
    private final FramedOutput out;
    private final XMLInputFactory parsers = XmlReader.factory();
    private final Actor actor;
    private final Instant since = Instant.now();
    private final long startedNanos = System.nanoTime();
    private final Counters counters;
    private final Room.Share room;
    private final Outbox outbox;
    private final CountDownLatch ended = new CountDownLatch(1);

    private volatile boolean greeted;
    private volatile boolean separate;
    private volatile @Nullable String end;
    private volatile Reason reason = Reason.OTHER;
    private volatile @Nullable Long killer;
    private boolean chunked;
    private @Nullable String operation;
    private @Nullable String target;

    Session(
            long id,
            Transport transport,
            Settings settings,
            Rpcs rpcs,
            Counters counters,
            Room.Share room) {
        this.room = room;
        this.id = id;
        this.transport = transport;
        this.settings = settings;
        this.rpcs = rpcs;
        this.counters = counters;
        in = new FramedInput(transport.input(), settings.maxMessage());
        out = new FramedOutput(transport.output(), CHUNK);
        actor = new Actor(id, transport.user(), "netconf", transport.groups());
        outbox = new Outbox(out, counters, () -> kill(Reason.DROPPED, "connection lost"));
    }

    long id() {
        return id;
    }

    Actor actor() {
        return actor;
    }

    /// Room for what the request under way reads elsewhere.
    Room.Share room() {
        return room;
    }

    String peer() {
        return transport.peer();
    }

    /// What it runs on, as ietf-netconf-monitoring calls it.
    String transport() {
        return transport.name();
    }

    Instant since() {
        return since;
    }

    Counters counters() {
        return counters;
    }

    /// What is sent without being asked for.
    Outbox outbox() {
        return outbox;
    }

    /// True once the hello of the peer was good.
    boolean greeted() {
        return greeted;
    }

    /// True if the peer wants a candidate of its own (draft-ietf-netconf-privcand §4.5.2).
    boolean separate() {
        return separate;
    }

    /// Why the session has ended or will, null while it goes on.
    @Nullable String end() {
        return end;
    }

    /// The whole life of the session, on the calling thread. `begun` runs between hello and first
    /// request.
    void run(Runnable begun) {
        try {
            hello();
            greeted = true;
            begun.run();
            while (end == null) {
                if (!in.next()) {
                    ending(Reason.DROPPED, "the peer has closed the connection");
                } else {
                    try {
                        request();
                    } finally {
                        room.giveBack();
                    }
                }
            }
        } catch (FramedInput.FramingException e) {
            ending(greeted ? Reason.OTHER : Reason.BAD_HELLO, "broken framing: " + e.getMessage());
            counters.badHello(!greeted);
        } catch (IOException | XMLStreamException e) {
            ending(Reason.DROPPED, "connection lost");
            LOG.debug("session {}", id, e);
        } catch (DatastoreException e) {
            ending(Reason.BAD_HELLO, "hello refused: " + e.getMessage());
            counters.badHello(true);
        } finally {
            out.giveUp();
            outbox.close();
        }
    }

    /// The session has left no trace: whoever waits for its end may go on.
    void ended() {
        ended.countDown();
    }

    /// Ends the session from another thread. What it is doing in the datastore is brought to its
    /// end.
    void kill(Reason because, String why) {
        ending(because, why);
        transport.abort();
    }

    /// The same for another session, whose number is told.
    void kill(Session by) {
        killer = by.id();
        kill(Reason.KILLED, "killed by session " + by.id());
    }

    boolean awaitEnd(long time, TimeUnit unit) throws InterruptedException {
        return ended.await(time, unit);
    }

    /// Ends the session behind the reply that is being made.
    void close() {
        ending(Reason.CLOSED, "closed by the peer");
    }

    /// True if the session ended with close-session.
    boolean orderly() {
        return end != null && reason == Reason.CLOSED;
    }

    Reason reason() {
        return reason;
    }

    /// Number of the session that killed it.
    @Nullable Long killer() {
        return killer;
    }

    /// Looks whether the peer is late: with its hello, with reading what we write, or with asking
    /// for anything.
    void watch(long nowNanos) {
        long blocked = out.blockedSince();
        if (blocked != 0 && nowNanos - blocked > settings.writeTimeout().toNanos()) {
            kill(Reason.DROPPED, "the peer does not read");
        } else if (room.any() && paused(nowNanos)) {
            kill(Reason.TIMEOUT, "the peer has stopped in a large message");
        } else if (!greeted && nowNanos - startedNanos > settings.helloTimeout().toNanos()) {
            kill(Reason.TIMEOUT, "no hello in time");
        } else if (idle(nowNanos)) {
            kill(Reason.TIMEOUT, "idle for " + settings.idleTimeout().toSeconds() + " s");
        }
    }

    private boolean idle(long nowNanos) {
        long limit = settings.idleTimeout().toNanos();
        long waiting = in.waitingSince();
        return limit != 0 && greeted && waiting != 0 && nowNanos - waiting > limit;
    }

    private boolean paused(long nowNanos) {
        long waiting = in.waitingSince();
        return waiting != 0 && nowNanos - waiting > settings.readTimeout().toNanos();
    }

    private synchronized void ending(Reason because, String why) {
        if (end == null) {
            reason = because;
            end = why;
        }
    }

    private void hello() throws IOException, XMLStreamException, DatastoreException {
        var writer = Reply.writer(out);
        writer.writeStartDocument("UTF-8", "1.0");
        writer.writeStartElement("", "hello", Names.BASE);
        writer.writeDefaultNamespace(Names.BASE);
        writer.writeStartElement("capabilities");
        for (var capability : rpcs.capabilities()) {
            Reply.text(writer, "capability", capability);
        }
        writer.writeEndElement();
        Reply.text(writer, "session-id", Long.toString(id));
        writer.writeEndElement();
        writer.writeEndDocument();
        writer.flush();
        out.end();

        if (!in.next()) {
            throw new IOException("closed before hello");
        }
        var offered = new HashSet<String>();
        var xml = reader();
        xml.first();
        if (!xml.is(Names.BASE, "hello")) {
            throw Errors.badElement(ErrorType.PROTOCOL, null, xml.name(), "hello expected");
        }
        while (xml.next()) {
            if (!xml.is(Names.BASE, "capabilities")) {
                // RFC 6241 §8.1: a client that sends a session-id is refused
                throw Errors.unknownElement(
                        ErrorType.PROTOCOL, null, xml.name(), xml.name() + " in a client's hello");
            }
            while (xml.next()) {
                offered.add(xml.text().strip());
            }
        }
        xml.finish();
        separate =
                rpcs.capabilities().contains(Capabilities.PRIVATE_CANDIDATE)
                        && offered.contains(Capabilities.PRIVATE_CANDIDATE);
        if (offered.contains(BASE_1_1)) {
            chunked = true;
            in.chunked();
            out.chunked();
        } else if (!offered.contains(BASE_1_0)) {
            throw Errors.notSupported(ErrorType.PROTOCOL, "no common version of the protocol");
        }
    }

    /// Tells the audit log what the request that is being read is about; a name and no value.
    void concerns(String what) {
        target = what;
    }

    /// Reads the open message to its end before anything is done, then acts and replies.
    private void request() throws IOException, XMLStreamException {
        List<Reply.Attribute> attributes = List.of();
        Rpcs.Call call;
        operation = null;
        target = null;
        try {
            var xml = reader();
            xml.first();
            attributes = attributes(xml);
            if (!xml.is(Names.BASE, "rpc")) {
                throw Errors.unknownElement(
                        ErrorType.RPC, null, xml.name(), "only rpc is understood");
            }
            if (attributes.stream()
                    .noneMatch(a -> a.namespace().isEmpty() && a.name().equals("message-id"))) {
                throw Errors.missingAttribute(ErrorType.RPC, "rpc", "message-id");
            }
            if (!xml.next()) {
                throw Errors.missingElement(
                        ErrorType.PROTOCOL, null, "rpc", "rpc asks for no operation");
            }
            operation = xml.name();
            call = rpcs.read(xml, this);
            if (xml.next()) {
                throw Errors.unknownElement(
                        ErrorType.PROTOCOL, null, xml.name(), "one operation in an rpc");
            }
            xml.finish();
        } catch (XMLStreamException e) {
            if (in.failure() != null) {
                throw in.failure();
            }
            counters.badRpc();
            refuse(attributes, unreadable(e));
            return;
        } catch (DatastoreException e) {
            counters.badRpc();
            refuse(attributes, e);
            return;
        } catch (RuntimeException | StackOverflowError e) {
            counters.badRpc();
            failed(attributes, e);
            return;
        }
        counters.rpc();
        var reply = new Reply(out, attributes);
        try {
            call.answer(reply);
        } catch (DatastoreException e) {
            if (out.begun()) {
                throw new IOException("failed in the middle of a reply", e);
            }
            out.giveUp();
            refuse(attributes, e);
            return;
        } catch (UnreadableException e) {
            if (out.begun()) {
                throw new IOException("failed in the middle of a reply", e);
            }
            out.giveUp();
            refuse(attributes, e.refusal());
            return;
        } catch (RuntimeException | StackOverflowError e) {
            if (out.begun()) {
                throw new IOException("failed in the middle of a reply", e);
            }
            out.giveUp();
            failed(attributes, e);
            return;
        }
        out.end();
        rpcs.audit(this, operation, target, Audit.Event.OK);
    }

    /// A mistake of ours ends the request and not the session.
    private void failed(List<Reply.Attribute> attributes, Throwable e)
            throws IOException, XMLStreamException {
        LOG.error("session {} of {}: request failed", id, actor.user(), e);
        refuse(
                attributes,
                Errors.refuse(
                        ErrorType.APPLICATION,
                        ErrorTag.OPERATION_FAILED,
                        null,
                        "internal error",
                        Map.of()));
    }

    private XmlReader reader() throws XMLStreamException {
        return new XmlReader(parsers, in, settings.maxText(), settings.maxDepth(), room);
    }

    private DatastoreException unreadable(XMLStreamException e) {
        if (in.tooBig()) {
            return Errors.tooBig(
                    ErrorType.RPC, "message longer than " + settings.maxMessage() + " octets");
        }
        var where = e.getLocation();
        // malformed-message is for peers of base:1.1 only (RFC 6241 appendix A)
        return Errors.refuse(
                ErrorType.RPC,
                chunked ? ErrorTag.MALFORMED_MESSAGE : ErrorTag.OPERATION_FAILED,
                null,
                "not well-formed XML"
                        + (where == null
                                ? ""
                                : " at line "
                                        + where.getLineNumber()
                                        + ", column "
                                        + where.getColumnNumber()),
                Map.of());
    }

    private void refuse(List<Reply.Attribute> attributes, DatastoreException why)
            throws IOException, XMLStreamException {
        counters.error();
        new Reply(out, attributes).errors(rpcs.model(), why.errors());
        out.end();
        rpcs.audit(this, operation, target, why.errors().getFirst().tag().elementBody());
    }

    private static List<Reply.Attribute> attributes(XmlReader xml) {
        var attributes = new ArrayList<Reply.Attribute>();
        for (int i = 0; i < xml.attributes(); i++) {
            attributes.add(
                    new Reply.Attribute(
                            xml.attributePrefix(i),
                            xml.attributeNamespace(i),
                            xml.attributeName(i),
                            xml.attributeValue(i)));
        }
        return attributes;
    }
}
