package org.lagopus.netconf;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import javax.xml.namespace.NamespaceContext;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Defaults;
import org.lagopus.datastore.Fragment;
import org.lagopus.datastore.Values;
import org.lagopus.datastore.Volatility;
import org.lagopus.datastore.XPathNames;
import org.opendaylight.yangtools.util.ImmutableOffsetMapTemplate;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.codec.xml.XmlCodec;
import org.opendaylight.yangtools.yang.data.codec.xml.XmlCodecFactory;
import org.opendaylight.yangtools.yang.model.api.ActionDefinition;
import org.opendaylight.yangtools.yang.model.api.ActionNodeContainer;
import org.opendaylight.yangtools.yang.model.api.ChoiceSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ContainerLike;
import org.opendaylight.yangtools.yang.model.api.ContainerSchemaNode;
import org.opendaylight.yangtools.yang.model.api.DataNodeContainer;
import org.opendaylight.yangtools.yang.model.api.DataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.LeafListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.LeafSchemaNode;
import org.opendaylight.yangtools.yang.model.api.ListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.TypedDataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.stmt.SchemaNodeIdentifier.Absolute;
import org.opendaylight.yangtools.yang.model.api.type.IdentityrefTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.InstanceIdentifierTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.LeafrefTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.UnionTypeDefinition;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;

/// A node of the model as the reader, the filter and the writer ask for it: children by the names
/// that XML shows, so choices and cases are looked through; codecs and key order at hand. Built
/// when first asked for and then kept; whoever is second to build it gets an equal one.
final class SchemaNode {
    enum Kind {
        ROOT,
        CONTAINER,
        LIST,
        LEAF,
        LEAF_LIST,
        /// anydata and anyxml
        ANY
    }

    /// A choice that stands, unseen in XML, between a node and its parent element.
    ///
    /// @param byDefault whether the case is the one that is there when no other is
    /// @param names of the nodes of the case
    record Choice(NodeIdentifier id, QName caseName, boolean byDefault, Set<QName> names) {}

    /// What all nodes of one model share.
    private record Model(
            XmlCodecFactory codecs,
            Predicate<QNameModule> implemented,
            org.lagopus.datastore.Model whole) {}

    private final Model model;
    private final DataSchemaNode schema;

    /// Schema node names from the root, choices and cases included.
    private final List<QName> path;

    private final Kind kind;
    private final NodeIdentifier id;
    private final List<Choice> choices;
    private final int index;
    private final List<QName> keys;
    private final @Nullable String volatility;
    private final @Nullable ImmutableOffsetMapTemplate<QName> keyTemplate;
    private final boolean xpath;
    private final Defaults.@Nullable Place place;
    private volatile @Nullable List<SchemaNode> withDefaults;
    private volatile @Nullable Children children;
    private volatile @Nullable XmlCodec<Object> codec;

    /// The children of a node, in the order of the module, by either kind of name.
    private record Children(Map<QName, SchemaNode> byQName, Map<String, List<SchemaNode>> byName) {}

    private SchemaNode(
            Model model,
            DataSchemaNode schema,
            Kind kind,
            List<QName> path,
            List<Choice> choices,
            int index,
            Defaults.@Nullable Place place) {
        this.place = place;
        this.model = model;
        this.schema = schema;
        this.kind = kind;
        this.path = path;
        this.choices = choices;
        this.index = index;
        id = NodeIdentifier.create(schema.getQName());
        volatility = kind == Kind.ROOT ? null : Volatility.refusal(schema).orElse(null);
        keys = schema instanceof ListSchemaNode list ? list.getKeyDefinition() : List.of();
        keyTemplate = keys.size() > 1 ? ImmutableOffsetMapTemplate.ordered(keys) : null;
        xpath = schema instanceof TypedDataSchemaNode typed && XPathNames.isXPath(typed.getType());
    }

    /// The root of the data tree; nodes of modules that are only imported are left out.
    static SchemaNode root(org.lagopus.datastore.Model model, Defaults defaults) {
        var shared =
                new Model(XmlCodecFactory.create(model.context(), true), model::implemented, model);
        return new SchemaNode(
                shared, model.context(), Kind.ROOT, List.of(), List.of(), 0, defaults.root());
    }

    /// What stands in a `notification`: a child for each one of the implemented modules.
    static SchemaNode notifications(org.lagopus.datastore.Model model, Defaults defaults) {
        var root = root(model, defaults);
        var known = new Children(new LinkedHashMap<>(), new HashMap<>());
        for (var each : model.context().getNotifications()) {
            if (model.implemented(each.getQName().getModule())) {
                var node =
                        new SchemaNode(
                                root.model,
                                each.toContainerLike(),
                                Kind.CONTAINER,
                                List.of(each.getQName()),
                                List.of(),
                                known.byQName.size(),
                                null);
                known.byQName.put(each.getQName(), node);
                known.byName.computeIfAbsent(node.name(), _ -> new ArrayList<>(1)).add(node);
            }
        }
        root.children = known;
        return root;
    }

