package org.lagopus.netconf;

import static org.lagopus.netconf.Parameters.PROTOCOL;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Defaults;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerNode;

/// What a reply tells of defaults (RFC 6243 §3), asked while it is written. One for each reply.
///
/// Default data is what nobody has set: a leaf that was set to the value of its default is not
/// (basic mode `explicit`, §2.3).
final class DefaultData {
    enum Mode {
        /// What was set, and nothing else.
        EXPLICIT,
        /// What was set, and the defaults in use.
        REPORT_ALL,
        /// The same, and what is a default says so.
        REPORT_ALL_TAGGED,
        /// What was set to something else than its default.
        TRIM;

        /// Whether the open element is the parameter.
        static boolean isOpen(XmlReader in) {
            return in.is(Names.WITH_DEFAULTS, "with-defaults");
        }

        /// Reads the open parameter.
        static Mode read(XmlReader in, Set<String> before)
                throws XMLStreamException, DatastoreException {
            if (!before.add(in.name())) {
                throw Errors.badElement(PROTOCOL, null, in.name(), in.name() + " is given twice");
            }
            Parameters.noAttributes(in);
            return switch (in.text().strip()) {
                case "explicit" -> EXPLICIT;
                case "report-all" -> REPORT_ALL;
                case "report-all-tagged" -> REPORT_ALL_TAGGED;
                case "trim" -> TRIM;
                default ->
                        throw Parameters.badValue(
                                "with-defaults", "explicit, report-all, report-all-tagged or trim");
            };
        }
    }

    private final Mode mode;
    private final Defaults.@Nullable Conditions conditions;
    private final List<PathArgument> way = new ArrayList<>();

    private DefaultData(Mode mode, Defaults.@Nullable Conditions conditions) {
        this.mode = mode;
        this.conditions = conditions;
    }

    /// Says nothing of defaults, and asks nothing.
    static DefaultData explicit() {
        return new DefaultData(Mode.EXPLICIT, null);
    }

    static DefaultData of(Mode mode, Defaults defaults, @Nullable ContainerNode configuration) {
        boolean asks = mode == Mode.REPORT_ALL || mode == Mode.REPORT_ALL_TAGGED;
        return new DefaultData(
                mode, asks && configuration != null ? defaults.in(configuration) : null);
    }

    boolean reports() {
        return mode == Mode.REPORT_ALL || mode == Mode.REPORT_ALL_TAGGED;
    }

    boolean tags() {
        return mode == Mode.REPORT_ALL_TAGGED;
    }

    boolean trims() {
        return mode == Mode.TRIM;
    }

    /// What is open, which conditions are asked of.
    void enter(SchemaNode node, @Nullable NodeIdentifierWithPredicates entry) {
        if (reports()) {
            node.choices().forEach(choice -> way.add(choice.id()));
            way.add(node.id());
            if (entry != null) {
                way.add(entry);
            }
        }
    }

    void leave(SchemaNode node, @Nullable NodeIdentifierWithPredicates entry) {
        if (reports()) {
            int steps = node.choices().size() + (entry == null ? 1 : 2);
            way.subList(way.size() - steps, way.size()).clear();
        }
    }

    /// Whether a child that is not written counts as being there: its case is the one that is, or
    /// the default one (RFC 7950 §7.9.3), and its conditions hold.
    boolean isInUse(SchemaNode child, @Nullable DataContainerNode parent) {
        return isInUse(child, parent, way);
    }

    /// @param above the steps to the parent
    boolean isInUse(
            SchemaNode child,
            @Nullable DataContainerNode parent,
            Collection<? extends PathArgument> above) {
        var at = parent;
        for (var choice : child.choices()) {
            at = at == null ? null : (DataContainerNode) at.childByArg(choice.id());
            if (at == null || at.isEmpty()) {
                at = null;
                if (!choice.byDefault()) {
                    return false;
                }
            } else if (!isOfCase(choice, at)) {
                return false;
            }
        }
        var place = child.place();
        return place == null
                || conditions == null
                || !place.isConditional()
                || conditions.hold(above, place);
    }

    private static boolean isOfCase(SchemaNode.Choice choice, DataContainerNode there) {
        return choice.names().contains(there.body().iterator().next().name().getNodeType());
    }
}
