package org.lagopus.restconf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.Set;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// The server's key and certificate: made at the first start, signed by itself, and kept in a file
/// that only the owner may read, so that clients who have seen it know it again.
final class Certificate {
    /// The file's mode protects it; PKCS #12 wants a password all the same.
    static final String PASSWORD = "lagopus";

    private static final Duration VALID = Duration.ofDays(3650);

    private Certificate() {}

    /// Loads the key store, or makes it.
    ///
    /// @param address the server listens on; a name for the certificate unless it is a wildcard
    static KeyStore load(Path file, InetAddress address)
            throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance("PKCS12");
        if (Files.exists(file)) {
            try (var in = Files.newInputStream(file)) {
                store.load(in, PASSWORD.toCharArray());
            } catch (IOException e) {
                throw new IOException("cannot read the certificate in " + file, e);
            }
            return store;
        }
        store.load(null, null);
        create(store, names(address));
        save(store, file);
        return store;
    }

    private static void create(KeyStore store, Set<GeneralName> names)
            throws GeneralSecurityException, IOException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        var pair = generator.generateKeyPair();
        var subject = new X500NameBuilder().addRDN(BCStyle.CN, hostName()).build();
        var now = Instant.now();
        var builder =
                new JcaX509v3CertificateBuilder(
                        subject,
                        new BigInteger(120, new SecureRandom()).setBit(120),
                        Date.from(now.minus(Duration.ofDays(1))),
                        Date.from(now.plus(VALID)),
                        subject,
                        pair.getPublic());
        builder.addExtension(
                Extension.subjectAlternativeName,
                false,
                new GeneralNames(names.toArray(GeneralName[]::new)));
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
        builder.addExtension(
                Extension.extendedKeyUsage,
                false,
                new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
        try {
            var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate());
            var certificate =
                    new JcaX509CertificateConverter().getCertificate(builder.build(signer));
            store.setKeyEntry(
                    "restconf",
                    pair.getPrivate(),
                    PASSWORD.toCharArray(),
                    new java.security.cert.Certificate[] {certificate});
        } catch (OperatorCreationException e) {
            throw new GeneralSecurityException(e);
        }
    }

    /// Whole or not at all, and never readable for others.
    private static void save(KeyStore store, Path file)
            throws IOException, GeneralSecurityException {
        var bytes = new ByteArrayOutputStream();
        store.store(bytes, PASSWORD.toCharArray());
        Files.createDirectories(file.toAbsolutePath().getParent());
        var next = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(next);
        var owner = PosixFilePermissions.fromString("rw-------");
        try (var out =
                FileChannel.open(
                        next,
                        EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(owner))) {
            var buffer = ByteBuffer.wrap(bytes.toByteArray());
            while (buffer.hasRemaining()) {
                out.write(buffer);
            }
            out.force(true);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Set<GeneralName> names(InetAddress address) {
        var names = new LinkedHashSet<GeneralName>();
        names.add(new GeneralName(GeneralName.dNSName, "localhost"));
        names.add(new GeneralName(GeneralName.dNSName, hostName()));
        names.add(new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
        names.add(new GeneralName(GeneralName.iPAddress, "::1"));
        if (!address.isAnyLocalAddress()) {
            names.add(new GeneralName(GeneralName.iPAddress, address.getHostAddress()));
        }
        return names;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException _) {
            return "localhost";
        }
    }
}
