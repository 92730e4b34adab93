package org.lagopus.controller.northbound;

import java.util.List;
import org.lagopus.netconf.Settings;

/// What the configuration asks of the servers.
record Plan(Settings netconf, List<Listener> listeners) {}
