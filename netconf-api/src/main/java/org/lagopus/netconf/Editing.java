package org.lagopus.netconf;

import static org.lagopus.netconf.Parameters.PROTOCOL;
import static org.lagopus.netconf.Parameters.badValue;
import static org.lagopus.netconf.Parameters.noAttributes;
import static org.lagopus.netconf.Parameters.parameter;
import static org.lagopus.netconf.Parameters.required;
import static org.lagopus.netconf.Parameters.unsupported;

import java.util.HashSet;
import java.util.List;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Edit;

/// The operations that write a configuration, and the one that asks whether it could be (RFC 6241
/// §7.2 to §7.4, §8.6).
final class Editing implements Rpcs.Family {
    private final Datastore datastore;
    private final Schemas schemas;

    Editing(Datastore datastore, Schemas schemas) {
        this.datastore = datastore;
        this.schemas = schemas;
    }

    @Override
    public Rpcs.@Nullable Call read(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        if (!in.namespace().equals(Names.BASE)) {
            return null;
        }
        return switch (in.name()) {
            case "edit-config" -> editConfig(in, by);
            case "copy-config" -> copyConfig(in, by);
            case "delete-config" -> deleteConfig(in);
            case "validate" -> validate(in, by);
            default -> null;
        };
    }

    private Rpcs.Call editConfig(XmlReader in, Session by)
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
                case "target" -> target = Place.read(in, false, schemas.now().root());
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
                    edits = ConfigReader.edits(in, schemas.now().root(), byDefault);
                }
                default -> throw unsupported(in);
            }
        }
        var face = Place.face(required(target, "target"));
        var all = required(edits, "config");
        if (only) {
            return reply -> {
                datastore.test(face, all, by.actor());
                reply.ok();
            };
        }
        return reply -> {
            Rpcs.logged(by, "edit of " + face.label(), () -> datastore.edit(face, all, by.actor()));
            reply.ok();
        };
    }

    private Rpcs.Call copyConfig(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        Place target = null;
        Place source = null;
        for (var names = new HashSet<String>(); in.next(); ) {
            switch (parameter(in, names)) {
                case "target" -> target = Place.read(in, false, schemas.now().root());
                case "source" -> source = Place.read(in, true, schemas.now().root());
                default -> throw unsupported(in);
            }
        }
        var to = Place.face(required(target, "target"));
        return switch (required(source, "source")) {
            case Place.Inline(var content) ->
                    reply -> {
                        Rpcs.logged(
                                by,
                                "replacement of " + to.label(),
                                () -> datastore.replace(to, content, by.actor()));
                        reply.ok();
                    };
            case Place.Of(var from) when from == to ->
                    throw Errors.invalidValue(
                            PROTOCOL, null, "source", "source and target are the same");
            case Place.Of(var from) ->
                    reply -> {
                        Rpcs.logged(
                                by,
                                "copy to " + to.label(),
                                () -> datastore.copy(from, to, by.actor()));
                        reply.ok();
                    };
        };
    }

    private Rpcs.Call deleteConfig(XmlReader in) throws XMLStreamException, DatastoreException {
        Place target = null;
        for (var names = new HashSet<String>(); in.next(); ) {
            switch (parameter(in, names)) {
                case "target" -> target = Place.read(in, false, schemas.now().root());
                default -> throw unsupported(in);
            }
        }
        throw Errors.notSupported(
                PROTOCOL, Place.face(required(target, "target")).label() + " cannot be deleted");
    }

    private Rpcs.Call validate(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        Place source = null;
        for (var names = new HashSet<String>(); in.next(); ) {
            switch (parameter(in, names)) {
                case "source" -> source = Place.read(in, true, schemas.now().root());
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
}
