package org.lagopus.netconf;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How a connection finds out that its peer is gone (RFC 9643 §2.1.5).
///
/// @param idle time without a word before the first probe
/// @param probes in vain until the connection is lost
/// @param interval between them
public record Keepalives(Duration idle, int probes, Duration interval) {
    private static final Logger LOG = LoggerFactory.getLogger(Keepalives.class);

    /// The same entry, with probes on its connections.
    public Entry on(Entry entry) {
        return (connection, begun) -> {
            set(connection);
            entry.serve(connection, begun);
        };
    }

    private void set(SocketChannel connection) {
        try {
            connection.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            connection.setOption(
                    ExtendedSocketOptions.TCP_KEEPIDLE, Math.toIntExact(idle.toSeconds()));
            connection.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, probes);
            connection.setOption(
                    ExtendedSocketOptions.TCP_KEEPINTERVAL, Math.toIntExact(interval.toSeconds()));
        } catch (IOException | UnsupportedOperationException e) {
            LOG.warn("no keep-alives: {}", e.getMessage());
        }
    }
}
