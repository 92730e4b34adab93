package org.lagopus.datastore;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeWithValue;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.codec.gson.JSONCodec;
import org.opendaylight.yangtools.yang.data.codec.gson.JSONCodecFactory;
import org.opendaylight.yangtools.yang.data.util.DataSchemaContext;
import org.opendaylight.yangtools.yang.data.util.DataSchemaContextTree;
import org.opendaylight.yangtools.yang.model.api.ChoiceSchemaNode;
import org.opendaylight.yangtools.yang.model.api.EffectiveModelContext;
import org.opendaylight.yangtools.yang.model.api.LeafListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.TypedDataSchemaNode;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

/// Paths as text: RFC 7951 §6.11 with module names, RFC 7950 §9.13 with prefixes.
final class Paths {
    private final EffectiveModelContext context;
    private final DataSchemaContextTree tree;
    private final JSONCodecFactory json;

    Paths(EffectiveModelContext context, DataSchemaContextTree tree, JSONCodecFactory json) {
        this.context = context;
        this.tree = tree;
        this.json = json;
    }

    /// How a step is written: which names carry a prefix, and which one.
    private interface Naming {
        String name(QName name, @Nullable QNameModule parent);
    }

    String format(YangInstanceIdentifier path) {
        return write(
                path,
                (name, parent) ->
                        name.getModule().equals(parent)
                                ? name.getLocalName()
                                : moduleName(name.getModule()) + ":" + name.getLocalName());
    }

    Model.XPath toXPath(YangInstanceIdentifier path) {
        var prefixes = new HashMap<String, String>();
        var expression =
                write(
                        path,
                        (name, _) ->
                                prefix(name.getModule(), prefixes) + ":" + name.getLocalName());
        return new Model.XPath(expression, prefixes);
    }

