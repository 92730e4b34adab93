// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

/// The enum `flag` of the ring messages.
public enum Flag {
    /// A request that is answered only if it fails.
    QUIET(1),
    /// A route-set fails if the owner has the route, a route-delete if it does not.
    STRICT(2);

    private final int number;

    Flag(int number) {
        this.number = number;
    }

    /// The number that stands for it in a message.
    public int number() {
        return number;
    }

    /// The one with that number; an unknown number makes the message malformed.
    public static Flag of(int number) {
        return switch (number) {
            case 1 -> QUIET;
            case 2 -> STRICT;
            default -> throw new MalformedMessageException("flag " + number);
        };
    }
}
