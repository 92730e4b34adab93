/// Tests of the evaluator on a tree of its own.
@NullMarked
package org.lagopus.datastore.xpath;

import org.jspecify.annotations.NullMarked;