    /// RFC 8040 §3.5.3: the values of keys alone, in the order of the model.
    String toResource(YangInstanceIdentifier path) {
        var out = new StringBuilder();
        var stack = SchemaInferenceStack.of(context);
        @Nullable DataSchemaContext at = tree.getRoot();
        @Nullable QNameModule parent = null;
        for (var step : path.getPathArguments()) {
            at =
                    at instanceof DataSchemaContext.Composite composite
                            ? enter(composite, stack, step)
                            : null;
            if (at != null && at.dataSchemaNode() instanceof ChoiceSchemaNode) {
                continue;
            }
            switch (step) {
                case NodeIdentifierWithPredicates keys -> {
                    var values = new ArrayList<String>();
                    for (var key : keys.keySet()) {
                        var value = Objects.requireNonNull(keys.getValue(key));
                        values.add(encoded(key(stack, at, key, value)));
                    }
                    out.append('=').append(String.join(",", values));
                }
                case NodeWithValue<?> value ->
                        out.append('=').append(encoded(leaf(stack, at, value.getValue())));
                case NodeIdentifier id -> {
                    var name = id.getNodeType();
                    out.append('/');
                    if (!name.getModule().equals(parent)) {
                        out.append(moduleName(name.getModule())).append(':');
                    }
                    out.append(name.getLocalName());
                    parent = name.getModule();
                }
            }
        }
        return out.isEmpty() ? "/" : out.toString();
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private String moduleName(QNameModule module) {
        return context.findModuleStatement(module)
                .map(m -> m.argument().getLocalName())
                .orElse(module.namespace().toString());
    }

    /// The module's own prefix, made unlike those of the others in the path.
    private String prefix(QNameModule module, Map<String, String> used) {
        var namespace = module.namespace().toString();
        var own = context.findModule(module).map(m -> m.getPrefix()).orElse("ns");
        var candidate = own;
        for (int i = 1; !namespace.equals(used.getOrDefault(candidate, namespace)); i++) {
            candidate = own + i;
        }
        used.put(candidate, namespace);
        return candidate;
    }

    private String write(YangInstanceIdentifier path, Naming naming) {
        var out = new StringBuilder();
        var stack = SchemaInferenceStack.of(context);
        @Nullable DataSchemaContext at = tree.getRoot();
        @Nullable QNameModule parent = null;
        @Nullable PathArgument before = null;
        for (var step : path.getPathArguments()) {
            at =
                    at instanceof DataSchemaContext.Composite composite
                            ? enter(composite, stack, step)
                            : null;
            boolean entry = !(step instanceof NodeIdentifier);
            if (at != null && at.dataSchemaNode() instanceof ChoiceSchemaNode) {
                before = null;
                continue;
            }
            var name = step.getNodeType();
            if (!entry || before == null || !before.getNodeType().equals(name)) {
                if (!isWrapped(step, before)) {
                    out.append('/').append(naming.name(name, parent));
                }
            }
            switch (step) {
                case NodeIdentifierWithPredicates keys -> {
                    for (var key : keys.entrySet()) {
                        out.append('[')
                                .append(naming.name(key.getKey(), name.getModule()))
                                .append('=')
                                .append(quote(key(stack, at, key.getKey(), key.getValue())))
                                .append(']');
                    }
                }
                case NodeWithValue<?> value ->
                        out.append("[.=")
                                .append(quote(leaf(stack, at, value.getValue())))
                                .append(']');
                case NodeIdentifier _ -> {}
            }
            parent = name.getModule();
            before = step;
        }
        return out.isEmpty() ? "/" : out.toString();
    }

    /// An entry of a list without keys has the same identifier as the list itself.
    private static boolean isWrapped(PathArgument step, @Nullable PathArgument before) {
        return before instanceof NodeIdentifier && step.equals(before);
    }

    private static @Nullable DataSchemaContext enter(
            DataSchemaContext.Composite at, SchemaInferenceStack stack, PathArgument step) {
        try {
            return at.enterChild(stack, step);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private String key(
            SchemaInferenceStack stack, @Nullable DataSchemaContext at, QName key, Object value) {
        if (at != null && at.dataSchemaNode() instanceof ListSchemaNode list) {
            if (list.dataChildByName(key) instanceof TypedDataSchemaNode leaf) {
                stack.enterDataTree(key);
                try {
                    return text(json.codecFor(leaf, stack), value);
                } finally {
                    stack.exit();
                }
            }
        }
        return value.toString();
    }

    private String leaf(SchemaInferenceStack stack, @Nullable DataSchemaContext at, Object value) {
        return at != null && at.dataSchemaNode() instanceof TypedDataSchemaNode leaf
                ? text(json.codecFor(leaf, stack), value)
                : value.toString();
    }

    @SuppressWarnings("unchecked")
    private static String text(JSONCodec<?> codec, Object value) {
        try {
            return ((JSONCodec<Object>) codec).unparseValue(value).rawString();
        } catch (IllegalArgumentException | ClassCastException e) {
            return value.toString();
        }
    }

    /// RFC 7950 §9.13 has no escape: a value with both quotes in it cannot be written, and the
    /// apostrophes are doubled then, as XPath 2.0 does.
    private static String quote(String value) {
        if (value.indexOf('\'') < 0) {
            return "'" + value + "'";
        }
        return value.indexOf('"') < 0 ? '"' + value + '"' : "'" + value.replace("'", "''") + "'";
    }

    YangInstanceIdentifier parse(String text) {
        return YangInstanceIdentifier.of(new Parser(text, false).steps());
    }

    PathPattern pattern(String text) {
        var parser = new Parser(text, true);
        return new PathPattern(parser.steps(), parser.at.dataSchemaNode());
    }

    private final class Parser {
        private final String text;
        private final SchemaInferenceStack stack = SchemaInferenceStack.of(context);
        private final List<PathArgument> steps = new ArrayList<>();
        private DataSchemaContext at = tree.getRoot();
        private @Nullable QNameModule module;
        private int position;
        private final boolean isPattern;

        Parser(String text, boolean isPattern) {
            this.text = text;
            this.isPattern = isPattern;
        }

        List<PathArgument> steps() {
            if (text.equals("/")) {
                return List.of();
            }
            do {
                expect('/');
                step();
            } while (position < text.length());
            return steps;
        }

        private void step() {
            var name = name();
            descend(name);
            if (at.dataSchemaNode() instanceof ListSchemaNode list && peek('/')) {
                if (isPattern) {
                    steps.add(steps.getLast());
                    at = inner(NodeIdentifierWithPredicates.of(list.getQName()));
                    return;
                }
                throw wrong("the keys of " + list.getQName().getLocalName() + " are missing");
            }
            if (at.dataSchemaNode() instanceof ListSchemaNode list && peek('[')) {
                entry(list, keys());
            } else if (at.dataSchemaNode() instanceof LeafListSchemaNode leaves && peek('[')) {
                expect('[');
                expect('.');
                expect('=');
                var value = value(leaves, quoted());
                expect(']');
                steps.add(new NodeWithValue<>(leaves.getQName(), value));
                at = inner(steps.getLast());
            }
        }

        private void descend(QName name) {
            do {
                if (!(at instanceof DataSchemaContext.Composite composite)
                        || at.dataSchemaNode() instanceof LeafListSchemaNode) {
                    throw wrong("nothing lies below " + at.dataSchemaNode().getQName());
                }
                var next = composite.enterChild(stack, name);
                if (next == null) {
                    throw wrong("the model has no node " + name.getLocalName() + " here");
                }
                at = next;
                steps.add(next.getPathStep());
            } while (at.dataSchemaNode() instanceof ChoiceSchemaNode);
        }

        private Map<QName, String> keys() {
            var found = new HashMap<QName, String>();
            while (peek('[')) {
                expect('[');
                var name = name();
                expect('=');
                found.put(name, quoted());
                expect(']');
            }
            return found;
        }

        private void entry(ListSchemaNode list, Map<QName, String> given) {
            var values = new LinkedHashMap<QName, Object>();
            for (var key : list.getKeyDefinition()) {
                var value = given.remove(key);
                if (value == null) {
                    throw wrong("key " + key.getLocalName() + " is missing");
                }
                var leaf = (TypedDataSchemaNode) Objects.requireNonNull(list.dataChildByName(key));
                stack.enterDataTree(key);
                values.put(key, value(leaf, value));
                stack.exit();
            }
            for (var stranger : given.keySet()) {
                throw wrong(stranger.getLocalName() + " is no key of " + list.getQName());
            }
            steps.add(NodeIdentifierWithPredicates.of(list.getQName(), values));
            at = inner(steps.getLast());
        }

        private DataSchemaContext inner(PathArgument step) {
            var next = at instanceof DataSchemaContext.Composite c ? c.childByArg(step) : null;
            if (next == null) {
                throw wrong("the model has no entry here");
            }
            return next;
        }

        private Object value(TypedDataSchemaNode leaf, String value) {
            try {
                return json.codecFor(leaf, stack).parseValue(value);
            } catch (IllegalArgumentException e) {
                throw wrong(
                        "'%s' is no value of %s".formatted(value, leaf.getQName().getLocalName()));
            }
        }

        /// A name without a module is of the module of the name before it.
        private QName name() {
            int start = position;
            while (position < text.length() && isNamePart(text.charAt(position))) {
                position++;
            }
            var token = text.substring(start, position);
            int colon = token.indexOf(':');
            var local = token.substring(colon + 1);
            if (local.isEmpty()) {
                throw wrong("a name is missing");
            }
            if (colon >= 0) {
                var prefix = token.substring(0, colon);
                var found = context.findModules(prefix).iterator();
                if (!found.hasNext()) {
                    throw wrong("there is no module " + prefix);
                }
                var named = found.next().getQNameModule();
                if (text.startsWith("=", position)) {
                    return QName.create(named, local);
                }
                module = named;
            }
            if (module == null) {
                throw wrong("the first name needs its module");
            }
            return QName.create(module, local);
        }

        private String quoted() {
            if (position >= text.length()) {
                throw wrong("a value is missing");
            }
            char quote = text.charAt(position);
            if (quote != '\'' && quote != '"') {
                throw wrong("a value is not quoted");
            }
            var value = new StringBuilder();
            for (position++; position < text.length(); position++) {
                char c = text.charAt(position);
                if (c == quote) {
                    if (!text.startsWith(String.valueOf(quote), position + 1)) {
                        position++;
                        return value.toString();
                    }
                    position++;
                }
                value.append(c);
            }
            throw wrong("a quote is not closed");
        }

        private boolean peek(char c) {
            return position < text.length() && text.charAt(position) == c;
        }

        private void expect(char c) {
            if (!peek(c)) {
                throw wrong("'" + c + "' expected");
            }
            position++;
        }

        private IllegalArgumentException wrong(String why) {
            return new IllegalArgumentException(
                    "%s: %s at character %d".formatted(text, why, position + 1));
        }

        private static boolean isNamePart(char c) {
            return Character.isLetterOrDigit(c) || c == '_' || c == '-' || c == '.' || c == ':';
        }
    }
}
