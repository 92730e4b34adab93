package org.lagopus.component.ring;

import java.io.IOException;

/// A request was not sent: more are on their way than the client allows, or the worker took none
/// out of the ring for the time of a request. Nothing of it was carried out.
public final class RingFullException extends IOException {
    private static final long serialVersionUID = 1;

    RingFullException(String message) {
        super(message);
    }
}
