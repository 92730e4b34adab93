/// Who may read, write and invoke what: NACM (RFC 8341).
@NullMarked
package org.lagopus.datastore.access;

import org.jspecify.annotations.NullMarked;
