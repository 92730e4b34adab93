package org.lagopus.datastore.audit;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Finds the first line of an audit log that is not as it was written: changed, left out, put in or
/// moved. What was cut off at the very end cannot be seen from the log alone; whoever keeps the
/// last hash elsewhere can.
public final class AuditCheck {
    /// @param first number of the first line there is
    /// @param last number of the last line
    /// @param hash of the last line
    /// @param broken place and reason of the first bad line
    public record Result(int files, long first, long last, String hash, Optional<String> broken) {}

    private int files;
    private long first;
    private long line;
    private String hash = Chain.START;
    private @Nullable String broken;

    private AuditCheck() {}

    /// @param where a directory of audit files, or one of them
    public static Result verify(Path where) throws IOException {
        var check = new AuditCheck();
        if (Files.isDirectory(where)) {
            var all = Chain.files(where);
            if (all.isEmpty()) {
                throw new NoSuchFileException(where.resolve("audit.1.log").toString());
            }
            long expected = all.firstKey();
            for (var file : all.entrySet()) {
                if (check.broken == null && file.getKey() != expected) {
                    check.broken = Chain.file(where, expected) + ": the file is missing";
                }
                check.file(file.getValue());
                expected = file.getKey() + 1;
            }
        } else {
            check.file(where);
        }
        return new Result(
                check.files,
                check.first,
                check.line,
                check.hash,
                Optional.ofNullable(check.broken));
    }

    private void file(Path file) throws IOException {
        if (broken != null) {
            return;
        }
        files++;
        int at = 0;
        try {
            List<String> lines = Files.readAllLines(file);
            for (var text : lines) {
                at++;
                var wrong = wrong(text, at == 1);
                if (wrong != null) {
                    broken = "%s:%d: %s".formatted(file, at, wrong);
                    return;
                }
            }
        } catch (CharacterCodingException e) {
            broken = "%s: a line is no text".formatted(file);
            return;
        }
        if (at == 0) {
            broken = file + ":1: the file is empty";
        }
    }

    /// What is wrong with a line, null if it hangs on the one before it.
    private @Nullable String wrong(String text, boolean isFirst) {
        if (text.length() <= Chain.HASH || text.charAt(Chain.HASH) != ' ') {
            return "it is no line of an audit log";
        }
        var json = text.substring(Chain.HASH + 1);
        JsonObject object;
        try {
            object = JsonParser.parseString(json).getAsJsonObject();
        } catch (JsonParseException | IllegalStateException e) {
            return "it is no line of an audit log";
        }
        if (isFirst) {
            var previous = string(object.get("previous"));
            if (previous == null) {
                return "the first line of the file is missing";
            }
            if (files == 1) {
                hash = previous;
                first = number(object.get("line"));
                line = first - 1;
            } else if (!previous.equals(hash)) {
                return "the end of the file before it is missing or changed";
            }
        }
        var expected = Chain.hash(hash, json);
        if (!expected.equals(text.substring(0, Chain.HASH))) {
            return "it was changed, or what was before it is missing or changed";
        }
        if (number(object.get("line")) != line + 1) {
            return "its number is not the next one";
        }
        hash = expected;
        line++;
        return null;
    }

    private static @Nullable String string(@Nullable JsonElement element) {
        return element == null || !element.isJsonPrimitive() ? null : element.getAsString();
    }

    private static long number(@Nullable JsonElement element) {
        try {
            return element == null ? -1 : element.getAsLong();
        } catch (NumberFormatException | IllegalStateException | UnsupportedOperationException e) {
            return -1;
        }
    }
}
