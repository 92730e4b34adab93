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

/// `edit-config` (RFC 6241 §7.2).
final class Editing implements Rpcs.Family {
    private final Datastore datastore;
    private final Schemas schemas;
    private final UrlContent urls;

    Editing(Datastore datastore, Schemas schemas, UrlContent urls) {
        this.datastore = datastore;
        this.schemas = schemas;
        this.urls = urls;
    }

    @Override
    public Rpcs.@Nullable Call read(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        if (in.is(Names.NMDA, "edit-data")) {
            return editData(in, by);
        }
        if (!in.namespace().equals(Names.BASE)) {
            return null;
        }
        return in.name().equals("edit-config") ? editConfig(in, by) : null;
    }

    private Rpcs.Call editConfig(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        Face target = null;
        var byDefault = Edit.Operation.MERGE;
        var test = Test.NOT_ASKED;
        @Nullable List<DataError> errors = null;
        @Nullable Edits edits = null;
        for (var names = new HashSet<String>(); in.next(); ) {
            var name = parameter(in, names);
            if (edits != null) {
                throw Errors.badElement(
                        PROTOCOL, null, name, name + " has to stand before what is edited");
            }
            switch (name) {
                case "target" -> {
                    target = Place.face(in, schemas.now().root());
                    by.concerns(target.label());
                }
                case "default-operation" -> byDefault = byDefault(in);
                case "test-option" -> test = test(in.text().strip());
                case "error-option" ->
                        errors = goesOn(in.text().strip()) ? new ArrayList<>() : null;
                case "config" -> edits = inside(in, byDefault, errors);
                case "url" -> edits = byUrl(in, by, byDefault, errors);
                default -> throw unsupported(in);
            }
        }
        var face = required(target, "target");
        var all = required(edits, "config");
        var found = errors;
        var how = test;
        return reply -> {
            if (how == Test.ONLY) {
                datastore.test(face, all.get(), by.actor());
                refuse(found);
            } else {
                Rpcs.logged(
                        by, "edit of " + face.label(), () -> edit(face, all.get(), how, found, by));
            }
            reply.ok();
        };
    }

    private static Edit.Operation byDefault(XmlReader in)
            throws XMLStreamException, DatastoreException {
        noAttributes(in);
        return switch (in.text().strip()) {
            case "merge" -> Edit.Operation.MERGE;
            case "replace" -> Edit.Operation.REPLACE;
            case "none" -> Edit.Operation.NONE;
            default -> throw badValue("default-operation", "merge, replace or none");
        };
    }

    private Edits inside(XmlReader in, Edit.Operation byDefault, @Nullable List<DataError> errors)
            throws XMLStreamException, DatastoreException {
        noAttributes(in);
        var read = ConfigReader.edits(in, schemas.now().root(), byDefault, errors);
        return () -> read;
    }

    private Edits byUrl(
            XmlReader in, Session by, Edit.Operation byDefault, @Nullable List<DataError> errors)
            throws XMLStreamException, DatastoreException {
        var url = Urls.parse(in.text());
        return () ->
                urls.read(
                        url,
                        by,
                        (config, root) -> ConfigReader.edits(config, root, byDefault, errors));
    }

    /// RFC 8526 §3.1.2: all of it or nothing, and no test.
    private Rpcs.Call editData(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        @Nullable Face target = null;
        var byDefault = Edit.Operation.MERGE;
        @Nullable Edits edits = null;
        for (var names = new HashSet<String>(); in.next(); ) {
            var name = Nmda.parameter(in, names);
            if (edits != null) {
                throw Errors.badElement(
                        PROTOCOL, null, name, name + " has to stand before what is edited");
            }
            switch (name) {
                case "datastore" -> {
                    target = Nmda.Store.read(in).face();
                    by.concerns(target.label());
                }
                case "default-operation" -> byDefault = byDefault(in);
                case "config" -> edits = inside(in, byDefault, null);
                case "url" -> edits = byUrl(in, by, byDefault, null);
                default -> throw unsupported(in);
            }
        }
        var face = required(target, "datastore");
        var all = required(edits, "config");
        return reply -> {
            Rpcs.logged(
                    by,
                    "edit of " + face.label(),
                    () -> datastore.edit(face, all.get(), by.actor()));
            reply.ok();
        };
    }

    /// Where they come from by URL, they are read when the request is carried out.
    @FunctionalInterface
    private interface Edits {
        List<Edit> get() throws DatastoreException;
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

    /// What is tested before an edit (RFC 6241 §8.6.4.1). Running is always valid. The candidate
    /// may be incomplete between edits (§8.3.4.2), so it is tested where that is asked for.
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
}
