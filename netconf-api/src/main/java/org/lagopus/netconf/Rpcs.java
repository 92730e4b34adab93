package org.lagopus.netconf;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.ModelSource;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.common.XMLNamespace;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeSnapshot;
import org.opendaylight.yangtools.yang.model.api.RpcDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The operations of RFC 6241 and RFC 6022, and those of the modules. An operation is read whole,
/// so that a mistake at its end finds nothing done, and becomes a call that acts and replies.
///
/// What is not supported is refused as RFC 7950 §8.3.1 says of nodes whose feature is off: with
/// unknown-element. Nothing is passed over in silence.
final class Rpcs {
    /// An operation that was understood.
    @FunctionalInterface
    interface Call {
        void answer(Reply reply) throws DatastoreException, XMLStreamException;
    }

    /// Operations of one subject, in a class of their own.
    @FunctionalInterface
    interface Family {
        /// Reads the open operation element to its end; null where it is none of this family, and
        /// then nothing was read.
        @Nullable Call read(XmlReader in, Session by) throws XMLStreamException, DatastoreException;
    }

    private static final Logger LOG = LoggerFactory.getLogger(Rpcs.class);
    private static final ErrorType PROTOCOL = ErrorType.PROTOCOL;
    private static final int MAX_COMMENT = 1024;

    private final Datastore datastore;
    private final Settings settings;
    private final Sessions sessions;
    private final List<Family> families = List.of();
    private volatile Schema schema;

    /// A model, and what is computed from it.
    ///
    /// @param commented whether a commit may have a comment (lagopus-history)
    private record Schema(
            Model model, SchemaNode root, List<String> capabilities, boolean commented) {}

    /// A configuration that an operation works on: a face of the datastore, or content in the
    /// request.
    private sealed interface Place {
        record Of(Face face) implements Place {}

        record Inline(ContainerNode content) implements Place {}
    }

    Rpcs(Datastore datastore, Settings settings, Sessions sessions) {
        this.datastore = datastore;
        this.settings = settings;
        this.sessions = sessions;
        schema = schemaOf(datastore.model());
    }

    private static Schema schemaOf(Model model) {
        boolean commented =
                model.context().findModules(XMLNamespace.of(Names.HISTORY)).stream()
                        .anyMatch(module -> model.implemented(module.getQNameModule()));
        return new Schema(model, SchemaNode.root(model), Capabilities.of(model), commented);
    }

    private Schema schema() {
        var known = schema;
        var model = datastore.model();
        if (known.model != model) {
            known = schemaOf(model);
            schema = known;
        }
        return known;
    }

    Model model() {
        return schema().model;
    }

    List<String> capabilities() {
        return schema().capabilities;
    }

    /// Reads the open operation element to its end.
    Call read(XmlReader in, Session by) throws XMLStreamException, DatastoreException {
        noAttributes(in);
        var namespace = in.namespace();
        if (namespace.equals(Names.BASE)) {
            switch (in.name()) {
                case "get" -> {
                    return get(in, by);
                }
                case "get-config" -> {
                    return getConfig(in, by);
                }
                case "edit-config" -> {
                    return editConfig(in, by);
                }
                case "copy-config" -> {
                    return copyConfig(in, by);
                }
                case "delete-config" -> {
                    return deleteConfig(in);
                }
                case "lock" -> {
                    return lock(in, by);
                }
                case "unlock" -> {
                    return unlock(in, by);
                }
                case "commit" -> {
                    return commit(in, by);
                }
                case "cancel-commit" -> {
                    return cancelCommit(in, by);
                }
                case "discard-changes" -> {
                    return discard(in, by);
                }
                case "validate" -> {
                    return validate(in, by);
                }
                case "close-session" -> {
                    return close(in, by);
                }
                case "kill-session" -> {
                    return kill(in, by);
                }
                default -> {
                    // perhaps an operation of a module
                }
            }
        } else if (in.is(Names.MONITORING, "get-schema")) {
            return getSchema(in);
        } else if (in.is(Names.YANG, "action")) {
            throw Errors.notSupported(PROTOCOL, "actions are not supported");
        }
        for (var family : families) {
            var call = family.read(in, by);
            if (call != null) {
                return call;
            }
        }
        return ofModule(in, by);
    }

