package org.lagopus.controller.northbound;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lagopus.controller.JsonData;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Participant;
import org.lagopus.datastore.Transaction;
import org.lagopus.datastore.Users;
import org.lagopus.netconf.HostKey;
import org.lagopus.netconf.NetconfServer;
import org.lagopus.netconf.Port;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The servers of the box as one participant in its commits: what is new is bound and its keys are
/// read in `prepare`, connections find it after `commit`, and `abort` leaves nothing of it.
/// Sessions know none of this and go on.
public final class Northbound implements Participant, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Northbound.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final long RETRY_SECONDS = 5;
    private static final long PATIENCE_SECONDS = 10;

    private final Datastore datastore;
    private final NetconfServer netconf;
    private final Reader reader;
    private final List<YangInstanceIdentifier> subscriptions;
    private final Ports ports = new Ports();
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("northbound").factory());
    private final Registration commits;

    // Owned by the thread.
    private State now;
    private @Nullable Step step;

    /// What is in force.
    private record State(Roots roots, Plan plan) {}

    /// A commit on its way.
    ///
    /// @param committed whether connections find it already
    private record Step(
            long generation, State before, State after, Ports.Change change, boolean committed) {}

    /// Where to listen while nothing is configured, and where the box keeps its own keys.
    public record Bootstrap(Optional<InetSocketAddress> netconf, Path state) {}

    private Northbound(Bootstrap bootstrap, Datastore datastore, Users users) throws IOException {
        this.datastore = datastore;
        var model = datastore.model();
        subscriptions = Roots.paths(model);
        var hostKey = HostKey.at(bootstrap.state().resolve("ssh_host_key"));
        netconf = NetconfServer.start(org.lagopus.netconf.Settings.usual(), datastore, users);
        reader = new Reader(netconf, hostKey, new Reader.Fallback(bootstrap.netconf()));
        var roots = Roots.of(model, datastore.attach(this).running());
        now = new State(roots, reader.plan(roots));
        commits = datastore.onCommit((_, _) -> run(this::settle));
    }

    /// Listens. What is configured and cannot be had is logged and tried again; the rest serves.
    ///
    /// @throws IOException if the address of the command line cannot be had, or the box's own keys
    public static Northbound start(Bootstrap bootstrap, Datastore datastore, Users users)
            throws IOException {
        var northbound = new Northbound(bootstrap, datastore, users);
        try {
            northbound.begin();
        } catch (IOException e) {
            northbound.close();
            throw e;
        }
        return northbound;
    }

    private void begin() throws IOException {
        var errors = call(this::open);
        if (!errors.isEmpty()) {
            throw new IOException(errors.getFirst().message());
        }
        var _ =
                thread.scheduleWithFixedDelay(
                        this::retry, RETRY_SECONDS, RETRY_SECONDS, TimeUnit.SECONDS);
    }

    /// @return what ends the start
    private List<DataError> open() {
        netconf.grant(now.plan().netconf());
        var errors = new ArrayList<DataError>();
        var listeners = now.plan().listeners();
        var change = ports.prepare(List.of(), listeners, errors);
        ports.swap(change, errors);
        errors.stream()
                .filter(error -> error.path() != null)
                .forEach(error -> LOG.warn("{}", words(error)));
        publish();
        return errors.stream().filter(error -> error.path() == null).toList();
    }

    private String words(DataError error) {
        var path = error.path();
        return path == null
                ? error.message()
                : datastore.model().format(path) + ": " + error.message();
    }

    /// Where the first listener of a server is, in words, if it has one that listens.
    public Optional<String> address(String server) {
        return call(() ->
                now.plan().listeners().stream()
                        .filter(one -> one.server().equals(server) && ports.listens(one))
                        .findFirst()
                        .map(one -> Port.words(ports.address(one))));
    }

    private <T> T call(Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, thread).join();
    }

    private void run(Runnable work) {
        try {
            thread.execute(work);
        } catch (RejectedExecutionException e) {
            LOG.debug("closed", e);
        }
    }

    @Override
    public String name() {
        return "northbound";
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
        return subscriptions;
    }

    @Override
    public CompletionStage<List<DataError>> prepare(Transaction transaction) {
        return CompletableFuture.supplyAsync(() -> prepared(transaction), thread);
    }

    private List<DataError> prepared(Transaction transaction) {
        settle();
        var roots = now.roots().after(datastore.model(), transaction);
        var plan = reader.plan(roots);
        var errors = new ArrayList<DataError>();
        var change = ports.prepare(now.plan().listeners(), plan.listeners(), errors);
        if (!errors.isEmpty()) {
            ports.drop(change);
            return errors;
        }
        step = new Step(transaction.generation(), now, new State(roots, plan), change, false);
        return List.of();
    }

    @Override
    public CompletionStage<List<DataError>> commit(Transaction transaction) {
        return CompletableFuture.supplyAsync(() -> committed(transaction), thread);
    }

    private List<DataError> committed(Transaction transaction) {
        var prepared = step;
        if (prepared == null || prepared.generation() != transaction.generation()) {
            throw new IllegalStateException("not prepared: " + transaction.generation());
        }
        var errors = new ArrayList<DataError>();
        step =
                new Step(
                        prepared.generation(),
                        prepared.before(),
                        prepared.after(),
                        prepared.change(),
                        true);
        ports.swap(prepared.change(), errors);
        become(prepared.after());
        return errors;
    }

    private void become(State state) {
        now = state;
        netconf.grant(state.plan().netconf());
        publish();
    }

    @Override
    public CompletionStage<List<DataError>> abort(Transaction transaction) {
        return CompletableFuture.supplyAsync(() -> aborted(transaction), thread);
    }

    private List<DataError> aborted(Transaction transaction) {
        var given = step;
        if (given == null || given.generation() != transaction.generation()) {
            return List.of();
        }
        step = null;
        if (!given.committed()) {
            ports.drop(given.change());
            return List.of();
        }
        var errors = new ArrayList<DataError>();
        ports.back(given.change(), errors);
        become(given.before());
        return errors;
    }

    /// The commit stays: there is no way back any more.
    private void settle() {
        var done = step;
        if (done != null && done.committed()) {
            ports.settle(done.change());
            step = null;
        }
    }

    private void retry() {
        try {
            if (step == null && ports.retry(now.plan().listeners())) {
                publish();
            }
        } catch (RuntimeException e) {
            LOG.error("northbound", e);
        }
    }

    /// Tells in the operational state how the listeners are.
    private void publish() {
        var netconfEndpoints = new ArrayList<Map<String, Object>>();
        for (var listener : now.plan().listeners()) {
            if (listener.path() != null) {
                netconfEndpoints.add(Map.of("name", listener.name(), "state", state(listener)));
            }
        }
        try {
            var json =
                    JSON.writeValueAsString(
                            Map.of(
                                    "lagopus-northbound:northbound",
                                    Map.of(
                                            "netconf",
                                            Map.of(
                                                    "endpoints",
                                                    Map.of("endpoint", netconfEndpoints)))));
            var node = JsonData.container(datastore.model(), json);
            datastore.writeState(
                    List.of(Edit.replace(YangInstanceIdentifier.of(node.name()), node)));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            LOG.error("state of the servers", e);
        }
    }

    private Map<String, Object> state(Listener listener) {
        var state = new LinkedHashMap<String, Object>();
        state.put("name", listener.name());
        var address = ports.address(listener);
        boolean listens = ports.listens(listener);
        state.put("listening", listens);
        state.put("address", address.getAddress().getHostAddress());
        state.put("port", address.getPort());
        if (!listens) {
            var wrong = listener.wrong();
            state.put("last-error", wrong == null ? "the address cannot be had" : wrong);
        }
        return state;
    }

    /// Ends all sessions.
    @Override
    public void close() {
        commits.close();
        datastore.detach(this);
        call(() -> {
            ports.close();
            return true;
        });
        thread.shutdown();
        netconf.close();
        try {
            if (!thread.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("the servers do not come to rest");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
