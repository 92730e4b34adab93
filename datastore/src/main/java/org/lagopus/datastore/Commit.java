package org.lagopus.datastore;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One commit that became running.
///
/// @param generation its number: taken when Preparing begins, never used twice
/// @param changed false when the new content was the old one, so that nobody was asked
public record Commit(
        long generation, Instant time, Actor by, @Nullable String comment, boolean changed) {}
