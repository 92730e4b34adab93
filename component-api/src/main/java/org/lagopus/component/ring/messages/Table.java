// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

/// The enum `table` of the ring messages.
public enum Table {
    NEIGHBOR_TABLE(1),
    FDB_TABLE(2),
    PORT_TABLE(3),
    /// What is forwarded by.
    ROUTE_TABLE(4),
    /// All routes, those that others are better than too.
    RIB_TABLE(5),
    INTERFACE_TABLE(6),
    INSTANCE_TABLE(7),
    OWNER_TABLE(8);

    private final int number;

    Table(int number) {
        this.number = number;
    }

    /// The number that stands for it in a message.
    public int number() {
        return number;
    }

    /// The one with that number; an unknown number makes the message malformed.
    public static Table of(int number) {
        return switch (number) {
            case 1 -> NEIGHBOR_TABLE;
            case 2 -> FDB_TABLE;
            case 3 -> PORT_TABLE;
            case 4 -> ROUTE_TABLE;
            case 5 -> RIB_TABLE;
            case 6 -> INTERFACE_TABLE;
            case 7 -> INSTANCE_TABLE;
            case 8 -> OWNER_TABLE;
            default -> throw new MalformedMessageException("table " + number);
        };
    }
}
