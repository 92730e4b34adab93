// Written from ring.msg by Generate.java; change those and run `make generate`.

/// The messages of the rings between the worker and its clients, one record each.
@NullMarked
package org.lagopus.component.ring.messages;

import org.jspecify.annotations.NullMarked;
