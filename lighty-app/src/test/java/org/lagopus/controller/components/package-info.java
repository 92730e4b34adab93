@NullMarked
package org.lagopus.controller.components;

import org.jspecify.annotations.NullMarked;
