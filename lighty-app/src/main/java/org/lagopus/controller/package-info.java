/// `lagopusd`: puts datastore, northbound servers and component channel together into one process.
@NullMarked
package org.lagopus.controller;

import org.jspecify.annotations.NullMarked;
