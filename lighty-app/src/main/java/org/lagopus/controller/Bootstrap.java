package org.lagopus.controller;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Face;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// The bootstrap file: who may log in to a box on which nobody is configured yet. Its users become
/// the first commit, their passwords hashed, and may do all.
///
/// @param users at least one
record Bootstrap(List<User> users) {
    /// @param password in clear, or a `$6$` hash as it is; a user without one logs in by key only
    record User(
            String name,
            @Nullable String password,
            @JsonProperty("authorized-keys") @Nullable List<String> authorizedKeys) {}

    private static final ObjectMapper JSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build();

    /// Reads a file, and refuses what could leave a box to which nobody has access.
    static Bootstrap read(Path file) throws IOException {
        Bootstrap bootstrap;
        try (var in = Files.newInputStream(file)) {
            bootstrap = JSON.readValue(in, Bootstrap.class);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            var at = e.getLocation() == null ? "" : ":" + e.getLocation().getLineNr();
            throw new IOException(file + at + ": " + e.getOriginalMessage(), e);
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
        if (bootstrap == null || bootstrap.users == null || bootstrap.users.isEmpty()) {
            throw new IOException(file + ": \"users\" is missing or empty");
        }
        var names = new HashSet<String>();
        for (var user : bootstrap.users) {
            check(file, user);
            if (!names.add(user.name)) {
                throw new IOException(file + ": user " + user.name + " is there twice");
            }
        }
        return bootstrap;
    }

    private static void check(Path file, User user) throws IOException {
        if (user == null || user.name == null || user.name.isEmpty()) {
            throw new IOException(file + ": a user without \"name\"");
        }
        var keys = user.authorizedKeys == null ? List.<String>of() : user.authorizedKeys;
        if (user.password == null && keys.isEmpty()) {
            throw new IOException(
                    file + ": user " + user.name + " has neither password nor authorized-keys");
        }
        if (user.password != null && user.password.isEmpty()) {
            throw new IOException(file + ": the password of user " + user.name + " is empty");
        }
        if (user.password != null
                && user.password.startsWith("$6$")
                && !Accounts.isHash(user.password)) {
            throw new IOException(
                    file + ": the password of user " + user.name + " is no whole $6$ hash");
        }
        for (var key : keys) {
            try {
                Accounts.parse(key);
            } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
                throw new IOException(
                        file + ": user " + user.name + ": not an SSH public key: " + key, e);
            }
        }
    }

    /// Commits the users to running.
    void commit(Datastore datastore) throws DatastoreException, IOException {
        var list = users.stream().map(Bootstrap::entry).toList();
        var system =
                Map.of(
                        "openconfig-system:system",
                        Map.of(
                                "aaa",
                                Map.of("authentication", Map.of("users", Map.of("user", list)))));
        var node = JsonData.container(datastore.model(), JSON.writeValueAsString(system));
        datastore.edit(
                Face.RUNNING,
                List.of(
                        Edit.merge(YangInstanceIdentifier.of(node.name()), node),
                        AdminGroup.of(datastore.model(), users.stream().map(User::name).toList())),
                new Actor(0, "bootstrap", "system"));
    }

    private static Map<String, Object> entry(User user) {
        var config = new LinkedHashMap<String, Object>();
        config.put("username", user.name);
        if (user.password != null) {
            config.put(
                    "password-hashed",
                    user.password.startsWith("$6$") ? user.password : Accounts.hash(user.password));
        }
        if (user.authorizedKeys != null && !user.authorizedKeys.isEmpty()) {
            config.put("lagopus-aaa:authorized-key", user.authorizedKeys);
        }
        return Map.of("username", user.name, "config", config);
    }
}
