/// The worker as the agent sees it: the link to it, transactions, replay and what it reports.
@NullMarked
package org.lagopus.agent.dataplane.worker;

import org.jspecify.annotations.NullMarked;
