package org.lagopus.datastore;

import java.security.PublicKey;
import java.util.Set;

/// Who may log in.
public interface Users {
    /// Where somebody wants to come in.
    ///
    /// @param origin the northbound: `netconf` or `restconf`
    /// @param peer address of the client
    record From(String origin, String peer) {}

    boolean password(String user, String password);

    boolean key(String user, PublicKey key);

    /// The same, told from where: refusals are audited, and whoever guesses is slowed down.
    default boolean password(String user, String password, From from) {
        return password(user, password);
    }

    default boolean key(String user, PublicKey key, From from) {
        return key(user, key);
    }

    /// Groups that the user's last login by password brought along, as a RADIUS server may tell
    /// them; those of the configuration are not among them.
    default Set<String> groups(String user) {
        return Set.of();
    }
}
