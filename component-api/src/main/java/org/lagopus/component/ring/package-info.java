/// The worker's shared memory as a client sees it: the rings it is asked and answers through, and
/// the counters it shows.
@NullMarked
package org.lagopus.component.ring;

import org.jspecify.annotations.NullMarked;