    private Call get(XmlReader in, Session by) throws XMLStreamException, DatastoreException {
        var root = schema().root;
        Filter filter = null;
        for (var names = new HashSet<String>(); in.next(); ) {
            switch (parameter(in, names)) {
                case "filter" -> filter = filter(in, root);
                default -> throw unsupported(in);
            }
        }
        var wanted = filter;
        return reply -> {
            var view = datastore.view(by.actor());
            var running = rootOf(view.read(Face.RUNNING));
            var state = rootOf(view.operational());
            data(reply, root, running, state, wanted);
        };
    }

    private Call getConfig(XmlReader in, Session by) throws XMLStreamException, DatastoreException {
        var root = schema().root;
        Place source = null;
        Filter filter = null;
        for (var names = new HashSet<String>(); in.next(); ) {
            switch (parameter(in, names)) {
                case "source" -> source = place(in, false);
                case "filter" -> filter = filter(in, root);
                default -> throw unsupported(in);
            }
        }
        var face = face(required(source, "source"));
        var wanted = filter;
        return reply ->
                data(reply, root, rootOf(datastore.view(by.actor()).read(face)), null, wanted);
    }

    private static void data(
            Reply reply,
            SchemaNode root,
            @Nullable ContainerNode first,
            @Nullable ContainerNode second,
            @Nullable Filter filter)
            throws XMLStreamException {
        reply.send(out -> {
            out.writeStartElement("", "data", Names.BASE);
            new DataWriter(out, Names.BASE).write(root, first, second, filter);
            out.writeEndElement();
        });
    }

    private static @Nullable ContainerNode rootOf(DataTreeSnapshot snapshot) {
        return (ContainerNode) snapshot.readNode(YangInstanceIdentifier.of()).orElse(null);
    }

    private Call editConfig(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        Place target = null;
        var byDefault = Edit.Operation.MERGE;
        boolean only = false;
        List<Edit> edits = null;
        for (var names = new HashSet<String>(); in.next(); ) {
            var name = parameter(in, names);
            if (edits != null) {
                throw Errors.badElement(PROTOCOL, null, name, name + " has to stand before config");
            }
            switch (name) {
                case "target" -> target = place(in, false);
                case "default-operation" ->
                        byDefault =
                                switch (in.text().strip()) {
                                    case "merge" -> Edit.Operation.MERGE;
                                    case "replace" -> Edit.Operation.REPLACE;
                                    case "none" -> Edit.Operation.NONE;
                                    default -> throw badValue(name, "merge, replace or none");
                                };
                case "test-option" ->
                        only =
                                switch (in.text().strip()) {
                                    case "test-then-set", "set" -> false;
                                    case "test-only" -> true;
                                    default ->
                                            throw badValue(name, "test-then-set, set or test-only");
                                };
                case "error-option" -> {
                    // All or nothing, whichever is asked for: see docs/guides/netconf.md.
                    switch (in.text().strip()) {
                        case "stop-on-error", "continue-on-error", "rollback-on-error" -> {
                            // known
                        }
                        default ->
                                throw badValue(
                                        name,
                                        "stop-on-error, continue-on-error or rollback-on-error");
                    }
                }
                case "config" -> {
                    noAttributes(in);
                    edits = ConfigReader.edits(in, schema().root, byDefault);
                }
                default -> throw unsupported(in);
            }
        }
        var face = face(required(target, "target"));
        var all = required(edits, "config");
        if (only) {
            return reply -> {
                datastore.test(face, all, by.actor());
                reply.ok();
            };
        }
        return reply -> {
            logged(by, "edit of " + word(face), () -> datastore.edit(face, all, by.actor()));
            reply.ok();
        };
    }

    private Call copyConfig(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        Place target = null;
        Place source = null;
        for (var names = new HashSet<String>(); in.next(); ) {
            switch (parameter(in, names)) {
                case "target" -> target = place(in, false);
                case "source" -> source = place(in, true);
                default -> throw unsupported(in);
            }
        }
        var to = face(required(target, "target"));
        return switch (required(source, "source")) {
            case Place.Inline(var content) ->
                    reply -> {
                        logged(
                                by,
                                "replacement of " + word(to),
                                () -> datastore.replace(to, content, by.actor()));
                        reply.ok();
                    };
            case Place.Of(var from) when from == to ->
                    throw Errors.invalidValue(
                            PROTOCOL, null, "source", "source and target are the same");
            case Place.Of(var from) ->
                    reply -> {
                        logged(
                                by,
                                "copy to " + word(to),
                                () -> datastore.copy(from, to, by.actor()));
                        reply.ok();
                    };
        };
    }

