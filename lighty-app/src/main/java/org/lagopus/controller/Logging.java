package org.lagopus.controller;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.net.Protocol;
import org.jspecify.annotations.Nullable;
import org.lagopus.controller.northbound.Content;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Face;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.Participant;
import org.lagopus.datastore.Transaction;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Follows lagopus-logging.yang for this process: files and sockets are opened while a commit is
/// prepared, lines go to them when it is carried out.
final class Logging implements Participant {
    private static final Logger LOG = LoggerFactory.getLogger(Logging.class);
    private static final String PROCESS = "lagopusd";

    private final Model model;
    private final YangInstanceIdentifier path;
    private final Path directory;
    private final LogSinks sinks;
    private LogSinks.Settings before = new LogSinks.Settings();
    private LogSinks.@Nullable Made next;
    private long carriedOut;

    private Logging(Model model, Path directory) {
        this.model = model;
        this.directory = directory;
        path = model.parse("/lagopus-logging:logging");
        sinks = new LogSinks(directory);
    }

    /// Logs as running says, and takes part in the commits that change it. A sink that cannot be
    /// opened at the start is left out with a warning: the box has to boot.
    ///
    /// @param directory where log files are
    static void start(Datastore datastore, Path directory) {
        var logging = new Logging(datastore.model(), directory);
        var booted = logging.settings(datastore.read(Face.RUNNING).readNode(logging.path));
        try {
            logging.sinks.use(logging.sinks.make(booted));
        } catch (IOException e) {
            LOG.warn("{}", logging.unwritable(e));
        }
        datastore.attach(logging);
    }

    @Override
    public String name() {
        return "logging";
    }

    @Override
    public int faces() {
        return 2;
    }

    @Override
    public boolean required() {
        return true;
    }

    @Override
    public Collection<YangInstanceIdentifier> subscriptions() {
        return List.of(path);
    }

    @Override
    public synchronized CompletionStage<List<DataError>> prepare(Transaction transaction) {
        forget();
        var after =
                transaction.slices().isEmpty()
                        ? null
                        : transaction.slices().getFirst().getRootNode().dataAfter();
        try {
            next = sinks.make(settings(Optional.ofNullable(after)));
            return CompletableFuture.completedFuture(List.of());
        } catch (IOException e) {
            return CompletableFuture.completedFuture(
                    List.of(DataError.at(path, ErrorTag.OPERATION_FAILED, unwritable(e))));
        }
    }

    @Override
    public synchronized CompletionStage<List<DataError>> commit(Transaction transaction) {
        var made = next;
        if (made != null) {
            before = sinks.settings();
            next = null;
            sinks.use(made);
            carriedOut = transaction.generation();
        }
        return CompletableFuture.completedFuture(List.of());
    }

    @Override
    public synchronized CompletionStage<List<DataError>> abort(Transaction transaction) {
        forget();
        if (carriedOut != transaction.generation()) {
            return CompletableFuture.completedFuture(List.of());
        }
        carriedOut = 0;
        try {
            sinks.use(sinks.make(before));
            return CompletableFuture.completedFuture(List.of());
        } catch (IOException e) {
            return CompletableFuture.completedFuture(
                    List.of(DataError.at(path, ErrorTag.OPERATION_FAILED, unwritable(e))));
        }
    }

    private void forget() {
        if (next != null) {
            sinks.close(next);
            next = null;
        }
    }

    private String unwritable(IOException e) {
        return "the log file cannot be written: make %s a directory in which lagopusd may write (%s)"
                .formatted(directory, e);
    }

    LogSinks.Settings settings(Optional<? extends NormalizedNode> logging) {
        return Content.of(model, path, logging).entries("component").stream()
                .filter(component -> component.known("name").equals(PROCESS))
                .findFirst()
                .map(Logging::settings)
                .orElseGet(LogSinks.Settings::new);
    }

    private static LogSinks.Settings settings(Content component) {
        var file = component.in("file").in("config");
        return new LogSinks.Settings(
                component.in("config").text("level").map(Level::valueOf),
                component.in("console").in("config").is("enabled"),
                file.is("enabled")
                        ? Optional.of(
                                new LogSinks.LogFile(
                                        (int) file.number("maximum-file-size"),
                                        (int) file.number("maximum-files")))
                        : Optional.empty(),
                component.in("remote-servers").entries("remote-server").stream()
                        .map(server -> server.in("config"))
                        .map(config ->
                                new LogSinks.Remote(
                                        config.known("address"),
                                        (int) config.number("port"),
                                        config.known("transport").equals("tcp")
                                                ? Protocol.TCP
                                                : Protocol.UDP))
                        .toList());
    }
}
