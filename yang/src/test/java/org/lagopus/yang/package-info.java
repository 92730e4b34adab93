/// Checks of the YANG modules.
@NullMarked
package org.lagopus.yang;

import org.jspecify.annotations.NullMarked;
