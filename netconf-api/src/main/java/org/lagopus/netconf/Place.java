package org.lagopus.netconf;

import static org.lagopus.netconf.Parameters.PROTOCOL;
import static org.lagopus.netconf.Parameters.noAttributes;
import static org.lagopus.netconf.Parameters.unsupported;

import java.net.URI;
import javax.xml.stream.XMLStreamException;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Face;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;

/// A configuration that an operation works on: a face of the datastore, content in the request, or
/// what a URL stands for.
sealed interface Place {
    record Of(Face face) implements Place {}

    record Inline(ContainerNode content) implements Place {}

    record At(URI url) implements Place {}

    /// Its name, as logs tell it: the query of a URL may hold secrets.
    default String label() {
        return switch (this) {
            case Of(var face) -> face.label();
            case Inline _ -> "config";
            case At(var url) -> url.toString().replaceFirst("\\?.*", "");
        };
    }

    /// The face that the open `source` or `target` names.
    static Face face(XmlReader in, SchemaNode root) throws XMLStreamException, DatastoreException {
        return ((Of) read(in, false, false, root)).face();
    }

    /// What the open `source` or `target` names.
    ///
    /// @param content whether it may be content in the request
    /// @param url whether it may be a URL
    static Place read(XmlReader in, boolean content, boolean url, SchemaNode root)
            throws XMLStreamException, DatastoreException {
        return read(in, content, url, false, root);
    }

    private static Place read(
            XmlReader in, boolean content, boolean url, boolean named, SchemaNode root)
            throws XMLStreamException, DatastoreException {
        var outer = in.name();
        Place place = null;
        while (in.next()) {
            if (place != null) {
                throw Errors.badElement(PROTOCOL, null, in.name(), "one datastore in " + outer);
            }
            if (named && in.is(Names.NMDA, "datastore")) {
                place = new Of(Nmda.Store.read(in).face());
                continue;
            }
            if (!in.namespace().equals(Names.BASE)
                    && !(in.namespace().isEmpty() && in.name().equals("config"))) {
                throw unsupported(in);
            }
            noAttributes(in);
            place =
                    switch (in.name()) {
                        case "running" -> empty(in, new Of(Face.RUNNING));
                        case "candidate" -> empty(in, new Of(Face.CANDIDATE));
                        case "config" -> {
                            if (!content) {
                                throw unsupported(in);
                            }
                            yield new Inline(ConfigReader.whole(in, root));
                        }
                        case "url" -> {
                            if (!url) {
                                throw unsupported(in);
                            }
                            yield new At(Urls.parse(in.text()));
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

    /// The same where a datastore may be named as RFC 8526 names it (§3.2 and §3.3 of it).
    static Place named(XmlReader in, boolean content, boolean url, SchemaNode root)
            throws XMLStreamException, DatastoreException {
        return read(in, content, url, true, root);
    }

    static Face namedFace(XmlReader in, SchemaNode root)
            throws XMLStreamException, DatastoreException {
        return ((Of) named(in, false, false, root)).face();
    }

    private static Place empty(XmlReader in, Place place)
            throws XMLStreamException, DatastoreException {
        if (in.next()) {
            throw unsupported(in);
        }
        return place;
    }
}
