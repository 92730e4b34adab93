package org.lagopus.datastore.file;

import java.util.Map;
import java.util.TreeMap;

/// One record of the log.
///
/// @param kind what the writer calls it
/// @param meta what is told about it in words: user, time, comment
/// @param content of a form only the writer knows
public record Record(long generation, String kind, Map<String, String> meta, byte[] content) {
    public Record {
        meta = Map.copyOf(new TreeMap<>(meta));
    }
}
