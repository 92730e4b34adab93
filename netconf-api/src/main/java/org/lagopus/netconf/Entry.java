package org.lagopus.netconf;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;

/// The way from a connection to sessions: who we are, whom we let in. It never changes; another one
/// takes its place for the connections that come later.
public interface Entry {
    /// Takes a connection over and closes it in the end, which may be before or after the return.
    ///
    /// @param begun called when a user has proved who he is and begins to work
    void serve(SocketChannel connection, Runnable begun);

    /// Where a peer is, in words.
    static String words(SocketAddress address) {
        return address instanceof InetSocketAddress peer && peer.getAddress() != null
                ? peer.getAddress().getHostAddress()
                : "unknown";
    }
}
