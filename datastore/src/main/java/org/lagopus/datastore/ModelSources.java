package org.lagopus.datastore;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which modules make the model.
///
/// @param implemented names of modules whose texts lie under `META-INF/yang` on the class path
/// @param directories every module in them is implemented as well; later texts of a name win
/// @param features (RFC 7950 §7.20.1) that are supported of modules from the class path, by module;
///   one that is not a key supports none. Null supports all, as is always so of those in the
///   directories.
public record ModelSources(
        List<String> implemented,
        List<Path> directories,
        @Nullable Map<String, Set<String>> features) {
    public ModelSources {
        implemented = List.copyOf(implemented);
        directories = List.copyOf(directories);
        features = features == null ? null : Map.copyOf(features);
    }

    public ModelSources(List<String> implemented, List<Path> directories) {
        this(implemented, directories, null);
    }
}
