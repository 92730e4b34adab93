// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

/// A message whose length, numbers or texts are not what its type says: its sender is broken.
public final class MalformedMessageException extends RuntimeException {
    MalformedMessageException(String message) {
        super(message);
    }
}
