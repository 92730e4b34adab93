package org.lagopus.netconf;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Edit.Operation;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeWithValue;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.YangNetconfErrorAware;
import org.opendaylight.yangtools.yang.data.api.schema.ChoiceNode;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerChild;
import org.opendaylight.yangtools.yang.data.api.schema.DistinctNodeContainer;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.builder.CollectionNodeBuilder;
import org.opendaylight.yangtools.yang.data.api.schema.builder.DataContainerNodeBuilder;
import org.opendaylight.yangtools.yang.data.spi.node.ImmutableNodes;
import org.opendaylight.yangtools.yang.model.api.AnydataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.EffectiveModelContext;

/// Reads the content of a `<config>` or of an operation's input in one pass: elements become nodes as
/// they go by.
///
/// An element with an `operation` of its own (RFC 6241 §7.2) is cut out of the node above it and becomes
/// an edit of its own, which follows the edit of that node. So
///
///     <top><mtu>9</mtu><route operation="delete"><id>1</id></route></top>
///
/// is *merge top, with mtu*, then *delete route 1*. Where a deletion stands, only the keys are read.
final class ConfigReader {
    private static final String NETCONF = Names.BASE;
    private static final String YANG = Names.YANG;

    private final XmlReader in;
    private final SchemaNode root;
    private final boolean operations;
    private final boolean config;
    private final ErrorType type;
    private final Deque<Frame> frames = new ArrayDeque<>();
    private final List<Cut> cuts = new ArrayList<>();

    /// Of what is passed over; null where reading ends with the first.
    private final @Nullable List<DataError> errors;

    /// An open element: where an error is found is said with it.
    private static final class Frame {
        final SchemaNode node;
        final @Nullable Object[] keys;

        Frame(SchemaNode node) {
            this.node = node;
            keys = new Object[node.keys().size()];
        }

        boolean complete() {
            return Arrays.stream(keys).allMatch(Objects::nonNull);
        }
    }

    /// An edit cut out of the node above it, its path growing upwards as the elements around it
    /// end.
    private record Cut(Marks marks, List<PathArgument> upwards, @Nullable NormalizedNode data) {
        Edit edit() {
            var path = YangInstanceIdentifier.of(upwards.reversed());
            return new Edit(marks.operation, path, data, marks.position);
        }
    }

    /// What the attributes of an element say.
    ///
    /// @param position where the entry goes (RFC 7950 §7.7.9, §7.8.6)
    /// @param unset that the value is the default and nobody's own (RFC 6243 §6)
    private record Marks(Operation operation, Edit.@Nullable Position position, boolean unset) {
        private static final Map<Operation, Marks> PLAIN = new EnumMap<>(Operation.class);

        static {
            for (var operation : Operation.values()) {
                PLAIN.put(operation, new Marks(operation, null, false));
            }
        }

        /// Without any, the operation of the element around it goes on.
        static Marks of(Operation outer) {
            return Objects.requireNonNull(PLAIN.get(outer));
        }
    }

    private ConfigReader(
            XmlReader in,
            SchemaNode root,
            boolean operations,
            boolean config,
            ErrorType type,
            @Nullable List<DataError> errors) {
        this.errors = errors;
        this.in = in;
        this.root = root;
        this.operations = operations;
        this.config = config;
        this.type = type;
    }

    /// The edits of an `edit-config`, from the open `<config>` element to its end.
    ///
    /// @param errors gets what is wrong with elements that are then passed over; null to end at the
    ///   first
    static List<Edit> edits(
            XmlReader in, SchemaNode root, Operation byDefault, @Nullable List<DataError> errors)
            throws XMLStreamException, DatastoreException {
        return new ConfigReader(in, root, true, true, ErrorType.APPLICATION, errors)
                .readEdits(byDefault);
    }

    /// A whole configuration, as `copy-config` and `validate` carry it.
    static ContainerNode whole(XmlReader in, SchemaNode root)
            throws XMLStreamException, DatastoreException {
        return new ConfigReader(in, root, false, true, ErrorType.APPLICATION, null).readWhole();
    }

    /// The input of an operation, from its open element to its end.
    static ContainerNode input(XmlReader in, SchemaNode input)
            throws XMLStreamException, DatastoreException {
        return new ConfigReader(in, input, false, false, ErrorType.APPLICATION, null).readWhole();
    }