    /// The input or output of an operation.
    SchemaNode operation(QName rpc, ContainerLike part) {
        return part(List.of(rpc, part.getQName()), part);
    }

    /// The input or output of an action of this node.
    SchemaNode action(QName action, ContainerLike part) {
        return part(plus(plus(path, action), part.getQName()), part);
    }

    private SchemaNode part(List<QName> at, ContainerLike part) {
        return new SchemaNode(model, part, Kind.CONTAINER, at, List.of(), 0, null);
    }

    /// The action an element names; null if there is none.
    @Nullable ActionDefinition action(String namespace, String name) {
        return schema instanceof ActionNodeContainer container
                ? container.getActions().stream()
                        .filter(action -> action.getQName().getLocalName().equals(name))
                        .filter(action ->
                                action.getQName().getNamespace().toString().equals(namespace))
                        .findFirst()
                        .orElse(null)
                : null;
    }

    /// The place of an action of this node in the schema.
    Absolute schemaOf(ActionDefinition action) {
        return Absolute.of(plus(path, action.getQName()));
    }

    Kind kind() {
        return kind;
    }

    NodeIdentifier id() {
        return id;
    }

    QName qname() {
        return id.getNodeType();
    }

    String name() {
        return qname().getLocalName();
    }

    String namespace() {
        return qname().getNamespace().toString();
    }

    /// The choices above this node and below its parent element, outermost first.
    List<Choice> choices() {
        return choices;
    }

    /// Number of this node among its parent's children.
    int index() {
        return index;
    }

    List<QName> keys() {
        return keys;
    }

    /// True for a list whose entries have no key: state, or a parameter.
    boolean unkeyed() {
        return kind == Kind.LIST && keys.isEmpty();
    }

    /// Why a node of volatile data cannot be configured; null for any other node.
    @Nullable String volatility() {
        return volatility;
    }

    boolean isState() {
        return kind != Kind.ROOT && !schema.effectiveConfig().orElse(Boolean.TRUE);
    }

    boolean presence() {
        return schema instanceof ContainerSchemaNode container && container.isPresenceContainer();
    }

    /// True for a container that says nothing by being there.
    boolean comesByItself() {
        return kind == Kind.CONTAINER && !presence();
    }

    boolean userOrdered() {
        return switch (schema) {
            case ListSchemaNode list -> list.isUserOrdered();
            case LeafListSchemaNode list -> list.isUserOrdered();
            default -> false;
        };
    }

    DataSchemaNode schema() {
        return schema;
    }

    /// The child an element names; null if there is none.
    @Nullable SchemaNode child(String namespace, String name) {
        for (var child : children().byName.getOrDefault(name, List.of())) {
            if (child.namespace().equals(namespace)) {
                return child;
            }
        }
        return null;
    }

    /// Children of that name in whatever namespace.
    List<SchemaNode> children(String name) {
        return children().byName.getOrDefault(name, List.of());
    }

    @Nullable SchemaNode child(QName name) {
        return children().byQName.get(name);
    }

    Collection<SchemaNode> all() {
        return children().byQName.values();
    }

    boolean knowsNamespace(String namespace) {
        return Names.modules(model.codecs.modelContext(), namespace).stream()
                .anyMatch(module -> model.implemented.test(module.getQNameModule()));
    }

    /// True if values may carry names of other modules, so that XML has to declare their prefixes.
    boolean namesInValues() {
        return schema instanceof TypedDataSchemaNode typed
                && switch (typed.getType()) {
                    case IdentityrefTypeDefinition _,
                            InstanceIdentifierTypeDefinition _,
                            LeafrefTypeDefinition _,
                            UnionTypeDefinition _ ->
                            true;
                    default -> false;
                };
    }

    /// The prefixes that XML has to declare for a value that is an expression; none for others.
    Map<String, String> prefixes(Object value) {
        return xpath
                ? XPathNames.prefixes(model.codecs.modelContext(), value.toString())
                : Map.of();
    }

    /// The codec of a leaf's or leaf-list's values.
    XmlCodec<Object> codec() {
        var known = codec;
        if (known == null) {
            var stack = SchemaInferenceStack.of(model.codecs.modelContext(), Absolute.of(path));
            @SuppressWarnings("unchecked")
            var made =
                    (XmlCodec<Object>) model.codecs.codecFor((TypedDataSchemaNode) schema, stack);
            known = made;
            codec = known;
        }
        return known;
    }

