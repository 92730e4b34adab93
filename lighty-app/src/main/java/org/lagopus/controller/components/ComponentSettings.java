package org.lagopus.controller.components;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.lagopus.component.wire.MessageCodec;

/// Where components connect, who may, and how long they have.
///
/// @param socket the listening socket
/// @param instance names the history of the configuration; generations of another mean nothing
/// @param users names of the users that may connect, besides root and this process's own
/// @param known file in which the components are kept that were seen before
/// @param expected components that are waited for before they were ever seen, and the
///   instance-identifiers they subscribe to
/// @param events gets what components tell the event hub
public record ComponentSettings(
        Path socket,
        String instance,
        Set<String> users,
        Path known,
        Map<String, List<String>> expected,
        long heartbeatMillis,
        long prepareMillis,
        long commitMillis,
        long replaceMillis,
        Events events) {
    /// The component without which a commit to the dataplane means nothing.
    public static final String DATAPLANE = "dataplane";

    private static final Map<String, List<String>> EXPECTED =
            Map.of(
                    DATAPLANE,
                    List.of(
                            "/openconfig-interfaces:interfaces",
                            "/lagopus-network-instance:network-instances",
                            "/lagopus-dataplane:dataplane",
                            "/lagopus-routes:routes"));

    /// The event hub, as components see it.
    @FunctionalInterface
    public interface Events {
        void on(String component, String topic, JsonNode data);
    }

    public ComponentSettings {
        users = Set.copyOf(users);
        expected = Map.copyOf(expected);
        if (instance.isBlank()) {
            throw new IllegalArgumentException("an instance has a name");
        }
    }

    /// Those of the box: `components.sock` in the run directory, the dataplane expected. The name
    /// of the history is kept beside the configuration.
    public static ComponentSettings of(Path run, Path state, Events events) throws IOException {
        return new ComponentSettings(
                run.resolve("components.sock"),
                instance(state.resolve("instance")),
                Set.of("lagopus-dataplane"),
                state.resolve("components.json"),
                EXPECTED,
                1000,
                5000,
                10_000,
                120_000,
                events);
    }

    private static String instance(Path file) throws IOException {
        if (!Files.exists(file)) {
            var text = MessageCodec.mapper().writeValueAsString(UUID.randomUUID().toString());
            Files.writeString(file, text + "\n");
        }
        return MessageCodec.mapper().readValue(Files.readString(file), String.class);
    }
}
