/// The two faces of the configuration, and the one gate that every change of it passes.
@NullMarked
package org.lagopus.datastore;

import org.jspecify.annotations.NullMarked;
