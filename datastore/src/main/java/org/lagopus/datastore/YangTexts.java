package org.lagopus.datastore;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Where the texts of YANG modules lie, by name and revision: under `META-INF/yang` on the class
/// path, where the file name tells both (RFC 7950 §5.2). Texts are read when asked for.
final class YangTexts {
    /// @param origin how a message names it: the path of a file, or the entry in a jar
    record Text(String origin, String content) {}

    private interface Location {
        Text read() throws IOException;
    }

    private static final String FOLDER = "META-INF/yang/";
    private static final String SUFFIX = ".yang";
    private static final String MIGRATIONS = "META-INF/migrations/";
    private static final String JSON = ".json";

    /// name -> revision ("" for none) -> location
    private final Map<String, NavigableMap<String, Location>> known = new HashMap<>();

    private YangTexts() {}

    static YangTexts onClassPath() throws IOException {
        var texts = new YangTexts();
        var loader = YangTexts.class.getClassLoader();
        for (var url : Collections.list(loader.getResources(FOLDER))) {
            for (var file : list(url, FOLDER, SUFFIX)) {
                texts.add(file, () -> resource(FOLDER, file));
            }
        }
        return texts;
    }

    /// The asked revision, or the newest where none is asked for.
    @Nullable Text find(String name, @Nullable String revision) throws IOException {
        var revisions = known.get(name);
        if (revisions == null) {
            return null;
        }
        var exact = revision == null ? null : revisions.get(revision);
        return (exact == null ? revisions.lastEntry().getValue() : exact).read();
    }

    static List<Path> files(Path directory) throws IOException {
        return files(directory, SUFFIX);
    }

    private static List<Path> files(Path directory, String suffix) throws IOException {
        try (var files = Files.list(directory)) {
            return files.filter(f -> f.toString().endsWith(suffix) && Files.isRegularFile(f))
                    .sorted()
                    .toList();
        }
    }

    private void add(String file, Location location) {
        var stem = file.substring(0, file.length() - SUFFIX.length());
        int at = stem.indexOf('@');
        var name = at < 0 ? stem : stem.substring(0, at);
        var revision = at < 0 ? "" : stem.substring(at + 1);
        known.computeIfAbsent(name, _ -> new TreeMap<>()).putIfAbsent(revision, location);
    }

    /// The migrations beside the modules: `META-INF/migrations` on the class path, and a folder
    /// `migrations` in each directory of modules.
    static List<Text> migrations(List<Path> directories) throws IOException {
        var texts = new ArrayList<Text>();
        var loader = YangTexts.class.getClassLoader();
        for (var url : Collections.list(loader.getResources(MIGRATIONS))) {
            for (var file : list(url, MIGRATIONS, JSON)) {
                texts.add(resource(MIGRATIONS, file));
            }
        }
        for (var directory : directories) {
            var folder = directory.resolve("migrations");
            if (Files.isDirectory(folder)) {
                for (var file : files(folder, JSON)) {
                    texts.add(read(file));
                }
            }
        }
        return texts;
    }

    private static List<String> list(URL url, String folder, String suffix) throws IOException {
        var found = new ArrayList<String>();
        if (url.openConnection() instanceof JarURLConnection jar) {
            jar.setUseCaches(false);
            try (var open = jar.getJarFile()) {
                open.stream()
                        .map(entry -> entry.getName())
                        .filter(name -> name.startsWith(folder) && name.endsWith(suffix))
                        .forEach(name -> found.add(name.substring(folder.length())));
            }
        } else {
            for (var file : files(Path.of(uri(url)), suffix)) {
                found.add(String.valueOf(file.getFileName()));
            }
        }
        return found;
    }

    private static URI uri(URL url) throws IOException {
        try {
            return url.toURI();
        } catch (URISyntaxException e) {
            throw new IOException("no place to read modules from: " + url, e);
        }
    }

    private static Text resource(String folder, String file) throws IOException {
        try (var in = YangTexts.class.getClassLoader().getResourceAsStream(folder + file)) {
            if (in == null) {
                throw new IOException(folder + file + " is gone from the class path");
            }
            return new Text(file, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    static Text read(Path file) throws IOException {
        return new Text(file.toString(), Files.readString(file));
    }
}
