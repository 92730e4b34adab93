package org.lagopus.datastore;

/// Who asks for something.
///
/// @param session number of the NETCONF session, 0 for RESTCONF and the box itself
/// @param origin where the request came in: `netconf`, `restconf` or `system`
public record Actor(long session, String user, String origin) {
    public static final Actor SYSTEM = new Actor(0, "system", "system");
}
