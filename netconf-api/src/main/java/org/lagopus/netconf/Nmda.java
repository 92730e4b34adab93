package org.lagopus.netconf;

import static org.lagopus.netconf.Parameters.PROTOCOL;
import static org.lagopus.netconf.Parameters.badValue;
import static org.lagopus.netconf.Parameters.noAttributes;
import static org.lagopus.netconf.Parameters.none;
import static org.lagopus.netconf.Parameters.required;
import static org.lagopus.netconf.Parameters.unsupported;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Face;
import org.lagopus.netconf.Shown.Origin;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;

/// `get-data` (RFC 8526): the datastores of RFC 8342, each by its name.
///
/// A commit returns when all components run it, so what is configured is what is applied: running,
/// intended and the configuration in operational are one tree. Beside it operational has the state,
/// and what is there without being configured.
final class Nmda implements Rpcs.Family {
    private final Datastore datastore;
    private final Schemas schemas;
    private final Supplier<Settings> settings;

    Nmda(Datastore datastore, Schemas schemas, Supplier<Settings> settings) {
        this.datastore = datastore;
        this.schemas = schemas;
        this.settings = settings;
    }

    /// A datastore that is there.
    enum Store {
        RUNNING,
        CANDIDATE,
        INTENDED,
        OPERATIONAL;

        /// Reads the open leaf: an identity of ietf-datastores.
        static Store read(XmlReader in) throws XMLStreamException, DatastoreException {
            return switch (identity(in, Names.DATASTORES)) {
                case "running" -> RUNNING;
                case "candidate" -> CANDIDATE;
                case "intended" -> INTENDED;
                case "operational" -> OPERATIONAL;
                default ->
                        throw badValue("datastore", "running, candidate, intended or operational");
            };
        }

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        /// The face it is, where it can be written.
        Face face() throws DatastoreException {
            return switch (this) {
                case RUNNING -> Face.RUNNING;
                case CANDIDATE -> Face.CANDIDATE;
                case INTENDED, OPERATIONAL ->
                        throw badValue("datastore", "running or candidate: others are not written");
            };
        }
    }

    /// The name that the open leaf has of a module; empty when it is one of another.
    private static String identity(XmlReader in, String namespace)
            throws XMLStreamException, DatastoreException {
        noAttributes(in);
        var namespaces = in.namespaces();
        var text = in.text().strip();
        int colon = text.indexOf(':');
        var found = namespaces.getNamespaceURI(colon < 0 ? "" : text.substring(0, colon));
        return namespace.equals(found) ? text.substring(colon + 1) : "";
    }

    @Override
    public Rpcs.@Nullable Call read(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        if (!in.namespace().equals(Names.NMDA)) {
            return null;
        }
        return in.name().equals("get-data") ? getData(in, by) : null;
    }

    static String parameter(XmlReader in, Set<String> before) throws DatastoreException {
        if (!in.namespace().equals(Names.NMDA)) {
            throw unsupported(in);
        }
        boolean mayRepeat =
                in.name().equals("origin-filter") || in.name().equals("negated-origin-filter");
        if (!before.add(in.name()) && !mayRepeat) {
            throw Errors.badElement(PROTOCOL, null, in.name(), in.name() + " is given twice");
        }
        return in.name();
    }

