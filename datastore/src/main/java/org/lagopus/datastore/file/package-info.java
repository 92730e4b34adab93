/// Keeps what the datastore gives it and gives it back after a restart, a crash or a power cut. It
/// knows records and snapshots, and nothing of what is in them.
@NullMarked
package org.lagopus.datastore.file;

import org.jspecify.annotations.NullMarked;
