package org.lagopus.netconf;

import static org.lagopus.netconf.Parameters.PROTOCOL;
import static org.lagopus.netconf.Parameters.none;
import static org.lagopus.netconf.Parameters.parameter;
import static org.lagopus.netconf.Parameters.required;
import static org.lagopus.netconf.Parameters.unsupported;

import java.util.HashSet;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.DatastoreException;

/// `close-session` and `kill-session` (RFC 6241 §7.8, §7.9).
final class Ending implements Rpcs.Family {
    private final Sessions sessions;

    Ending(Sessions sessions) {
        this.sessions = sessions;
    }

    @Override
    public Rpcs.@Nullable Call read(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        if (!in.namespace().equals(Names.BASE)) {
            return null;
        }
        return switch (in.name()) {
            case "close-session" -> close(in, by);
            case "kill-session" -> kill(in, by);
            default -> null;
        };
    }

    private static Rpcs.Call close(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        none(in);
        return reply -> {
            by.close();
            reply.ok();
        };
    }

    private Rpcs.Call kill(XmlReader in, Session by) throws XMLStreamException, DatastoreException {
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
            if (!sessions.kill(victim, by)) {
                throw Errors.invalidValue(
                        PROTOCOL,
                        null,
                        "session-id",
                        "there is no session " + Errors.quoted(victim));
            }
            reply.ok();
        };
    }
}
