// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

/// The enum `driver` of the ring messages.
public enum Driver {
    /// Device: kernel interface name.
    AF_PACKET(1),
    /// Device: name of the TAP to make.
    TAP(2),
    /// Device: socket path; arguments: role=...,id=...
    MEMIF(3),
    NULL(4),
    /// Device: empty; arguments: rx_pcap=...,tx_pcap=...
    PCAP(5),
    /// Device: address 0000:03:00.0.
    PCI(6),
    AF_XDP(7);

    private final int number;

    Driver(int number) {
        this.number = number;
    }

    /// The number that stands for it in a message.
    public int number() {
        return number;
    }

    /// The one with that number; an unknown number makes the message malformed.
    public static Driver of(int number) {
        return switch (number) {
            case 1 -> AF_PACKET;
            case 2 -> TAP;
            case 3 -> MEMIF;
            case 4 -> NULL;
            case 5 -> PCAP;
            case 6 -> PCI;
            case 7 -> AF_XDP;
            default -> throw new MalformedMessageException("driver " + number);
        };
    }
}
