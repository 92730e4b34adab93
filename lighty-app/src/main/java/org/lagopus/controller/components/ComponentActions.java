package org.lagopus.controller.components;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Operations;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.model.api.stmt.SchemaNodeIdentifier.Absolute;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What an operator does with a component by hand: the actions of `lagopus-components`.
final class ComponentActions {
    private static final Logger LOG = LoggerFactory.getLogger(ComponentActions.class);

    /// One of the actions, with the component's name and who asks for it.
    @FunctionalInterface
    private interface Deed {
        void on(String component, Actor by) throws DatastoreException, IOException;
    }

    private final ComponentServer server;

    private ComponentActions(ComponentServer server) {
        this.server = server;
    }

    /// Carries out the actions until closed; none if the model does not have them.
    static Registration register(Datastore datastore, ComponentServer server) {
        var modules = datastore.model().context().findModules("lagopus-components");
        if (modules.isEmpty()) {
            return () -> {};
        }
        var module = modules.iterator().next().getQNameModule();
        var actions = new ComponentActions(server);
        var registered = new ArrayList<Registration>();
        var operations = datastore.operations();
        for (var each : actions.all()) {
            var place =
                    Absolute.of(
                            QName.create(module, "components"),
                            QName.create(module, "component"),
                            QName.create(module, each.name()));
            registered.add(operations.register(place, carriedOut(each)));
        }
        return () -> registered.forEach(Registration::close);
    }

    private record Named(String name, Deed deed) {}

    private List<Named> all() {
        return List.of(
                new Named("restart", this::restart),
                new Named("resynchronise", this::resynchronise),
                new Named("isolate", this::isolate),
                new Named("release", this::release),
                new Named("forget", this::forget));
    }

    private static Operations.Action carriedOut(Named action) {
        return (on, _, by) -> {
            var component = name(on);
            LOG.info("{} of component {} for {}", action.name(), component, by.user());
            try {
                action.deed().on(component, by);
            } catch (IOException e) {
                LOG.error("{} of component {}", action.name(), component, e);
                throw refused("it is not remembered over a restart: " + e.getMessage());
            }
            return Optional.empty();
        };
    }

    private static String name(YangInstanceIdentifier on) {
        var entry = (NodeIdentifierWithPredicates) on.getLastPathArgument();
        return (String) entry.values().iterator().next();
    }

    private static DatastoreException refused(String why) {
        return new DatastoreException(DataError.of(ErrorTag.OPERATION_FAILED, why));
    }

    private Session serving(String component) throws DatastoreException {
        return server.serving(component)
                .orElseThrow(() -> refused("component " + component + " is not connected"));
    }

    private void restart(String component, Actor by) throws DatastoreException {
        serving(component).restart("for " + by.user());
    }

    /// Done when the component has answered.
    private void resynchronise(String component, Actor by) throws DatastoreException {
        try {
            var errors = serving(component).resynchronise().toCompletableFuture().get();
            if (!errors.isEmpty()) {
                throw new DatastoreException(errors);
            }
        } catch (ExecutionException e) {
            var why = e.getCause() == null ? e : e.getCause();
            throw refused(String.valueOf(why.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw refused("interrupted");
        }
    }

    private void isolate(String component, Actor by) throws IOException {
        server.roster().isolate(component);
        server.grants().revoke(component);
        server.serving(component)
                .ifPresent(session -> server.expel(session, by.user() + " has isolated it"));
    }

    private void release(String component, Actor by) throws DatastoreException, IOException {
        if (!server.roster().isIsolated(component)) {
            throw refused("component " + component + " is not isolated");
        }
        server.roster().release(component);
    }

    private void forget(String component, Actor by) throws DatastoreException, IOException {
        if (server.serving(component).isEmpty()) {
            server.grants().revoke(component);
        }
        if (!server.roster().forget(component)) {
            throw refused(
                    "component %s is connected: it would be back at once (isolate it, or end it)"
                            .formatted(component));
        }
    }
}
