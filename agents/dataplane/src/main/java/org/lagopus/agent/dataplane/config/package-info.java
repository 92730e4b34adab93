/// From records of the configuration to the desired state.
@NullMarked
package org.lagopus.agent.dataplane.config;

import org.jspecify.annotations.NullMarked;