    private Rpcs.Call getData(XmlReader in, Session by)
            throws XMLStreamException, DatastoreException {
        var schema = schemas.now();
        @Nullable Store store = null;
        Wanted wanted = new Wanted.Everything();
        @Nullable Boolean config = null;
        var origins = EnumSet.noneOf(Origin.class);
        boolean withOrigin = false;
        int depth = Integer.MAX_VALUE;
        DefaultData.@Nullable Mode mode = null;
        var names = new HashSet<String>();
        while (in.next()) {
            if (DefaultData.Mode.isOpen(in)) {
                mode = DefaultData.Mode.read(in, names);
                continue;
            }
            var name = parameter(in, names);
            switch (name) {
                case "datastore" -> {
                    store = Store.read(in);
                    by.concerns(store.label());
                }
                case "subtree-filter" ->
                        wanted =
                                new Wanted.Subtree(
                                        Filter.read(in, schema.root(), settings.get().maxFilter()));
                case "xpath-filter" -> wanted = Wanted.expression(in, schema);
                case "config-filter" -> config = bool(in);
                case "origin-filter", "negated-origin-filter" -> origins.addAll(origins(in));
                case "max-depth" -> depth = depth(in);
                case "with-origin" -> {
                    none(in);
                    withOrigin = true;
                }
                default -> throw unsupported(in);
            }
        }
        one(names, "subtree-filter", "xpath-filter");
        one(names, "origin-filter", "negated-origin-filter");
        var from = required(store, "datastore");
        checkOrigins(from, names);
        if (names.contains("negated-origin-filter")) {
            origins = EnumSet.complementOf(origins);
        } else if (!names.contains("origin-filter")) {
            origins = EnumSet.allOf(Origin.class);
        }
        var shown =
                new Shown(
                        config == null || config,
                        config == null || !config,
                        origins,
                        withOrigin,
                        depth);
        var of = wanted;
        var as = mode;
        return reply -> {
            var view = datastore.view(by.actor());
            boolean isOperational = from == Store.OPERATIONAL;
            var first =
                    Retrieval.rootOf(
                            view.read(from == Store.CANDIDATE ? Face.CANDIDATE : Face.RUNNING));
            var second =
                    isOperational
                            ? Retrieval.rootOf(view.observed(YangInstanceIdentifier.of()))
                            : null;
            var byDefault = isOperational ? DefaultData.Mode.REPORT_ALL : DefaultData.Mode.EXPLICIT;
            Retrieval.data(
                    reply,
                    schema,
                    Names.NMDA,
                    first,
                    second,
                    of,
                    as == null ? byDefault : as,
                    shown);
        };
    }

    private static void one(Set<String> names, String first, String second)
            throws DatastoreException {
        if (names.contains(first) && names.contains(second)) {
            throw Errors.badElement(
                    PROTOCOL, null, second, "%s or %s, not both".formatted(first, second));
        }
    }

    private static void checkOrigins(Store store, Set<String> names) throws DatastoreException {
        if (store != Store.OPERATIONAL) {
            for (var name : List.of("with-origin", "origin-filter", "negated-origin-filter")) {
                if (names.contains(name)) {
                    throw badValue(name, "for the datastore operational only");
                }
            }
        }
    }

    private static boolean bool(XmlReader in) throws XMLStreamException, DatastoreException {
        noAttributes(in);
        return switch (in.text().strip()) {
            case "true" -> true;
            case "false" -> false;
            default -> throw badValue("config-filter", "true or false");
        };
    }

    private static int depth(XmlReader in) throws XMLStreamException, DatastoreException {
        noAttributes(in);
        var text = in.text().strip();
        if (text.equals("unbounded")) {
            return Integer.MAX_VALUE;
        }
        try {
            int depth = Integer.parseInt(text);
            if (depth >= 1 && depth <= 65535) {
                return depth;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw badValue("max-depth", "1 to 65535 or unbounded");
    }

    /// Those that are derived from an identity or are it; nothing here has the others.
    private static Set<Origin> origins(XmlReader in) throws XMLStreamException, DatastoreException {
        var name = in.name();
        return switch (identity(in, Names.ORIGIN)) {
            case "origin" -> EnumSet.allOf(Origin.class);
            case "intended" -> EnumSet.of(Origin.INTENDED);
            case "system" -> EnumSet.of(Origin.SYSTEM);
            case "default" -> EnumSet.of(Origin.DEFAULT);
            case "dynamic", "learned", "unknown" -> EnumSet.noneOf(Origin.class);
            default -> throw badValue(name, "an identity of ietf-origin");
        };
    }
}
