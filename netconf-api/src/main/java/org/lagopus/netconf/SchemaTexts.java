package org.lagopus.netconf;

import static org.lagopus.netconf.Parameters.required;
import static org.lagopus.netconf.Parameters.unsupported;

import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.ModelSource;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// `get-schema` (RFC 6022 §3.1).
final class SchemaTexts implements Rpcs.Family {
    private final Datastore datastore;
    private final Schemas schemas;

    SchemaTexts(Datastore datastore, Schemas schemas) {
        this.datastore = datastore;
        this.schemas = schemas;
    }

    @Override
    public Rpcs.@Nullable Call read(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        return in.is(Names.MONITORING, "get-schema") ? getSchema(in, by) : null;
    }

    private Rpcs.Call getSchema(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
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
        var source = source(name, version, by);
        return reply ->
                reply.send(out -> {
                    out.writeStartElement("", "data", Names.MONITORING);
                    out.writeDefaultNamespace(Names.MONITORING);
                    out.writeCharacters(source.text());
                    out.writeEndElement();
                });
    }

    /// Who may not read that there is a schema gets no text of it either.
    private ModelSource source(String name, @Nullable String version, Session by)
            throws DatastoreException {
        var rights = datastore.access().rights(by.actor());
        var found =
                schemas.now().model().sources().stream()
                        .filter(source -> source.name().equals(name))
                        .filter(source ->
                                version == null
                                        || version.equals(
                                                Optional.ofNullable(source.revision()).orElse("")))
                        .filter(source -> rights.unlimited() || rights.mayRead(entry(source)))
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

    /// Of the list of schemas in the state.
    private YangInstanceIdentifier entry(ModelSource source) {
        var model = schemas.now().model();
        return model.parse(
                "/ietf-netconf-monitoring:netconf-state/schemas/schema[identifier='%s'][version='%s'][format='ietf-netconf-monitoring:yang']"
                        .formatted(
                                source.name(), source.revision() == null ? "" : source.revision()));
    }
}
