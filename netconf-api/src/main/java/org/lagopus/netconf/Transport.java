package org.lagopus.netconf;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.Set;

/// What a session needs of the connection it runs on; SSH and TLS are two.
interface Transport {
    InputStream input();

    OutputStream output();

    /// Who the peer has proved to be.
    String user();

    /// Groups that the login brought along ([org.lagopus.datastore.Users#groups]).
    default Set<String> groups() {
        return Set.of();
    }

    /// Where the peer is, in words.
    String peer();

    /// The name that ietf-netconf-monitoring has for it.
    String name();

    /// Ends the connection at once, from any thread: who reads or writes its streams gets an
    /// exception.
    void abort();
}