    private List<Edit> readEdits(Operation byDefault)
            throws XMLStreamException, DatastoreException {
        var content = byDefault == Operation.NONE ? null : new Content(newRoot());
        located(() -> members(root, byDefault, content, null));
        var edits = new ArrayList<Edit>();
        if (content != null) {
            var whole = (ContainerNode) content.build();
            if (byDefault == Operation.REPLACE) {
                edits.add(Edit.replace(YangInstanceIdentifier.of(), whole));
            } else {
                for (var child : whole.body()) {
                    edits.add(new Edit(byDefault, YangInstanceIdentifier.of(child.name()), child));
                }
            }
        }
        cuts.forEach(cut -> edits.add(cut.edit()));
        return edits;
    }

    private ContainerNode readWhole() throws XMLStreamException, DatastoreException {
        var content = new Content(newRoot());
        located(() -> members(root, Operation.MERGE, content, null));
        return (ContainerNode) content.build();
    }

    private ContainerNode.Builder newRoot() {
        return named(
                ImmutableNodes.newContainerBuilder(),
                root.kind() == SchemaNode.Kind.ROOT
                        ? NodeIdentifier.create(EffectiveModelContext.NAME)
                        : root.id());
    }

    private static ContainerNode.Builder named(ContainerNode.Builder builder, NodeIdentifier id) {
        builder.withNodeIdentifier(id);
        return builder;
    }

    private interface Reading {
        void run() throws XMLStreamException, DatastoreException;
    }

    /// Gives an error the place where reading stopped, unless it names one itself.
    private void located(Reading reading) throws XMLStreamException, DatastoreException {
        try {
            reading.run();
        } catch (DatastoreException e) {
            throw located(e);
        }
    }

    private DatastoreException located(DatastoreException e) {
        var here = here();
        return new DatastoreException(
                e.errors().stream()
                        .map(x -> x.path() == null && here != null ? x.withPath(here) : x)
                        .toList());
    }

    private @Nullable YangInstanceIdentifier here() {
        if (frames.isEmpty() || root.kind() != SchemaNode.Kind.ROOT) {
            return null;
        }
        var path = new ArrayList<PathArgument>();
        for (var frame : (Iterable<Frame>) frames::descendingIterator) {
            frame.node.choices().forEach(choice -> path.add(choice.id()));
            path.add(frame.node.id());
            if (frame.keys.length > 0 && frame.complete()) {
                path.add(frame.node.entry(known(frame.keys)));
            }
        }
        return YangInstanceIdentifier.of(path);
    }

    @SuppressWarnings("NullAway") // the caller has seen that all are there
    private static Object[] known(@Nullable Object[] keys) {
        return keys;
    }

    /// The children of the open element, to its end. Without `to` their data is not wanted.
    private void members(
            SchemaNode parent, Operation operation, @Nullable Content to, @Nullable Frame entry)
            throws XMLStreamException, DatastoreException {
        var seen = new BitSet();
        var apart = new BitSet();
        int open = frames.size();
        while (in.next()) {
            int mark = cuts.size();
            int depth = in.depth();
            try {
                one(parent, operation, to, entry, seen, apart);
            } catch (DatastoreException e) {
                var error = located(e);
                while (frames.size() > open + 1) {
                    frames.pop();
                }
                var passed = errors;
                if (passed == null || isFatal(error) || isKey(entry)) {
                    throw error;
                }
                passed.addAll(error.errors());
                cuts.subList(mark, cuts.size()).clear();
                in.leave(depth);
            }
            while (frames.size() > open) {
                frames.pop();
            }
        }
    }

    /// Without its key an entry is nothing.
    private boolean isKey(@Nullable Frame entry) {
        var here = frames.peek();
        return here != null && entry != null && entry.node.keys().contains(here.node.qname());
    }

    /// Limits, which are no matter of one element.
    private static boolean isFatal(DatastoreException e) {
        return e.errors().stream().anyMatch(error -> error.type() == ErrorType.RPC);
    }

