package org.lagopus.netconf;

import java.time.Duration;

/// What a NETCONF server grants its clients.
///
/// @param maxSessions sessions at a time; one more is refused
/// @param maxMessage octets of one message from a client
/// @param maxElements elements of all messages that are being worked on, together: data takes
///   several times the memory of its text
/// @param maxText characters of one leaf in a message
/// @param maxDepth elements within each other in a message
/// @param maxFilter elements of one filter
/// @param idleTimeout a session that asks for nothing so long is ended; zero for never
/// @param helloTimeout time a client has to log in, and from there to its hello
/// @param readTimeout time a client may pause in the middle of a large message, and a large message
///   may wait for others to be done with
/// @param writeTimeout time one chunk of a reply may wait for a client that does not read
public record Settings(
        int maxSessions,
        long maxMessage,
        int maxElements,
        int maxText,
        int maxDepth,
        int maxFilter,
        Duration idleTimeout,
        Duration helloTimeout,
        Duration readTimeout,
        Duration writeTimeout) {

    /// The limits of an ordinary box.
    public static Settings usual() {
        return new Settings(
                64,
                64L << 20,
                1_000_000,
                1 << 20,
                64,
                10_000,
                Duration.ZERO,
                Duration.ofSeconds(30),
                Duration.ofSeconds(30),
                Duration.ofSeconds(30));
    }

    public Settings withIdleTimeout(Duration timeout) {
        return new Settings(
                maxSessions,
                maxMessage,
                maxElements,
                maxText,
                maxDepth,
                maxFilter,
                timeout,
                helloTimeout,
                readTimeout,
                writeTimeout);
    }
}
