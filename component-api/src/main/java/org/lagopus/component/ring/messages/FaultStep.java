// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

/// The enum `fault-step` of the ring messages.
public enum FaultStep {
    IN_PREPARE(1),
    /// In commit, after ports were touched, before the flip.
    IN_APPLY(2),
    /// In commit, after the flip.
    IN_FLIP(3),
    CRASH_IN_APPLY(4),
    /// Sleeps 30 s: the agent's and datastore's time-outs are what is tested.
    STALL_IN_APPLY(5);

    private final int number;

    FaultStep(int number) {
        this.number = number;
    }

    /// The number that stands for it in a message.
    public int number() {
        return number;
    }

    /// The one with that number; an unknown number makes the message malformed.
    public static FaultStep of(int number) {
        return switch (number) {
            case 1 -> IN_PREPARE;
            case 2 -> IN_APPLY;
            case 3 -> IN_FLIP;
            case 4 -> CRASH_IN_APPLY;
            case 5 -> STALL_IN_APPLY;
            default -> throw new MalformedMessageException("fault-step " + number);
        };
    }
}
