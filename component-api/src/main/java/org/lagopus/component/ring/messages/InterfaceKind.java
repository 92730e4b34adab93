// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

/// The enum `interface-kind` of the ring messages.
public enum InterfaceKind {
    /// Subinterface of a port in an L3 instance.
    ROUTED(1),
    /// Subinterface of a port in an L2 instance.
    BRIDGED(2);

    private final int number;

    InterfaceKind(int number) {
        this.number = number;
    }

    /// The number that stands for it in a message.
    public int number() {
        return number;
    }

    /// The one with that number; an unknown number makes the message malformed.
    public static InterfaceKind of(int number) {
        return switch (number) {
            case 1 -> ROUTED;
            case 2 -> BRIDGED;
            default -> throw new MalformedMessageException("interface-kind " + number);
        };
    }
}
