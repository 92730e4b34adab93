package org.lagopus.controller.components;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.lagopus.component.wire.Message;
import org.lagopus.component.wire.WireError;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Face;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who may use which interface of another component. The component that offers it makes the token
/// and holds its clients to their scopes; what is decided here is whether one is a client at all.
/// Each refusal is counted and logged.
final class Grants {
    private static final Logger LOG = LoggerFactory.getLogger(Grants.class);

    private final Datastore datastore;
    private final Roster roster;
    private final Function<String, Optional<Session>> serving;

    /// @param serving the session of a component that is there
    Grants(Datastore datastore, Roster roster, Function<String, Optional<Session>> serving) {
        this.datastore = datastore;
        this.roster = roster;
        this.serving = serving;
    }

    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;
        final String tag;

        Refused(String tag, String message) {
            super(message);
            this.tag = tag;
        }
    }

    /// What `client` gets for its question; never fails.
    CompletionStage<Message.Granted> request(String client, Peer peer, Message.RequestGrant asked) {
        try {
            var offer = offer(asked);
            check(client, peer, asked, offer);
            var session =
                    serving.apply(offer.component()).orElseThrow(() -> absent(offer.component()));
            return session.grant(asked.api(), client, asked.scopes())
                    .thenApply(granted -> answer(client, asked, offer, granted))
                    .exceptionally(e -> {
                        var why =
                                e instanceof CompletionException && e.getCause() != null
                                        ? e.getCause()
                                        : e;
                        return refuse(
                                client,
                                asked,
                                "operation-failed",
                                "component %s: %s".formatted(offer.component(), why.getMessage()));
                    });
        } catch (Refused e) {
            return CompletableFuture.completedFuture(
                    refuse(client, asked, e.tag, String.valueOf(e.getMessage())));
        }
    }

    private static Refused absent(String component) {
        return new Refused("resource-denied", "component " + component + " is not there");
    }

    private Message.Offer offer(Message.RequestGrant asked) throws Refused {
        return roster.offers(asked.api()).stream()
                .findFirst()
                .orElseThrow(() ->
                        new Refused(
                                "resource-denied",
                                "no component that is connected offers " + asked.api()));
    }

    private void check(String client, Peer peer, Message.RequestGrant asked, Message.Offer offer)
            throws Refused {
        for (var scope : asked.scopes()) {
            if (!offer.api().scopes().contains(scope)) {
                throw new Refused(
                        "invalid-value",
                        "%s has no scope %s, but %s"
                                .formatted(asked.api(), scope, offer.api().scopes()));
            }
        }
        if (peer.trusted()) {
            return;
        }
        var allowed = configured(client, asked.api());
        for (var scope : asked.scopes()) {
            if (!allowed.contains(scope)) {
                throw new Refused(
                        "access-denied",
                        "user %d may not have %s of %s: it is not in %s/config/grant"
                                .formatted(
                                        peer.uid(), scope, asked.api(), Roster.resource(client)));
            }
        }
    }

    private Set<String> configured(String client, String api) {
        var model = datastore.model();
        if (model.context().findModules("lagopus-components").isEmpty()) {
            return Set.of();
        }
        var path =
                model.parse(
                        "%s/config/grant[api='%s']/scope".formatted(Roster.resource(client), api));
        return datastore
                .read(Face.RUNNING)
                .readNode(path)
                .map(node ->
                        ((LeafSetNode<?>) node)
                                .body().stream()
                                        .map(each -> String.valueOf(each.body()))
                                        .collect(Collectors.toSet()))
                .orElse(Set.of());
    }

    private Message.Granted answer(
            String client,
            Message.RequestGrant asked,
            Message.Offer offer,
            Message.Granted granted) {
        if (granted.token() == null) {
            var why =
                    granted.errors().isEmpty()
                            ? new WireError(null, "operation-failed", "without a reason")
                            : granted.errors().getFirst();
            return refuse(client, asked, why.tag(), why.message());
        }
        roster.granted(client, asked.api(), offer.component(), asked.scopes());
        LOG.info("{} may use {} with {}", client, asked.api(), asked.scopes());
        return new Message.Granted(
                asked.id(),
                granted.token(),
                granted.endpoint() == null ? offer.api().endpoint() : granted.endpoint(),
                List.of());
    }

    private Message.Granted refuse(
            String client, Message.RequestGrant asked, String tag, String why) {
        LOG.warn("{} is refused {} with {}: {}", client, asked.api(), asked.scopes(), why);
        roster.refusedGrant(client, why);
        return new Message.Granted(asked.id(), null, null, List.of(new WireError(null, tag, why)));
    }

    /// What a component was granted is no longer good.
    void revoke(String client) {
        roster.revoked(client)
                .forEach((api, component) ->
                        serving.apply(component)
                                .ifPresent(offering -> offering.revoke(api, client)));
    }
}