    /// The value that a text stands for.
    ///
    /// @throws IllegalArgumentException as [Values] does
    Object parse(NamespaceContext namespaces, String text) {
        var kept =
                xpath
                        ? XPathNames.read(
                                model.codecs.modelContext(), text, namespaces::getNamespaceURI)
                        : text;
        return Values.parse(
                model.codecs.modelContext(),
                ((TypedDataSchemaNode) schema).getType(),
                kept,
                () -> codec().parseValue(namespaces, kept));
    }

    /// The inside of an anydata or anyxml node, in an element of its own.
    XMLStreamReader read(Fragment fragment) throws XMLStreamException {
        return fragment.reader(model.whole);
    }

    /// The identifier of the entry with these values of the keys, in the order of `keys()`.
    NodeIdentifierWithPredicates entry(Object[] values) {
        return keyTemplate == null
                ? NodeIdentifierWithPredicates.of(qname(), keys.getFirst(), values[0])
                : NodeIdentifierWithPredicates.of(
                        qname(), keyTemplate.instantiateWithValues(values));
    }

    private Children children() {
        var known = children;
        if (known == null) {
            known = new Children(new LinkedHashMap<>(), new HashMap<>());
            if (schema instanceof DataNodeContainer container) {
                collect(container, path, List.of(), known);
            }
            children = known;
        }
        return known;
    }

    private void collect(
            DataNodeContainer parent, List<QName> above, List<Choice> inside, Children into) {
        for (var child : parent.getChildNodes()) {
            if (!model.implemented.test(child.getQName().getModule())) {
                continue;
            }
            var at = plus(above, child.getQName());
            if (child instanceof ChoiceSchemaNode choice) {
                for (var each : choice.getCases()) {
                    var entered =
                            new Choice(
                                    NodeIdentifier.create(choice.getQName()),
                                    each.getQName(),
                                    choice.getDefaultCase()
                                            .map(one -> one.getQName().equals(each.getQName()))
                                            .orElse(false),
                                    each.getChildNodes().stream()
                                            .map(DataSchemaNode::getQName)
                                            .collect(Collectors.toUnmodifiableSet()));
                    collect(each, plus(at, each.getQName()), plus(inside, entered), into);
                }
            } else {
                var node =
                        new SchemaNode(
                                model,
                                child,
                                kind(child),
                                at,
                                inside,
                                into.byQName.size(),
                                place(inside, child));
                into.byQName.put(child.getQName(), node);
                into.byName.computeIfAbsent(node.name(), _ -> new ArrayList<>(1)).add(node);
            }
        }
    }

    private Defaults.@Nullable Place place(List<Choice> inside, DataSchemaNode child) {
        var at = place;
        for (var choice : inside) {
            at = at == null ? null : at.child(choice.id.getNodeType());
        }
        return at == null ? null : at.child(child.getQName());
    }

    /// The values of a leaf or leaf-list that are there when none is written. State has none.
    List<Object> defaults() {
        return place == null ? List.of() : place.values();
    }

    /// What conditions are asked of; null in state and in operations.
    Defaults.@Nullable Place place() {
        return place;
    }

    /// The children that may be there without being written: leaves and leaf-lists with defaults,
    /// and containers with some of these in them.
    List<SchemaNode> withDefaults() {
        var known = withDefaults;
        if (known == null) {
            known =
                    all().stream()
                            .filter(child -> !keys.contains(child.qname()))
                            .filter(SchemaNode::mayBeThere)
                            .toList();
            withDefaults = known;
        }
        return known;
    }

    private boolean mayBeThere() {
        return place != null
                && switch (kind) {
                    case LEAF, LEAF_LIST -> !defaults().isEmpty();
                    case CONTAINER -> comesByItself() && !withDefaults().isEmpty();
                    case ROOT, LIST, ANY -> false;
                };
    }

    private static Kind kind(DataSchemaNode node) {
        return switch (node) {
            case LeafSchemaNode _ -> Kind.LEAF;
            case LeafListSchemaNode _ -> Kind.LEAF_LIST;
            case ListSchemaNode _ -> Kind.LIST;
            case ContainerLike _ -> Kind.CONTAINER;
            default -> Kind.ANY;
        };
    }

    private static <T> List<T> plus(List<T> list, T last) {
        var longer = new ArrayList<T>(list.size() + 1);
        longer.addAll(list);
        longer.add(last);
        return List.copyOf(longer);
    }
}
