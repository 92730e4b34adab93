/// What a component of the box needs to take part: the channel to the datastore and the rings to
/// the worker.
@NullMarked
package org.lagopus.component;

import org.jspecify.annotations.NullMarked;
