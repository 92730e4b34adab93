package org.lagopus.controller.northbound;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import org.jspecify.annotations.Nullable;
import org.lagopus.controller.northbound.Credentials.Unusable;

/// Tells the user of a client by its certificate (RFC 7407 §4, RFC 7589 §7).
final class CertToName {
    /// Numbers of RFC 5246 §7.4.1.4.1, from 1.
    private static final List<String> HASHES =
            List.of("MD5", "SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512");

    private static final int RFC822 = 1;
    private static final int DNS = 2;
    private static final int IP = 7;

    private final List<Entry> entries;
    private final List<X509Certificate> trusted;

    private record Entry(
            long id, String hash, byte[] fingerprint, String mapType, @Nullable String name) {}

    private CertToName(List<Entry> entries, List<X509Certificate> trusted) {
        this.entries = entries;
        this.trusted = trusted;
    }

    /// @param trusted the certificates of issuers that we hold: an entry may name one of those
    static CertToName of(Content identities, List<X509Certificate> trusted) throws Unusable {
        var entries = new ArrayList<Entry>();
        for (var entry : identities.entries("cert-to-name")) {
            var octets = HexFormat.ofDelimiter(":").parseHex(entry.text("fingerprint").orElse(""));
            int hash = octets.length == 0 ? 0 : octets[0];
            if (hash < 1 || hash > HASHES.size()) {
                throw new Unusable(
                        "cert-to-name %s: the first octet of the fingerprint is no known hash algorithm (04 is SHA-256)"
                                .formatted(entry.known("id")));
            }
            entries.add(
                    new Entry(
                            entry.number("id"),
                            HASHES.get(hash - 1),
                            Arrays.copyOfRange(octets, 1, octets.length),
                            entry.text("map-type").orElse(""),
                            entry.text("name").orElse(null)));
        }
        entries.sort(Comparator.comparingLong(Entry::id));
        return new CertToName(List.copyOf(entries), List.copyOf(trusted));
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    /// @param shown by the client and believed, its own certificate first
    Optional<String> user(List<X509Certificate> shown) {
        var own = shown.getFirst();
        var named = new ArrayList<X509Certificate>(issuers(shown));
        named.add(own);
        return entries.stream()
                .filter(entry -> named.stream().anyMatch(one -> matches(entry, one)))
                .flatMap(entry -> name(entry, own).stream())
                .findFirst();
    }

    /// Those we hold on the way up from the client's certificate.
    private List<X509Certificate> issuers(List<X509Certificate> shown) {
        var known = new ArrayList<>(trusted);
        known.addAll(shown);
        var found = new ArrayList<X509Certificate>();
        var at = Optional.of(shown.getFirst());
        for (int i = 0; i <= known.size() && at.isPresent(); i++) {
            at = issuer(at.get(), known);
            at.filter(one -> trusted.contains(one) && !found.contains(one)).ifPresent(found::add);
        }
        return found;
    }

    private static Optional<X509Certificate> issuer(
            X509Certificate of, Collection<X509Certificate> among) {
        return among.stream()
                .filter(one ->
                        !one.equals(of)
                                && one.getSubjectX500Principal().equals(of.getIssuerX500Principal())
                                && signed(of, one))
                .findFirst();
    }

    private static boolean signed(X509Certificate certificate, X509Certificate by) {
        try {
            certificate.verify(by.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static boolean matches(Entry entry, X509Certificate certificate) {
        try {
            var digest = MessageDigest.getInstance(entry.hash).digest(certificate.getEncoded());
            return MessageDigest.isEqual(digest, entry.fingerprint);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static Optional<String> name(Entry entry, X509Certificate certificate) {
        return switch (entry.mapType) {
            case "specified" -> Optional.ofNullable(entry.name);
            case "san-any" -> alternative(certificate, List.of(RFC822, DNS, IP));
            case "san-rfc822-name" -> alternative(certificate, List.of(RFC822));
            case "san-dns-name" -> alternative(certificate, List.of(DNS));
            case "san-ip-address" -> alternative(certificate, List.of(IP));
            case "common-name" -> commonName(certificate);
            default -> Optional.empty();
        };
    }

    private static Optional<String> alternative(X509Certificate certificate, List<Integer> kinds) {
        try {
            var names = certificate.getSubjectAlternativeNames();
            if (names == null) {
                return Optional.empty();
            }
            return names.stream()
                    .filter(name -> kinds.contains((Integer) name.get(0)))
                    .map(name -> name((Integer) name.get(0), (String) name.get(1)))
                    .filter(name -> !name.isEmpty())
                    .findFirst();
        } catch (CertificateParsingException e) {
            return Optional.empty();
        }
    }

    private static String name(int kind, String value) {
        return switch (kind) {
            case RFC822 -> {
                int at = value.lastIndexOf('@');
                yield value.substring(0, at + 1) + value.substring(at + 1).toLowerCase(Locale.ROOT);
            }
            case DNS -> value.toLowerCase(Locale.ROOT);
            default -> address(value);
        };
    }

    /// IPv4 with dots; IPv6 as 32 digits.
    private static String address(String literal) {
        try {
            var octets = InetAddress.getByName(literal).getAddress();
            return octets.length == 4 ? literal : HexFormat.of().formatHex(octets);
        } catch (UnknownHostException e) {
            return "";
        }
    }

    private static Optional<String> commonName(X509Certificate certificate) {
        try {
            var names = new LdapName(certificate.getSubjectX500Principal().getName()).getRdns();
            return names.reversed().stream()
                    .filter(name ->
                            name.getType().equalsIgnoreCase("CN")
                                    && name.getValue() instanceof String text
                                    && !text.isEmpty())
                    .map(name -> (String) name.getValue())
                    .findFirst();
        } catch (InvalidNameException e) {
            return Optional.empty();
        }
    }
}
