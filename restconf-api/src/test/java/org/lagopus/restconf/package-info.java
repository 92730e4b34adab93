@NullMarked
package org.lagopus.restconf;

import org.jspecify.annotations.NullMarked;
