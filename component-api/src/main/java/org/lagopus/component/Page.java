package org.lagopus.component;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Some entries of a list, as RFC 7951 JSON.
///
/// @param after what to ask for to get those behind them; null if these are the last
public record Page(List<JsonNode> entries, @Nullable String after) {
    public Page {
        entries = List.copyOf(entries);
    }
}
