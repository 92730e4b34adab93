package org.lagopus.netconf;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.lagopus.datastore.DatastoreException;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;

/// Room for the elements of all messages that are being worked on. Data takes several times the
/// memory of its text, so what many sessions send at once has to fit together. Small messages need
/// none.
final class Room {
    /// Elements that are taken at a time, and that a message may have for nothing.
    static final int BLOCK = 1024;

    private final int blocks;
    private final Semaphore free;
    private final Duration patience;

    Room(int elements, Duration patience) {
        blocks = Math.max(1, elements / BLOCK);
        free = new Semaphore(blocks, true);
        this.patience = patience;
    }

    Share share() {
        return new Share();
    }

    /// What one session has taken. Used by its thread; others may look.
    final class Share {
        private volatile int taken;

        /// Takes a block more, waiting for others to give theirs back.
        @SuppressWarnings("NonAtomicOperationOnVolatileField") // one writer
        void take() throws DatastoreException {
            if (taken == blocks) {
                throw Errors.tooBig(
                        ErrorType.RPC,
                        "a message of more than " + (long) blocks * BLOCK + " elements");
            }
            try {
                if (free.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                    taken++;
                    return;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw Errors.refuse(
                    ErrorType.RPC,
                    ErrorTag.RESOURCE_DENIED,
                    null,
                    "busy with other large messages",
                    Map.of());
        }

        boolean any() {
            return taken > 0;
        }

        void giveBack() {
            free.release(taken);
            taken = 0;
        }
    }
}
