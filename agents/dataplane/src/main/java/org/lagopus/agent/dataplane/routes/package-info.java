/// The API of volatile routes as the agent offers it: grants for other components, and operations
/// for those who come by NETCONF or RESTCONF.
@NullMarked
package org.lagopus.agent.dataplane.routes;

import org.jspecify.annotations.NullMarked;
