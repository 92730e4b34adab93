package org.lagopus.agent.dataplane.model;

import org.lagopus.component.ip.Ip;
import org.lagopus.component.ip.Prefix;

/// What an object of the dataplane is known by.
public sealed interface Key {
    record Port(int number) implements Key {}

    record Instance(int number) implements Key {}

    record Interface(int number) implements Key {}

    record VlanMember(int ofInterface, int first, int last) implements Key {}

    record Address(int ofInterface, Ip ip, int prefixLength) implements Key {}

    record Neighbor(int ofInterface, Ip ip) implements Key {}

    record Route(int instance, Prefix prefix) implements Key {}

    /// Objects of a kind may refer to those of a lower depth. Those of the first three kinds take
    /// what refers to them along when they are removed; the others have nobody below them.
    default int depth() {
        return switch (this) {
            case Port _ -> 0;
            case Instance _ -> 1;
            case Interface _ -> 2;
            case VlanMember _ -> 3;
            case Address _ -> 4;
            case Neighbor _ -> 5;
            case Route _ -> 6;
        };
    }

    default boolean ownsOthers() {
        return depth() < 3;
    }
}
