/// RESTCONF (RFC 8040) over HTTP/1.1 and HTTP/2: turns requests into edits and reads of the
/// datastore, and what comes of them into JSON or XML.
@NullMarked
package org.lagopus.restconf;

import org.jspecify.annotations.NullMarked;