    private void one(
            SchemaNode parent,
            Operation operation,
            @Nullable Content to,
            @Nullable Frame entry,
            BitSet seen,
            BitSet apart)
            throws XMLStreamException, DatastoreException {
        var node = known(parent);
        frames.push(new Frame(node));
        var volatility = node.volatility();
        if (config && volatility != null) {
            throw Errors.refuse(
                    type,
                    ErrorTag.OPERATION_NOT_SUPPORTED,
                    null,
                    volatility,
                    Map.of("bad-element", node.name()));
        }
        if (config && node.isState()) {
            throw Errors.unknownElement(
                    type, null, in.name(), in.name() + " is state and cannot be configured");
        }
        boolean repeated = false;
        if (node.kind() != SchemaNode.Kind.LIST && node.kind() != SchemaNode.Kind.LEAF_LIST) {
            repeated = seen.get(node.index());
            seen.set(node.index());
            if (repeated
                    && (parent.kind() != SchemaNode.Kind.ROOT
                            || !operations
                            || node.kind() != SchemaNode.Kind.CONTAINER)) {
                throw Errors.badElement(type, null, node.name(), node.name() + " is given twice");
            }
        }
        // RFC 7950 §7.8.6: entries come one after the other, as they stand in the request.
        boolean cut = repeated || apart.get(node.index());
        if (member(node, operation, to, entry, cut) && node.userOrdered()) {
            apart.set(node.index());
        }
    }

    private SchemaNode known(SchemaNode parent) throws DatastoreException {
        var node = parent.child(in.namespace(), in.name());
        if (node == null) {
            if (in.namespace().isEmpty() || !parent.knowsNamespace(in.namespace())) {
                throw Errors.unknownNamespace(type, null, in.name(), in.namespace());
            }
            throw Errors.unknownElement(
                    type,
                    null,
                    in.name(),
                    parent.kind() == SchemaNode.Kind.ROOT
                            ? "the model has no " + in.name()
                            : parent.name() + " has no " + in.name());
        }
        return node;
    }

    /// @param apart whether it has to become an edit of its own in any case
    /// @return whether it has become one
    private boolean member(
            SchemaNode node,
            Operation outer,
            @Nullable Content to,
            @Nullable Frame entry,
            boolean apart)
            throws XMLStreamException, DatastoreException {
        int key = entry == null ? -1 : entry.node.keys().indexOf(node.qname());
        var marks = marks(node, outer);
        var operation = marks.operation;
        boolean cut = operation != outer || marks.position != null || apart;
        if (key >= 0 && cut) {
            throw Errors.badAttribute(
                    type, null, node.name(), "operation", "a key has the operation of its entry");
        }
        if (operation == Operation.DELETE || operation == Operation.REMOVE) {
            var upwards = upwards(node, deleted(node, operation));
            cuts.add(new Cut(marks, upwards, null));
            return false;
        }
        if (marks.unset) {
            unset(node, operation, key >= 0);
            return false;
        }
        int mark = cuts.size();
        boolean wanted = operation != Operation.NONE;
        NormalizedNode data = null;
        PathArgument last = null;
        switch (node.kind()) {
            case LEAF -> {
                var value = value(node);
                if (key >= 0) {
                    Objects.requireNonNull(entry).keys[key] = value;
                }
                data = ImmutableNodes.leafNode(node.id(), value);
            }
            case LEAF_LIST -> {
                var name = new NodeWithValue<>(node.qname(), value(node));
                last = name;
                data = ImmutableNodes.leafSetEntry(name);
            }
            case CONTAINER, ROOT -> {
                var content =
                        wanted
                                ? new Content(
                                        named(ImmutableNodes.newContainerBuilder(), node.id()))
                                : null;
                members(node, operation, content, null);
                data = content == null ? null : content.build();
            }
            case LIST -> {
                if (node.unkeyed()) {
                    var builder = ImmutableNodes.newUnkeyedListEntryBuilder();
                    builder.withNodeIdentifier(node.id());
                    var content = new Content(builder);
                    members(node, operation, content, null);
                    data = content.build();
                } else {
                    var frame = Objects.requireNonNull(frames.peek());
                    var builder = ImmutableNodes.newMapEntryBuilder();
                    var content = wanted ? new Content(builder) : null;
                    members(node, operation, content, frame);
                    var name = node.entry(keys(frame));
                    builder.withNodeIdentifier(name);
                    last = name;
                    data = content == null ? null : content.build();
                }
            }
            case ANY ->
                    data =
                            in.fragment(node.schema() instanceof AnydataSchemaNode)
                                    .in(node.schema());
        }
        var upwards = upwards(node, last);
        for (int i = mark; i < cuts.size(); i++) {
            cuts.get(i).upwards.addAll(upwards);
        }
        if (!wanted) {
            if (key < 0 && (node.kind() != SchemaNode.Kind.CONTAINER || node.presence())) {
                cuts.add(mark, new Cut(marks, upwards, null));
            }
        } else if (cut) {
            cuts.add(mark, new Cut(marks, upwards, data));
            return true;
        } else if (to != null) {
            to.add(node, Objects.requireNonNull(data));
        }
        return false;
    }

