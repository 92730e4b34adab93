package org.lagopus.netconf;

import static org.lagopus.netconf.Parameters.parameter;
import static org.lagopus.netconf.Parameters.required;
import static org.lagopus.netconf.Parameters.unsupported;

import java.util.HashSet;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Face;

/// `lock` and `unlock` (RFC 6241 §7.5, §7.6).
final class Locking implements Rpcs.Family {
    private final Datastore datastore;
    private final Schemas schemas;
    private final Sessions sessions;

    Locking(Datastore datastore, Schemas schemas, Sessions sessions) {
        this.datastore = datastore;
        this.schemas = schemas;
        this.sessions = sessions;
    }

    @Override
    public Rpcs.@Nullable Call read(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        if (!in.namespace().equals(Names.BASE)) {
            return null;
        }
        return switch (in.name()) {
            case "lock" -> lock(in, by);
            case "unlock" -> unlock(in, by);
            default -> null;
        };
    }

    private Rpcs.Call lock(XmlReader in, Session by) throws XMLStreamException, DatastoreException {
        var face = onlyTarget(in, by);
        return reply -> {
            datastore.locks().lock(face, by.actor());
            sessions.lockChanged();
            reply.ok();
        };
    }

    private Rpcs.Call unlock(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        var face = onlyTarget(in, by);
        return reply -> {
            datastore.locks().unlock(face, by.actor());
            sessions.lockChanged();
            reply.ok();
        };
    }

    private Face onlyTarget(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        Face target = null;
        for (var names = new HashSet<String>(); in.next(); ) {
            switch (parameter(in, names)) {
                case "target" -> {
                    target = Place.namedFace(in, schemas.now().root());
                    by.concerns(target.label());
                }
                default -> throw unsupported(in);
            }
        }
        return required(target, "target");
    }
}
