package org.lagopus.netconf;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Users;

/// A datastore with the example modules and a server on it.
final class Box implements AutoCloseable {
    static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    final Datastore datastore;
    final NetconfServer server;

    /// Knows `admin` by the password `secret`, and whoever has the key.
    private record Known(@Nullable KeyPair key) implements Users {
        @Override
        public boolean password(String user, String password) {
            return user.equals("admin") && password.equals("secret");
        }

        @Override
        public boolean key(String user, PublicKey offered) {
            return key != null && Arrays.equals(key.getPublic().getEncoded(), offered.getEncoded());
        }
    }

    private final Port port;

    private Box(Path directory, Settings settings, @Nullable KeyPair key) throws Exception {
        datastore = Datastore.open(Fixture.MODEL, directory.resolve("state"), Clock.systemUTC());
        server = NetconfServer.start(settings, datastore, new Known(key));
        try {
            port = Port.bind(ANY);
            port.open(server.ssh(List.of(HostKey.at(directory.resolve("hostkey"))), null));
        } catch (IOException e) {
            server.close();
            datastore.close();
            throw e;
        }
    }

    /// Small limits and short times.
    static Settings tight() {
        return new Settings(
                3,
                500_000,
                4_096,
                1_000,
                20,
                100,
                Duration.ZERO,
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1));
    }

    static Box at(Path directory) throws Exception {
        return new Box(directory, Settings.usual(), null);
    }

    static Box at(Path directory, Settings settings) throws Exception {
        return new Box(directory, settings, null);
    }

    static Box at(Path directory, KeyPair key) throws Exception {
        return new Box(directory, Settings.usual(), key);
    }

    InetSocketAddress address() {
        return port.address();
    }

    @Override
    public void close() throws IOException {
        port.close();
        server.close();
        datastore.close();
    }
}