    private Call deleteConfig(XmlReader in) throws XMLStreamException, DatastoreException {
        Place target = null;
        for (var names = new HashSet<String>(); in.next(); ) {
            switch (parameter(in, names)) {
                case "target" -> target = place(in, false);
                default -> throw unsupported(in);
            }
        }
        throw Errors.notSupported(
                PROTOCOL, word(face(required(target, "target"))) + " cannot be deleted");
    }

    private Call lock(XmlReader in, Session by) throws XMLStreamException, DatastoreException {
        var face = onlyTarget(in);
        return reply -> {
            datastore.locks().lock(face, by.actor());
            sessions.lockChanged();
            reply.ok();
        };
    }

    private Call unlock(XmlReader in, Session by) throws XMLStreamException, DatastoreException {
        var face = onlyTarget(in);
        return reply -> {
            datastore.locks().unlock(face, by.actor());
            sessions.lockChanged();
            reply.ok();
        };
    }

    private Face onlyTarget(XmlReader in) throws XMLStreamException, DatastoreException {
        Place target = null;
        for (var names = new HashSet<String>(); in.next(); ) {
            switch (parameter(in, names)) {
                case "target" -> target = place(in, false);
                default -> throw unsupported(in);
            }
        }
        return face(required(target, "target"));
    }

    private Call commit(XmlReader in, Session by) throws XMLStreamException, DatastoreException {
        String comment = null;
        String persist = null;
        String id = null;
        Duration timeout = null;
        boolean confirmed = false;
        noAttributes(in);
        for (var names = new HashSet<String>(); in.next(); ) {
            if (in.is(Names.HISTORY, "comment") && schema().commented && comment == null) {
                noAttributes(in);
                comment = comment(in.text().strip());
                continue;
            }
            switch (parameter(in, names)) {
                case "confirmed" -> {
                    if (in.next()) {
                        throw unsupported(in);
                    }
                    confirmed = true;
                }
                case "confirm-timeout" -> timeout = seconds(in.text().strip());
                case "persist" -> persist = in.text();
                case "persist-id" -> id = in.text();
                default -> throw unsupported(in);
            }
        }
        if (!confirmed && (timeout != null || persist != null)) {
            throw Errors.missingElement(PROTOCOL, null, "confirmed");
        }
        var terms =
                confirmed
                        ? new Datastore.Confirmed(
                                timeout == null ? Datastore.Confirmed.TIMEOUT : timeout, persist)
                        : null;
        var why = comment;
        var persistId = id;
        return reply -> {
            logged(by, "commit", () -> datastore.commit(by.actor(), why, terms, persistId));
            reply.ok();
        };
    }

