// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

/// What a ring may ask for; a mask has bit n for scope n.
public enum Scope {
    /// Transactions, faults.
    CONFIG(0),
    /// Grant-set, grant-delete, flushing what others own.
    GRANT(1),
    /// Routes of its own.
    RIB_WRITE(2),
    /// The tables of routes, interfaces, instances and owners.
    RIB_READ(3),
    /// The tables of ports, neighbors and MAC addresses.
    STATE_READ(4);

    private final int number;

    Scope(int number) {
        this.number = number;
    }

    /// The number that stands for it in a message.
    public int number() {
        return number;
    }

    /// The one with that number; an unknown number makes the message malformed.
    public static Scope of(int number) {
        return switch (number) {
            case 0 -> CONFIG;
            case 1 -> GRANT;
            case 2 -> RIB_WRITE;
            case 3 -> RIB_READ;
            case 4 -> STATE_READ;
            default -> throw new MalformedMessageException("scope " + number);
        };
    }
}
