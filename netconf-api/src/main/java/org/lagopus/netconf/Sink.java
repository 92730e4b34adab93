package org.lagopus.netconf;

/// Where transports end up.
@FunctionalInterface
interface Sink {
    /// The whole life of one session, on the calling thread.
    void serve(Transport transport, Settings settings);
}
