package org.lagopus.controller.northbound;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.lagopus.controller.northbound.Credentials.Identity;
import org.lagopus.controller.northbound.Credentials.Unusable;

/// The box as a server of TLS.
///
/// @param versions of TLS, as the JDK names them
/// @param clients whether any client's certificate is believed
record Tls(SSLContext context, List<String> versions, CertToName users, boolean clients) {

    static final List<String> USUAL = List.of("TLSv1.3", "TLSv1.2");

    private static final char[] PASSWORD = "in memory".toCharArray();

    /// @param identity by which clients know the box
    static Tls of(Content tls, Identity identity, Credentials credentials) throws Unusable {
        var config = tls.in("config");
        var issuers = certificates(config.texts("client-ca"), credentials);
        var known = certificates(config.texts("client-certificate"), credentials);
        return new Tls(
                context(identity, issuers, known),
                config.known("minimum-version").equals("tls13") ? List.of("TLSv1.3") : USUAL,
                CertToName.of(tls.in("client-identities"), issuers),
                !issuers.isEmpty() || !known.isEmpty());
    }

    /// Believes no client's certificate.
    static SSLContext context(Identity identity) throws Unusable {
        return context(identity, List.of(), List.of());
    }

    private static SSLContext context(
            Identity identity, List<X509Certificate> issuers, List<X509Certificate> known)
            throws Unusable {
        try {
            var context = SSLContext.getInstance("TLS");
            var keys = KeyManagerFactory.getInstance("PKIX");
            keys.init(store(identity), PASSWORD);
            var trust = new TrustManager[] {new Clients(anchors(issuers), known)};
            context.init(keys.getKeyManagers(), trust, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new Unusable("TLS cannot be had: " + e.getMessage());
        }
    }

    private static List<X509Certificate> certificates(List<String> bags, Credentials credentials)
            throws Unusable {
        var all = new ArrayList<X509Certificate>();
        for (var bag : bags) {
            all.addAll(credentials.bag(bag));
        }
        return all;
    }

    private static KeyStore store(Identity identity) throws GeneralSecurityException, IOException {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(
                "server",
                identity.key(),
                PASSWORD,
                identity.chain().toArray(X509Certificate[]::new));
        return store;
    }

    /// What the JDK makes of the issuers' certificates, null if there are none.
    private static @Nullable X509ExtendedTrustManager anchors(List<X509Certificate> issuers)
            throws GeneralSecurityException, IOException {
        if (issuers.isEmpty()) {
            return null;
        }
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (int i = 0; i < issuers.size(); i++) {
            store.setCertificateEntry("issuer-" + i, issuers.get(i));
        }
        var factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        return Arrays.stream(factory.getTrustManagers())
                .filter(X509ExtendedTrustManager.class::isInstance)
                .map(X509ExtendedTrustManager.class::cast)
                .findFirst()
                .orElseThrow();
    }

    /// Believes clients by their issuers and by their very certificates.
    private static final class Clients extends X509ExtendedTrustManager {
        private final Optional<X509ExtendedTrustManager> issuers;
        private final List<X509Certificate> known;

        Clients(@Nullable X509ExtendedTrustManager issuers, List<X509Certificate> known) {
            this.issuers = Optional.ofNullable(issuers);
            this.known = List.copyOf(known);
        }

        private interface Check {
            void by(X509ExtendedTrustManager issuers) throws CertificateException;
        }

        private void check(X509Certificate[] chain, Check check) throws CertificateException {
            if (known.contains(chain[0])) {
                chain[0].checkValidity();
            } else if (issuers.isPresent()) {
                check.by(issuers.get());
            } else {
                throw new CertificateException(
                        "it is not among the certificates that are believed");
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            check(chain, by -> by.checkClientTrusted(chain, type, socket));
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(chain, by -> by.checkClientTrusted(chain, type, engine));
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            check(chain, by -> by.checkClientTrusted(chain, type));
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            throw new CertificateException("servers are not believed here");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("servers are not believed here");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            throw new CertificateException("servers are not believed here");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return Stream.concat(
                            issuers.stream().flatMap(by -> Arrays.stream(by.getAcceptedIssuers())),
                            known.stream())
                    .toArray(X509Certificate[]::new);
        }
    }
}
