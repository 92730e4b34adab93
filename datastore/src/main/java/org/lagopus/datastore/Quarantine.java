package org.lagopus.datastore;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.lagopus.datastore.file.StateFiles;

/// What upgrades have cut, one file `quarantine.N.json` for each, N being the commit it was cut by.
/// A file is never written again; an operator who has dealt with it takes it away.
final class Quarantine {
    private static final Gson JSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();
    private static final Pattern NAME = Pattern.compile("quarantine\\.\\d+(-\\d+)?\\.json");

    private final Path directory;

    Quarantine(Path directory) {
        this.directory = directory;
    }

    /// On the disk when this returns. A start that died before its commit was written may have left
    /// the same cuts already; then there is nothing to do.
    ///
    /// @return the file
    Path keep(long generation, Instant time, String formerModel, List<Cut> cuts)
            throws IOException {
        var list = new JsonArray();
        for (var cut : cuts) {
            var json = new JsonObject();
            json.addProperty("path", cut.path());
            json.addProperty("reason", cut.reason());
            json.add("value", cut.value());
            list.add(json);
        }
        var file = directory.resolve("quarantine.%d.json".formatted(generation));
        for (int i = 2; Files.exists(file); i++) {
            if (list.equals(cuts(file))) {
                return file;
            }
            file = directory.resolve("quarantine.%d-%d.json".formatted(generation, i));
        }
        var all = new JsonObject();
        all.addProperty("time", time.toString());
        all.addProperty("commit", generation);
        all.addProperty("former-model", formerModel);
        all.add("cut", list);
        StateFiles.write(file, JSON.toJson(all).getBytes(StandardCharsets.UTF_8));
        return file;
    }

    private static JsonArray cuts(Path file) throws IOException {
        try {
            var cuts = JsonParser.parseString(Files.readString(file)).getAsJsonObject().get("cut");
            return cuts == null ? new JsonArray() : cuts.getAsJsonArray();
        } catch (JsonParseException | IllegalStateException e) {
            return new JsonArray();
        }
    }

    /// The files there are, by name.
    static List<Path> files(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.filter(file -> NAME.matcher(String.valueOf(file.getFileName())).matches())
                    .sorted()
                    .toList();
        }
    }

    static int count(Path file) throws IOException {
        return cuts(file).size();
    }
}
