/// The audit log: lines that nobody can change, leave out or put in between without being found
/// out.
@NullMarked
package org.lagopus.datastore.audit;

import org.jspecify.annotations.NullMarked;
