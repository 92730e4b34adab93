/// The datastore's end of the component channel: who is connected, what it is asked, and what
/// became of it. The coordinator is the datastore's; here its questions are only carried.
@NullMarked
package org.lagopus.controller.components;

import org.jspecify.annotations.NullMarked;
