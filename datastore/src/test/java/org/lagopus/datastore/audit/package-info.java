@NullMarked
package org.lagopus.datastore.audit;

import org.jspecify.annotations.NullMarked;
