package org.lagopus.datastore.access;

import java.util.Optional;
import org.lagopus.datastore.DatastoreException;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidateNode;

/// What one user may do, by the rules as they are now. Whoever keeps it for long keeps what the
/// rules were.
public sealed interface Rights permits Rights.Unlimited, RuledRights {
    /// Nothing is ever refused, and nothing looked at.
    boolean unlimited();

    /// All data may be read, whatever there is.
    boolean readsAll();

    /// All data may be written, whatever there is.
    boolean writesAll();

    /// Whether an operation of a module may be invoked (RFC 8341 §3.4.4). One look at a table.
    boolean mayInvoke(QName rpc);

    /// Whether an action may be invoked: what it stands in has to be readable too (RFC 8341
    /// §3.1.3).
    ///
    /// @param node that the action stands in
    boolean mayInvoke(YangInstanceIdentifier node, QName action);

    /// Whether a notification of a module may be received (RFC 8341 §3.4.6). One look at a table.
    boolean mayReceive(QName notification);

    /// The same for one that stands in a node of data.
    boolean mayReceive(YangInstanceIdentifier node, QName notification);

    /// Counts a notification that was not sent since it may not be received.
    void dropped();

    /// Whether data at a path is shown, if there is some.
    boolean mayRead(YangInstanceIdentifier path);

    /// What of a node is shown; empty for nothing. Takes no walk: see [Filtered].
    Optional<NormalizedNode> readable(YangInstanceIdentifier path, NormalizedNode node);

    /// Refuses an operation that may not be invoked, and counts that.
    void checkInvoke(QName rpc) throws DatastoreException;

    /// The same for an action.
    void checkInvoke(YangInstanceIdentifier node, QName action) throws DatastoreException;

    /// Refuses a change of which some part may not be made, and counts that. Looks at what differs,
    /// and only where some rule can refuse it.
    ///
    /// @param change of the whole configuration
    void checkWrite(DataTreeCandidateNode change) throws DatastoreException;

    /// A refusal for the eyes of this user: what is wrong with data that may not be read is not
    /// told.
    DatastoreException veiled(DatastoreException refusal);

    /// Of the box itself, of a recovery session, and where there is no access control.
    record Unlimited() implements Rights {
        @Override
        public boolean unlimited() {
            return true;
        }

        @Override
        public boolean readsAll() {
            return true;
        }

        @Override
        public boolean writesAll() {
            return true;
        }

        @Override
        public boolean mayInvoke(QName rpc) {
            return true;
        }

        @Override
        public boolean mayInvoke(YangInstanceIdentifier node, QName action) {
            return true;
        }

        @Override
        public boolean mayReceive(QName notification) {
            return true;
        }

        @Override
        public boolean mayReceive(YangInstanceIdentifier node, QName notification) {
            return true;
        }

        @Override
        public void dropped() {}

        @Override
        public boolean mayRead(YangInstanceIdentifier path) {
            return true;
        }

        @Override
        public Optional<NormalizedNode> readable(YangInstanceIdentifier path, NormalizedNode node) {
            return Optional.of(node);
        }

        @Override
        public void checkInvoke(QName rpc) {}

        @Override
        public void checkInvoke(YangInstanceIdentifier node, QName action) {}

        @Override
        public void checkWrite(DataTreeCandidateNode change) {}

        @Override
        public DatastoreException veiled(DatastoreException refusal) {
            return refusal;
        }
    }
}
