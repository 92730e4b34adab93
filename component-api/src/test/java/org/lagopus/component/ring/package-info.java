/// Tests of the rings, against a peer in C wherever there are two sides.
@NullMarked
package org.lagopus.component.ring;

import org.jspecify.annotations.NullMarked;
