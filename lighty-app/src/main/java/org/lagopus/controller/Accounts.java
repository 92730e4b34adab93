package org.lagopus.controller;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.commons.codec.digest.Crypt;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.Users;
import org.opendaylight.netconf.shaded.sshd.common.config.keys.KeyUtils;
import org.opendaylight.netconf.shaded.sshd.common.config.keys.PublicKeyEntry;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier.NodeIdentifierWithPredicates;
import org.opendaylight.yangtools.yang.data.api.schema.LeafNode;
import org.opendaylight.yangtools.yang.data.api.schema.LeafSetNode;
import org.opendaylight.yangtools.yang.data.api.schema.MapNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The users of running: OpenConfig's `/system/aaa/authentication/users` with our list of SSH keys.
/// Nothing is kept here, so a committed change holds from the next login on.
final class Accounts implements Users {
    private static final Logger LOG = LoggerFactory.getLogger(Accounts.class);

    /// What an unknown user's password is compared with, so that it takes as long as a known one's.
    private static final String NOBODY = Crypt.crypt("nobody", "$6$................");

    private final Datastore datastore;
    private final QName system;
    private final QName authorizedKey;
    private final YangInstanceIdentifier users;

    Accounts(Datastore datastore) {
        this.datastore = datastore;
        system = QName.create(module("openconfig-system"), "system");
        authorizedKey = QName.create(module("lagopus-aaa"), "authorized-key");
        users =
                YangInstanceIdentifier.of(
                        system, name("aaa"), name("authentication"), name("users"), name("user"));
    }

    private org.opendaylight.yangtools.yang.common.QNameModule module(String name) {
        return datastore.model().context().findModules(name).iterator().next().getQNameModule();
    }

    private QName name(String local) {
        return QName.create(system, local);
    }

    /// Whether anyone can log in.
    boolean exist() {
        return !names().isEmpty();
    }

    /// Of all who can log in.
    List<String> names() {
        return datastore
                .read(Face.RUNNING)
                .readNode(users)
                .map(node ->
                        ((MapNode) node)
                                .body().stream()
                                        .map(entry ->
                                                entry.name().values().iterator().next().toString())
                                        .toList())
                .orElse(List.of());
    }

    @Override
    public boolean password(String user, String password) {
        var stored = leaf(user, name("password-hashed"));
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

    @Override
    public boolean key(String user, PublicKey key) {
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

    private YangInstanceIdentifier config(String user) {
        return users.node(NodeIdentifierWithPredicates.of(name("user"), name("username"), user))
                .node(name("config"));
    }

    private Optional<String> leaf(String user, QName leaf) {
        return datastore
                .read(Face.RUNNING)
                .readNode(config(user).node(leaf))
                .map(node -> ((LeafNode<?>) node).body().toString());
    }

    private Collection<String> keys(String user) {
        return datastore
                .read(Face.RUNNING)
                .readNode(config(user).node(authorizedKey))
                .map(node ->
                        ((LeafSetNode<?>) node)
                                .body().stream().map(entry -> entry.body().toString()).toList())
                .orElse(List.of());
    }
}
