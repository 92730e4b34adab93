package org.lagopus.controller.components;

import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.lagopus.component.wire.MessageCodec;
import org.lagopus.datastore.file.StateFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is kept of each component over a restart. Without it a commit that needs one could pass
/// before that one has come back, and nobody would miss a component that never does.
final class KnownComponents {
    private static final Logger LOG = LoggerFactory.getLogger(KnownComponents.class);

    /// @param required what it said itself
    /// @param subscriptions instance-identifiers
    /// @param isolated whether an operator has shut it out
    record Known(String name, boolean required, List<String> subscriptions, boolean isolated) {
        Known {
            Objects.requireNonNull(name, "name");
            subscriptions = List.copyOf(subscriptions);
        }
    }

    private final Path file;
    private final Map<String, Known> known = new TreeMap<>();

    private KnownComponents(Path file) {
        this.file = file;
    }

    /// A file that cannot be read is put aside: components tell everything again when they come.
    static KnownComponents at(Path file) throws IOException {
        var components = new KnownComponents(file);
        if (Files.exists(file)) {
            try {
                MessageCodec.mapper()
                        .readValue(Files.readAllBytes(file), new TypeReference<List<Known>>() {})
                        .forEach(one -> components.known.put(one.name(), one));
            } catch (IOException | RuntimeException e) {
                var aside = file.resolveSibling(file.getFileName() + ".damaged");
                Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
                LOG.error(
                        "{} cannot be read and is put aside as {}; commits do not wait for components until they have connected: {}",
                        file,
                        aside.getFileName(),
                        e.getMessage());
            }
        }
        return components;
    }

    synchronized List<Known> all() {
        return List.copyOf(known.values());
    }

    /// On the disk when this returns.
    synchronized void keep(Known one) throws IOException {
        if (!one.equals(known.put(one.name(), one))) {
            write();
        }
    }

    synchronized void forget(String name) throws IOException {
        if (known.remove(name) != null) {
            write();
        }
    }

    private void write() throws IOException {
        StateFiles.write(file, MessageCodec.mapper().writeValueAsBytes(known.values()));
    }
}
