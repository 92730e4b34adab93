/// Tests of the NETCONF server.
@NullMarked
package org.lagopus.netconf;

import org.jspecify.annotations.NullMarked;
