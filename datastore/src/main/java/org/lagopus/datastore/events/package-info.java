/// What happens on the box, told to whoever wants to hear of it: streams of events, their logs and
/// the places of readers in them. No network code, and no thread of a reader: a northbound asks for
/// the next item when it can send one.
@NullMarked
package org.lagopus.datastore.events;

import org.jspecify.annotations.NullMarked;
