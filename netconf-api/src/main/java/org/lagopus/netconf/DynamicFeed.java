package org.lagopus.netconf;

import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.DynamicSubscriptions;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.Uint32;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerChild;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;

/// A dynamic subscription of a session (RFC 8639 §2.4): what its source has to say, and what
/// becomes of the subscription itself.
final class DynamicFeed implements Outbox.Feed, DynamicSubscriptions.Active {
    /// Makes the records of one subscription, for one thread at a time.
    interface Source extends AutoCloseable {
        Outbox.@Nullable Message next(DynamicFeed feed);

        boolean isOver();

        long sent();

        long excluded();

        /// The nodes of the subscription's list entry that tell what it is about.
        ///
        /// @param filter that it goes by, if that is one of the configuration
        List<DataContainerChild> policy(ConfiguredFilter.@Nullable Reference filter);

        @Override
        void close();
    }

    private final long id;
    private final Session session;
    private final DynamicSubscriptions all;
    private final Source source;
    private final Queue<Outbox.Message> states = new ConcurrentLinkedQueue<>();
    private ConfiguredFilter.@Nullable Reference reference;
    private Registration following = () -> {};
    private volatile boolean ended;

    DynamicFeed(long id, Session session, DynamicSubscriptions all, Source source) {
        this.id = id;
        this.session = session;
        this.all = all;
        this.source = source;
    }

    long id() {
        return id;
    }

    Source source() {
        return source;
    }

    /// Not while its terms change.
    @Override
    public synchronized Outbox.@Nullable Message next() {
        var state = states.poll();
        return state != null ? state : ended ? null : source.next(this);
    }

    /// Sends a change of the subscription's state before its next record.
    void state(Instant time, String name, @Nullable String reason) {
        states.add(new Outbox.Message(time, out -> state(out, name, reason)));
        session.outbox().wake();
    }

    Outbox.Message stateNow(Instant time, String name, @Nullable String reason) {
        return new Outbox.Message(time, out -> state(out, name, reason));
    }

    /// From now on it goes by a filter of the configuration, or no longer by any.
    ///
    /// @param changes of that filter; closed with the subscription
    synchronized void goBy(ConfiguredFilter.@Nullable Reference filter, Registration changes) {
        following.close();
        following = changes;
        reference = filter;
        if (ended) {
            changes.close();
        }
    }

    /// Changes its terms.
    @FunctionalInterface
    interface Modification {
        void run() throws DatastoreException;
    }

    /// Changes its terms, and sends what they are between the last record by the old ones and the
    /// first by the new ones (RFC 8639 §2.7.2).
    ///
    /// @param root of the notifications there are
    /// @param module any name of ietf-subscribed-notifications
    synchronized void modify(Instant time, SchemaNode root, QName module, Modification modification)
            throws DatastoreException {
        modification.run();
        var content =
                ImmutableNodes.newContainerBuilder()
                        .withNodeIdentifier(
                                NodeIdentifier.create(
                                        QName.create(module, "subscription-modified")))
                        .withChild(
                                ImmutableNodes.leafNode(
                                        QName.create(module, "id"), Uint32.valueOf(id)));
        policy().forEach(content::withChild);
        var built = content.build();
        states.add(new Outbox.Message(time, out -> Notifications.write(out, root, built)));
        session.outbox().wake();
    }

    private void state(XMLStreamWriter out, String name, @Nullable String reason)
            throws XMLStreamException {
        out.writeStartElement("", name, Names.SUBSCRIBED);
        out.writeDefaultNamespace(Names.SUBSCRIBED);
        Reply.text(out, "id", Long.toString(id));
        if (reason != null) {
            Reply.text(out, "reason", reason);
        }
        out.writeEndElement();
    }

    /// Its session has no use for it any more.
    void delete() {
        ended = true;
        session.outbox().wake();
    }

    /// @param reason an identity of ietf-subscribed-notifications
    void terminate(Instant time, String reason) {
        if (!ended) {
            states.add(stateNow(time, "subscription-terminated", reason));
            delete();
        }
    }

    @Override
    public void kill() {
        terminate(Instant.now(), "no-such-subscription");
    }

    @Override
    public boolean isOver() {
        return states.isEmpty() && (ended || source.isOver());
    }

    @Override
    public void close() {
        ended = true;
        goBy(null, () -> {});
        source.close();
        all.remove(id);
    }

    @Override
    public synchronized List<DataContainerChild> policy() {
        return source.policy(reference);
    }

    @Override
    public String receiver() {
        return "session " + session.id() + " of " + session.actor().user();
    }

    @Override
    public boolean isSuspended() {
        return false;
    }

    @Override
    public long sent() {
        return source.sent();
    }

    @Override
    public long excluded() {
        return source.excluded();
    }
}
