package org.lagopus.datastore;

import java.security.PublicKey;

/// Who may log in.
public interface Users {
    boolean password(String user, String password);

    boolean key(String user, PublicKey key);
}
