package org.lagopus.datastore;

import java.nio.file.Path;
import java.util.List;

/// Which modules make the model.
///
/// @param implemented names of modules whose texts lie under `META-INF/yang` on the class path
/// @param directories every module in them is implemented as well; later texts of a name win
public record ModelSources(List<String> implemented, List<Path> directories) {
    public ModelSources {
        implemented = List.copyOf(implemented);
        directories = List.copyOf(directories);
    }
}
