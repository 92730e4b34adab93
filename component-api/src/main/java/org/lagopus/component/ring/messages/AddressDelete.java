// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

import java.lang.foreign.MemorySegment;

/// The message `address-delete`.
public record AddressDelete(
        long interface_,
        int family,
        int prefixLength,
        long addressHi,
        long addressLo) implements Message {
    /// The number of this message.
    public static final int TYPE = 29;

    /// Bytes, header included.
    public static final int SIZE = 56;

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public int size() {
        return SIZE;
    }

    @Override
    public void write(MemorySegment to, long at) {
        Wire.putU32(to, at + 32, interface_);
        Wire.putU8(to, at + 36, family);
        Wire.putU8(to, at + 37, prefixLength);
        Wire.zero(to, at + 38, 2);
        Wire.putIp6(to, at + 40, addressHi, addressLo);
    }

    /// Reads the message whose header is at `at` and whose length is `length`.
    public static AddressDelete read(MemorySegment from, long at, long length) {
        Wire.expect(length == SIZE, "address-delete", length);
        return new AddressDelete(
                Wire.u32(from, at + 32),
                Wire.u8(from, at + 36),
                Wire.u8(from, at + 37),
                Wire.big64(from, at + 40),
                Wire.big64(from, at + 48));
    }
}
