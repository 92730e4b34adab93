package org.lagopus.controller.components;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.ModelException;
import org.lagopus.datastore.ModelSources;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;

/// A small model with everything that records can meet, for the tests of this package.
final class BoxModel {
    static final Model MODEL = load();
    static final StateReader READER = new StateReader(MODEL);

    private BoxModel() {}

    private static Model load() {
        try {
            var directory =
                    Path.of(
                            Objects.requireNonNull(BoxModel.class.getResource("/components-yang"))
                                    .toURI());
            return Model.load(new ModelSources(List.of("lagopus-components"), List.of(directory)));
        } catch (ModelException | URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /// The content of `/box:interfaces` or another container from its JSON.
    static NormalizedNode node(String path, String json) {
        return READER.node(MODEL.parse(path), json);
    }
}
