package org.lagopus.netconf;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The octets of a session cut into messages (RFC 6242). Between `next()` and its end a message is
/// an ordinary stream, so a pull parser sits on it directly: nothing is collected, whatever size a
/// chunk header promises.
///
/// A parser hides our exceptions inside its own. So `failure()` remembers the one that ends the
/// session, and `tooBig()` tells that a message hit its limit.
final class FramedInput extends InputStream {
    private static final byte[] END = {']', ']', '>', ']', ']', '>'};
    private static final long MAX_CHUNK = 0xffff_ffffL;

    private final InputStream in;
    private final long maxMessage;
    private final byte[] buffer = new byte[32 * 1024];
    private int position;
    private int limit;
    private boolean chunked;
    private boolean open;

    /// What is left of the open chunk.
    private long left;

    private boolean anyChunk;
    private long size;
    private boolean tooBig;
    private boolean draining;
    private @Nullable IOException failure;
    private volatile long waitingSince;

    FramedInput(InputStream in, long maxMessage) {
        this.in = in;
        this.maxMessage = maxMessage;
    }

    /// Chunked framing (RFC 6242 §4.2) from the next message on.
    void chunked() {
        chunked = true;
    }

    /// Opens the next message and passes over what nobody wanted of the last; false when the peer
    /// has gone.
    boolean next() throws IOException {
        if (open) {
            draining = true;
            var rest = new byte[8192];
            while (read(rest, 0, rest.length) >= 0) {
                // passed over
            }
            draining = false;
        }
        if (!chunked) {
            skipSpace();
        }
        if (!fill(1)) {
            return false;
        }
        open = true;
        anyChunk = false;
        tooBig = false;
        size = 0;
        left = 0;
        return true;
    }

    /// Why no further message can be read.
    @Nullable IOException failure() {
        return failure;
    }

    /// When the read that is under way began (`System.nanoTime`), or 0.
    long waitingSince() {
        return waitingSince;
    }

    boolean tooBig() {
        return tooBig;
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        if (!open) {
            return -1;
        }
        if (length == 0) {
            return 0;
        }
        if (tooBig && !draining) {
            throw new MessageTooBig(maxMessage);
        }
        try {
            int n = chunked ? readChunk(to, offset, length) : readToEnd(to, offset, length);
            if (n < 0) {
                open = false;
            } else {
                count(n);
            }
            return n;
        } catch (MessageTooBig e) {
            throw e;
        } catch (IOException e) {
            open = false;
            failure = e;
            throw e;
        }
    }

    /// Twice the limit is passed over to answer in order; a peer that sends still more has lost the
    /// session.
    private void count(int n) throws IOException {
        size += n;
        if (size <= maxMessage) {
            return;
        }
        if (draining) {
            if (size > 2 * maxMessage) {
                throw new FramingException("a message beyond twice " + maxMessage + " octets");
            }
            return;
        }
        tooBig = true;
        throw new MessageTooBig(maxMessage);
    }

    private int readChunk(byte[] to, int offset, int length) throws IOException {
        if (left == 0 && !header()) {
            return -1;
        }
        need(1);
        int n = (int) Math.min(Math.min(length, left), limit - position);
        System.arraycopy(buffer, position, to, offset, n);
        position += n;
        left -= n;
        return n;
    }

    /// Reads a chunk header, or the end-of-chunks mark: then it is false.
    private boolean header() throws IOException {
        if (octet() != '\n' || octet() != '#') {
            throw new FramingException("chunk header expected");
        }
        int c = octet();
        if (c == '#' && anyChunk) {
            if (octet() != '\n') {
                throw new FramingException("bad end of chunks");
            }
            return false;
        }
        if (c < '1' || c > '9') {
            throw new FramingException("bad chunk size");
        }
        long n = Character.digit(c, 10);
        for (c = octet(); c != '\n'; c = octet()) {
            n = n * 10 + (c - '0');
            if (c < '0' || c > '9' || n > MAX_CHUNK) {
                throw new FramingException("bad chunk size");
            }
        }
        left = n;
        anyChunk = true;
        return true;
    }

    private int readToEnd(byte[] to, int offset, int length) throws IOException {
        need(1);
        int i = position;
        int end = Math.min(limit, position + length);
        while (i < end && buffer[i] != ']') {
            i++;
        }
        if (i == position) {
            // The mark, or a bracket of the message itself.
            if (fill(END.length)
                    && Arrays.equals(buffer, position, position + END.length, END, 0, END.length)) {
                position += END.length;
                return -1;
            }
            i = position + 1;
        }
        int n = i - position;
        System.arraycopy(buffer, position, to, offset, n);
        position = i;
        return n;
    }

    private void skipSpace() throws IOException {
        while (fill(1) && buffer[position] <= ' ' && buffer[position] >= 0) {
            position++;
        }
    }

    private int octet() throws IOException {
        need(1);
        return buffer[position++];
    }

    private void need(int n) throws IOException {
        if (!fill(n)) {
            throw new EOFException("connection closed inside a message");
        }
    }

    /// At least `n` octets in the buffer; false when the stream ends before.
    private boolean fill(int n) throws IOException {
        while (limit - position < n) {
            if (position > 0) {
                System.arraycopy(buffer, position, buffer, 0, limit - position);
                limit -= position;
                position = 0;
            }
            waitingSince = System.nanoTime() | 1;
            int r = in.read(buffer, limit, buffer.length - limit);
            waitingSince = 0;
            if (r < 0) {
                return false;
            }
            limit += r;
        }
        return true;
    }

    /// The framing is broken; RFC 6242 §4.2 wants the session closed.
    static final class FramingException extends IOException {
        private static final long serialVersionUID = 1;

        FramingException(String message) {
            super(message);
        }
    }

    /// The message is over its limit; the framing is sound, so the session may go on behind it.
    static final class MessageTooBig extends IOException {
        private static final long serialVersionUID = 1;

        MessageTooBig(long limit) {
            super("message longer than " + limit + " octets");
        }
    }
}
