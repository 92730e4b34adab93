// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

/// The enum `object` of the ring messages.
public enum RingObject {
    NONE(0),
    PORT(1),
    INTERFACE(2),
    INSTANCE(3),
    VLAN_MEMBER(4),
    ADDRESS(5),
    ROUTE(6),
    STATIC_NEIGHBOR(7),
    STATIC_FDB(8);

    private final int number;

    RingObject(int number) {
        this.number = number;
    }

    /// The number that stands for it in a message.
    public int number() {
        return number;
    }

    /// The one with that number; an unknown number makes the message malformed.
    public static RingObject of(int number) {
        return switch (number) {
            case 0 -> NONE;
            case 1 -> PORT;
            case 2 -> INTERFACE;
            case 3 -> INSTANCE;
            case 4 -> VLAN_MEMBER;
            case 5 -> ADDRESS;
            case 6 -> ROUTE;
            case 7 -> STATIC_NEIGHBOR;
            case 8 -> STATIC_FDB;
            default -> throw new MalformedMessageException("object " + number);
        };
    }
}
