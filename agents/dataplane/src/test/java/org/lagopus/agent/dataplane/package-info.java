/// Tests of the agent against a worker that is a map in memory.
@NullMarked
package org.lagopus.agent.dataplane;

import org.jspecify.annotations.NullMarked;
