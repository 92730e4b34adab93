package org.lagopus.netconf;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.jspecify.annotations.Nullable;
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

    private record Late(SchemaNode node, @Nullable NodeIdentifierWithPredicates entry) {}

    /// @param namespace the default namespace where the data will stand
    DataWriter(XMLStreamWriter out, String namespace) {
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
        } else {
            some(root, first, second, List.of(filter));
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
                    either(parent, child, null);
                }
            }
        }
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
                open();
                continue;
            }
            var child = find(first, node);
            var other = find(second, node);
            if (child != null) {
                node(node, child, other, filtersOf(node, filters));
            } else if (other != null) {
                node(node, other, null, filtersOf(node, filters));
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

    private static @Nullable DataContainerChild find(
            @Nullable DataContainerNode parent, SchemaNode node) {
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
            case LeafNode<?> leaf -> leaf(node, leaf.body());
            case LeafSetNode<?> values -> {
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
                // anydata and anyxml: nobody can have written any
            }
        }
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
                    inside(node, entry.name(), entry, null, filters);
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
                inside(node, name, beside, null, filters);
            }
        }
        return true;
    }

    /// A container or entry: what the filters take of it, or all of it where there are none.
    private void inside(
            SchemaNode node,
            @Nullable NodeIdentifierWithPredicates entry,
            DataContainerNode first,
            @Nullable DataContainerNode second,
            List<Filter> filters)
            throws XMLStreamException {
        var taken = new ArrayList<Filter>(filters.size());
        boolean everything = filters.isEmpty();
        for (var filter : filters) {
            if (accepts(filter, first, second)) {
                taken.add(filter);
                everything |= filter.everything();
            }
        }
        if (!everything && taken.isEmpty()) {
            return;
        }
        int before = late.size();
        late.add(new Late(node, entry));
        if (everything) {
            open();
            all(node, first, second);
        } else {
            some(node, first, second, taken);
        }
        if (late.size() > before) {
            late.removeLast();
        } else {
            end();
        }
    }

    private static boolean accepts(
            Filter filter, DataContainerNode first, @Nullable DataContainerNode second) {
        return filter.possible()
                && filter.matches().stream()
                        .allMatch(match ->
                                holds(match, find(first, match.node()))
                                        || holds(match, find(second, match.node())));
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
            start(each.node);
            var entry = each.entry;
            if (entry != null) {
                for (var key : each.node.keys()) {
                    var leaf = each.node.child(key);
                    var value = entry.getValue(key);
                    if (leaf != null && value != null) {
                        text(leaf, value);
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
        text(node, value);
    }

    private void text(SchemaNode node, Object value) throws XMLStreamException {
        start(node);
        if (value instanceof String text && !plain(text)) {
            special(text);
        } else {
            node.codec().writeValue(node.namesInValues() ? named : out, value);
        }
        end();
    }

    private void start(SchemaNode node) throws XMLStreamException {
        var namespace = node.namespace();
        out.writeStartElement("", node.name(), namespace);
        if (!namespace.equals(namespaces.peek())) {
            out.writeDefaultNamespace(namespace);
        }
        namespaces.push(namespace);
    }

    private void end() throws XMLStreamException {
        out.writeEndElement();
        namespaces.pop();
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
