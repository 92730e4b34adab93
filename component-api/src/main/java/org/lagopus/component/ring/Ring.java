package org.lagopus.component.ring;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/// One side of a ring of messages between two processes: one producer, one consumer. The layout and
/// its rules are told in docs/ring-protocol.md and in ring.h, the other side's view of it.
///
/// A ring belongs to one thread; nothing here is safe against another one. What the other process
/// stores is checked before it is believed; a [BrokenRingException] ends the ring for good.
public final class Ring {
    static final long MAGIC = 0x474e49524f47414cL;
    static final int VERSION = 1;
    static final long SLOTS_AT = 4096;

    /// No message is longer, and none longer than half its ring.
    public static final int MESSAGE_MAX = 65536;

    private static final long HEAD_AT = 128;
    private static final long TAIL_AT = 256;
    private static final long PRODUCER_AT = 384;
    private static final long CONSUMER_AT = 512;
    private static final long WAITING = 8;
    private static final long LENGTH_WORD = 8;

    // Static and final, or each access costs twenty times as much.
    private static final VarHandle LONG = JAVA_LONG.varHandle();

    enum End {
        PRODUCER,
        CONSUMER
    }

    private final MemorySegment map;
    private final End end;
    private final long slotSize;
    private final long capacity;
    private final long largest;
    private final long ownIndex;
    private final long otherIndex;
    private final long ownWords;
    private final long otherWords;
    private long position; // own index, ahead of the stored one until published or released
    private long published; // own index as stored
    private long other; // last value read of the other index, checked
    private boolean broken;

    private Ring(MemorySegment map, End end, long slotSize, long capacity) {
        boolean producer = end == End.PRODUCER;
        this.map = map;
        this.end = end;
        this.slotSize = slotSize;
        this.capacity = capacity;
        largest = Math.min(MESSAGE_MAX, capacity / 2 * slotSize - LENGTH_WORD);
        ownIndex = producer ? HEAD_AT : TAIL_AT;
        otherIndex = producer ? TAIL_AT : HEAD_AT;
        ownWords = producer ? PRODUCER_AT : CONSUMER_AT;
        otherWords = producer ? CONSUMER_AT : PRODUCER_AT;
        position = (long) LONG.getAcquire(map, ownIndex);
        published = position;
        other = (long) LONG.getAcquire(map, otherIndex);
    }

    /// The side `end` of the ring in `map`, which must stay mapped as long as it is used.
    static Ring open(MemorySegment map, End end) throws IOException {
        if (map.byteSize() < SLOTS_AT
                || (long) LONG.getAcquire(map, 0L) != MAGIC
                || map.get(JAVA_INT, 8) != VERSION) {
            throw new IOException("the worker's memory is no ring of version " + VERSION);
        }
        long slotSize = map.get(JAVA_INT, 12);
        long capacity = map.get(JAVA_LONG, 16);
        if (slotSize < 64
                || slotSize > 65536
                || Long.bitCount(slotSize) != 1
                || capacity < 2
                || capacity > 1 << 24
                || Long.bitCount(capacity) != 1
                || slotSize * capacity > map.byteSize() - SLOTS_AT) {
            throw new IOException("a ring of " + capacity + " slots of " + slotSize + " bytes");
        }
        var ring = new Ring(map, end, slotSize, capacity);
        ring.look();
        return ring;
    }

    /// Tells one hand-over of the worker from another.
    public long generation() {
        return map.get(JAVA_LONG, 24);
    }

    /// Bytes of the longest message that it takes.
    public long largest() {
        return largest;
    }

    /// Producer: true if a message of so many bytes would be taken now.
    public boolean hasRoom(long bytes) {
        long after = position + slots(bytes);
        if (after - other > capacity) {
            look();
        }
        return after - other <= capacity;
    }

