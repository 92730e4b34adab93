/// The YANG modules of the box, ours and the standard ones, as texts under `META-INF/yang`.
@NullMarked
package org.lagopus.yang;

import org.jspecify.annotations.NullMarked;
