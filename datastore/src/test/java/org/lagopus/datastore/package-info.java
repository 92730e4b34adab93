/// Shows what the datastore promises, with modules and components of its own.
@NullMarked
package org.lagopus.datastore;

import org.jspecify.annotations.NullMarked;
