package org.lagopus.netconf;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;

/// What a NETCONF server is told when it starts.
///
/// @param address where to listen; port 0 lets the kernel choose
/// @param hostKey file of the SSH host key, written at first start with mode 0600
/// @param maxSessions sessions at a time; one more is refused
/// @param maxMessage octets of one message from a client
/// @param maxText characters of one leaf in a message
/// @param maxDepth elements within each other in a message
/// @param maxFilter elements of one filter
/// @param helloTimeout time a client has from the start of the session to its hello
/// @param writeTimeout time one chunk of a reply may wait for a client that does not read
public record Settings(
        InetSocketAddress address,
        Path hostKey,
        int maxSessions,
        long maxMessage,
        int maxText,
        int maxDepth,
        int maxFilter,
        Duration helloTimeout,
        Duration writeTimeout) {

    /// The limits of an ordinary box.
    public static Settings of(InetSocketAddress address, Path hostKey) {
        return new Settings(
                address,
                hostKey,
                64,
                64L << 20,
                1 << 20,
                64,
                10_000,
                Duration.ofSeconds(30),
                Duration.ofSeconds(30));
    }
}
