/// IP addresses and prefixes as values.
@NullMarked
package org.lagopus.component.ip;

import org.jspecify.annotations.NullMarked;
