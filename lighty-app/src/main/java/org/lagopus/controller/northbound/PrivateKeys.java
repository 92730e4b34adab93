package org.lagopus.controller.northbound;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.params.RSAPrivateCrtKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.opendaylight.netconf.shaded.sshd.common.NamedResource;
import org.opendaylight.netconf.shaded.sshd.common.util.security.SecurityUtils;

/// Private keys in the formats of RFC 9640, with the public key that belongs to each.
final class PrivateKeys {
    private PrivateKeys() {}

    /// @param format the identity's name, such as `one-asymmetric-key-format`
    /// @throws GeneralSecurityException without a word of the key in its message
    static KeyPair read(String format, byte[] octets) throws GeneralSecurityException {
        try {
            var info =
                    switch (format) {
                        case "one-asymmetric-key-format" -> PrivateKeyInfo.getInstance(octets);
                        case "rsa-private-key-format" ->
                                new PrivateKeyInfo(
                                        new AlgorithmIdentifier(
                                                PKCSObjectIdentifiers.rsaEncryption,
                                                DERNull.INSTANCE),
                                        RSAPrivateKey.getInstance(octets));
                        case "ec-private-key-format" -> curve(octets);
                        default ->
                                throw new GeneralSecurityException(
                                        "private-key-format %s is not supported".formatted(format));
                    };
            return pair(info);
        } catch (IOException | IllegalArgumentException | IllegalStateException e) {
            throw new GeneralSecurityException("it is no private key of that format", e);
        }
    }

    private static PrivateKeyInfo curve(byte[] octets) throws IOException {
        var key = ECPrivateKey.getInstance(ASN1Sequence.getInstance(octets));
        return new PrivateKeyInfo(
                new AlgorithmIdentifier(
                        X9ObjectIdentifiers.id_ecPublicKey, key.getParametersObject()),
                key);
    }

    private static KeyPair pair(PrivateKeyInfo info) throws IOException, GeneralSecurityException {
        var secret = PrivateKeyFactory.createKey(info);
        AsymmetricKeyParameter open =
                switch (secret) {
                    case RSAPrivateCrtKeyParameters rsa ->
                            new RSAKeyParameters(false, rsa.getModulus(), rsa.getPublicExponent());
                    case ECPrivateKeyParameters ec ->
                            new ECPublicKeyParameters(
                                    ec.getParameters().getG().multiply(ec.getD()),
                                    ec.getParameters());
                    case Ed25519PrivateKeyParameters ed -> ed.generatePublicKey();
                    default ->
                            throw new GeneralSecurityException(
                                    "RSA, ECDSA and Ed25519 are supported");
                };
        var factory =
                KeyFactory.getInstance(
                        switch (secret) {
                            case RSAPrivateCrtKeyParameters _ -> "RSA";
                            case ECPrivateKeyParameters _ -> "EC";
                            default -> "Ed25519";
                        });
        return new KeyPair(
                factory.generatePublic(
                        new X509EncodedKeySpec(
                                SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(open)
                                        .getEncoded())),
                factory.generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded())));
    }

    /// The same pair as sshd wants it, whose Ed25519 is not that of the JDK.
    static KeyPair forSsh(KeyPair pair) throws GeneralSecurityException {
        if (!pair.getPrivate().getAlgorithm().equals("EdDSA")) {
            return pair;
        }
        var pem =
                "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n"
                        .formatted(
                                Base64.getEncoder().encodeToString(pair.getPrivate().getEncoded()));
        try (var in = new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII))) {
            var found =
                    SecurityUtils.loadKeyPairIdentities(
                            null, NamedResource.ofName("key"), in, null);
            if (found != null && found.iterator().hasNext()) {
                return found.iterator().next();
            }
        } catch (IOException e) {
            throw new GeneralSecurityException("it cannot be used for SSH", e);
        }
        throw new GeneralSecurityException("it cannot be used for SSH");
    }
}
