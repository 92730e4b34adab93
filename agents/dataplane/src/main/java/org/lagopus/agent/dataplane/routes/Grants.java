package org.lagopus.agent.dataplane.routes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.lagopus.agent.dataplane.worker.Dataplane;
import org.lagopus.component.RefusedException;
import org.lagopus.component.ring.Grant;
import org.lagopus.component.ring.RingClient;
import org.lagopus.component.ring.Words;
import org.lagopus.component.ring.messages.GrantDelete;
import org.lagopus.component.ring.messages.GrantSet;
import org.lagopus.component.ring.messages.Message;
import org.lagopus.component.ring.messages.RingError;
import org.lagopus.component.ring.messages.Scope;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who may use the worker's rings, and with which scopes: each has a token, made here and told to
/// the worker, and told again to one that has started anew. May be called by any thread.
public final class Grants {
    /// What is offered to others.
    public static final List<String> SCOPES = List.of("rib-write", "rib-read");

    /// Owner of what operations set; its routes stay while the agent is away.
    public static final String NORTHBOUND = "northbound";

    private static final Logger LOG = LoggerFactory.getLogger(Grants.class);
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private static final int TOKEN_BYTES = 32;
    private static final int MOST_NAME = 63;

    private record Given(Grant grant, long scopes, boolean forEver) {}

    private final SecureRandom random = new SecureRandom();
    private final Map<String, Given> given = new ConcurrentHashMap<>();
    private final Supplier<Optional<Dataplane>> worker;
    private volatile int staleSeconds;

    /// @param worker the one that is there
    /// @param staleSeconds until [#staleAfter] says another time
    public Grants(Supplier<Optional<Dataplane>> worker, int staleSeconds) {
        this.worker = worker;
        this.staleSeconds = staleSeconds;
    }

    /// Gives a component a token that is good from now on, and no former one is. While there is no
    /// worker it is good as soon as there is one.
    public Grant grant(String client, List<String> scopes) throws RefusedException {
        if (client.equals(NORTHBOUND)) {
            throw new RefusedException(
                    "access-denied", "the name " + NORTHBOUND + " is that of the operations");
        }
        if (client.getBytes(StandardCharsets.UTF_8).length > MOST_NAME) {
            throw new RefusedException(
                    "invalid-value", "the name of an owner has at most 63 bytes: " + client);
        }
        return give(client, scopes, false);
    }

    /// For the routes of operations.
    public Grant northbound() throws RefusedException {
        return give(NORTHBOUND, SCOPES, true);
    }

    private Grant give(String name, List<String> scopes, boolean forEver) throws RefusedException {
        long mask = 0;
        for (var scope : scopes) {
            mask |= 1L << scope(scope).number();
        }
        byte[] token = new byte[TOKEN_BYTES];
        random.nextBytes(token);
        var made = new Given(new Grant(token), mask, forEver);
        var before = given.put(name, made);
        var to = worker.get();
        if (to.isPresent()) {
            try {
                tell(to.get(), name, made);
            } catch (IOException e) {
                if (before == null) {
                    given.remove(name);
                } else {
                    given.put(name, before);
                }
                throw new RefusedException(
                        "resource-denied", "the worker does not grant it: " + e.getMessage());
            }
        }
        return made.grant();
    }

    private static Scope scope(String name) throws RefusedException {
        if (!SCOPES.contains(name)) {
            throw new RefusedException(
                    "invalid-value", "there is no scope " + name + ", but " + SCOPES);
        }
        return Words.parse(Scope.class, name);
    }

    /// The token is no longer good. Routes stay until their time is over.
    public void revoke(String client) {
        if (given.remove(client) != null) {
            worker.get()
                    .ifPresent(to -> {
                        try {
                            ask(to, new GrantDelete(client));
                        } catch (IOException e) {
                            LOG.warn(
                                    "the grant of {} is not taken away: {}",
                                    client,
                                    e.getMessage());
                        }
                    });
        }
    }

    /// A worker is there, which may know nothing of what was granted.
    public void tell(Dataplane to) throws IOException {
        for (var each : given.entrySet()) {
            tell(to, each.getKey(), each.getValue());
        }
    }

    /// How long the routes of a client that is gone stay.
    public void staleAfter(int seconds) {
        if (seconds == staleSeconds) {
            return;
        }
        staleSeconds = seconds;
        worker.get()
                .ifPresent(to -> {
                    try {
                        tell(to);
                    } catch (IOException e) {
                        LOG.warn("the worker does not take another stale time: {}", e.getMessage());
                    }
                });
    }

    private void tell(Dataplane to, String name, Given one) throws IOException {
        long stale = one.forEver() ? RingClient.FOR_EVER : staleSeconds;
        ask(to, new GrantSet(one.grant().token(), one.scopes(), stale, name));
    }

    private static void ask(Dataplane to, Message request) throws IOException {
        var answer = to.ask(0, List.of(request), PATIENCE).getFirst();
        if (answer.error() != RingError.OK) {
            throw new IOException(answer.text());
        }
    }
}
