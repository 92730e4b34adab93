/// What is counted of the box, for OpenMetrics.
@NullMarked
package org.lagopus.controller.metrics;

import org.jspecify.annotations.NullMarked;
