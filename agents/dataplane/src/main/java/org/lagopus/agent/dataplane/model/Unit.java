package org.lagopus.agent.dataplane.model;

import org.lagopus.component.ip.Prefix;

/// A piece of the configuration that is translated at once: from it follow no, one or several
/// items. A commit translates only the units it touches.
public sealed interface Unit {
    /// The port that an interface is, by its name.
    record Port(String name) implements Unit {}

    record Instance(String name) implements Unit {}

    /// A subinterface with the VLANs it carries.
    record Interface(String name, long index) implements Unit {
        /// As people and the worker call it.
        public String label() {
            return index == 0 ? name : name + "." + index;
        }
    }

    record Address(Interface on, String ip) implements Unit {}

    record Neighbor(Interface on, String ip) implements Unit {}

    record Route(String instance, Prefix prefix) implements Unit {}
}
