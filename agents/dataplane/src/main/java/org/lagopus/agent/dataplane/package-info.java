/// The dataplane agent: stands between the datastore and the worker, so that the one needs to know
/// no packets and the other no configuration model.
@NullMarked
package org.lagopus.agent.dataplane;

import org.jspecify.annotations.NullMarked;
