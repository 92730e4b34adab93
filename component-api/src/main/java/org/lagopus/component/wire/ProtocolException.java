package org.lagopus.component.wire;

import java.io.IOException;

/// The peer does not speak the protocol. The message is the reason told to it before closing.
public final class ProtocolException extends IOException {
    private static final long serialVersionUID = 1L;

    public ProtocolException(String reason) {
        super(reason);
    }

    public ProtocolException(String reason, Throwable cause) {
        super(reason, cause);
    }
}
