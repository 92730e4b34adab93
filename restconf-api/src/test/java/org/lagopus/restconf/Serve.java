package org.lagopus.restconf;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Clock;
import java.util.List;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.ModelException;
import org.lagopus.datastore.ModelSources;
import org.lagopus.datastore.Users;

/// Serves the modules of a directory, for trying things out: `Serve URL STATE YANG`, user admin,
/// password admin.
final class Serve {
    private Serve() {}

    /// One user.
    private static final class Admin implements Users {
        @Override
        public boolean password(String user, String password) {
            return user.equals("admin") && password.equals("admin");
        }

        @Override
        public boolean key(String user, PublicKey key) {
            return false;
        }
    }

    static void main(String[] args)
            throws ModelException, IOException, DatastoreException, InterruptedException {
        var state = Path.of(args[1]);
        var model = Model.load(new ModelSources(List.of(), List.of(Path.of(args[2]))));
        var datastore = Datastore.open(model, state, Clock.systemUTC());
        var settings = RestconfServer.Settings.of(URI.create(args[0]), state);
        var server = RestconfServer.start(settings, datastore, new Admin());
        System.out.println("ready restconf=" + server.url());
        Thread.currentThread().join();
    }
}
