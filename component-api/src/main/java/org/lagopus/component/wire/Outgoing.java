package org.lagopus.component.wire;

import java.util.Iterator;

/// Where messages to the peer are queued, in their order. Anyone may send, and nobody waits.
public interface Outgoing {
    /// Queues a message; it is encoded here, on the caller's thread.
    ///
    /// @throws IllegalArgumentException if it is longer than a frame may be
    void send(Message message);

    /// Queues messages that are made one by one as the peer takes them.
    void send(Iterator<? extends Message> messages);
}
