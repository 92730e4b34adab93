package org.lagopus.datastore.audit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// How lines hang together. A line is
///
///     HASH {json}
///
/// where HASH is the SHA-256, in hexadecimal digits, of the hash of the line before it and the JSON.
/// The files are `audit.N.log`; the first line of each has the last hash of the file before it.
final class Chain {
    static final String START = "0".repeat(64);
    static final int HASH = 64;
    private static final Pattern NAME = Pattern.compile("audit\\.(\\d{1,18})\\.log");

    private Chain() {}

    static String hash(String before, String json) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            digest.update(before.getBytes(StandardCharsets.US_ASCII));
            digest.update(json.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static Path file(Path directory, long number) {
        return directory.resolve("audit.%d.log".formatted(number));
    }

    static NavigableMap<Long, Path> files(Path directory) throws IOException {
        var found = new TreeMap<Long, Path>();
        try (var files = Files.list(directory)) {
            for (var file : (Iterable<Path>) files::iterator) {
                var name = NAME.matcher(String.valueOf(file.getFileName()));
                if (name.matches()) {
                    found.put(Long.parseLong(String.valueOf(name.group(1))), file);
                }
            }
        }
        return found;
    }
}
