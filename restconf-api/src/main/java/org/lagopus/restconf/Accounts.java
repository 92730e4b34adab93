package org.lagopus.restconf;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Users;

/// Basic authentication (RFC 7617). Checking a password against its hash is slow by design, so
/// credentials that were right are remembered for a short while: as a keyed digest, and only as
/// long as the configured accounts are the very ones they were checked against.
final class Accounts {
    private record Verified(Object accounts, long atNanos) {}

    private static final int MOST = 1024;
    private static final int CHECKS_AT_ONCE = 4;

    private final Users users;
    private final Supplier<? extends @Nullable Object> accounts;
    private final long rememberNanos;
    private final SecretKeySpec key;
    private final Map<String, Verified> verified = new LinkedHashMap<>();
    private final Semaphore checks = new Semaphore(CHECKS_AT_ONCE);

    /// @param accounts the configured accounts as one immutable object, another one after each
    ///   change; null where nobody can tell, and then nothing is remembered
    Accounts(Users users, Supplier<? extends @Nullable Object> accounts, Duration remember) {
        this.users = users;
        this.accounts = accounts;
        rememberNanos = remember.toNanos();
        var random = new byte[32];
        new SecureRandom().nextBytes(random);
        key = new SecretKeySpec(random, "HmacSHA256");
    }

    /// The user's name, if the request proves it.
    Optional<String> user(HttpFields headers, String peer) {
        var header = headers.get(HttpHeader.AUTHORIZATION);
        if (header == null || !header.regionMatches(true, 0, "Basic ", 0, 6)) {
            return Optional.empty();
        }
        String credentials;
        try {
            credentials =
                    new String(
                            Base64.getDecoder().decode(header.substring(6).strip()),
                            StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
        int colon = credentials.indexOf(':');
        if (colon < 0) {
            return Optional.empty();
        }
        var user = credentials.substring(0, colon);
        return right(credentials, user, credentials.substring(colon + 1), peer)
                ? Optional.of(user)
                : Optional.empty();
    }

    /// Those that the user's login brought along.
    Set<String> groups(String user) {
        return users.groups(user);
    }

    private boolean right(String credentials, String user, String password, String peer) {
        // Taken before the check: what changes meanwhile makes the result forgotten.
        var current = accounts.get();
        var digest = digest(credentials);
        if (current != null && remembered(digest, current)) {
            return true;
        }
        checks.acquireUninterruptibly();
        try {
            if (!users.password(user, password, new Users.From("restconf", peer))) {
                return false;
            }
        } finally {
            checks.release();
        }
        if (current != null) {
            remember(digest, current);
        }
        return true;
    }

    /// The same object, not an equal one: an account that was removed and made again is another.
    @SuppressWarnings("ReferenceEquality")
    private synchronized boolean remembered(String digest, Object current) {
        var known = verified.get(digest);
        if (known == null) {
            return false;
        }
        if (known.accounts != current || System.nanoTime() - known.atNanos > rememberNanos) {
            verified.remove(digest);
            return false;
        }
        return true;
    }

    private synchronized void remember(String digest, Object current) {
        verified.put(digest, new Verified(current, System.nanoTime()));
        Iterator<String> oldest = verified.keySet().iterator();
        while (verified.size() > MOST) {
            oldest.next();
            oldest.remove();
        }
    }

    private String digest(String credentials) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return Base64.getEncoder()
                    .encodeToString(mac.doFinal(credentials.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
