package org.lagopus.controller.northbound;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opendaylight.netconf.shaded.sshd.common.util.buffer.ByteArrayBuffer;

/// The keys and certificates of the keystore (RFC 9642) and the truststore (RFC 9641).
final class Credentials {
    private final Content keystore;
    private final Content truststore;

    Credentials(Content keystore, Content truststore) {
        this.keystore = keystore;
        this.truststore = truststore;
    }

    /// What is configured cannot be used; the message says why, and never shows a secret.
    static final class Unusable extends Exception {
        private static final long serialVersionUID = 1;

        Unusable(String message) {
            super(message);
        }
    }

    /// A key with the certificate that goes with it, and those of its issuers in order.
    record Identity(PrivateKey key, List<X509Certificate> chain) {
        /// The only entry of a key store.
        static Identity of(KeyStore store, char[] password) throws IOException {
            try {
                var alias = store.aliases().nextElement();
                return new Identity(
                        (PrivateKey) store.getKey(alias, password),
                        Arrays.stream(store.getCertificateChain(alias))
                                .map(X509Certificate.class::cast)
                                .toList());
            } catch (GeneralSecurityException e) {
                throw new IOException("the certificate cannot be read: " + e.getMessage(), e);
            }
        }
    }

    private Content key(String name) throws Unusable {
        return keystore.in("asymmetric-keys").entries("asymmetric-key").stream()
                .filter(key -> key.known("name").equals(name))
                .findFirst()
                .orElseThrow(() -> new Unusable("there is no key " + name + " in the keystore"));
    }

    /// A key for SSH.
    KeyPair hostKey(String name) throws Unusable {
        try {
            return PrivateKeys.forSsh(pair(name));
        } catch (GeneralSecurityException e) {
            throw new Unusable("key %s: %s".formatted(name, e.getMessage()));
        }
    }

    private KeyPair pair(String name) throws Unusable {
        var entry = key(name);
        var octets =
                entry.octets("cleartext-private-key")
                        .orElseThrow(() -> new Unusable("key " + name + " has no private key"));
        try {
            var pair = PrivateKeys.read(entry.text("private-key-format").orElse("none"), octets);
            checkPublic(entry, name, pair.getPublic());
            return pair;
        } catch (GeneralSecurityException e) {
            throw new Unusable("key %s: %s".formatted(name, e.getMessage()));
        }
    }

    private static void checkPublic(Content entry, String name, PublicKey key) throws Unusable {
        var configured = entry.octets("public-key").orElse(null);
        if (configured == null) {
            return;
        }
        byte @Nullable [] actual =
                switch (entry.text("public-key-format").orElse("")) {
                    case "subject-public-key-info-format" -> key.getEncoded();
                    case "ssh-public-key-format" -> blob(key);
                    default -> null;
                };
        if (actual == null || !Arrays.equals(configured, actual)) {
            throw new Unusable(
                    "the public key of %s is not that of its private key".formatted(name));
        }
    }

    private static byte[] blob(PublicKey key) {
        var buffer = new ByteArrayBuffer();
        buffer.putRawPublicKey(key);
        return buffer.getCompactData();
    }

    /// A key for TLS with its certificate.
    ///
    /// @param certificate null if the key has but one
    Identity identity(String name, @Nullable String certificate) throws Unusable {
        var pair = pair(name);
        var certificates = key(name).in("certificates").entries("certificate");
        var entry =
                certificates.stream()
                        .filter(one -> certificate == null || one.known("name").equals(certificate))
                        .findFirst()
                        .orElseThrow(
                                () -> new Unusable("key %s has no certificate".formatted(name)));
        if (certificate == null && certificates.size() > 1) {
            throw new Unusable(
                    "key %s has several certificates, and none is chosen".formatted(name));
        }
        var what = "certificate %s of key %s".formatted(entry.known("name"), name);
        var all = certificates(what, entry.octets("cert-data").orElse(new byte[0]));
        return new Identity(pair.getPrivate(), chain(what, all, pair.getPublic()));
    }

    /// The certificate of the key first, and then who issued whom.
    private static List<X509Certificate> chain(
            String what, List<X509Certificate> all, PublicKey key) throws Unusable {
        var chain = new ArrayList<X509Certificate>();
        X509Certificate next =
                all.stream()
                        .filter(one ->
                                Arrays.equals(one.getPublicKey().getEncoded(), key.getEncoded()))
                        .findFirst()
                        .orElseThrow(() -> new Unusable(what + " is not for that key"));
        while (next != null && !chain.contains(next)) {
            chain.add(next);
            var issuer = next.getIssuerX500Principal();
            next =
                    all.stream()
                            .filter(one -> one.getSubjectX500Principal().equals(issuer))
                            .findFirst()
                            .orElse(null);
        }
        return chain;
    }

    /// The certificates in a bag of the truststore.
    List<X509Certificate> bag(String name) throws Unusable {
        var all = new ArrayList<X509Certificate>();
        for (var bag : truststore.in("certificate-bags").entries("certificate-bag")) {
            if (bag.known("name").equals(name)) {
                for (var one : bag.entries("certificate")) {
                    var what = "certificate %s of bag %s".formatted(one.known("name"), name);
                    all.addAll(certificates(what, one.octets("cert-data").orElse(new byte[0])));
                }
            }
        }
        return all;
    }

    /// A CMS of certificates and nothing else, as RFC 9640 wants it, or one certificate alone.
    private static List<X509Certificate> certificates(String what, byte[] der) throws Unusable {
        try {
            var found =
                    CertificateFactory.getInstance("X.509")
                            .generateCertificates(new ByteArrayInputStream(der));
            if (!found.isEmpty()) {
                return found.stream().map(X509Certificate.class::cast).toList();
            }
        } catch (GeneralSecurityException e) {
            throw new Unusable(what + " cannot be read");
        }
        throw new Unusable(what + " holds no certificate");
    }
}
