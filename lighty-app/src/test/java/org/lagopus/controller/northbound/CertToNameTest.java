package org.lagopus.controller.northbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lagopus.controller.JsonData;
import org.lagopus.controller.northbound.Credentials.Unusable;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.ModelSources;
import org.lagopus.yang.FirstModuleSet;

/// Users by certificate, RFC 7407 and RFC 7589 §7.
@Tag("R4")
class CertToNameTest {
    private static Model model;
    private static KeyPair keys;
    private static X509Certificate authority;

    @BeforeAll
    static void issues() throws Exception {
        model =
                Model.load(
                        new ModelSources(
                                FirstModuleSet.IMPLEMENTED, List.of(), FirstModuleSet.FEATURES));
        keys = KeyPairGenerator.getInstance("EC").generateKeyPair();
        authority = certificate("CN=authority", keys);
    }

    private static X509Certificate certificate(String name, KeyPair pair, GeneralName... others)
            throws Exception {
        var now = Instant.now();
        var builder =
                new JcaX509v3CertificateBuilder(
                        new X500Name("CN=authority"),
                        BigInteger.valueOf(System.nanoTime()),
                        Date.from(now.minus(Duration.ofDays(1))),
                        Date.from(now.plus(Duration.ofDays(1))),
                        new X500Name(name),
                        pair.getPublic());
        if (others.length > 0) {
            builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(others));
        }
        var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
        return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
    }

    private static X509Certificate client(String name, GeneralName... others) throws Exception {
        return certificate(name, KeyPairGenerator.getInstance("EC").generateKeyPair(), others);
    }

    private static String fingerprint(String prefix, String hash, X509Certificate certificate)
            throws Exception {
        var digest = MessageDigest.getInstance(hash).digest(certificate.getEncoded());
        return prefix + ":" + HexFormat.ofDelimiter(":").formatHex(digest);
    }

    private static String byAuthority() throws Exception {
        return fingerprint("04", "SHA-256", authority);
    }

    private record Line(String fingerprint, String mapType, String name) {}

    private static CertToName map(Line... lines) throws Exception {
        var entries = new ArrayList<Map<String, Object>>();
        for (var line : lines) {
            var mapType = "ietf-x509-cert-to-name:" + line.mapType();
            int id = lines.length - entries.size();
            entries.add(
                    line.name().isEmpty()
                            ? Map.of(
                                    "id",
                                    id,
                                    "fingerprint",
                                    line.fingerprint(),
                                    "map-type",
                                    mapType)
                            : Map.of(
                                    "id",
                                    id,
                                    "fingerprint",
                                    line.fingerprint(),
                                    "map-type",
                                    mapType,
                                    "name",
                                    line.name()));
        }
        var endpoint =
                Map.of(
                        "name",
                        "e",
                        "tls",
                        Map.of("client-identities", Map.of("cert-to-name", entries)));
        var json =
                JsonMapper.builder()
                        .build()
                        .writeValueAsString(
                                Map.of(
                                        "lagopus-northbound:northbound",
                                        Map.of(
                                                "netconf",
                                                Map.of(
                                                        "endpoints",
                                                        Map.of("endpoint", List.of(endpoint))))));
        var root =
                Content.of(
                        model,
                        model.parse("/lagopus-northbound:northbound"),
                        Optional.of(JsonData.container(model, json)));
        var identities =
                root.in("netconf")
                        .in("endpoints")
                        .entries("endpoint")
                        .getFirst()
                        .in("tls")
                        .in("client-identities");
        return CertToName.of(identities, List.of(authority));
    }

    private static Optional<String> user(String mapType, X509Certificate certificate)
            throws Exception {
        return map(new Line(byAuthority(), mapType, "")).user(List.of(certificate));
    }

    @Test
    void makesTheNameAsTheMapTypeSays() throws Exception {
        var mail = new GeneralName(GeneralName.rfc822Name, "Joe.Cool@EXAMPLE.com");
        var host = new GeneralName(GeneralName.dNSName, "Host.Example.COM");
        var four = new GeneralName(GeneralName.iPAddress, "192.0.2.7");
        var six = new GeneralName(GeneralName.iPAddress, "2001:db8::1");
        var all = client("CN=joe,O=Example", host, mail, six, four);

        assertThat(user("san-rfc822-name", all)).contains("Joe.Cool@example.com");
        assertThat(user("san-dns-name", all)).contains("host.example.com");
        assertThat(user("san-ip-address", all)).contains("20010db8000000000000000000000001");
        assertThat(user("san-ip-address", client("CN=x", four))).contains("192.0.2.7");
        assertThat(user("san-any", all)).contains("host.example.com");
        assertThat(user("common-name", all)).contains("joe");
        assertThat(user("common-name", client("O=nobody"))).isEmpty();
        assertThat(user("san-any", client("CN=joe"))).isEmpty();
    }

    @Test
    void triesTheEntriesByIdUntilOneGivesAName() throws Exception {
        var joe = client("CN=joe");
        var other = client("CN=other");
        var mapped =
                map(
                        new Line(byAuthority(), "common-name", ""),
                        new Line(fingerprint("02", "SHA-1", joe), "specified", "operator"),
                        new Line(byAuthority(), "san-dns-name", ""));

        assertThat(mapped.user(List.of(joe))).contains("operator");
        assertThat(mapped.user(List.of(other))).contains("other");
    }

    @Test
    void anIssuerCountsOnlyIfItHasSignedAndIsHeld() throws Exception {
        var strange = KeyPairGenerator.getInstance("EC").generateKeyPair();
        var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(strange.getPrivate());
        var forged =
                new JcaX509CertificateConverter()
                        .getCertificate(
                                new JcaX509v3CertificateBuilder(
                                                new X500Name("CN=authority"),
                                                BigInteger.ONE,
                                                new Date(),
                                                Date.from(Instant.now().plusSeconds(60)),
                                                new X500Name("CN=admin"),
                                                strange.getPublic())
                                        .build(signer));

        assertThat(user("common-name", forged)).isEmpty();
        // It is shown, but not held.
        var shown = client("CN=issuer");
        assertThat(
                        map(new Line(fingerprint("04", "SHA-256", shown), "common-name", ""))
                                .user(List.of(client("CN=joe"), shown)))
                .isEmpty();
    }

    @Test
    void aFingerprintOfAnUnknownHashIsRefused() {
        assertThatThrownBy(() -> map(new Line("09:00", "common-name", "")))
                .isInstanceOf(Unusable.class)
                .hasMessageContaining("04 is SHA-256");
    }
}
