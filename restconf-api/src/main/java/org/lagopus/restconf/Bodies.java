package org.lagopus.restconf;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Request;
import org.opendaylight.yangtools.yang.common.ErrorTag;

/// How much of large bodies is worked on at a time: a tree takes several times the memory of its
/// text, and commits go one by one anyway. Small bodies pass.
final class Bodies {
    private static final long SMALL = 64 << 10;

    private final int all;
    private final Semaphore room;
    private final long waitNanos;

    Bodies(RestconfServer.Settings settings) {
        all = kilobytes(settings.maxBody());
        room = new Semaphore(all, true);
        waitNanos = settings.bodyTime().toNanos();
    }

    /// Waits for room.
    ///
    /// @return what to give back to [#leave]
    int enter(Request request) throws Refusal {
        long length = request.getLength();
        if (length < 0 ? !mayHaveBody(request) : length <= SMALL) {
            return 0;
        }
        int size = length < 0 ? Math.max(1, all / 4) : Math.min(all, kilobytes(length));
        try {
            if (room.tryAcquire(size, waitNanos, TimeUnit.NANOSECONDS)) {
                return size;
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        throw Refusal.protocol(503, ErrorTag.RESOURCE_DENIED, "busy with other large requests");
    }

    void leave(int size) {
        room.release(size);
    }

    private static boolean mayHaveBody(Request request) {
        return switch (request.getMethod()) {
            case "PUT", "POST", "PATCH" -> true;
            default -> false;
        };
    }

    private static int kilobytes(long bytes) {
        return (int) Math.min(Integer.MAX_VALUE, 1 + (bytes >> 10));
    }
}
