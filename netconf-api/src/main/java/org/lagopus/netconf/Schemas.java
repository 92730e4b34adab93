package org.lagopus.netconf;

import java.util.List;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Defaults;
import org.lagopus.datastore.Model;

/// The model of the datastore, and what is computed from it: anew when another one has come.
final class Schemas {
    /// @param notifications root of what stands in notifications
    /// @param commented whether a commit may have a comment (lagopus-history)
    record Schema(
            Model model,
            Defaults defaults,
            SchemaNode root,
            SchemaNode notifications,
            List<String> capabilities,
            boolean commented) {}

    private final Datastore datastore;
    private volatile Schema known;

    Schemas(Datastore datastore) {
        this.datastore = datastore;
        known = of(datastore.model(), datastore.defaults());
    }

    private static Schema of(Model model, Defaults defaults) {
        return new Schema(
                model,
                defaults,
                SchemaNode.root(model, defaults),
                SchemaNode.notifications(model, defaults),
                Capabilities.of(model),
                model.module("lagopus-history").isPresent());
    }

    Schema now() {
        var schema = known;
        var model = datastore.model();
        if (schema.model != model) {
            schema = of(model, datastore.defaults());
            known = schema;
        }
        return schema;
    }
}
