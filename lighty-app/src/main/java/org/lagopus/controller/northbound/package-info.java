/// The servers by which the box is managed, as `lagopus-northbound.yang` configures them: what is
/// committed there is bound before it is decided and takes effect when it is.
@NullMarked
package org.lagopus.controller.northbound;

import org.jspecify.annotations.NullMarked;
