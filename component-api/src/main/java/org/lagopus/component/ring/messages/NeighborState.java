// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

/// The enum `neighbor-state` of the ring messages.
public enum NeighborState {
    INCOMPLETE(1),
    REACHABLE(2),
    STALE(3),
    DELAY(4),
    PROBE(5),
    PERMANENT(6);

    private final int number;

    NeighborState(int number) {
        this.number = number;
    }

    /// The number that stands for it in a message.
    public int number() {
        return number;
    }

    /// The one with that number; an unknown number makes the message malformed.
    public static NeighborState of(int number) {
        return switch (number) {
            case 1 -> INCOMPLETE;
            case 2 -> REACHABLE;
            case 3 -> STALE;
            case 4 -> DELAY;
            case 5 -> PROBE;
            case 6 -> PERMANENT;
            default -> throw new MalformedMessageException("neighbor-state " + number);
        };
    }
}
