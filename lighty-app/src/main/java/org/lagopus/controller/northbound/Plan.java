package org.lagopus.controller.northbound;

import java.time.Duration;
import java.util.List;
import org.lagopus.netconf.Settings;
import org.lagopus.restconf.Door;

/// What the configuration asks of the servers.
///
/// @param doors of RESTCONF behind the listeners, to be closed when the plan is another
record Plan(
        Settings netconf,
        WebLimits restconf,
        List<Listener> listeners,
        List<Door> doors,
        List<Caller> callers) {

    /// What RESTCONF grants its clients.
    record WebLimits(long maxBody, Duration bodyTime, Duration idleTime) {}
}
