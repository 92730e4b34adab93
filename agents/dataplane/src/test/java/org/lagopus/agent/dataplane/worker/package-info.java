/// Tests of the agent's way to the worker.
@NullMarked
package org.lagopus.agent.dataplane.worker;

import org.jspecify.annotations.NullMarked;
