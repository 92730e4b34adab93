package org.lagopus.controller.components;

/// Who is at the other end of a connection, as the kernel says (`SO_PEERCRED`).
///
/// @param trusted root, or the user that `lagopusd` itself runs as
record Peer(int pid, int uid, boolean trusted) {}
