package org.lagopus.netconf;

import static org.lagopus.netconf.Parameters.PROTOCOL;
import static org.lagopus.netconf.Parameters.badValue;
import static org.lagopus.netconf.Parameters.noAttributes;
import static org.lagopus.netconf.Parameters.parameter;
import static org.lagopus.netconf.Parameters.required;
import static org.lagopus.netconf.Parameters.unsupported;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Face;

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
        var test = Test.NOT_ASKED;
        @Nullable List<DataError> errors = null;
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
                case "test-option" -> test = test(in.text().strip());
                case "error-option" -> errors = goesOn(in.text().strip()) ? new ArrayList<>() : null;
                case "config" -> {
                    noAttributes(in);
                    edits = ConfigReader.edits(in, schemas.now().root(), byDefault, errors);
                }
                default -> throw unsupported(in);
            }
        }
        var face = Place.face(required(target, "target"));
        var all = required(edits, "config");
        var found = errors;
        var how = test;
        return reply -> {
            if (how == Test.ONLY) {
                datastore.test(face, all, by.actor());
                refuse(found);
            } else {
                Rpcs.logged(by, "edit of " + face.label(), () -> edit(face, all, how, found, by));
            }
            reply.ok();
        };
    }

    /// @param errors of what is left out; null where everything has to go
    private void edit(
            Face face, List<Edit> edits, Test test, @Nullable List<DataError> errors, Session by)
            throws DatastoreException {
        if (test == Test.THEN_SET && face == Face.CANDIDATE) {
            datastore.test(face, edits, by.actor());
        }
        if (errors == null) {
            datastore.edit(face, edits, by.actor());
        } else {
            errors.addAll(datastore.editWhatGoes(face, edits, by.actor()));
            refuse(errors);
        }
    }

    private static void refuse(@Nullable List<DataError> errors) throws DatastoreException {
        if (errors != null && !errors.isEmpty()) {
            throw new DatastoreException(errors);
        }
    }

    /// What is tested before an edit (RFC 6241 §8.6.4.1). Running is always valid. The candidate may
    /// be incomplete between edits (§8.3.4.2), so it is tested where that is asked for.
    private enum Test {
        NOT_ASKED,
        SET,
        THEN_SET,
        ONLY
    }

    private static Test test(String option) throws DatastoreException {
        return switch (option) {
            case "test-then-set" -> Test.THEN_SET;
            case "set" -> Test.SET;
            case "test-only" -> Test.ONLY;
            default -> throw badValue("test-option", "test-then-set, set or test-only");
        };
    }

    /// Whether what is wrong is left out and told at the end (RFC 6241 §7.2). Otherwise all of a
    /// request is done or none of it, which is what `rollback-on-error` promises and
    /// `stop-on-error` may do.
    private static boolean goesOn(String option) throws DatastoreException {
        return switch (option) {
            case "continue-on-error" -> true;
            case "stop-on-error", "rollback-on-error" -> false;
            default ->
                    throw badValue(
                            "error-option",
                            "stop-on-error, continue-on-error or rollback-on-error");
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