    /// A leaf that is to have its default has no value of its own. In a whole configuration it is
    /// not there; an edit takes away what is.
    private void unset(SchemaNode node, Operation operation, boolean key)
            throws XMLStreamException, DatastoreException {
        var name = in.name();
        var value = value(node);
        if (key || !node.defaults().contains(value)) {
            throw Errors.invalidValue(
                    type,
                    null,
                    name,
                    "%s is no default of %s".formatted(Errors.quoted(value.toString()), name));
        }
        if (!operations || operation == Operation.NONE) {
            return;
        }
        boolean several = node.kind() == SchemaNode.Kind.LEAF_LIST;
        var entry = several ? new NodeWithValue<>(node.qname(), value) : null;
        if (operation == Operation.CREATE) {
            var data =
                    entry == null
                            ? ImmutableNodes.leafNode(node.id(), value)
                            : ImmutableNodes.leafSetEntry(entry);
            cuts.add(new Cut(Marks.of(operation), upwards(node, entry), data));
        }
        cuts.add(new Cut(Marks.of(Operation.REMOVE), upwards(node, entry), null));
    }

    /// What a deletion stands on; what else its element holds is passed over.
    private @Nullable PathArgument deleted(SchemaNode node, Operation operation)
            throws XMLStreamException, DatastoreException {
        return switch (node.kind()) {
            case LEAF_LIST -> new NodeWithValue<>(node.qname(), value(node));
            case LIST -> {
                var frame = Objects.requireNonNull(frames.peek());
                while (in.next()) {
                    var child = known(node);
                    int key = node.keys().indexOf(child.qname());
                    if (key >= 0) {
                        noOther(operation);
                        frame.keys[key] = value(child);
                    } else {
                        noOther(operation);
                        in.skip(() -> noOther(operation));
                    }
                }
                yield node.entry(keys(frame));
            }
            default -> {
                in.skip(() -> noOther(operation));
                yield null;
            }
        };
    }

    private void noOther(Operation operation) throws DatastoreException {
        if (marks(null, operation).operation != operation) {
            throw Errors.badAttribute(
                    type, null, in.name(), "operation", "another operation inside a deletion");
        }
    }

    private Object[] keys(Frame frame) throws DatastoreException {
        for (int i = 0; i < frame.keys.length; i++) {
            if (frame.keys[i] == null) {
                throw Errors.missingElement(type, null, frame.node.keys().get(i).getLocalName());
            }
        }
        return known(frame.keys);
    }

    private static List<PathArgument> upwards(SchemaNode node, @Nullable PathArgument last) {
        var path = new ArrayList<PathArgument>(4);
        if (last != null) {
            path.add(last);
        }
        path.add(node.id());
        for (var choice : node.choices().reversed()) {
            path.add(choice.id());
        }
        return path;
    }

