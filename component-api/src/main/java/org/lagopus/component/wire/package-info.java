/// The component channel as it is on the wire: messages, their JSON and their framing, as
/// `docs/component-protocol.md` tells them.
@NullMarked
package org.lagopus.component.wire;

import org.jspecify.annotations.NullMarked;
