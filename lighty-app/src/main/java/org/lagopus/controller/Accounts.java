package org.lagopus.controller;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.commons.codec.digest.Crypt;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Face;
import org.opendaylight.netconf.shaded.sshd.common.config.keys.KeyUtils;
import org.opendaylight.netconf.shaded.sshd.common.config.keys.PublicKeyEntry;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.schema.LeafNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The users of running ([Aaa]). Nothing is kept here, so a committed change holds from the next
/// login on.
final class Accounts {
    private static final Logger LOG = LoggerFactory.getLogger(Accounts.class);

    /// What crypt(3) makes of a password by SHA-512.
    private static final Pattern HASHED =
            Pattern.compile("\\$6\\$(rounds=\\d{1,9}\\$)?[./0-9A-Za-z]{1,16}\\$[./0-9A-Za-z]{86}");

    /// What an unknown user's password is compared with, so that it takes as long as a known one's.
    private static final String NOBODY = Crypt.crypt("nobody", "$6$................");

    private final Datastore datastore;
    private final Aaa aaa;

    Accounts(Datastore datastore, Aaa aaa) {
        this.datastore = datastore;
        this.aaa = aaa;
    }

    /// Whether anyone is configured.
    boolean exist() {
        return !names().isEmpty();
    }

    /// Of all who can log in.
    List<String> names() {
        return datastore
                .read(Face.RUNNING)
                .readNode(aaa.users())
                .map(node ->
                        ((MapNode) node)
                                .body().stream()
                                        .map(entry ->
                                                entry.name().values().iterator().next().toString())
                                        .toList())
                .orElse(List.of());
    }

    boolean hasPassword(String user) {
        return leaf(user, aaa.name("password-hashed")).isPresent();
    }

    boolean password(String user, String password) {
        var stored = leaf(user, aaa.name("password-hashed"));
        var expected = stored.orElse(NOBODY);
        var actual = hash(password, expected);
        return MessageDigest.isEqual(
                        actual.getBytes(StandardCharsets.UTF_8),
                        expected.getBytes(StandardCharsets.UTF_8))
                && stored.isPresent();
    }

    private static String hash(String password, String salt) {
        try {
            return Crypt.crypt(password, salt);
        } catch (IllegalArgumentException e) {
            return ""; // the stored text is no hash: nobody logs in with it
        }
    }

    /// A new `$6$` (SHA-512) hash as crypt(3) makes it.
    static String hash(String password) {
        return Crypt.crypt(password);
    }

    /// Whether a text is what [#hash] makes.
    static boolean isHash(String text) {
        return HASHED.matcher(text).matches();
    }

    boolean key(String user, PublicKey key) {
        return keys(user).stream().anyMatch(line -> same(user, line, key));
    }

    private static boolean same(String user, String line, PublicKey offered) {
        try {
            return KeyUtils.compareKeys(parse(line), offered);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            LOG.warn("an authorized-key of {} cannot be read: {}", user, e.getMessage());
            return false;
        }
    }

    /// One line of an `authorized_keys` file.
    static PublicKey parse(String line) throws IOException, GeneralSecurityException {
        var entry = PublicKeyEntry.parsePublicKeyEntry(line);
        var key = entry == null ? null : entry.resolvePublicKey(null, null, null);
        if (key == null) {
            throw new IOException("not an SSH public key: " + line);
        }
        return key;
    }

    private Optional<String> leaf(String user, QName leaf) {
        return datastore
                .read(Face.RUNNING)
                .readNode(aaa.config(user).node(leaf))
                .map(node -> ((LeafNode<?>) node).body().toString());
    }

    private Collection<String> keys(String user) {
        return datastore
                .read(Face.RUNNING)
                .readNode(aaa.config(user).node(aaa.authorizedKey))
                .map(node ->
                        ((LeafSetNode<?>) node)
                                .body().stream().map(entry -> entry.body().toString()).toList())
                .orElse(List.of());
    }
}