    /// @param node what the open element means, null where it is passed over
    private Marks marks(@Nullable SchemaNode node, Operation outer) throws DatastoreException {
        int count = in.attributes();
        if (count == 0) {
            return Marks.of(outer);
        }
        var operation = outer;
        boolean unset = false;
        @Nullable String insert = null;
        @Nullable String beside = null;
        for (int i = 0; i < count; i++) {
            var name = in.attributeName(i);
            var namespace = in.attributeNamespace(i);
            if (operations && namespace.equals(NETCONF) && name.equals("operation")) {
                operation = operation(in.attributeValue(i));
            } else if (ordered(node) && namespace.equals(YANG) && name.equals("insert")) {
                insert = in.attributeValue(i);
            } else if (ordered(node) && namespace.equals(YANG) && name.equals(besides(node))) {
                beside = in.attributeValue(i);
            } else if (config
                    && node != null
                    && (node.kind() == SchemaNode.Kind.LEAF
                            || node.kind() == SchemaNode.Kind.LEAF_LIST)
                    && namespace.equals(Names.DEFAULT)
                    && name.equals("default")) {
                unset = isTrue(in.attributeValue(i));
            } else {
                throw Errors.unknownAttribute(type, null, in.name(), name);
            }
        }
        if (unset) {
            return new Marks(operation, null, true);
        }
        if (node == null || insert == null && beside == null) {
            return Marks.of(operation);
        }
        if (!operation.takesData()) {
            throw Errors.badAttribute(
                    type,
                    null,
                    in.name(),
                    insert == null ? besides(node) : "insert",
                    "a place is given with merge, replace and create only");
        }
        return new Marks(operation, position(node, insert, beside), false);
    }

    private boolean isTrue(String value) throws DatastoreException {
        return switch (value.strip()) {
            case "true", "1" -> true;
            case "false", "0" -> false;
            default ->
                    throw Errors.badAttribute(
                            type, null, in.name(), "default", "default is true or false");
        };
    }

    private boolean ordered(@Nullable SchemaNode node) {
        return operations && node != null && node.userOrdered();
    }

    private static String besides(@Nullable SchemaNode node) {
        return node != null && node.kind() == SchemaNode.Kind.LEAF_LIST ? "value" : "key";
    }

    private Operation operation(String value) throws DatastoreException {
        return switch (value) {
            case "merge" -> Operation.MERGE;
            case "replace" -> Operation.REPLACE;
            case "create" -> Operation.CREATE;
            case "delete" -> Operation.DELETE;
            case "remove" -> Operation.REMOVE;
            default ->
                    throw Errors.badAttribute(
                            type,
                            null,
                            in.name(),
                            "operation",
                            "there is no operation " + Errors.quoted(value));
        };
    }

    private Edit.Position position(
            SchemaNode node, @Nullable String insert, @Nullable String beside)
            throws DatastoreException {
        boolean relative = "before".equals(insert) || "after".equals(insert);
        if (beside == null) {
            if (relative) {
                throw Errors.missingAttribute(type, in.name(), besides(node));
            }
        } else if (!relative) {
            throw Errors.unknownAttribute(type, null, in.name(), besides(node));
        }
        return switch (insert) {
            case "first" -> new Edit.Position.First();
            case "last" -> new Edit.Position.Last();
            case "before" -> new Edit.Position.Before(named(node, Objects.requireNonNull(beside)));
            case "after" -> new Edit.Position.After(named(node, Objects.requireNonNull(beside)));
            case null, default ->
                    throw Errors.badAttribute(
                            type,
                            null,
                            in.name(),
                            "insert",
                            "insert is first, last, before or after");
        };
    }

    /// The entry that the attribute `key` or `value` names.
    private PathArgument named(SchemaNode node, String text) throws DatastoreException {
        try {
            return node.kind() == SchemaNode.Kind.LEAF_LIST
                    ? new NodeWithValue<>(node.qname(), node.parse(in.namespaces(), text))
                    : node.entry(KeyPredicates.read(node, in.namespaces(), text));
        } catch (IllegalArgumentException e) {
            throw Errors.badAttribute(
                    type,
                    null,
                    in.name(),
                    besides(node),
                    Errors.quoted(text)
                            + " names no entry of "
                            + node.name()
                            + ": "
                            + e.getMessage());
        }
    }

    private Object value(SchemaNode node) throws XMLStreamException, DatastoreException {
        var namespaces = in.namespaces();
        String name = in.name();
        String text = in.text();
        try {
            return node.parse(namespaces, text);
        } catch (IllegalArgumentException e) {
            throw invalid(name, text, e);
        }
    }

