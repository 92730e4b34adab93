package org.lagopus.controller;

import java.security.PublicKey;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.Audit;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.Users;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Decides who may log in: by the methods of `/system/aaa/authentication`, of which the first that
/// has an answer decides. SSH keys are those of the configuration, whatever the methods are.
///
/// Refusals are audited, and so are logins over RESTCONF, where each request has a password; a
/// NETCONF session audits itself when it begins.
final class Logins implements Users {
    private static final Logger LOG = LoggerFactory.getLogger(Logins.class);
    private static final From NOWHERE = new From("system", "");
    private static final String DENIED = "access-denied";
    private static final int REMEMBERED = 4096;

    private final Datastore datastore;
    private final Aaa aaa;
    private final Accounts accounts;
    private final Radius radius;
    private final Throttle throttle;
    private final Map<String, Set<String>> groups = new ConcurrentHashMap<>();

    Logins(Datastore datastore, Aaa aaa, Accounts accounts, Radius radius, Throttle throttle) {
        this.datastore = datastore;
        this.aaa = aaa;
        this.accounts = accounts;
        this.radius = radius;
        this.throttle = throttle;
    }

    @Override
    public boolean password(String user, String password) {
        return password(user, password, NOWHERE);
    }

    @Override
    public boolean password(String user, String password, From from) {
        if (throttle.mustWait(from.peer())) {
            LOG.info("{} tries too fast from {}", user, from.peer());
            audit(user, from, "too-many-tries");
            return false;
        }
        boolean good = check(user, password, from.peer());
        if (good) {
            throttle.succeeded(from.peer());
            if (from.origin().equals("restconf")) {
                audit(user, from, Audit.Event.OK);
            }
        } else {
            throttle.failed(from.peer());
            LOG.info("login of {} from {} refused", user, from.peer());
            audit(user, from, DENIED);
        }
        return good;
    }

    private boolean check(String user, String password, String peer) {
        var methods = aaa.methods(datastore.read(Face.RUNNING).readNode(aaa.path()).orElse(null));
        for (var method : methods) {
            switch (method) {
                case Aaa.Method.Local _ -> {
                    if (accounts.hasPassword(user)) {
                        groups.remove(user);
                        return accounts.password(user, password);
                    }
                }
                case Aaa.Method.Servers(var servers) -> {
                    switch (radius.ask(servers, user, password, peer)) {
                        case Radius.Answer.Accepted(var told) -> {
                            remember(user, told);
                            return true;
                        }
                        case Radius.Answer.Rejected _ -> {
                            return false;
                        }
                        case Radius.Answer.Silence _ -> {
                            // the next method
                        }
                    }
                }
            }
        }
        // Takes as long as for a user there is.
        return accounts.password("", password);
    }

    private void remember(String user, Set<String> told) {
        if (groups.size() >= REMEMBERED) {
            groups.clear();
        }
        groups.put(user, told);
    }

    @Override
    public Set<String> groups(String user) {
        return groups.getOrDefault(user, Set.of());
    }

    @Override
    public boolean key(String user, PublicKey key) {
        return accounts.key(user, key);
    }

    @Override
    public boolean key(String user, PublicKey key, From from) {
        boolean good = accounts.key(user, key);
        if (good) {
            groups.remove(user);
        } else {
            audit(user, from, DENIED);
        }
        return good;
    }

    private void audit(String user, From from, String verdict) {
        datastore
                .audit()
                .tell(Audit.Event.login(new Actor(0, user, from.origin()), from.peer(), verdict));
    }
}
