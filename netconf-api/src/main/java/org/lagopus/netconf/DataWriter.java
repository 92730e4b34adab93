package org.lagopus.netconf;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import javax.xml.stream.XMLStreamWriter;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Fragment;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.schema.ChoiceNode;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerChild;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapEntryNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.UnkeyedListNode;

/// Writes data as XML while walking it, through a filter if there is one, with list keys first.
///
/// It walks one tree or two: `<get>` shows configuration and state as one, and what only the second
/// has follows what the first has. Elements are opened late, when something inside them is about to
/// be written, so that a filter leaves no empty ones behind.
final class DataWriter {
    private final XMLStreamWriter out;

    /// The same for values with names in them.
    private final XMLStreamWriter named;

    /// Elements above the place where we are that were not opened yet, with the entry whose keys
    /// they need.
    private final List<Late> late = new ArrayList<>();

    private final Deque<String> namespaces = new ArrayDeque<>();
    private final Deque<Optional<Shown.Origin>> told = new ArrayDeque<>();
    private final DefaultData defaults;
    private final Shown shown;

    /// Where the configuration that we are at is from.
    private Shown.Origin origin = Shown.Origin.INTENDED;

    /// Levels that may still be shown below a node that is chosen as a whole.
    private int levels;

    private record Late(
            SchemaNode node, @Nullable NodeIdentifierWithPredicates entry, Shown.Origin origin) {}

    /// @param namespace the default namespace where the data will stand
    DataWriter(XMLStreamWriter out, String namespace) {
        this(out, namespace, DefaultData.explicit());
    }

    DataWriter(XMLStreamWriter out, String namespace, DefaultData defaults) {
        this(out, namespace, defaults, Shown.ALL);
    }

    /// @param shown if that is with origins, their prefix is declared already
    DataWriter(XMLStreamWriter out, String namespace, DefaultData defaults, Shown shown) {
        this.defaults = defaults;
        this.shown = shown;
        levels = shown.depth();
        told.push(Optional.empty());
        this.out = out;
        named = PrefixedNames.on(out);
        namespaces.push(namespace);
    }

    /// The children of the root: of the first tree, with the second beside it.
    void write(
            SchemaNode root,
            @Nullable DataContainerNode first,
            @Nullable DataContainerNode second,
            @Nullable Filter filter)
            throws XMLStreamException {
        if (filter == null) {
            all(root, first, second);
            unwritten(root, first, second);
        } else {
            some(root, first, second, List.of(filter));
        }
    }

    /// Nodes that an expression chose, whole, with what leads to them and the keys of the entries
    /// on the way (RFC 6241 §8.9.5.1).
    ///
    /// @param chosen in document order
    void write(List<ViewNode> chosen) throws XMLStreamException {
        var below = new HashMap<ViewNode, Set<ViewNode>>();
        var whole = Set.copyOf(chosen);
        @Nullable ViewNode root = null;
        for (var node : chosen) {
            var at = node;
            for (var up = at.parent(); up != null; up = at.parent()) {
                below.computeIfAbsent(up, _ -> new LinkedHashSet<>()).add(at);
                at = up;
            }
            root = at;
        }
        if (root == null) {
            return;
        }
        if (whole.contains(root)) {
            write(root.schema(), root.first(), root.second(), null);
            return;
        }
        for (var child : below.getOrDefault(root, Set.of())) {
            chosen(child, whole, below);
        }
    }

    private void chosen(ViewNode node, Set<ViewNode> whole, Map<ViewNode, Set<ViewNode>> below)
            throws XMLStreamException {
        var schema = node.schema();
        var value = node.value();
        var parent = node.parent();
        if (node.isByDefault()) {
            origin = Shown.Origin.DEFAULT;
        } else {
            origin =
                    node.first() != null || parent != null && find(parent.first(), schema) != null
                            ? Shown.Origin.INTENDED
                            : Shown.Origin.SYSTEM;
        }
        if (value instanceof DataContainerChild any) {
            node(schema, any, null, List.of());
        } else if (value != null) {
            if (!shown.wants(schema, origin)) {
                return;
            }
            if (parent != null && parent.schema().keys().contains(schema.qname())) {
                // Opening the entry writes its keys.
                open();
            } else if (node.isByDefault()) {
                unwritten(schema, value);
            } else {
                leaf(schema, value);
            }
        } else if (whole.contains(node)) {
            inside(schema, node.entry(), node.first(), node.second(), List.of());
        } else {
            defaults.enter(schema, node.entry());
            late.add(new Late(schema, node.entry(), origin));
            for (var child : below.getOrDefault(node, Set.of())) {
                chosen(child, whole, below);
            }
            if (late.isEmpty()) {
                end();
            } else {
                late.removeLast();
            }
            defaults.leave(schema, node.entry());
        }
    }

