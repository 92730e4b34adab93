/// The desired state of the dataplane: what the worker is told to run, in our own words.
@NullMarked
package org.lagopus.agent.dataplane.model;

import org.jspecify.annotations.NullMarked;
