package org.lagopus.netconf;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.opendaylight.netconf.shaded.sshd.common.NamedResource;
import org.opendaylight.netconf.shaded.sshd.common.config.keys.KeyUtils;
import org.opendaylight.netconf.shaded.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.opendaylight.netconf.shaded.sshd.common.util.security.SecurityUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The key by which clients know the box: made at first start, then always the same. The file has
/// the format of OpenSSH, so `ssh-keygen -lf` shows its fingerprint.
public final class HostKey {
    private static final Logger LOG = LoggerFactory.getLogger(HostKey.class);

    private HostKey() {}

    /// @throws IOException if the file cannot be used, saying why; it is never replaced
    public static KeyPair at(Path file) throws IOException {
        if (!Files.exists(file)) {
            create(file);
        }
        KeyPair key = null;
        try (var in = Files.newInputStream(file)) {
            var found =
                    SecurityUtils.loadKeyPairIdentities(
                            null, NamedResource.ofName(file.toString()), in, null);
            if (found != null && found.iterator().hasNext()) {
                key = found.iterator().next();
            }
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            throw unusable(file, e);
        }
        if (key == null) {
            throw unusable(file, null);
        }
        LOG.info("host key {} {}", file, KeyUtils.getFingerPrint(key.getPublic()));
        return key;
    }

    private static IOException unusable(Path file, @Nullable Exception cause) {
        return new IOException(
                file
                        + " holds no SSH host key that can be read; put the right file back, or"
                        + " remove it and a new key is made, which clients will not know",
                cause);
    }

    private static void create(Path file) throws IOException {
        var directory = file.toAbsolutePath().getParent();
        Files.createDirectories(directory);
        var fresh = Files.createTempFile(directory, ".hostkey", null, owner());
        try {
            var key = KeyUtils.generateKeyPair("ssh-ed25519", 256);
            try (OutputStream out = Files.newOutputStream(fresh)) {
                OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(key, "lagopus", null, out);
            }
            try (var channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot make a host key", e);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private static FileAttribute<Set<PosixFilePermission>> owner() {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    }
}