    private void all(
            SchemaNode parent,
            @Nullable DataContainerNode first,
            @Nullable DataContainerNode second)
            throws XMLStreamException {
        if (first != null) {
            for (var child : first.body()) {
                either(parent, child, second == null ? null : second.childByArg(child.name()));
            }
        }
        if (second != null) {
            for (var child : second.body()) {
                if (first == null || first.childByArg(child.name()) == null) {
                    besideOnly(() -> either(parent, child, null));
                }
            }
        }
    }

    /// The defaults in use of a node, where they are wanted: those of its children that nobody has
    /// written.
    private void unwritten(
            SchemaNode parent,
            @Nullable DataContainerNode first,
            @Nullable DataContainerNode second)
            throws XMLStreamException {
        if (defaults.reports() && origin != Shown.Origin.SYSTEM) {
            for (var child : parent.withDefaults()) {
                if (find(first, child) == null && find(second, child) == null) {
                    from(Shown.Origin.DEFAULT, () -> unwritten(child, first, List.of()));
                }
            }
        }
    }

    private void unwritten(
            SchemaNode node, @Nullable DataContainerNode parent, List<Filter> filters)
            throws XMLStreamException {
        if (!defaults.isInUse(node, parent)) {
            return;
        }
        if (node.kind() == SchemaNode.Kind.CONTAINER) {
            inside(node, null, null, null, filters);
            return;
        }
        if (!shown.wants(node, origin)) {
            return;
        }
        for (var value : node.defaults()) {
            unwritten(node, value);
        }
    }

    private void unwritten(SchemaNode leaf, Object value) throws XMLStreamException {
        open();
        start(leaf, origin);
        if (defaults.tags()) {
            out.writeNamespace("wd", Names.DEFAULT);
            out.writeAttribute("wd", Names.DEFAULT, "default", "true");
        }
        content(leaf, value);
        end();
    }

    @FunctionalInterface
    private interface Writing {
        void run() throws XMLStreamException;
    }

    /// Writes what the first tree does not have.
    private void besideOnly(Writing writing) throws XMLStreamException {
        from(Shown.Origin.SYSTEM, writing);
    }

    private void from(Shown.Origin where, Writing writing) throws XMLStreamException {
        var before = origin;
        origin = where;
        writing.run();
        origin = before;
    }

    private void either(
            SchemaNode parent, DataContainerChild child, @Nullable DataContainerChild other)
            throws XMLStreamException {
        if (child instanceof ChoiceNode choice) {
            all(parent, choice, (ChoiceNode) other);
            return;
        }
        var node = parent.child(child.name().getNodeType());
        if (node != null && !parent.keys().contains(node.qname())) {
            node(node, child, other, List.of());
        }
    }

    /// What several filters that took the parent want of its children.
    private void some(
            SchemaNode parent,
            @Nullable DataContainerNode first,
            @Nullable DataContainerNode second,
            List<Filter> filters)
            throws XMLStreamException {
        var wanted = new LinkedHashSet<SchemaNode>();
        for (var filter : filters) {
            filter.matches().forEach(match -> wanted.add(match.node()));
            wanted.addAll(filter.children().keySet());
        }
        for (var node : wanted) {
            if (parent.keys().contains(node.qname())) {
                // Opening the entry writes its keys.
                if (shown.wants(node, origin)) {
                    open();
                }
                continue;
            }
            var child = find(first, node);
            var other = find(second, node);
            if (child != null) {
                node(node, child, other, filtersOf(node, filters));
            } else if (other != null) {
                besideOnly(() -> node(node, other, null, filtersOf(node, filters)));
            } else if (defaults.reports()
                    && origin != Shown.Origin.SYSTEM
                    && parent.withDefaults().contains(node)) {
                from(Shown.Origin.DEFAULT, () -> unwritten(node, first, filtersOf(node, filters)));
            }
        }
    }

    /// The filters on a child; none where all of it is wanted.
    private static List<Filter> filtersOf(SchemaNode node, List<Filter> filters) {
        var of = new ArrayList<Filter>();
        for (var filter : filters) {
            of.addAll(filter.children().getOrDefault(node, List.of()));
        }
        return of;
    }

    static @Nullable DataContainerChild find(@Nullable DataContainerNode parent, SchemaNode node) {
        var at = parent;
        for (var choice : node.choices()) {
            if (at == null) {
                return null;
            }
            at = (DataContainerNode) at.childByArg(choice.id());
        }
        return at == null ? null : at.childByArg(node.id());
    }