    /// Producer: copies a message in; the consumer sees it after [#publish]. False if the ring is
    /// full.
    public boolean offer(MemorySegment message, long bytes) {
        if (bytes <= 0 || bytes > largest) {
            throw new IllegalArgumentException(
                    "a message of " + bytes + " bytes in a ring for " + largest);
        }
        if (!hasRoom(bytes)) {
            return false;
        }
        long at = at(position);
        map.set(JAVA_LONG, at, bytes);
        // The first slot holds more than the length word, so only what follows may wrap.
        long first = Math.min(bytes, SLOTS_AT + slotSize * capacity - at - LENGTH_WORD);
        MemorySegment.copy(message, 0, map, at + LENGTH_WORD, first);
        if (first < bytes) {
            MemorySegment.copy(message, first, map, SLOTS_AT, bytes - first);
        }
        position += slots(bytes);
        return true;
    }

    /// Producer: shows what was offered. True if the consumer sleeps and must be woken.
    public boolean publish() {
        return storeOwn();
    }

    /// Consumer: copies the next message to the start of `into`, which holds [#largest]; its
    /// length, or 0 if there is none.
    public int poll(MemorySegment into) {
        if (position == other) {
            look();
            if (position == other) {
                return 0;
            }
        }
        if (broken) {
            throw broken("used again");
        }
        long at = at(position);
        long bytes = (long) LONG.getOpaque(map, at); // once: the producer may change it
        if (bytes <= 0 || bytes > largest || slots(bytes) > other - position) {
            throw broken("a message of " + bytes + " bytes");
        }
        long first = Math.min(bytes, SLOTS_AT + slotSize * capacity - at - LENGTH_WORD);
        MemorySegment.copy(map, at + LENGTH_WORD, into, 0, first);
        if (first < bytes) {
            MemorySegment.copy(map, SLOTS_AT, into, first, bytes - first);
        }
        position += slots(bytes);
        return (int) bytes;
    }

    /// Consumer: gives back what was polled. True if the producer sleeps and must be woken.
    public boolean release() {
        return storeOwn();
    }

    /// Says that this side is about to block, the consumer for a message, the producer for room.
    /// False if there is no reason to (any more): do not block then.
    public boolean sleep() {
        long seen = other;
        LONG.setOpaque(map, ownWords + WAITING, 1L);
        VarHandle.fullFence();
        look();
        boolean nothing = end == End.PRODUCER ? other == seen : other == position;
        if (!nothing) {
            awake();
        }
        return nothing;
    }

    /// Takes back what [#sleep] said.
    public void awake() {
        LONG.setOpaque(map, ownWords + WAITING, 0L);
    }

    /// Tells the other side that this one lives.
    public void beat(long nanos) {
        LONG.setOpaque(map, ownWords, nanos);
    }

    /// The other side's last [#beat]; stands still when it hangs.
    public long otherBeat() {
        return (long) LONG.getOpaque(map, otherWords);
    }

    private long slots(long bytes) {
        return (LENGTH_WORD + bytes + slotSize - 1) / slotSize;
    }

    private long at(long index) {
        return SLOTS_AT + (index & (capacity - 1)) * slotSize;
    }

    private boolean storeOwn() {
        if (position == published) {
            return false;
        }
        published = position;
        LONG.setRelease(map, ownIndex, position);
        // Pairs with sleep: either it sees the index, or this sees the flag.
        VarHandle.fullFence();
        return (long) LONG.getOpaque(map, otherWords + WAITING) != 0
                && (long) LONG.getAndSet(map, otherWords + WAITING, 0L) != 0;
    }

    /// Reads the other index anew. The producer is at most `capacity` slots ahead of the consumer,
    /// the consumer never ahead of what was published, and neither ever goes back.
    private void look() {
        if (broken) {
            throw broken("used again");
        }
        long now = (long) LONG.getAcquire(map, otherIndex);
        long filled = end == End.PRODUCER ? published - now : now - position;
        if (Long.compareUnsigned(filled, capacity) > 0
                || Long.compareUnsigned(now - other, capacity) > 0) {
            throw broken("an index of " + Long.toUnsignedString(now));
        }
        other = now;
    }

    private BrokenRingException broken(String what) {
        broken = true;
        return new BrokenRingException(
                "the other side broke the ring: " + what + ", own index " + position);
    }
}
