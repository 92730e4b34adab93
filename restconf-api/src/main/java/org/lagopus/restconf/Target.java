package org.lagopus.restconf;

import com.google.common.collect.ImmutableList;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.Values;
import org.opendaylight.restconf.api.ApiPath;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeWithValue;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.util.DataSchemaContext;
import org.opendaylight.yangtools.yang.model.api.ActionNodeContainer;
import org.opendaylight.yangtools.yang.model.api.ChoiceSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ContainerSchemaNode;
import org.opendaylight.yangtools.yang.model.api.LeafListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.LeafSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.SchemaNode;
import org.opendaylight.yangtools.yang.model.api.TypeAware;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

/// The data resource a request URI names (RFC 8040 §3.5.3), found in the model.
///
/// @param path where its data is; empty for the datastore itself
/// @param schema of the node; for an entry that of the entry, for a whole list that of the list
/// @param parent schema of the data node above; the datastore's own for the datastore
/// @param parentSteps names of the data nodes above, from the root
/// @param above how many steps of the path belong to the data node above
record Target(
        Kind kind,
        YangInstanceIdentifier path,
        DataSchemaContext schema,
        DataSchemaContext.Composite parent,
        List<QName> parentSteps,
        int above) {
    enum Kind {
        DATASTORE,
        CONTAINER,
        ENTRY,
        LIST,
        LEAF,
        KEY,
        LEAF_LIST,
        LEAF_LIST_ENTRY,
        /// anydata and anyxml
        ANY
    }

    /// False for state, which nobody may write.
    boolean config() {
        return kind == Kind.DATASTORE || schema.dataSchemaNode().effectiveConfig().orElse(true);
    }

    YangInstanceIdentifier parentPath() {
        return YangInstanceIdentifier.of(path.getPathArguments().subList(0, above));
    }

    /// The methods it takes, as the Allow header has them (RFC 8040 §4.1).
    String allow() {
        if (!config()) {
            return "GET, HEAD, OPTIONS";
        }
        return switch (kind) {
            case DATASTORE -> "GET, HEAD, OPTIONS, PATCH, POST, PUT";
            case CONTAINER, ENTRY -> "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";
            case LEAF, LEAF_LIST_ENTRY -> "DELETE, GET, HEAD, OPTIONS, PATCH, PUT";
            case LIST, LEAF_LIST, KEY, ANY -> "GET, HEAD, OPTIONS";
        };
    }

    static Target parse(Model model, Names names, String rawPath) throws Refusal {
        try {
            return new Walk(model, names).walk(ApiPath.parse(rawPath).steps());
        } catch (ParseException e) {
            throw Refusal.invalid("bad resource path: " + e.getMessage());
        }
    }

    private static final class Walk {
        private final Model model;
        private final Names names;
        private final List<PathArgument> path = new ArrayList<>();
        private final List<QName> steps = new ArrayList<>();
        private DataSchemaContext.Composite parent;
        private DataSchemaContext schema;
        private Kind kind = Kind.DATASTORE;
        private int above;

        Walk(Model model, Names names) {
            this.model = model;
            this.names = names;
            parent = model.tree().getRoot();
            schema = parent;
        }

        Target walk(ImmutableList<ApiPath.Step> all) throws Refusal {
            QNameModule module = null;
            for (int i = 0; i < all.size(); i++) {
                var step = all.get(i);
                var prefix = step.module();
                if (prefix != null) {
                    module = names.module(prefix).orElseThrow(() -> unknownModule(prefix));
                }
                if (module == null) {
                    throw Refusal.invalid(
                            "the first name of the path needs its module: "
                                    + step.identifier().getLocalName());
                }
                step(step, QName.create(module, step.identifier().getLocalName()));
                if (i < all.size() - 1 && kind != Kind.CONTAINER && kind != Kind.ENTRY) {
                    throw kind == Kind.LIST
                            ? needsKeys((ListSchemaNode) schema.dataSchemaNode())
                            : unknown(all.get(i + 1).identifier().getLocalName());
                }
            }
            var names = kind == Kind.DATASTORE ? steps : steps.subList(0, steps.size() - 1);
            return new Target(
                    kind,
                    YangInstanceIdentifier.of(path),
                    schema,
                    parent,
                    List.copyOf(names),
                    above);
        }

        private void step(ApiPath.Step step, QName name) throws Refusal {
            parent = (DataSchemaContext.Composite) schema;
            above = path.size();
            var child = parent.childByQName(name);
            while (child instanceof DataSchemaContext.PathMixin mixin
                    && child.dataSchemaNode() instanceof ChoiceSchemaNode) {
                path.add(mixin.mixinPathStep());
                child = mixin.childByQName(name);
            }
            if (child == null) {
                throw unknown(name);
            }
            steps.add(name);
            var keys =
                    step instanceof ApiPath.ListInstance instance
                            ? instance.keyValues()
                            : ImmutableList.<String>of();
            switch (child.dataSchemaNode()) {
                case ListSchemaNode list -> list((DataSchemaContext.PathMixin) child, list, keys);
                case LeafListSchemaNode list ->
                        leafList((DataSchemaContext.PathMixin) child, list, keys);
                default -> {
                    if (!keys.isEmpty()) {
                        throw Refusal.invalid(name.getLocalName() + " has no keys");
                    }
                    path.add(child.getPathStep());
                    kind = plain(child, name);
                    schema = child;
                }
            }
        }

        private Kind plain(DataSchemaContext child, QName name) {
            return switch (child.dataSchemaNode()) {
                case ContainerSchemaNode _ -> Kind.CONTAINER;
                case LeafSchemaNode _ ->
                        parent.dataSchemaNode() instanceof ListSchemaNode list
                                        && list.getKeyDefinition().contains(name)
                                ? Kind.KEY
                                : Kind.LEAF;
                default -> Kind.ANY;
            };
        }

        private void list(
                DataSchemaContext.PathMixin mixin, ListSchemaNode list, List<String> values)
                throws Refusal {
            path.add(mixin.mixinPathStep());
            var keys = list.getKeyDefinition();
            if (values.isEmpty()) {
                kind = Kind.LIST;
                schema = mixin;
                return;
            }
            if (values.size() != keys.size()) {
                throw needsKeys(list);
            }
            var parsed = new Object[values.size()];
            for (int i = 0; i < parsed.length; i++) {
                var leaf = (LeafSchemaNode) list.getDataChildByName(keys.get(i));
                parsed[i] = value(leaf, keys.get(i), values.get(i));
            }
            path.add(Nodes.entry(list, parsed));
            kind = Kind.ENTRY;
            schema = Objects.requireNonNull(mixin.childByArg(path.getLast()));
        }

        private void leafList(
                DataSchemaContext.PathMixin mixin, LeafListSchemaNode list, List<String> values)
                throws Refusal {
            path.add(mixin.mixinPathStep());
            switch (values.size()) {
                case 0 -> {
                    kind = Kind.LEAF_LIST;
                    schema = mixin;
                }
                case 1 -> {
                    path.add(
                            new NodeWithValue<>(
                                    list.getQName(), value(list, null, values.getFirst())));
                    kind = Kind.LEAF_LIST_ENTRY;
                    schema = Objects.requireNonNull(mixin.childByArg(path.getLast()));
                }
                default ->
                        throw Refusal.invalid(list.getQName().getLocalName() + " takes one value");
            }
        }

        private <S extends TypeAware & SchemaNode> Object value(
                S leaf, @Nullable QName key, String text) throws Refusal {
            var stack = SchemaInferenceStack.of(model.context());
            steps.forEach(stack::enterDataTree);
            if (key != null) {
                stack.enterDataTree(key);
            }
            try {
                var codec = model.json().codecFor(leaf, stack);
                return Values.parse(
                        model.context(), leaf.getType(), text, () -> codec.parseValue(text));
            } catch (IllegalArgumentException e) {
                throw new Refusal(
                        DataError.at(
                                        YangInstanceIdentifier.of(path),
                                        ErrorTag.INVALID_VALUE,
                                        "'%s' is no value of %s: %s"
                                                .formatted(
                                                        text,
                                                        leaf.getQName().getLocalName(),
                                                        e.getMessage()))
                                .withType(ErrorType.PROTOCOL));
            }
        }

        private Refusal unknown(QName name) {
            if (parent.dataSchemaNode() instanceof ActionNodeContainer container
                    && container.findAction(name).isPresent()) {
                return Refusal.protocol(
                        ErrorTag.OPERATION_NOT_SUPPORTED,
                        "nobody carries out the action " + name.getLocalName());
            }
            return unknown(name.getLocalName());
        }

        private Refusal unknown(String name) {
            var where = path.isEmpty() ? "at the top" : "here";
            return new Refusal(
                    new DataError(
                            ErrorType.PROTOCOL,
                            ErrorTag.UNKNOWN_ELEMENT,
                            null,
                            path.isEmpty() ? null : YangInstanceIdentifier.of(path),
                            "the model has no " + name + " " + where,
                            Map.of("bad-element", name)));
        }

        private static Refusal unknownModule(String name) {
            return new Refusal(
                    DataError.of(ErrorTag.UNKNOWN_NAMESPACE, "there is no module " + name)
                            .withType(ErrorType.PROTOCOL)
                            .withInfo("bad-namespace", name));
        }

        private static Refusal needsKeys(ListSchemaNode list) {
            return Refusal.invalid(
                    "%s needs the value of each of its keys (%s)"
                            .formatted(
                                    list.getQName().getLocalName(),
                                    String.join(
                                            ", ",
                                            list.getKeyDefinition().stream()
                                                    .map(QName::getLocalName)
                                                    .toList())));
        }
    }
}
