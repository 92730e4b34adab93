package org.lagopus.datastore;

import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.Empty;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.common.XMLNamespace;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeWithValue;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;

/// Names of a configuration that is older than the model: a module is the same one whatever its
/// revision, and of modules that are gone the names are known from when they were there.
final class Names {
    /// namespace -> name (RFC 7951 writes names, stored data has namespaces)
    private final Map<String, String> names = new TreeMap<>();

    private final Map<XMLNamespace, QNameModule> modules = new HashMap<>();

    /// @param former names by namespace, of models before this one
    Names(Model model, Map<String, String> former) {
        names.putAll(former);
        for (var module : model.context().getModules()) {
            var known = modules.get(module.getNamespace());
            if (known == null || model.implemented(module.getQNameModule())) {
                modules.put(module.getNamespace(), module.getQNameModule());
                names.put(module.getNamespace().toString(), module.getName());
            }
        }
    }

    /// All that are known, for the models to come.
    Map<String, String> all() {
        return Map.copyOf(names);
    }

    /// The same name in the revision the model has; the name itself where the module is gone.
    QName current(QName name) {
        var module = modules.get(name.getNamespace());
        return module == null || module.equals(name.getModule())
                ? name
                : QName.create(module, name.getLocalName());
    }

    YangInstanceIdentifier current(YangInstanceIdentifier path) {
        return YangInstanceIdentifier.of(
                path.getPathArguments().stream().map(this::current).toList());
    }

    private PathArgument current(PathArgument step) {
        var name = current(step.getNodeType());
        return switch (step) {
            case NodeIdentifierWithPredicates entry -> {
                var keys = new LinkedHashMap<QName, Object>();
                entry.entrySet().forEach(key -> keys.put(current(key.getKey()), key.getValue()));
                yield NodeIdentifierWithPredicates.of(name, keys);
            }
            case NodeWithValue<?> value -> new NodeWithValue<>(name, value.getValue());
            case NodeIdentifier _ -> NodeIdentifier.create(name);
        };
    }

    /// The name of a module; its namespace if nobody ever told.
    String module(QName name) {
        var namespace = name.getNamespace().toString();
        return names.getOrDefault(namespace, namespace);
    }

    /// As RFC 7951 §4 writes it below a node of another name.
    String member(QName name, @Nullable QName above) {
        return above != null && above.getNamespace().equals(name.getNamespace())
                ? name.getLocalName()
                : module(name) + ":" + name.getLocalName();
    }

    /// A stored value as RFC 7951 §6 writes it, without knowing its type.
    String text(Object value) {
        return switch (value) {
            case QName identity -> module(identity) + ":" + identity.getLocalName();
            case YangInstanceIdentifier path -> format(path);
            case byte[] bytes -> Base64.getEncoder().encodeToString(bytes);
            case Set<?> bits ->
                    bits.stream().map(Object::toString).collect(Collectors.joining(" "));
            case Empty _ -> "";
            default -> value.toString();
        };
    }

    /// A path as RFC 7951 §6.11 writes it; a choice and a list above its entry are no step of it.
    String format(YangInstanceIdentifier path) {
        var out = new StringBuilder();
        @Nullable QName above = null;
        var steps = path.getPathArguments();
        for (int i = 0; i < steps.size(); i++) {
            var step = steps.get(i);
            var name = step.getNodeType();
            boolean isList =
                    step instanceof NodeIdentifier
                            && i + 1 < steps.size()
                            && !(steps.get(i + 1) instanceof NodeIdentifier)
                            && steps.get(i + 1).getNodeType().equals(name);
            if (isList) {
                continue;
            }
            out.append('/').append(member(name, above));
            switch (step) {
                case NodeIdentifierWithPredicates entry ->
                        entry.entrySet()
                                .forEach(key ->
                                        out.append('[')
                                                .append(member(key.getKey(), name))
                                                .append("='")
                                                .append(text(key.getValue()))
                                                .append("']"));
                case NodeWithValue<?> value ->
                        out.append("[.='").append(text(value.getValue())).append("']");
                case NodeIdentifier _ -> {}
            }
            above = name;
        }
        return out.isEmpty() ? "/" : out.toString();
    }
}
