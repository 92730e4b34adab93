// Written from ring.msg by Generate.java; change those and run `make generate`.

package org.lagopus.component.ring.messages;

/// The enum `vlan-mode` of the ring messages.
public enum VlanMode {
    /// Bridged, whole port, VLAN-unaware.
    ANY(0),
    ACCESS(1),
    TRUNK(2);

    private final int number;

    VlanMode(int number) {
        this.number = number;
    }

    /// The number that stands for it in a message.
    public int number() {
        return number;
    }

    /// The one with that number; an unknown number makes the message malformed.
    public static VlanMode of(int number) {
        return switch (number) {
            case 0 -> ANY;
            case 1 -> ACCESS;
            case 2 -> TRUNK;
            default -> throw new MalformedMessageException("vlan-mode " + number);
        };
    }
}
