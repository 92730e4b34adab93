/// Shows that what was stored comes back, whatever happens to the files.
@NullMarked
package org.lagopus.datastore.file;

import org.jspecify.annotations.NullMarked;
