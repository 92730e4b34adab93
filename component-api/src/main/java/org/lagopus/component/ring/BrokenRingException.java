package org.lagopus.component.ring;

/// The process on the other side of a ring stored what it may not; nothing of it is believed any
/// more.
public final class BrokenRingException extends RuntimeException {
    private static final long serialVersionUID = 1;

    BrokenRingException(String message) {
        super(message);
    }
}
