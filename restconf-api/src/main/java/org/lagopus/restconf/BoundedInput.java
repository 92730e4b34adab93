package org.lagopus.restconf;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.lagopus.datastore.DataError;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;

/// A request's body that may be neither longer nor slower than the settings say.
final class BoundedInput extends FilterInputStream {
    /// A body that breaks a limit.
    abstract static class Limit extends IOException {
        private static final long serialVersionUID = 1L;

        Limit(String message) {
            super(message);
        }

        abstract Refusal refusal();
    }

    static final class TooBig extends Limit {
        private static final long serialVersionUID = 1L;

        TooBig(long limit) {
            super("a body may have %d bytes".formatted(limit));
        }

        @Override
        Refusal refusal() {
            return new Refusal(
                    DataError.of(ErrorTag.TOO_BIG, String.valueOf(getMessage()))
                            .withType(ErrorType.TRANSPORT));
        }
    }

    static final class TooSlow extends Limit {
        private static final long serialVersionUID = 1L;

        TooSlow(Duration limit) {
            super("a body may take %d seconds".formatted(limit.toSeconds()));
        }

        @Override
        Refusal refusal() {
            var error =
                    DataError.of(ErrorTag.OPERATION_FAILED, String.valueOf(getMessage()))
                            .withType(ErrorType.TRANSPORT);
            return new Refusal(408, List.of(error), Map.of("Connection", "close"));
        }
    }

    private final long limit;
    private final Duration time;
    private final long started = System.nanoTime();
    private long count;

    BoundedInput(InputStream in, long limit, Duration time) {
        super(in);
        this.limit = limit;
        this.time = time;
    }

    @Override
    public int read() throws IOException {
        int b = in.read();
        count(b < 0 ? 0 : 1);
        return b;
    }

    @Override
    public int read(byte[] to, int from, int length) throws IOException {
        int n = in.read(to, from, length);
        count(Math.max(n, 0));
        return n;
    }

    private void count(int n) throws IOException {
        count += n;
        if (count > limit) {
            throw new TooBig(limit);
        }
        if (System.nanoTime() - started > time.toNanos()) {
            throw new TooSlow(time);
        }
    }
}
