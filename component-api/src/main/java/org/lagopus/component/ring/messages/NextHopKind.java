// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

/// The enum `next-hop-kind` of the ring messages.
public enum NextHopKind {
    GATEWAY(1),
    /// On-link, interface given.
    CONNECTED(2),
    /// Dropped, counted.
    BLACKHOLE(3),
    /// Dropped, ICMP unreachable sent.
    REJECT(4);

    private final int number;

    NextHopKind(int number) {
        this.number = number;
    }

    /// The number that stands for it in a message.
    public int number() {
        return number;
    }

    /// The one with that number; an unknown number makes the message malformed.
    public static NextHopKind of(int number) {
        return switch (number) {
            case 1 -> GATEWAY;
            case 2 -> CONNECTED;
            case 3 -> BLACKHOLE;
            case 4 -> REJECT;
            default -> throw new MalformedMessageException("next-hop-kind " + number);
        };
    }
}
