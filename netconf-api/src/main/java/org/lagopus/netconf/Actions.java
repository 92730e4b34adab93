package org.lagopus.netconf;

import static org.lagopus.netconf.Parameters.PROTOCOL;
import static org.lagopus.netconf.Parameters.noAttributes;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.View;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.PathArgument;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.model.api.ActionDefinition;

/// Operations of one instance of a node (YANG `action`; RFC 7950 §7.15.2).
final class Actions implements Rpcs.Family {
    private final Datastore datastore;
    private final Schemas schemas;

    Actions(Datastore datastore, Schemas schemas) {
        this.datastore = datastore;
        this.schemas = schemas;
    }

    @Override
    public Rpcs.@Nullable Call read(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        if (!in.is(Names.YANG, "action")) {
            return null;
        }
        if (!in.next()) {
            throw Errors.missingElement(PROTOCOL, null, "action", "action names no node");
        }
        var asked = new Reading(in).of(schemas.now().root());
        if (in.next()) {
            throw Errors.badElement(PROTOCOL, null, in.name(), "one action in a request");
        }
        var action = asked.on.schemaOf(asked.action);
        if (!datastore.operations().isRegistered(action)) {
            throw Errors.notSupported(
                    PROTOCOL,
                    "action " + asked.action.getQName().getLocalName() + " is not supported");
        }
        return reply -> {
            asked.check(datastore.view(by.actor()));
            var output = datastore.operations().invoke(action, asked.path, asked.input, by.actor());
            if (output.isEmpty()) {
                reply.ok();
                return;
            }
            var as = asked.on.action(asked.action.getQName(), asked.action.getOutput());
            reply.send(out -> new DataWriter(out, Names.BASE).write(as, output.get(), null, null));
        };
    }

    /// What is asked for.
    ///
    /// @param demanded the last node on the way that is not there by itself
    private record Asked(
            SchemaNode on,
            ActionDefinition action,
            YangInstanceIdentifier path,
            YangInstanceIdentifier demanded,
            ContainerNode input) {
        /// The instance has to be there, as configuration or as state.
        void check(View view) throws DatastoreException {
            boolean isThere =
                    demanded.isEmpty()
                            || view.read(Face.RUNNING).readNode(demanded).isPresent()
                            || view.operational().readNode(demanded).isPresent();
            if (!isThere) {
                throw Errors.refuse(
                        ErrorType.APPLICATION,
                        ErrorTag.DATA_MISSING,
                        demanded,
                        "there is nothing on which %s could be done"
                                .formatted(action.getQName().getLocalName()),
                        Map.of());
            }
        }
    }

    /// From the element of a node at the top down to that of the action.
    private static final class Reading {
        private final XmlReader in;
        private final List<PathArgument> path = new ArrayList<>();
        private int demanded;

        Reading(XmlReader in) {
            this.in = in;
        }

        Asked of(SchemaNode parent) throws XMLStreamException, DatastoreException {
            noAttributes(in);
            var action = parent.action(in.namespace(), in.name());
            if (action != null) {
                var input = parent.action(action.getQName(), action.getInput());
                var content = ConfigReader.input(in, input);
                var whole = YangInstanceIdentifier.of(List.copyOf(path));
                var firm = YangInstanceIdentifier.of(List.copyOf(path.subList(0, demanded)));
                return new Asked(parent, action, whole, firm, content);
            }
            var node = parent.child(in.namespace(), in.name());
            if (node == null
                    || node.kind() != SchemaNode.Kind.CONTAINER
                            && (node.kind() != SchemaNode.Kind.LIST || node.unkeyed())) {
                throw Errors.unknownElement(
                        PROTOCOL, null, in.name(), in.name() + " is no action and leads to none");
            }
            node.choices().forEach(choice -> path.add(choice.id()));
            path.add(node.id());
            return node.kind() == SchemaNode.Kind.LIST ? inEntry(node) : inContainer(node);
        }

        private Asked inContainer(SchemaNode node) throws XMLStreamException, DatastoreException {
            if (node.presence()) {
                demanded = path.size();
            }
            if (!in.next()) {
                throw missing(node);
            }
            var asked = of(node);
            none();
            return asked;
        }

        /// The keys come first (RFC 7950 §7.15.2).
        private Asked inEntry(SchemaNode list) throws XMLStreamException, DatastoreException {
            var values = new Object[list.keys().size()];
            for (int found = 0; found < values.length; found++) {
                var child = in.next() ? list.child(in.namespace(), in.name()) : null;
                int key = child == null ? -1 : list.keys().indexOf(child.qname());
                if (child == null || key < 0 || values[key] != null) {
                    throw Errors.missingElement(
                            ErrorType.APPLICATION,
                            null,
                            list.keys().get(found).getLocalName(),
                            "the keys of " + list.name() + " have to come first");
                }
                noAttributes(in);
                values[key] = value(child);
            }
            path.add(list.entry(values));
            demanded = path.size();
            if (!in.next()) {
                throw missing(list);
            }
            var asked = of(list);
            none();
            return asked;
        }

        private Object value(SchemaNode key) throws XMLStreamException, DatastoreException {
            var namespaces = in.namespaces();
            var text = in.text();
            try {
                return key.parse(namespaces, text);
            } catch (IllegalArgumentException e) {
                throw Errors.invalidValue(
                        ErrorType.APPLICATION,
                        null,
                        key.name(),
                        "%s is not a valid value of %s: %s"
                                .formatted(Errors.quoted(text), key.name(), e.getMessage()));
            }
        }

        private void none() throws XMLStreamException, DatastoreException {
            if (in.next()) {
                throw Errors.badElement(
                        PROTOCOL, null, in.name(), "an action has one instance and one name");
            }
        }

        private static DatastoreException missing(SchemaNode node) {
            return Errors.missingElement(
                    PROTOCOL, null, node.name(), node.name() + " names no action");
        }
    }
}
