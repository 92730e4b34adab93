package org.lagopus.netconf;

import static org.lagopus.netconf.Parameters.PROTOCOL;
import static org.lagopus.netconf.Parameters.badValue;
import static org.lagopus.netconf.Parameters.parameter;
import static org.lagopus.netconf.Parameters.required;
import static org.lagopus.netconf.Parameters.unsupported;

import java.util.HashSet;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;

/// Operations on whole configurations, wherever these are: `copy-config`, `delete-config` and
/// `validate` (RFC 6241 §7.3, §7.4, §8.6).
final class Copying implements Rpcs.Family {
    private final Datastore datastore;
    private final Schemas schemas;
    private final UrlContent urls;

    Copying(Datastore datastore, Schemas schemas, UrlContent urls) {
        this.datastore = datastore;
        this.schemas = schemas;
        this.urls = urls;
    }

    @Override
    public Rpcs.@Nullable Call read(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        if (!in.namespace().equals(Names.BASE)) {
            return null;
        }
        return switch (in.name()) {
            case "copy-config" -> copyConfig(in, by);
            case "delete-config" -> deleteConfig(in, by);
            case "validate" -> validate(in, by);
            default -> null;
        };
    }

    private Rpcs.Call copyConfig(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        var root = schemas.now().root();
        @Nullable Place target = null;
        @Nullable Place source = null;
        DefaultData.@Nullable Mode asked = null;
        for (var names = new HashSet<String>(); in.next(); ) {
            if (DefaultData.Mode.isOpen(in)) {
                asked = DefaultData.Mode.read(in, names);
                continue;
            }
            switch (parameter(in, names)) {
                case "target" -> {
                    target = Place.read(in, false, true, root);
                    by.concerns(target.label());
                }
                case "source" -> source = Place.read(in, true, true, root);
                default -> throw unsupported(in);
            }
        }
        var to = required(target, "target");
        var from = required(source, "source");
        if (from.equals(to)) {
            throw Errors.invalidValue(PROTOCOL, null, "source", "source and target are the same");
        }
        var mode = asked == null ? DefaultData.Mode.EXPLICIT : asked;
        if (!(to instanceof Place.At) && mode != DefaultData.Mode.EXPLICIT) {
            throw badValue("with-defaults", "explicit where the target is a datastore");
        }
        return reply -> {
            Rpcs.logged(by, "copy to " + to.label(), () -> copy(from, to, mode, by));
            reply.ok();
        };
    }

    private void copy(Place from, Place to, DefaultData.Mode mode, Session by)
            throws DatastoreException {
        switch (to) {
            case Place.Of(var face) when from instanceof Place.Of(var other) ->
                    datastore.copy(other, face, by.actor());
            case Place.Of(var face) -> datastore.replace(face, content(from, by), by.actor());
            case Place.At(var url) ->
                    urls.write(url, content(from, by), mode, schemas.now().defaults());
            case Place.Inline _ -> throw new IllegalStateException("a request is no target");
        }
    }

    private ContainerNode content(Place place, Session by) throws DatastoreException {
        return switch (place) {
            case Place.Of(var face) -> Retrieval.whole(datastore.view(by.actor()).read(face));
            case Place.Inline(var content) -> content;
            case Place.At(var url) -> urls.whole(url, by);
        };
    }

    private Rpcs.Call deleteConfig(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        @Nullable Place target = null;
        for (var names = new HashSet<String>(); in.next(); ) {
            switch (parameter(in, names)) {
                case "target" -> {
                    target = Place.read(in, false, true, schemas.now().root());
                    by.concerns(target.label());
                }
                default -> throw unsupported(in);
            }
        }
        var place = required(target, "target");
        if (!(place instanceof Place.At(var url))) {
            throw Errors.notSupported(PROTOCOL, place.label() + " cannot be deleted");
        }
        return reply -> {
            Rpcs.logged(by, "deletion of " + url, () -> urls.delete(url));
            reply.ok();
        };
    }

    private Rpcs.Call validate(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        @Nullable Place source = null;
        for (var names = new HashSet<String>(); in.next(); ) {
            switch (parameter(in, names)) {
                case "source" -> {
                    source = Place.named(in, true, true, schemas.now().root());
                    by.concerns(source.label());
                }
                default -> throw unsupported(in);
            }
        }
        var place = required(source, "source");
        return reply -> {
            if (place instanceof Place.Of(var face)) {
                datastore.validate(face, by.actor());
            } else {
                datastore.validate(content(place, by), by.actor());
            }
            reply.ok();
        };
    }
}
