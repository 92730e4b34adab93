package org.lagopus.netconf;

import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.locks.ReentrantLock;

/// Messages to the octets of a session (RFC 6242). A fixed buffer becomes one chunk: header, octets
/// and the end mark leave in one write. The stream below blocks while the peer does not read, and
/// that is all the back-pressure there is; `blockedSince()` lets a watch find the peer that never
/// will.
///
/// Replies and notifications come from two threads: each takes its turn with `begin()` and has it
/// until the end of its message.
final class FramedOutput extends OutputStream {
    /// Room in front of the octets for the longest header, and behind them for the longest mark.
    private static final int HEAD = 14;

    private static final int TAIL = 8;
    private static final byte[] END_OF_CHUNKS = {'\n', '#', '#', '\n'};
    private static final byte[] END_OF_MESSAGE = {']', ']', '>', ']', ']', '>'};
    private static final byte[] MORE = {};

    private final OutputStream out;
    private final byte[] buffer;
    private final int end;
    private int position = HEAD;
    private boolean chunked;
    private boolean begun;
    private volatile long blockedSince;
    private final ReentrantLock turn = new ReentrantLock();
    private volatile boolean broken;

    FramedOutput(OutputStream out, int chunk) {
        this.out = out;
        buffer = new byte[HEAD + chunk + TAIL];
        end = HEAD + chunk;
    }

    /// Chunked framing (RFC 6242 §4.2) from the next message on.
    void chunked() {
        chunked = true;
    }

    @Override
    public void write(int b) throws IOException {
        if (position == end) {
            pass(MORE);
        }
        buffer[position++] = (byte) b;
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
        int at = offset;
        int left = length;
        while (left > 0) {
            if (position == end) {
                pass(MORE);
            }
            int n = Math.min(left, end - position);
            System.arraycopy(from, at, buffer, position, n);
            position += n;
            at += n;
            left -= n;
        }
    }

    /// An XML writer flushes when it likes; that must not become a chunk.
    @Override
    public void flush() {}

    /// Begins a message, or goes on with one of this thread; waits while another one writes.
    void begin() throws IOException {
        if (!turn.isHeldByCurrentThread()) {
            turn.lock();
        }
        if (broken) {
            yieldTurn();
            throw new IOException("a message before this one has come to no end");
        }
    }

    /// Ends the message.
    void end() throws IOException {
        pass(chunked ? END_OF_CHUNKS : END_OF_MESSAGE);
        begun = false;
        yieldTurn();
    }

    /// Gives up a message; after octets of it have left, no other can follow.
    void giveUp() {
        if (turn.isHeldByCurrentThread()) {
            broken |= begun;
            position = HEAD;
            yieldTurn();
        }
    }

    private void yieldTurn() {
        if (turn.isHeldByCurrentThread()) {
            turn.unlock();
        }
    }

    /// True once octets of this thread's message have left: then nothing can be taken back.
    boolean begun() {
        return begun && turn.isHeldByCurrentThread();
    }

    /// When the write that is under way began (`System.nanoTime`), or 0.
    long blockedSince() {
        return blockedSince;
    }

    private void pass(byte[] mark) throws IOException {
        int from = HEAD;
        if (chunked && position > HEAD) {
            // Digits backwards into the room kept for them.
            buffer[--from] = '\n';
            for (int n = position - HEAD; n > 0; n /= 10) {
                buffer[--from] = (byte) ('0' + n % 10);
            }
            buffer[--from] = '#';
            buffer[--from] = '\n';
        }
        System.arraycopy(mark, 0, buffer, position, mark.length);
        position += mark.length;
        begun = true;
        blockedSince = System.nanoTime() | 1;
        try {
            out.write(buffer, from, position - from);
            out.flush();
        } finally {
            blockedSince = 0;
        }
        position = HEAD;
    }
}
