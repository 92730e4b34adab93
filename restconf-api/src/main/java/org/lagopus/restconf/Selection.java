package org.lagopus.restconf;

import java.text.ParseException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.opendaylight.restconf.api.ApiPath.ApiIdentifier;
import org.opendaylight.restconf.api.query.FieldsParam;
import org.opendaylight.restconf.api.query.FieldsParam.NodeSelector;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.data.util.DataSchemaContext;
import org.opendaylight.yangtools.yang.model.api.ChoiceSchemaNode;
import org.opendaylight.yangtools.yang.model.api.LeafListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ListSchemaNode;

/// Which descendants of a node a retrieval names (`fields`, RFC 8040 §4.8.3). Keys of list entries
/// come along unnamed, so that what is read stays an instance of the model.
record Selection(Map<QName, Selection> children) {
    /// Everything below.
    static final Selection ALL = new Selection(Map.of());

    private static final int MOST_DEPTH = 100;

    boolean all() {
        return children.isEmpty();
    }

    @Nullable Selection child(QName name) {
        return all() ? ALL : children.get(name);
    }

    static Selection parse(String fields, DataSchemaContext target, Names names) throws Refusal {
        checkDepth(fields);
        try {
            var selection = new Selection(new HashMap<>());
            var top = entry(target);
            for (var selector : FieldsParam.parse(fields).nodeSelectors()) {
                selection.add(selector, top, module(top), names);
            }
            return selection;
        } catch (ParseException e) {
            throw Refusal.invalid("bad value of fields: " + e.getMessage());
        }
    }

    /// Parsing recurses, and no model is as deep.
    private static void checkDepth(String fields) throws Refusal {
        int depth = 0;
        for (int i = 0; i < fields.length(); i++) {
            switch (fields.charAt(i)) {
                case '(' -> depth++;
                case ')' -> depth--;
                default -> {}
            }
            if (depth > MOST_DEPTH) {
                throw Refusal.invalid(
                        "bad value of fields: parentheses nest deeper than " + MOST_DEPTH);
            }
        }
    }

    private void add(
            NodeSelector selector, DataSchemaContext from, @Nullable QNameModule in, Names names)
            throws Refusal {
        var at = this;
        var schema = from;
        var module = in;
        for (var i = 0; i < selector.path().size(); i++) {
            var step = selector.path().get(i);
            module = module(step, module, names);
            var name = QName.create(module, step.identifier().getLocalName());
            schema = entry(child(schema, name));
            var last = i == selector.path().size() - 1 && selector.subSelectors().isEmpty();
            var known = at.children.get(name);
            if (known != null && known.all()) {
                return;
            }
            if (last) {
                at.children.put(name, ALL);
                return;
            }
            at = at.children.computeIfAbsent(name, _ -> new Selection(new HashMap<>()));
        }
        for (var sub : selector.subSelectors()) {
            at.add(sub, schema, module, names);
        }
    }

    private static QNameModule module(
            ApiIdentifier step, @Nullable QNameModule inherited, Names names) throws Refusal {
        if (step.module() != null) {
            return names.module(step.module())
                    .orElseThrow(() -> Refusal.invalid("fields: no module " + step.module()));
        }
        if (inherited == null) {
            throw Refusal.invalid(
                    "fields: %s needs its module".formatted(step.identifier().getLocalName()));
        }
        return inherited;
    }

    private static DataSchemaContext child(DataSchemaContext schema, QName name) throws Refusal {
        var child =
                schema instanceof DataSchemaContext.Composite composite
                        ? composite.childByQName(name)
                        : null;
        while (child instanceof DataSchemaContext.PathMixin mixin
                && child.dataSchemaNode() instanceof ChoiceSchemaNode) {
            child = mixin.childByQName(name);
        }
        if (child == null) {
            throw Refusal.invalid("fields: the model has no %s".formatted(name.getLocalName()));
        }
        return child;
    }

    /// Of a list its entry: a selection goes through the list to what is in the entries.
    private static DataSchemaContext entry(DataSchemaContext schema) {
        var node = schema.dataSchemaNode();
        return schema instanceof DataSchemaContext.PathMixin mixin
                        && (node instanceof ListSchemaNode || node instanceof LeafListSchemaNode)
                ? java.util.Objects.requireNonNullElse(mixin.childByQName(node.getQName()), schema)
                : schema;
    }

    private static @Nullable QNameModule module(DataSchemaContext schema) {
        var step = schema.dataSchemaNode().getQName();
        return isRoot(step) ? null : step.getModule();
    }

    private static boolean isRoot(QName name) {
        return name.equals(org.opendaylight.yangtools.yang.model.api.SchemaContext.NAME);
    }
}
