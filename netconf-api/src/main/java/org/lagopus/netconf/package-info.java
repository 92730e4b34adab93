/// The NETCONF server: sessions over SSH that stream both ways, and the operations of RFC 6241 on
/// the datastore.
@NullMarked
package org.lagopus.netconf;

import org.jspecify.annotations.NullMarked;