    private static Duration seconds(String text) throws DatastoreException {
        try {
            long seconds = Integer.toUnsignedLong(Integer.parseUnsignedInt(text));
            if (seconds > 0) {
                return Duration.ofSeconds(seconds);
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw badValue("confirm-timeout", "a number of seconds from 1 on");
    }

    private Call cancelCommit(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        String id = null;
        noAttributes(in);
        for (var names = new HashSet<String>(); in.next(); ) {
            switch (parameter(in, names)) {
                case "persist-id" -> id = in.text();
                default -> throw unsupported(in);
            }
        }
        var persistId = id;
        return reply -> {
            logged(by, "cancel-commit", () -> datastore.cancelCommit(by.actor(), persistId));
            reply.ok();
        };
    }

    /// The type of lagopus-history.
    private static String comment(String text) throws DatastoreException {
        int length = text.codePointCount(0, text.length());
        if (length < 1 || length > MAX_COMMENT) {
            throw badValue("comment", "1 to %d characters".formatted(MAX_COMMENT));
        }
        return text;
    }

    private Call discard(XmlReader in, Session by) throws XMLStreamException, DatastoreException {
        none(in);
        return reply -> {
            datastore.discard(by.actor());
            reply.ok();
        };
    }

    private Call validate(XmlReader in, Session by) throws XMLStreamException, DatastoreException {
        Place source = null;
        for (var names = new HashSet<String>(); in.next(); ) {
            switch (parameter(in, names)) {
                case "source" -> source = place(in, true);
                default -> throw unsupported(in);
            }
        }
        return switch (required(source, "source")) {
            case Place.Of(var face) ->
                    reply -> {
                        datastore.validate(face, by.actor());
                        reply.ok();
                    };
            case Place.Inline(var content) ->
                    reply -> {
                        datastore.validate(content, by.actor());
                        reply.ok();
                    };
        };
    }

    private static Call close(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        none(in);
        return reply -> {
            by.close();
            reply.ok();
        };
    }

    private Call kill(XmlReader in, Session by) throws XMLStreamException, DatastoreException {
        String id = null;
        for (var names = new HashSet<String>(); in.next(); ) {
            switch (parameter(in, names)) {
                case "session-id" -> id = in.text().strip();
                default -> throw unsupported(in);
            }
        }
        var victim = required(id, "session-id");
        return reply -> {
            if (victim.equals(Long.toString(by.id()))) {
                throw Errors.invalidValue(
                        PROTOCOL, null, "session-id", "a session cannot kill itself");
            }
            if (!sessions.kill(victim, "killed by session " + by.id())) {
                throw Errors.invalidValue(
                        PROTOCOL,
                        null,
                        "session-id",
                        "there is no session " + Errors.quoted(victim));
            }
            reply.ok();
        };
    }

    /// RFC 6022 §3.1.
    private Call getSchema(XmlReader in) throws XMLStreamException, DatastoreException {
        String identifier = null;
        String version = null;
        for (var names = new HashSet<String>(); in.next(); ) {
            if (!in.namespace().equals(Names.MONITORING) || !names.add(in.name())) {
                throw unsupported(in);
            }
            switch (in.name()) {
                case "identifier" -> identifier = in.text().strip();
                case "version" -> version = in.text().strip();
                case "format" -> {
                    var format = in.text().strip();
                    if (!format.equals("yang") && !format.endsWith(":yang")) {
                        throw Errors.invalidValue(
                                ErrorType.APPLICATION,
                                null,
                                "format",
                                "schemas are there as yang only");
                    }
                }
                default -> throw unsupported(in);
            }
        }
        var name = required(identifier, "identifier");
        var source = source(name, version);
        return reply ->
                reply.send(out -> {
                    out.writeStartElement("", "data", Names.MONITORING);
                    out.writeDefaultNamespace(Names.MONITORING);
                    out.writeCharacters(source.text());
                    out.writeEndElement();
                });
    }

    private ModelSource source(String name, @Nullable String version) throws DatastoreException {
        var found =
                model().sources().stream()
                        .filter(source -> source.name().equals(name))
                        .filter(source ->
                                version == null
                                        || version.equals(
                                                Optional.ofNullable(source.revision()).orElse("")))
                        .toList();
        if (found.isEmpty()) {
            throw Errors.invalidValue(
                    ErrorType.APPLICATION,
                    null,
                    "identifier",
                    "there is no schema "
                            + Errors.quoted(version == null ? name : name + "@" + version));
        }
        if (found.size() > 1) {
            var error =
                    Errors.refuse(
                            ErrorType.APPLICATION,
                            ErrorTag.OPERATION_FAILED,
                            null,
                            "several versions of " + name,
                            Map.of());
            throw new DatastoreException(error.errors().getFirst().withAppTag("data-not-unique"));
        }
        return found.getFirst();
    }

    /// An operation that a module defines and somebody carries out.
    private Call ofModule(XmlReader in, Session by) throws XMLStreamException, DatastoreException {
        var schema = schema();
        var rpc = definition(schema.model, in);
        if (rpc == null || !datastore.operations().registered().contains(rpc.getQName())) {
            throw Errors.notSupported(PROTOCOL, "operation " + in.name() + " is not supported");
        }
        var name = rpc.getQName();
        var inputNode = schema.root.operation(name, rpc.getInput());
        var input = ConfigReader.input(in, inputNode);
        Mandatory.check(inputNode, input);
        return reply -> {
            var output = datastore.operations().invoke(name, input, by.actor());
            if (output.isEmpty()) {
                reply.ok();
                return;
            }
            var outputNode = schema.root.operation(name, rpc.getOutput());
            reply.send(out ->
                    new DataWriter(out, Names.BASE).write(outputNode, output.get(), null, null));
        };
    }

    private static @Nullable RpcDefinition definition(Model model, XmlReader in) {
        if (in.namespace().isEmpty()) {
            return null;
        }
        return Names.modules(model.context(), in.namespace()).stream()
                .filter(module -> model.implemented(module.getQNameModule()))
                .flatMap(module -> module.getRpcs().stream().map(RpcDefinition.class::cast))
                .filter(rpc -> rpc.getQName().getLocalName().equals(in.name()))
                .findFirst()
                .orElse(null);
    }

    /// The name of the open parameter, seen to be of the protocol and not given before.
    private static String parameter(XmlReader in, Set<String> before) throws DatastoreException {
        // ncclient passes on a <config> that its user gave no namespace.
        boolean bare = in.namespace().isEmpty() && in.name().equals("config");
        if (!bare && !in.namespace().equals(Names.BASE)) {
            throw unsupported(in);
        }
        if (!before.add(in.name())) {
            throw Errors.badElement(PROTOCOL, null, in.name(), in.name() + " is given twice");
        }
        if (!in.name().equals("filter")) {
            noAttributes(in);
        }
        return in.name();
    }

    private static void none(XmlReader in) throws XMLStreamException, DatastoreException {
        if (in.next()) {
            throw unsupported(in);
        }
    }

    private static void noAttributes(XmlReader in) throws DatastoreException {
        if (in.attributes() > 0) {
            throw Errors.unknownAttribute(PROTOCOL, null, in.name(), in.attributeName(0));
        }
    }

    private static DatastoreException unsupported(XmlReader in) {
        return Errors.unknownElement(
                PROTOCOL, null, in.name(), "parameter " + in.name() + " is not supported");
    }

    private static DatastoreException badValue(String name, String wanted) {
        return Errors.invalidValue(PROTOCOL, null, name, name + " is " + wanted);
    }

    private static <T> T required(@Nullable T value, String name) throws DatastoreException {
        if (value == null) {
            throw Errors.missingElement(PROTOCOL, null, name);
        }
        return value;
    }

    /// What the open `source` or `target` names.
    private Place place(XmlReader in, boolean content)
            throws XMLStreamException, DatastoreException {
        var outer = in.name();
        Place place = null;
        while (in.next()) {
            if (place != null) {
                throw Errors.badElement(PROTOCOL, null, in.name(), "one datastore in " + outer);
            }
            if (!in.namespace().equals(Names.BASE)
                    && !(in.namespace().isEmpty() && in.name().equals("config"))) {
                throw unsupported(in);
            }
            noAttributes(in);
            place =
                    switch (in.name()) {
                        case "running" -> empty(in, new Place.Of(Face.RUNNING));
                        case "candidate" -> empty(in, new Place.Of(Face.CANDIDATE));
                        case "config" -> {
                            if (!content) {
                                throw unsupported(in);
                            }
                            yield new Place.Inline(ConfigReader.whole(in, schema().root));
                        }
                        default ->
                                throw Errors.unknownElement(
                                        PROTOCOL,
                                        null,
                                        in.name(),
                                        in.name() + " is not a datastore of this server");
                    };
        }
        if (place == null) {
            throw Errors.missingElement(PROTOCOL, null, outer, outer + " names no datastore");
        }
        return place;
    }

    private static Place empty(XmlReader in, Place place)
            throws XMLStreamException, DatastoreException {
        if (in.next()) {
            throw unsupported(in);
        }
        return place;
    }

    private static Face face(Place place) {
        return switch (place) {
            case Place.Of(var face) -> face;
            case Place.Inline _ -> throw new IllegalStateException("content where a face must be");
        };
    }

    private Filter filter(XmlReader in, SchemaNode root)
            throws XMLStreamException, DatastoreException {
        for (int i = 0; i < in.attributes(); i++) {
            var namespace = in.attributeNamespace(i);
            boolean ours = namespace.isEmpty() || namespace.equals(Names.BASE);
            if (!ours || !in.attributeName(i).equals("type")) {
                throw Errors.unknownAttribute(PROTOCOL, null, "filter", in.attributeName(i));
            }
            if (!in.attributeValue(i).equals("subtree")) {
                throw Errors.badAttribute(
                        PROTOCOL,
                        null,
                        "filter",
                        "type",
                        "filters of type "
                                + Errors.quoted(in.attributeValue(i))
                                + " are not supported");
            }
        }
        return Filter.read(in, root, settings.maxFilter());
    }

    private static String word(Face face) {
        return switch (face) {
            case RUNNING -> "running";
            case CANDIDATE -> "candidate";
        };
    }

    private interface Change {
        void run() throws DatastoreException;
    }

    private static void logged(Session by, String what, Change change) throws DatastoreException {
        try {
            change.run();
        } catch (DatastoreException e) {
            LOG.info(
                    "session {} of {}: {} refused: {}",
                    by.id(),
                    by.actor().user(),
                    what,
                    e.getMessage());
            throw e;
        }
    }
}
