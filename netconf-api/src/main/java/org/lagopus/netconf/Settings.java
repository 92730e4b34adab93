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
/// @param maxElements elements of all messages that are being worked on, together: data takes
///   several times the memory of its text
/// @param maxText characters of one leaf in a message
/// @param maxDepth elements within each other in a message
/// @param maxFilter elements of one filter
/// @param readTimeout time a client may pause in the middle of a large message, and a large message
///   may wait for others to be done with
/// @param helloTimeout time a client has from the start of the session to its hello
/// @param writeTimeout time one chunk of a reply may wait for a client that does not read
public record Settings(
        InetSocketAddress address,
        Path hostKey,
        int maxSessions,
        long maxMessage,
        int maxElements,
        int maxText,
        int maxDepth,
        int maxFilter,
        Duration readTimeout,
        Duration helloTimeout,
        Duration writeTimeout) {

    /// The limits of an ordinary box.
    public static Settings of(InetSocketAddress address, Path hostKey) {
        return new Settings(
                address,
                hostKey,
                64,
                64L << 20,
                1_000_000,
                1 << 20,
                64,
                10_000,
                Duration.ofSeconds(30),
                Duration.ofSeconds(30),
                Duration.ofSeconds(30));
    }
}
