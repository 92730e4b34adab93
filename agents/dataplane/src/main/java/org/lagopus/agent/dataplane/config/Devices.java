package org.lagopus.agent.dataplane.config;

import java.util.Locale;
import java.util.Optional;

/// What the drivers expect of a port's configuration.
final class Devices {
    private Devices() {}

    /// A name that no two ports can share, where the driver takes hold of something at all. What
    /// the kernel calls an interface is one name whoever opens it.
    static Optional<String> name(Entry.Device device) {
        return switch (device.driver()) {
            case AF_PACKET, AF_XDP, TAP -> Optional.of("interface " + device.name());
            case MEMIF -> Optional.of("memif " + device.name() + " " + device.arguments());
            case PCI -> Optional.of("pci " + device.name());
            case NULL, PCAP -> Optional.empty();
        };
    }

    static boolean needsName(Entry.Device device) {
        return name(device).isPresent();
    }

    static boolean needsArguments(Entry.Device device) {
        return switch (device.driver()) {
            case PCAP -> true;
            case AF_PACKET, AF_XDP, TAP, MEMIF, PCI, NULL -> false;
        };
    }

    /// The name of the driver as the model writes it.
    static String driver(Entry.Device device) {
        return device.driver().name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
