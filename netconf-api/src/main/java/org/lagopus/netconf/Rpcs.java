package org.lagopus.netconf;

import java.util.List;
import java.util.function.Supplier;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Audit;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Model;
import org.opendaylight.yangtools.yang.common.QName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All operations, in families of one subject each. An operation is read whole, so that a mistake
/// at its end finds nothing done, and becomes a call that acts and replies.
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

    private final Datastore datastore;
    private final Schemas schemas;
    private final List<Family> families;

    Rpcs(Datastore datastore, Supplier<Settings> settings, Sessions sessions) {
        this.datastore = datastore;
        schemas = new Schemas(datastore);
        var urls =
                new UrlContent(
                        new Urls(datastore, () -> settings.get().maxMessage()), schemas, settings);
        families =
                List.of(
                        new Retrieval(datastore, schemas, settings),
                        new Nmda(datastore, schemas, settings),
                        new Editing(datastore, schemas, urls),
                        new Copying(datastore, schemas, urls),
                        new Committing(datastore, schemas),
                        new Locking(datastore, schemas, sessions),
                        new PartialLocking(datastore, schemas, sessions),
                        new Ending(sessions),
                        new Notifications(datastore, schemas, settings),
                        new SchemaTexts(datastore, schemas),
                        new Subscriptions(datastore, schemas, settings),
                        new Actions(datastore, schemas),
                        new ModuleOperations(datastore, schemas));
    }

    Model model() {
        return schemas.now().model();
    }

    List<String> capabilities() {
        return schemas.now().capabilities();
    }

    /// Reads the open operation element to its end.
    Call read(XmlReader in, Session by) throws XMLStreamException, DatastoreException {
        Parameters.noAttributes(in);
        checkAccess(in, by);
        for (var family : families) {
            var call = family.read(in, by);
            if (call != null) {
                return call;
            }
        }
        throw Errors.notSupported(
                Parameters.PROTOCOL, "operation " + in.name() + " is not supported");
    }

    /// Refuses what the client may not invoke before any of its parameters is read.
    private void checkAccess(XmlReader in, Session by) throws DatastoreException {
        var rights = datastore.access().rights(by.actor());
        if (rights.unlimited() || in.namespace().isEmpty() || in.is(Names.YANG, "action")) {
            return;
        }
        for (var module : Names.modules(model().context(), in.namespace())) {
            if (model().implemented(module.getQNameModule())) {
                rights.checkInvoke(QName.create(module.getQNameModule(), in.name()));
            }
        }
    }

    /// A request is over.
    void audit(Session by, @Nullable String operation, @Nullable String target, String verdict) {
        datastore
                .audit()
                .tell(Audit.Event.request(by.actor(), by.peer(), operation, target, verdict));
    }

    /// What a client changes.
    @FunctionalInterface
    interface Change {
        void run() throws DatastoreException;
    }

    /// Refusals of changes are for the log of the box, too.
    static void logged(Session by, String what, Change change) throws DatastoreException {
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
