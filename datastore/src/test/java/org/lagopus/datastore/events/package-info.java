@NullMarked
package org.lagopus.datastore.events;

import org.jspecify.annotations.NullMarked;