    /// With the words and the `error-app-tag` of the module where it has some (RFC 7950 §9).
    private DatastoreException invalid(String name, String text, RuntimeException e) {
        String message = Errors.quoted(text) + " is not a valid value of " + name;
        String appTag = null;
        if (e instanceof YangNetconfErrorAware aware) {
            var said = aware.getNetconfErrors().getFirst();
            appTag = said.appTag();
            message += said.message() == null ? "" : ": " + said.message();
        } else {
            message += ": " + e.getMessage();
        }
        return new DatastoreException(
                new DataError(
                        type,
                        ErrorTag.INVALID_VALUE,
                        appTag,
                        null,
                        message,
                        Map.of("bad-element", name)));
    }

    /// The node that is being made of an open element.
    private final class Content {
        private final DataContainerNodeBuilder<?, ?> builder;
        private final IdentityHashMap<SchemaNode, Entries> lists = new IdentityHashMap<>(2);
        private final Map<NodeIdentifier, InChoice> choices = new LinkedHashMap<>(2);

        private record InChoice(QName caseName, Content content) {}

        Content(DataContainerNodeBuilder<?, ?> builder) {
            this.builder = builder;
        }

        void add(SchemaNode node, NormalizedNode data) throws DatastoreException {
            var to = this;
            for (var choice : node.choices()) {
                to = to.inside(choice, node);
            }
            if (node.kind() == SchemaNode.Kind.LIST || node.kind() == SchemaNode.Kind.LEAF_LIST) {
                to.lists.computeIfAbsent(node, Entries::new).add(data);
            } else {
                to.builder.withChild((DataContainerChild) data);
            }
        }

        private Content inside(SchemaNode.Choice choice, SchemaNode node)
                throws DatastoreException {
            var open = choices.get(choice.id());
            if (open == null) {
                ChoiceNode.Builder choiceBuilder = ImmutableNodes.newChoiceBuilder();
                choiceBuilder.withNodeIdentifier(choice.id());
                open = new InChoice(choice.caseName(), new Content(choiceBuilder));
                choices.put(choice.id(), open);
            }
            if (!open.caseName.equals(choice.caseName())) {
                throw Errors.badElement(
                        type,
                        null,
                        node.name(),
                        "elements of two cases of the choice "
                                + choice.id().getNodeType().getLocalName());
            }
            return open.content;
        }

        NormalizedNode build() throws DatastoreException {
            for (var list : lists.values()) {
                builder.withChild(list.build());
            }
            for (var choice : choices.values()) {
                builder.withChild((DataContainerChild) choice.content.build());
            }
            return builder.build();
        }
    }

    /// The entries of one list, which in XML may stand apart from each other.
    private final class Entries {
        private final SchemaNode node;
        private final CollectionNodeBuilder<NormalizedNode, ?> builder;
        private int count;

        Entries(SchemaNode node) {
            this.node = node;
            builder = builder(node);
            builder.withNodeIdentifier(node.id());
        }

        @SuppressWarnings("unchecked")
        private static CollectionNodeBuilder<NormalizedNode, ?> builder(SchemaNode node) {
            CollectionNodeBuilder<?, ?> builder =
                    node.kind() == SchemaNode.Kind.LEAF_LIST
                            ? node.userOrdered()
                                    ? ImmutableNodes.newUserLeafSetBuilder()
                                    : ImmutableNodes.newSystemLeafSetBuilder()
                            : node.unkeyed()
                                    ? ImmutableNodes.newUnkeyedListBuilder()
                                    : node.userOrdered()
                                            ? ImmutableNodes.newUserMapBuilder()
                                            : ImmutableNodes.newSystemMapBuilder();
            return (CollectionNodeBuilder<NormalizedNode, ?>) builder;
        }

        void add(NormalizedNode entry) {
            builder.withChild(entry);
            count++;
        }

        DataContainerChild build() throws DatastoreException {
            var list = (DataContainerChild) builder.build();
            if (list instanceof DistinctNodeContainer<?, ?> distinct && distinct.size() != count) {
                throw Errors.badElement(
                        type,
                        null,
                        node.name(),
                        node.kind() == SchemaNode.Kind.LEAF_LIST
                                ? "a value of " + node.name() + " is given twice"
                                : "two entries of " + node.name() + " have the same key");
            }
            return list;
        }
    }
}
