// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

/// The enum `error` of the ring messages.
public enum RingError {
    OK(0),
    /// Type not known, or not allowed on this ring.
    UNKNOWN_MESSAGE(1),
    /// Length, count or a field outside its range.
    MALFORMED(2),
    /// A set or prepare outside begin..prepare.
    NO_TRANSACTION(3),
    /// Begin while another client's transaction is open.
    IN_TRANSACTION(4),
    /// A device, number or address that another object holds.
    IN_USE(5),
    /// A reference to an object that is not in the draft.
    UNKNOWN_OBJECT(6),
    /// A table, pool or device is exhausted or missing.
    NO_RESOURCE(7),
    /// The driver or this build cannot do it.
    NOT_SUPPORTED(8),
    /// The device refused; the text says how.
    DEVICE_FAILED(9),
    /// An injected fault (started with --faults).
    FAULT(10),
    /// The ring's scopes do not allow it.
    DENIED(11),
    /// The device carries a kernel route: never taken.
    MANAGEMENT_PORT(12),
    /// A commit failed, and a port could not be brought back as it was.
    NOT_RESTORED(13),
    /// A strict set of what is there.
    EXISTS(14),
    /// A strict delete of what is not there.
    MISSING(15),
    /// Instances or interfaces have changed since the asker read them; the detail is the names of now.
    STALE_NAMES(16);

    private final int number;

    RingError(int number) {
        this.number = number;
    }

    /// The number that stands for it in a message.
    public int number() {
        return number;
    }

    /// The one with that number; an unknown number makes the message malformed.
    public static RingError of(int number) {
        return switch (number) {
            case 0 -> OK;
            case 1 -> UNKNOWN_MESSAGE;
            case 2 -> MALFORMED;
            case 3 -> NO_TRANSACTION;
            case 4 -> IN_TRANSACTION;
            case 5 -> IN_USE;
            case 6 -> UNKNOWN_OBJECT;
            case 7 -> NO_RESOURCE;
            case 8 -> NOT_SUPPORTED;
            case 9 -> DEVICE_FAILED;
            case 10 -> FAULT;
            case 11 -> DENIED;
            case 12 -> MANAGEMENT_PORT;
            case 13 -> NOT_RESTORED;
            case 14 -> EXISTS;
            case 15 -> MISSING;
            case 16 -> STALE_NAMES;
            default -> throw new MalformedMessageException("error " + number);
        };
    }
}
