package org.lagopus.datastore;

import java.util.Set;

/// Who asks for something.
///
/// @param session number of the NETCONF session, 0 for RESTCONF and the box itself
/// @param origin where the request came in: `netconf`, `restconf` or `system`
/// @param groups that the login brought along, as a RADIUS server may tell them; the configuration
///   may put the user in others as well (RFC 8341 §3.4.4 step 4)
public record Actor(long session, String user, String origin, Set<String> groups) {
    private static final String BOX = "system";

    public static final Actor SYSTEM = new Actor(0, "system", BOX);

    public Actor {
        groups = Set.copyOf(groups);
    }

    public Actor(long session, String user, String origin) {
        this(session, user, origin, Set.of());
    }

    /// The box itself and its components, which no rule refuses anything.
    public boolean isBox() {
        return origin.equals(BOX);
    }
}
