package org.lagopus.controller.northbound;

import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lagopus.netconf.Entry;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// A listener as it is wanted.
///
/// @param server `netconf` or `restconf`
/// @param path where it is configured, null for that of the command line
/// @param entry null if what it needs cannot be used
/// @param wrong why not, and otherwise null
record Listener(
        String server,
        String name,
        @Nullable YangInstanceIdentifier path,
        InetSocketAddress address,
        @Nullable Entry entry,
        @Nullable String wrong) {

    static Listener ofCommandLine(String server, InetSocketAddress address, Entry entry) {
        return new Listener(server, "of the command line", null, address, entry, null);
    }

    /// Whether it asks for the same and is no worse than another that does not listen.
    boolean isAsBad(Listener other) {
        return server.equals(other.server)
                && name.equals(other.name)
                && address.equals(other.address)
                && Objects.equals(wrong, other.wrong);
    }
}
