package org.lagopus.controller;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.ModelSource;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.model.api.Module;

/// Tells clients which modules the box speaks: `/ietf-yang-library:yang-library` (RFC 8525) and,
/// for clients of RFC 7895, the older `modules-state`.
final class YangLibrary {
    private static final String SET = "complete";
    private static final List<String> DATASTORES =
            List.of("running", "candidate", "intended", "operational");

    private YangLibrary() {}

    static void publish(Datastore datastore) {
        var model = datastore.model();
        var edits = new ArrayList<Edit>();
        for (var tree : List.of(library(model), modulesState(model))) {
            try {
                var node = JsonData.container(model, new JsonMapper().writeValueAsString(tree));
                edits.add(Edit.replace(YangInstanceIdentifier.of(node.name()), node));
            } catch (JsonProcessingException e) {
                throw new IllegalStateException(e);
            }
        }
        datastore.writeState(edits);
    }

    private static Map<String, Object> library(Model model) {
        var submodules = submodules(model);
        var implemented = new ArrayList<Map<String, Object>>();
        var imported = new ArrayList<Map<String, Object>>();
        for (var source : modules(model)) {
            var entry = new LinkedHashMap<String, Object>();
            entry.put("name", source.name());
            if (source.revision() != null || !source.implemented()) {
                entry.put("revision", source.revision() == null ? "" : source.revision());
            }
            entry.put("namespace", source.namespace());
            var parts = submodules.getOrDefault(source.name(), List.of());
            if (!parts.isEmpty()) {
                entry.put("submodule", parts.stream().map(YangLibrary::part).toList());
            }
            if (source.implemented()) {
                var deviations = deviations(model, source);
                if (!deviations.isEmpty()) {
                    entry.put("deviation", deviations);
                }
                var features = features(model, source);
                if (!features.isEmpty()) {
                    entry.put("feature", features);
                }
            }
            (source.implemented() ? implemented : imported).add(entry);
        }
        var datastores =
                DATASTORES.stream()
                        .map(name -> Map.of("name", "ietf-datastores:" + name, "schema", SET))
                        .toList();
        return Map.of(
                "ietf-yang-library:yang-library",
                Map.of(
                        "module-set",
                        List.of(
                                Map.of(
                                        "name",
                                        SET,
                                        "module",
                                        implemented,
                                        "import-only-module",
                                        imported)),
                        "schema",
                        List.of(Map.of("name", SET, "module-set", List.of(SET))),
                        "datastore",
                        datastores,
                        "content-id",
                        model.contentId()));
    }

    private static Map<String, Object> modulesState(Model model) {
        var submodules = submodules(model);
        var entries = new ArrayList<Map<String, Object>>();
        for (var source : modules(model)) {
            var entry = new LinkedHashMap<String, Object>();
            entry.put("name", source.name());
            entry.put("revision", source.revision() == null ? "" : source.revision());
            entry.put("namespace", source.namespace());
            entry.put("conformance-type", source.implemented() ? "implement" : "import");
            var parts = submodules.getOrDefault(source.name(), List.of());
            if (!parts.isEmpty()) {
                entry.put("submodule", parts.stream().map(YangLibrary::olderPart).toList());
            }
            if (source.implemented()) {
                var features = features(model, source);
                if (!features.isEmpty()) {
                    entry.put("feature", features);
                }
                var deviations = deviations(model, source);
                if (!deviations.isEmpty()) {
                    entry.put(
                            "deviation",
                            deviations.stream()
                                    .map(name ->
                                            Map.of("name", name, "revision", revision(model, name)))
                                    .toList());
                }
            }
            entries.add(entry);
        }
        return Map.of(
                "ietf-yang-library:modules-state",
                Map.of("module-set-id", model.contentId(), "module", entries));
    }

    private static List<ModelSource> modules(Model model) {
        return model.sources().stream().filter(source -> !source.isSubmodule()).toList();
    }

    private static Map<String, List<ModelSource>> submodules(Model model) {
        return model.sources().stream()
                .filter(ModelSource::isSubmodule)
                .collect(Collectors.groupingBy(source -> String.valueOf(source.belongsTo())));
    }

    private static Map<String, String> part(ModelSource submodule) {
        return submodule.revision() == null
                ? Map.of("name", submodule.name())
                : Map.of("name", submodule.name(), "revision", submodule.revision());
    }

    private static Map<String, String> olderPart(ModelSource submodule) {
        var revision = submodule.revision();
        return Map.of("name", submodule.name(), "revision", revision == null ? "" : revision);
    }

    private static List<Module> parsed(Model model, ModelSource source) {
        return model.context().findModules(source.name()).stream().map(Module.class::cast).toList();
    }

    /// Names of the modules whose deviations change this one.
    private static List<String> deviations(Model model, ModelSource source) {
        var changed =
                parsed(model, source).stream().map(Module::getQNameModule).findFirst().orElse(null);
        return model.context().getModules().stream()
                .filter(module ->
                        module.getDeviations().stream()
                                .anyMatch(deviation ->
                                        deviation
                                                .getTargetPath()
                                                .lastNodeIdentifier()
                                                .getModule()
                                                .equals(changed)))
                .map(Module::getName)
                .sorted()
                .toList();
    }

    private static List<String> features(Model model, ModelSource source) {
        return parsed(model, source).stream()
                .flatMap(module -> module.getFeatures().stream())
                .filter(feature -> model.supports(feature.getQName()))
                .map(feature -> feature.getQName().getLocalName())
                .sorted()
                .toList();
    }

    private static String revision(Model model, String module) {
        return model.context().findModules(module).stream()
                .flatMap(found -> found.getRevision().stream())
                .map(Object::toString)
                .findFirst()
                .orElse("");
    }
}
