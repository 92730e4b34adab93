// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

/// The enum `instance-kind` of the ring messages.
public enum InstanceKind {
    L3(1),
    L2(2);

    private final int number;

    InstanceKind(int number) {
        this.number = number;
    }

    /// The number that stands for it in a message.
    public int number() {
        return number;
    }

    /// The one with that number; an unknown number makes the message malformed.
    public static InstanceKind of(int number) {
        return switch (number) {
            case 1 -> L3;
            case 2 -> L2;
            default -> throw new MalformedMessageException("instance-kind " + number);
        };
    }
}