    private void node(
            SchemaNode node,
            DataContainerChild child,
            @Nullable DataContainerChild other,
            List<Filter> filters)
            throws XMLStreamException {
        switch (child) {
            case LeafNode<?> leaf -> {
                if (shown.wants(node, origin) && !isTrimmed(node, List.of(leaf.body()))) {
                    leaf(node, leaf.body());
                }
            }
            case LeafSetNode<?> values -> {
                if (!shown.wants(node, origin)
                        || defaults.trims()
                                && isTrimmed(
                                        node,
                                        values.body().stream()
                                                .map(NormalizedNode::body)
                                                .toList())) {
                    return;
                }
                for (var value : values.body()) {
                    leaf(node, value.body());
                }
            }
            case MapNode map -> {
                if (!entriesByKey(node, map, (MapNode) other, filters)) {
                    entries(node, map, (MapNode) other, filters);
                }
            }
            case UnkeyedListNode list -> {
                for (var entry : list.body()) {
                    inside(node, null, entry, null, filters);
                }
            }
            case DataContainerNode container ->
                    inside(node, null, container, (DataContainerNode) other, filters);
            default -> {
                var fragment = Fragment.of(child);
                if (fragment != null && shown.wants(node, origin)) {
                    open();
                    start(node, origin);
                    fragment(node.read(fragment));
                    end();
                }
            }
        }
    }

    /// Whether it is left out for being what its default is. In a case that is not the default one
    /// it says which case is there.
    private boolean isTrimmed(SchemaNode node, List<?> values) {
        return defaults.trims()
                && (node.userOrdered()
                        ? node.defaults().equals(values)
                        : Set.copyOf(node.defaults()).equals(Set.copyOf(values))
                                && !values.isEmpty())
                && node.choices().stream().allMatch(SchemaNode.Choice::byDefault);
    }

    private void entries(
            SchemaNode node, MapNode map, @Nullable MapNode other, List<Filter> filters)
            throws XMLStreamException {
        for (var entry : map.body()) {
            inside(
                    node,
                    entry.name(),
                    entry,
                    other == null ? null : other.childByArg(entry.name()),
                    filters);
        }
        if (other != null) {
            for (var entry : other.body()) {
                if (map.childByArg(entry.name()) == null) {
                    besideOnly(() -> inside(node, entry.name(), entry, null, filters));
                }
            }
        }
    }

    /// Filters that all name a whole key find their entries without a walk over the list.
    private boolean entriesByKey(
            SchemaNode node, MapNode map, @Nullable MapNode other, List<Filter> filters)
            throws XMLStreamException {
        var names = new LinkedHashSet<NodeIdentifierWithPredicates>();
        for (var filter : filters) {
            var name = filter.entry(node);
            if (name == null) {
                return false;
            }
            names.add(name);
        }
        if (names.isEmpty()) {
            return false;
        }
        for (var name : names) {
            MapEntryNode entry = map.childByArg(name);
            MapEntryNode beside = other == null ? null : other.childByArg(name);
            if (entry != null) {
                inside(node, name, entry, beside, filters);
            } else if (beside != null) {
                besideOnly(() -> inside(node, name, beside, null, filters));
            }
        }
        return true;
    }

    /// A container or entry: what the filters take of it, or all of it where there are none.
    private void inside(
            SchemaNode node,
            @Nullable NodeIdentifierWithPredicates entry,
            @Nullable DataContainerNode first,
            @Nullable DataContainerNode second,
            List<Filter> filters)
            throws XMLStreamException {
        defaults.enter(node, entry);
        var taken = new ArrayList<Filter>(filters.size());
        boolean everything = filters.isEmpty();
        for (var filter : filters) {
            if (accepts(filter, first, second)) {
                taken.add(filter);
                everything |= filter.everything();
            }
        }
        if (everything || !taken.isEmpty()) {
            int before = late.size();
            late.add(new Late(node, entry, origin));
            if (everything) {
                if (first != null
                        && shown.wants(node, origin)
                        && !(defaults.trims() && node.comesByItself())) {
                    open();
                }
                if (levels > 1) {
                    levels--;
                    all(node, first, second);
                    unwritten(node, first, second);
                    levels++;
                }
            } else {
                some(node, first, second, taken);
            }
            if (late.size() > before) {
                late.removeLast();
            } else {
                end();
            }
        }
        defaults.leave(node, entry);
    }

    private boolean accepts(
            Filter filter, @Nullable DataContainerNode first, @Nullable DataContainerNode second) {
        return filter.possible()
                && filter.matches().stream()
                        .allMatch(match -> {
                            var node = match.node();
                            var one = find(first, node);
                            var other = find(second, node);
                            return holds(match, one)
                                    || holds(match, other)
                                    || one == null
                                            && other == null
                                            && defaults.reports()
                                            && node.defaults().stream().anyMatch(match::accepts)
                                            && defaults.isInUse(node, first);
                        });
    }

