package org.lagopus.restconf;

import com.google.common.base.Suppliers;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.XPathNames;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.common.Revision;
import org.opendaylight.yangtools.yang.common.XMLNamespace;
import org.opendaylight.yangtools.yang.model.api.EffectiveModelContext;
import org.opendaylight.yangtools.yang.model.api.Module;

/// Module names and namespaces of one model, both ways.
final class Names {
    private final Model model;
    private final Map<String, Optional<QNameModule>> byName = new ConcurrentHashMap<>();
    private final Map<String, Optional<QNameModule>> byNamespace = new ConcurrentHashMap<>();
    private final Map<QNameModule, String> names = new ConcurrentHashMap<>();

    private final Supplier<Set<QName>> xpaths;

    Names(Model model) {
        this.model = model;
        xpaths = Suppliers.memoize(() -> XPathNames.leaves(model.context()));
        // Its envelopes are ours to write whether or not the model has the module.
        names.put(Instances.RESTCONF, "ietf-restconf");
    }

    /// The implemented module of that name.
    Optional<QNameModule> module(String name) {
        return find(byName, name, model.context()::findModules);
    }

    Optional<QNameModule> namespace(String uri) {
        try {
            return find(byNamespace, uri, u -> model.context().findModules(XMLNamespace.of(u)));
        } catch (IllegalArgumentException _) {
            return Optional.empty(); // no URI, so no module's
        }
    }

    EffectiveModelContext context() {
        return model.context();
    }

    /// The prefixes that XML has to declare for a value that is an XPath expression.
    Map<String, String> prefixes(QName leaf, Object value) {
        return value instanceof String text && xpaths.get().contains(leaf)
                ? XPathNames.prefixes(model.context(), text)
                : Map.of();
    }

    String name(QNameModule module) {
        return names.computeIfAbsent(
                module,
                m -> model.context().findModule(m).map(Module::getName).orElse(m.toString()));
    }

    private Optional<QNameModule> find(
            Map<String, Optional<QNameModule>> known,
            String key,
            Function<String, Collection<? extends Module>> modules) {
        var found = known.get(key);
        if (found != null) {
            return found;
        }
        var module =
                modules.apply(key).stream()
                        .map(Module.class::cast)
                        .filter(m -> model.implemented(m.getQNameModule()))
                        .max(
                                Comparator.comparing(
                                        Module::getRevision,
                                        (a, b) -> Revision.compare(a.orElse(null), b.orElse(null))))
                        .map(Module::getQNameModule);
        // Only what exists is remembered: the keys come from clients.
        module.ifPresent(m -> known.put(key, module));
        return module;
    }
}
