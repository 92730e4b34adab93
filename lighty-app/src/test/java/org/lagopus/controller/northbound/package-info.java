@NullMarked
package org.lagopus.controller.northbound;

import org.jspecify.annotations.NullMarked;
