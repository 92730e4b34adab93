package org.lagopus.controller.components;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import org.lagopus.component.wire.Link;

/// A socket with the session that is held over it. Belongs to the server's thread.
///
/// @param key of the socket, for reading from the start
record Connection(Link link, SelectionKey key, Session session) {
    /// Messages that may wait for a component to read them.
    private static final int MOST_WAITING = 10_000;

    /// Takes what has come, and sends what waits.
    ///
    /// @throws IOException if the connection has to end
    void serve(long now) throws IOException {
        if (key.isReadable() && link.receive(session::on)) {
            session.heard();
        }
        session.tick(now);
        boolean more = link.flush();
        if (link.waiting() > MOST_WAITING) {
            throw new IOException("it does not read what it is sent");
        }
        key.interestOps(SelectionKey.OP_READ | (more ? SelectionKey.OP_WRITE : 0));
    }

    void end(String reason) {
        key.cancel();
        link.close(reason);
        session.end(reason);
    }
}
