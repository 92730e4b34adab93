/// Tests of the desired state.
@NullMarked
package org.lagopus.agent.dataplane.model;

import org.jspecify.annotations.NullMarked;
