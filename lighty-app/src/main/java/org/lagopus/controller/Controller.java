package org.lagopus.controller;

import com.fasterxml.jackson.databind.JsonNode;
import io.lighty.core.controller.api.AbstractLightyModule;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lagopus.controller.components.ComponentServer;
import org.lagopus.controller.components.ComponentSettings;
import org.lagopus.controller.metrics.Metrics;
import org.lagopus.controller.northbound.Northbound;
import org.lagopus.datastore.Audit;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.ModelException;
import org.lagopus.datastore.ModelSources;
import org.lagopus.datastore.audit.AuditLog;
import org.lagopus.yang.FirstModuleSet;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The controller as one lighty module: started in this order, stopped in the reverse one.
///
///     model, datastore, logging, audit log, yang-library, components, first users, NETCONF, RESTCONF
///
/// What cannot start ends the start with an exception whose message says what to mend.
final class Controller extends AbstractLightyModule {
    private static final Logger LOG = LoggerFactory.getLogger(Controller.class);

    private final Options options;
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private @Nullable Datastore datastore;
    private final List<String> ready = new ArrayList<>();

    Controller(Options options) {
        super(Executors.newSingleThreadExecutor(Thread.ofPlatform().name("lighty").factory()));
        this.options = options;
    }

    @Override
    protected boolean initProcedure() {
        try {
            start(
                    Model.load(
                            new ModelSources(
                                    FirstModuleSet.IMPLEMENTED,
                                    options.yang(),
                                    FirstModuleSet.FEATURES)));
            return true;
        } catch (IOException | ModelException | DatastoreException | IllegalArgumentException e) {
            throw new StartException(words(e), e);
        }
    }

    /// Files' exceptions say a name and leave the rest to their class.
    private static String words(Exception e) {
        return switch (e) {
            case NoSuchFileException file -> file.getFile() + ": no such file or directory";
            case AccessDeniedException file -> file.getFile() + ": permission denied";
            case FileAlreadyExistsException file -> file.getFile() + ": is no directory";
            case FileSystemException file when file.getReason() == null ->
                    file.getFile() + ": cannot be used";
            default -> String.valueOf(e.getMessage());
        };
    }

    private void start(Model model) throws IOException, DatastoreException {
        ownDirectory(options.state());
        ownDirectory(options.run());
        var store = Datastore.open(model, options.state(), Clock.systemUTC());
        datastore = store;
        store.access().recoveryUser(options.recoveryUser().orElse(null));
        parts.push(store);
        Logging.start(store, options.state().resolve("log"));
        store.findings().forEach(finding -> LOG.warn("{}", finding));
        audit(store);
        YangLibrary.publish(store);
        Alarms.publish(store, options.state(), Instant.now());
        Alarms.followQuarantine(store);
        Supplier<Map<String, Boolean>> required = Map::of;
        if (options.components()) {
            var components =
                    ComponentServer.start(
                            ComponentSettings.of(options.run(), options.state(), Controller::event),
                            store);
            parts.push(components);
            required = components::presence;
        }
        var aaa = new Aaa(model);
        var accounts = new Accounts(store, aaa);
        guard(store, aaa);
        firstUsers(store, accounts);
        AdminGroup.settle(store, options.state(), accounts.names());
        var logins =
                new Logins(
                        store,
                        aaa,
                        accounts,
                        new Radius(System::nanoTime),
                        new Throttle(System::nanoTime));
        var northbound =
                Northbound.start(
                        new Northbound.Bootstrap(
                                options.netconf(), options.restconf(), options.state()),
                        store,
                        logins);
        northbound.requires(required);
        parts.push(northbound);
        var metrics = new Metrics(store, Main.version());
        parts.push(metrics);
        northbound.metrics(metrics);
        northbound.address("netconf").ifPresent(address -> ready.add("netconf=" + address));
        northbound.url().ifPresent(url -> ready.add("restconf=" + url));
        LOG.info(
                "{} modules, generation {}, {}",
                model.sources().size(),
                store.generation(),
                readyLine());
    }

    /// What is committed to `/system/aaa` makes sense, and no password is kept in clear.
    private static void guard(Datastore store, Aaa aaa) {
        store.intake(new Passwords(aaa));
        var rules = new AccountRules(aaa, someone -> Alarms.nobodyCanLogIn(store, !someone));
        store.attach(rules);
        var now = store.read(Face.RUNNING).readNode(aaa.path()).orElse(null);
        if (store.generation() > 0 && !rules.someone(now)) {
            Alarms.nobodyCanLogIn(store, true);
        }
    }

    /// Every login, request and commit has its line from here on.
    private void audit(Datastore store) throws IOException {
        var directory = options.state().resolve("audit");
        var log = AuditLog.open(directory, Clock.systemUTC(), AuditSettings.of(store));
        parts.push(log);
        // What a crash has taken from the audit log is in the log of the commits.
        long last = log.lastCommit();
        store.commitsAfter(last == 0 ? store.generation() : last)
                .forEach(commit -> log.tell(Audit.Event.commit(commit, null)));
        store.audit(log);
        parts.push(
                store.onCommit((commit, change) -> {
                    log.tell(Audit.Event.commit(commit, AuditSettings.target(store, change)));
                    log.limits(AuditSettings.of(store));
                })
                        ::close);
    }

    private void firstUsers(Datastore store, Accounts accounts)
            throws IOException, DatastoreException {
        if (accounts.exist()) {
            return;
        }
        if (options.bootstrap().isEmpty()) {
            LOG.warn("no user is configured and there is no --bootstrap file: nobody can log in");
            return;
        }
        var file = options.bootstrap().get();
        var bootstrap = Bootstrap.read(file);
        bootstrap.commit(store);
        LOG.info("{} first users from {}", bootstrap.users().size(), file);
    }

    private static void event(String component, String topic, JsonNode data) {
        LOG.debug("event of {}: {} {}", component, topic, data);
    }

    /// `ready netconf=HOST:PORT restconf=URL`, each part only where it listens.
    String readyLine() {
        return "ready " + String.join(" ", ready);
    }

    /// Completes when the datastore has answered a read.
    CompletableFuture<Void> probe() {
        var store = datastore;
        return CompletableFuture.runAsync(() -> {
            if (store != null) {
                store.read(Face.RUNNING).readNode(YangInstanceIdentifier.of());
                store.generation();
            }
        });
    }

    @Override
    protected boolean stopProcedure() {
        var clean = true;
        for (var part = parts.poll(); part != null; part = parts.poll()) {
            try {
                part.close();
            } catch (Exception e) {
                LOG.error("{} did not stop", part.getClass().getSimpleName(), e);
                clean = false;
            }
        }
        return clean;
    }

    /// Made if it is not there, and closed to others: it holds keys and password hashes.
    private static void ownDirectory(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(
                    directory,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwxr-x---")));
        }
    }

    /// The controller cannot start; the message says why.
    static final class StartException extends RuntimeException {
        private static final long serialVersionUID = 1;

        StartException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
