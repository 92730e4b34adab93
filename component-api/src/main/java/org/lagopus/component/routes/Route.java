package org.lagopus.component.routes;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lagopus.component.ip.Ip;
import org.lagopus.component.ip.Prefix;
import org.lagopus.component.ring.Words;
import org.lagopus.component.ring.messages.NextHopKind;
import org.lagopus.component.ring.messages.RouteSource;

/// A route as its owner wants it. A prefix of an instance has one of each owner and source.
///
/// @param preference less is better, 0..255; the configured static routes have 1 unless told
///   otherwise
/// @param metric among those of the same preference, less is better
public record Route(Key key, int preference, long metric, List<Hop> hops) {
    /// What tells one route of an owner from the others.
    ///
    /// @param instance name of the network instance
    /// @param source one that is the owner's own: OTHER and those of routing protocols
    public record Key(String instance, Prefix prefix, RouteSource source) {
        @Override
        public String toString() {
            return "%s in %s from %s".formatted(prefix, instance, Words.of(source));
        }
    }

    /// @param address of a gateway, null else
    /// @param over name of the interface (`NAME`, or `NAME.INDEX` but for subinterface 0); null: by
    ///   the connected prefix that holds the gateway
    /// @param weight 1..255, of how many packets it has its share
    public record Hop(NextHopKind kind, @Nullable Ip address, @Nullable String over, int weight) {
        public static Hop via(Ip gateway) {
            return new Hop(NextHopKind.GATEWAY, gateway, null, 1);
        }
    }

    /// A route that somebody has.
    ///
    /// @param owner name of the owner; empty for the configuration's, and the worker's own
    /// @param active packets go where it leads
    /// @param stale its owner is away, or back and has not told it again
    public record Entry(Route route, String owner, boolean active, boolean stale) {}

    private static final int BYTE = 255;
    private static final long WORD = 0xffff_ffffL;

    public Route {
        hops = List.copyOf(hops);
    }

    /// What is wrong with it that no table has to be asked for.
    Optional<String> problem() {
        if (key.prefix().hasHostBits()) {
            return Optional.of(key.prefix() + " has bits behind its length");
        }
        if (preference < 0 || preference > BYTE || metric < 0 || metric > WORD) {
            return Optional.of("the preference goes to 255 and the metric to 4294967295");
        }
        if (hops.isEmpty()) {
            return Optional.of("a route needs a next hop");
        }
        for (var hop : hops) {
            boolean gateway = hop.kind() == NextHopKind.GATEWAY;
            if (gateway != (hop.address() != null)) {
                return Optional.of("a gateway has an address, and no other next hop has");
            }
            if (hop.kind() == NextHopKind.CONNECTED && hop.over() == null) {
                return Optional.of("a connected next hop needs an interface");
            }
            if (hop.weight() < 1 || hop.weight() > BYTE) {
                return Optional.of("a weight is 1 to 255");
            }
        }
        return Optional.empty();
    }
}
