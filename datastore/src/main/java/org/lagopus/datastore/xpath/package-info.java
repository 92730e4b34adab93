/// XPath 1.0 with the functions of YANG (RFC 7950 §10), over any tree that is a [Node].
@NullMarked
package org.lagopus.datastore.xpath;

import org.jspecify.annotations.NullMarked;
