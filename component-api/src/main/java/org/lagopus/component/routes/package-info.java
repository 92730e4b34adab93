/// Volatile routes: what a routing daemon, or whoever else was granted it, sets in the worker by
/// the names of the configuration, without a commit.
@NullMarked
package org.lagopus.component.routes;

import org.jspecify.annotations.NullMarked;