    private static boolean holds(Filter.Match match, @Nullable NormalizedNode node) {
        return switch (node) {
            case null -> false;
            case LeafNode<?> leaf -> match.accepts(leaf.body());
            case LeafSetNode<?> values ->
                    ((Collection<? extends NormalizedNode>) values.body())
                            .stream().anyMatch(value -> match.accepts(value.body()));
            default -> false;
        };
    }

    private void open() throws XMLStreamException {
        for (var each : late) {
            start(each.node, each.origin);
            var entry = each.entry;
            if (entry != null) {
                for (var key : each.node.keys()) {
                    var leaf = each.node.child(key);
                    var value = entry.getValue(key);
                    if (leaf != null && value != null) {
                        text(leaf, value, each.origin);
                    }
                }
            }
        }
        late.clear();
    }

    private void leaf(SchemaNode node, Object value) throws XMLStreamException {
        if (!late.isEmpty()) {
            open();
        }
        text(node, value, origin);
    }

    private void text(SchemaNode node, Object value, Shown.Origin where) throws XMLStreamException {
        start(node, where);
        content(node, value);
        end();
    }

    private void content(SchemaNode node, Object value) throws XMLStreamException {
        for (var prefix : node.prefixes(value).entrySet()) {
            out.writeNamespace(prefix.getKey(), prefix.getValue());
        }
        if (value instanceof String text && !plain(text)) {
            special(text);
        } else {
            node.codec().writeValue(node.namesInValues() ? named : out, value);
        }
    }

    private void start(SchemaNode node, Shown.Origin where) throws XMLStreamException {
        var namespace = node.namespace();
        out.writeStartElement("", node.name(), namespace);
        if (!namespace.equals(namespaces.peek())) {
            out.writeDefaultNamespace(namespace);
        }
        namespaces.push(namespace);
        if (shown.withOrigin()) {
            tell(node, where);
        }
    }

    /// A node says where it is from where its parent says something else (RFC 8342 §7).
    private void tell(SchemaNode node, Shown.Origin where) throws XMLStreamException {
        var above = told.element();
        var own = shown.told(node, where, above.orElse(null));
        if (own != null) {
            out.writeAttribute("or", Names.ORIGIN, "origin", own.label);
        }
        told.push(own == null ? above : Optional.of(own));
    }

    private void end() throws XMLStreamException {
        out.writeEndElement();
        namespaces.pop();
        if (shown.withOrigin()) {
            told.pop();
        }
    }

    /// What stands inside the document's element.
    private void fragment(XMLStreamReader in) throws XMLStreamException {
        in.nextTag();
        for (int depth = 0; depth >= 0; ) {
            switch (in.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    depth++;
                    copyStart(in);
                }
                case XMLStreamConstants.END_ELEMENT -> {
                    if (--depth >= 0) {
                        out.writeEndElement();
                    }
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA ->
                        special(in.getText());
                default -> {
                    // comments say nothing
                }
            }
        }
    }

    private void copyStart(XMLStreamReader in) throws XMLStreamException {
        out.writeStartElement(
                orEmpty(in.getPrefix()), in.getLocalName(), orEmpty(in.getNamespaceURI()));
        for (int i = 0; i < in.getNamespaceCount(); i++) {
            var prefix = in.getNamespacePrefix(i);
            var namespace = orEmpty(in.getNamespaceURI(i));
            if (prefix == null) {
                out.writeDefaultNamespace(namespace);
            } else {
                out.writeNamespace(prefix, namespace);
            }
        }
        for (int i = 0; i < in.getAttributeCount(); i++) {
            out.writeAttribute(
                    orEmpty(in.getAttributePrefix(i)),
                    orEmpty(in.getAttributeNamespace(i)),
                    in.getAttributeLocalName(i),
                    in.getAttributeValue(i));
        }
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    /// True if a parser will read the text as it is written.
    private static boolean plain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' && c != '\n' && c != '\t' || Character.isSurrogate(c) || c >= '\ufffe') {
                return false;
            }
        }
        return true;
    }

    /// A carriage return survives as a reference only. Characters that XML does not have, which
    /// JSON lets through, are shown as missing rather than break the document.
    private void special(String text) throws XMLStreamException {
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (c == '\r') {
                out.writeEntityRef("#13");
            } else {
                boolean known =
                        c == '\n'
                                || c == '\t'
                                || c >= ' ' && c <= 0xd7ff
                                || c >= 0xe000 && c <= 0xfffd
                                || c >= 0x10000;
                out.writeCharacters(Character.toString(known ? c : 0xfffd));
            }
        }
    }
}
