// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

/// The enum `route-source` of the ring messages.
public enum RouteSource {
    /// The worker's own, from an address; never set by a client.
    CONNECTED(0),
    /// Of the configuration alone.
    STATIC(1),
    /// This and the next: volatile.
    OTHER(2),
    RIP(3),
    ISIS(4),
    OSPF(5),
    BGP(6),
    /// The worker's own, an address of the box.
    LOCAL(255);

    private final int number;

    RouteSource(int number) {
        this.number = number;
    }

    /// The number that stands for it in a message.
    public int number() {
        return number;
    }

    /// The one with that number; an unknown number makes the message malformed.
    public static RouteSource of(int number) {
        return switch (number) {
            case 0 -> CONNECTED;
            case 1 -> STATIC;
            case 2 -> OTHER;
            case 3 -> RIP;
            case 4 -> ISIS;
            case 5 -> OSPF;
            case 6 -> BGP;
            case 255 -> LOCAL;
            default -> throw new MalformedMessageException("route-source " + number);
        };
    }
}
