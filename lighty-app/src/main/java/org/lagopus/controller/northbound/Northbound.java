package org.lagopus.controller.northbound;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
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
import org.lagopus.controller.Alarms;
import org.lagopus.controller.JsonData;
import org.lagopus.controller.northbound.Credentials.Identity;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Participant;
import org.lagopus.datastore.Transaction;
import org.lagopus.datastore.Users;
import org.lagopus.netconf.CallHome;
import org.lagopus.netconf.HostKey;
import org.lagopus.netconf.NetconfServer;
import org.lagopus.netconf.Port;
import org.lagopus.netconf.Settings;
import org.lagopus.restconf.Door;
import org.lagopus.restconf.MetricsPage;
import org.lagopus.restconf.RestconfServer;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The servers of the box as one participant in its commits: what is new is bound and its keys are
/// read in `prepare`, connections find it after `commit`, and `abort` leaves nothing of it.
/// Sessions know none of this and go on.
public final class Northbound implements Participant, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Northbound.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final URI NOWHERE = URI.create("https://localhost:0");
    private static final long RETRY_SECONDS = 5;
    private static final long PATIENCE_SECONDS = 10;

    private final Datastore datastore;
    private final NetconfServer netconf;
    private final RestconfServer restconf;
    private final Reader reader;
    private final String fallbackScheme;
    private final List<YangInstanceIdentifier> subscriptions;
    private final Ports ports = new Ports();
    private final Calls calls = new Calls(() -> run(this::publish));
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("northbound").factory());
    private final Registration commits;

    // Owned by the thread.
    private State now;
    private Map<String, String> raised = Map.of();
    private @Nullable Step step;

    /// What is in force.
    private record State(Roots roots, Plan plan) {}

    /// A commit on its way.
    ///
    /// @param committed whether connections find it already
    private record Step(
            long generation, State before, State after, Ports.Change change, boolean committed) {}

    /// Where to listen while nothing is configured, and where the box keeps its own keys.
    ///
    /// @param restconf `https://HOST:PORT`, or `http://` on a loopback address
    public record Bootstrap(
            Optional<InetSocketAddress> netconf, Optional<URI> restconf, Path state) {}

    private Northbound(Bootstrap bootstrap, Datastore datastore, Users users) throws IOException {
        this.datastore = datastore;
        var model = datastore.model();
        subscriptions = Roots.paths(model);
        var hostKey = HostKey.at(bootstrap.state().resolve("ssh_host_key"));
        var web = web(bootstrap.restconf());
        fallbackScheme = bootstrap.restconf().map(URI::getScheme).orElse("https");
        var certificate = certificate(bootstrap.state(), web);
        netconf = NetconfServer.start(Settings.usual(), datastore, users);
        restconf =
                RestconfServer.open(
                        RestconfServer.Settings.of(
                                bootstrap.restconf().orElse(NOWHERE), bootstrap.state()),
                        datastore,
                        users);
        reader =
                new Reader(
                        netconf,
                        restconf,
                        new Reader.Own(hostKey, certificate),
                        new Reader.Fallback(bootstrap.netconf(), web));
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

    /// What [RestconfServer#requires] says, for all listeners.
    public void requires(Supplier<Map<String, Boolean>> components) {
        restconf.requires(components);
    }

    /// What [RestconfServer#metrics] says, for all listeners.
    public void metrics(MetricsPage page) {
        restconf.metrics(page);
    }

    private static Optional<Reader.Web> web(Optional<URI> url) throws IOException {
        if (url.isEmpty()) {
            return Optional.empty();
        }
        var address = RestconfServer.address(url.get());
        return Optional.of(new Reader.Web(address, url.get().getScheme().equals("https")));
    }

    private static Identity certificate(Path state, Optional<Reader.Web> web) throws IOException {
        var address =
                web.map(Reader.Web::address)
                        .map(InetSocketAddress::getAddress)
                        .orElseGet(InetAddress::getLoopbackAddress);
        return Identity.of(
                RestconfServer.ownCertificate(state, address), RestconfServer.ownPassword());
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
        grant(now.plan());
        calls.become(now.plan().callers());
        var errors = new ArrayList<DataError>();
        var listeners = now.plan().listeners();
        var change = ports.prepare(List.of(), listeners, errors);
        ports.swap(change, errors);
        listeners.stream()
                .filter(one -> one.path() == null)
                .forEach(one -> reader.listens(one.server(), ports.address(one)));
        now.plan().callers().stream()
                .filter(caller -> caller.wrong() != null)
                .map(Northbound::error)
                .forEach(errors::add);
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

    /// URL of the first listener of RESTCONF that listens.
    public Optional<String> url() {
        return call(() ->
                now.plan().listeners().stream()
                        .filter(one -> one.server().equals("restconf") && ports.listens(one))
                        .findFirst()
                        .map(one -> scheme(one) + "://" + Port.words(ports.address(one))));
    }

    private String scheme(Listener listener) {
        return listener.path() == null ? fallbackScheme : "https";
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
        plan.callers().stream()
                .filter(caller ->
                        caller.wrong() != null
                                && now.plan().callers().stream().noneMatch(caller::isAsBad))
                .map(Northbound::error)
                .forEach(errors::add);
        if (!errors.isEmpty()) {
            ports.drop(change);
            plan.doors().forEach(Door::close);
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
        grant(state.plan());
        calls.become(state.plan().callers());
        publish();
    }

    private void grant(Plan plan) {
        netconf.grant(plan.netconf());
        var limits = plan.restconf();
        restconf.grant(limits.maxBody(), limits.bodyTime(), limits.idleTime());
    }

    private static DataError error(Caller caller) {
        return DataError.at(
                caller.path(), ErrorTag.OPERATION_FAILED, String.valueOf(caller.wrong()));
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
        given.after().plan().doors().forEach(Door::close);
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
            done.before().plan().doors().forEach(Door::close);
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

    /// Tells in the operational state how listeners and calls are.
    private void publish() {
        var plan = now.plan();
        alarms(plan.listeners());
        var netconfState =
                Map.of(
                        "endpoints",
                        Map.of("endpoint", listeners("netconf")),
                        "call-home",
                        Map.of("client", plan.callers().stream().map(this::state).toList()));
        var restconfState = Map.of("endpoints", Map.of("endpoint", listeners("restconf")));
        var all =
                Map.of(
                        "lagopus-northbound:northbound",
                        Map.of("netconf", netconfState, "restconf", restconfState));
        try {
            var node = JsonData.container(datastore.model(), JSON.writeValueAsString(all));
            datastore.writeState(
                    List.of(Edit.replace(YangInstanceIdentifier.of(node.name()), node)));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            LOG.error("state of the servers", e);
        }
    }

    /// One for each listener that is configured and does not listen.
    private void alarms(List<Listener> listeners) {
        var down = new LinkedHashMap<String, String>();
        for (var one : listeners) {
            var path = one.path();
            if (path != null && !ports.listens(one)) {
                var id = "listener-%s-%s".formatted(one.server(), one.name());
                var text =
                        "%s %s does not listen on %s port %d: %s"
                                .formatted(
                                        one.server(),
                                        one.name(),
                                        one.address().getAddress().getHostAddress(),
                                        one.address().getPort(),
                                        whyNot(one));
                down.put(id, text);
                if (!text.equals(raised.get(id))) {
                    var resource = datastore.model().format(path);
                    Alarms.raise(datastore, id, "listener-down", "MAJOR", resource, text);
                }
            }
        }
        raised.keySet().stream()
                .filter(id -> !down.containsKey(id))
                .forEach(id -> Alarms.clear(datastore, id));
        raised = down;
    }

    private static String whyNot(Listener listener) {
        var wrong = listener.wrong();
        return wrong == null ? "the address cannot be had" : wrong;
    }

    private List<Map<String, Object>> listeners(String server) {
        return now.plan().listeners().stream()
                .filter(one -> one.server().equals(server) && one.path() != null)
                .map(one -> Map.of("name", one.name(), "state", state(one)))
                .toList();
    }

    private Map<String, Object> state(Caller caller) {
        var state = new LinkedHashMap<String, Object>();
        state.put("name", caller.name());
        calls.status(caller)
                .ifPresentOrElse(
                        status -> fill(state, status),
                        () -> {
                            state.put("connected", false);
                            state.put("last-error", String.valueOf(caller.wrong()));
                        });
        return Map.of("name", caller.name(), "state", state);
    }

    private static void fill(Map<String, Object> state, CallHome.Status status) {
        state.put("connected", status.connected());
        if (status.endpoint() != null) {
            state.put("endpoint", status.endpoint());
        }
        state.put("connections", Long.toString(status.connections()));
        state.put("attempts", Long.toString(status.attempts()));
        if (status.lastError() != null) {
            state.put("last-error", status.lastError());
        }
        state.put("last-change", status.since().truncatedTo(ChronoUnit.MILLIS).toString());
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
            state.put("last-error", whyNot(listener));
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
            calls.close();
            return true;
        });
        thread.shutdown();
        netconf.close();
        restconf.close();
        try {
            if (!thread.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("the servers do not come to rest");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
