package org.lagopus.agent.dataplane;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.lagopus.agent.dataplane.config.Configuration;
import org.lagopus.agent.dataplane.model.Change;
import org.lagopus.agent.dataplane.routes.Grants;
import org.lagopus.agent.dataplane.routes.RouteOperations;
import org.lagopus.agent.dataplane.worker.Dataplane;
import org.lagopus.agent.dataplane.worker.Link;
import org.lagopus.agent.dataplane.worker.Outcome;
import org.lagopus.agent.dataplane.worker.Transaction;
import org.lagopus.component.Edit;
import org.lagopus.component.Handler;
import org.lagopus.component.Page;
import org.lagopus.component.Refusal;
import org.lagopus.component.RefusedException;
import org.lagopus.component.ring.RingClient;
import org.lagopus.component.ring.messages.InstanceEntry;
import org.lagopus.component.ring.messages.LinkEvent;
import org.lagopus.component.ring.messages.RingError;
import org.lagopus.component.ring.messages.Table;
import org.lagopus.component.routes.RouteClient;
import org.lagopus.component.wire.Severity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/// Stands between the datastore and the worker: takes what the datastore commits, makes a
/// transaction with the worker of it, and tells the datastore how the worker is.
///
///     Idle --prepare--> Prepared --commit--> Committed --next prepare--> Prepared
///      ^                   |  |                 |
///      |<------abort-------+  +--refused--> Failed --abort--> Idle
///      +<--------------- abort: back to what ran before ---+
///
/// Everything here belongs to the thread "agent"; the datastore's thread hands its calls over and
/// waits, those of the worker's link hand over and go on.
final class Agent implements Handler, AutoCloseable {
    static final String RESOURCE = "/lagopus-dataplane:dataplane";
    static final String WORKER_ABSENT = "worker-absent";
    static final String CONFIGURATION_INCOMPLETE = "configuration-incomplete";

    private static final Logger LOG = LoggerFactory.getLogger(Agent.class);
    private static final Duration RECONNECT = Duration.ofMillis(200);
    private static final Duration RETRY = Duration.ofSeconds(10);
    private static final Duration STUCK = Duration.ofSeconds(30);
    private static final int MOST_LEFT_OUT = 1000;

    private enum Step {
        PREPARED,
        COMMITTED,
        FAILED
    }

    /// The change at hand.
    ///
    /// @param transaction null if the worker need not hear of it
    private record Pending(
            long generation,
            long base,
            Configuration.Draft draft,
            @Nullable Transaction transaction,
            Step step) {
        Pending at(Step next) {
            return new Pending(generation, base, draft, transaction, next);
        }
    }

    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("agent").daemon().factory());
    private final Configuration configuration = new Configuration();
    private final Dataplane.Connector connector;
    private final Controller controller;
    private final String remedy;
    private final Report report;
    private final RingClient.@Nullable Settings rings;
    private volatile @Nullable RouteOperations routes;

    private volatile Link link = new Link.Absent("not connected yet");
    private final Grants grants = new Grants(() -> link.dataplane(), configuration.staleSeconds());
    private boolean known;
    private volatile long generation;
    private @Nullable Pending pending;
    private boolean incomplete;
    private boolean damaged;
    private long nextRetry;
    private long replays;
    private long nextReport;
    private volatile long lastTick = System.nanoTime();

    /// @param worker where the worker should be, for whoever has to start it
    ///
    /// @param rings of it, for routes that are set by operations; null: there are no operations
    Agent(
            Dataplane.Connector connector,
            Controller controller,
            String worker,
            RingClient.@Nullable Settings rings) {
        this.rings = rings;
        this.connector = connector;
        this.controller = controller;
        this.remedy =
                "no worker at "
                        + worker
                        + ": start lagopus-worker (systemctl start lagopus-worker) and commit again";
        this.report = new Report(configuration, controller);
    }

    void start() {
        run(this::connect);
        if (rings != null) {
            routes = new RouteOperations(rings, grants, this::serving);
        }
        var _ = thread.scheduleWithFixedDelay(this::tick, 0, 100, TimeUnit.MILLISECONDS);
    }

    /// What `systemctl status` shows. Waits for nothing: it is told along with the watchdog's beat.
    String status() {
        return switch (link) {
            case Link.Absent(var why) -> "worker absent: " + why;
            case Link.Waiting _ -> "worker there, waiting for the configuration";
            case Link.Loading _ -> "loading the worker";
            case Link.Serving _ -> "serving generation " + generation;
        };
    }

    /// Whether the agent's thread gets on with its work; a commit may take its time.
    boolean isMoving() {
        return System.nanoTime() - lastTick < STUCK.toNanos();
    }

    Link link() {
        return call(() -> link);
    }

    private Optional<Dataplane> serving() {
        return link instanceof Link.Serving(var dataplane)
                ? Optional.of(dataplane)
                : Optional.empty();
    }

    // --- the datastore's side

    @Override
    public List<Refusal> prepare(org.lagopus.component.Change change) {
        return call(() -> doPrepare(change));
    }

    @Override
    public List<Refusal> commit(long committed) {
        return call(() -> doCommit(committed));
    }

    @Override
    public List<Refusal> abort(long aborted) {
        return call(() -> doAbort(aborted));
    }

    @Override
    public List<Refusal> replace(long whole, List<Edit> edits) {
        return call(() -> doReplace(whole, edits));
    }

    @Override
    public void connected() {
        run(() -> {
            report.forget();
            nextReport = 0;
        });
    }

    // --- the API of volatile routes, beside the configuration

    @Override
    public String grant(String api, String client, List<String> scopes) throws RefusedException {
        if (!api.equals(RouteClient.API)) {
            throw new RefusedException("operation-not-supported", api + " is not granted here");
        }
        return grants.grant(client, scopes).hexadecimal();
    }

    @Override
    public void revoke(String api, String client) {
        grants.revoke(client);
    }

    @Override
    public @Nullable JsonNode invoke(String operation, JsonNode input, String user)
            throws RefusedException {
        var by = routes;
        if (by == null) {
            throw new RefusedException("operation-not-supported", operation + " is not done here");
        }
        LOG.debug("{} for {}", operation, user);
        return by.invoke(operation, input);
    }

    @Override
    public Optional<JsonNode> entry(String list, Map<String, JsonNode> keys)
            throws RefusedException {
        return provider(list).entry(keys);
    }

    @Override
    public Page page(String list, @Nullable String after, int most) throws RefusedException {
        return provider(list).page(after, most);
    }

    private RouteOperations provider(String list) throws RefusedException {
        var by = routes;
        if (by == null || !list.equals(RouteOperations.FORWARDING)) {
            throw new RefusedException("operation-not-supported", list + " is not provided here");
        }
        return by;
    }

    // --- commits

    private List<Refusal> doPrepare(org.lagopus.component.Change change) {
        settle();
        if (!known) {
            know(); // a datastore that never had a configuration has nothing to replay
        }
        if (!(link instanceof Link.Serving(var dataplane))) {
            return List.of(Refusal.of("resource-denied", WORKER_ABSENT + ": " + remedy));
        }
        var draft = configuration.prepare(change.edits());
        if (!draft.refusals().isEmpty()) {
            return draft.refusals();
        }
        Transaction transaction = null;
        if (!draft.changes().isEmpty()) {
            transaction =
                    new Transaction(dataplane, change.generation(), name(change.transaction()));
            switch (transaction.prepare(false, draft.changes())) {
                case Outcome.Done _ -> {}
                case Outcome.Refused refused -> {
                    var reasons = Reasons.of(refused, configuration, draft);
                    configuration.forget();
                    LOG.info("the worker does not prepare it: {}", reasons);
                    return reasons;
                }
                case Outcome.Lost(var why) -> {
                    configuration.forget();
                    lose(dataplane, why);
                    return List.of(Refusal.of("operation-failed", "worker lost: " + why));
                }
            }
        }
        pending =
                new Pending(change.generation(), change.base(), draft, transaction, Step.PREPARED);
        return List.of();
    }

    /// As the worker has it; 0 for none.
    private static long name(@Nullable String transaction) {
        try {
            return transaction == null ? 0 : Long.parseUnsignedLong(transaction, 16);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private List<Refusal> doCommit(long committed) {
        var at = pending;
        if (at == null || at.generation() != committed) {
            return List.of(
                    Refusal.of("operation-failed", "generation " + committed + " is not prepared"));
        }
        if (at.step() == Step.COMMITTED) {
            return List.of(); // asked again
        }
        var refusals = at.transaction() == null ? List.<Refusal>of() : commit(at, at.transaction());
        if (!refusals.isEmpty()) {
            pending = at.at(Step.FAILED);
            return refusals;
        }
        configuration.commit(at.draft());
        generation = committed;
        pending = at.at(Step.COMMITTED);
        nextReport = 0;
        return List.of();
    }

    private List<Refusal> commit(Pending at, Transaction transaction) {
        if (!(link instanceof Link.Serving(var dataplane)) || !transaction.isWith(dataplane)) {
            return List.of(
                    Refusal.of("operation-failed", "the worker went between prepare and commit"));
        }
        return switch (transaction.commit()) {
            case Outcome.Done _ -> List.of();
            case Outcome.Refused refused -> {
                damaged |=
                        refused.faults().stream()
                                .anyMatch(f -> f.error() == RingError.NOT_RESTORED);
                var reasons = Reasons.of(refused, configuration, at.draft());
                LOG.warn("the worker does not commit it: {}", reasons);
                yield reasons;
            }
            case Outcome.Lost(var why) -> {
                lose(dataplane, why);
                yield List.of(Refusal.of("operation-failed", "worker lost in commit: " + why));
            }
        };
    }

    private List<Refusal> doAbort(long aborted) {
        var at = pending;
        if (at == null || at.generation() != aborted) {
            return List.of();
        }
        pending = null;
        return switch (at.step()) {
            case PREPARED -> {
                abandon(at);
                yield List.of();
            }
            case FAILED -> {
                configuration.forget();
                repair();
                yield List.of();
            }
            case COMMITTED -> goBack(at);
        };
    }

    private void abandon(Pending at) {
        configuration.forget();
        var transaction = at.transaction();
        if (transaction != null
                && link instanceof Link.Serving(var dataplane)
                && transaction.isWith(dataplane)
                && !(transaction.abort() instanceof Outcome.Done)) {
            lose(dataplane, "it did not abort");
        }
    }

    /// The inverse transaction. Should the worker not take it, it is loaded from scratch.
    private List<Refusal> goBack(Pending at) {
        var changes = configuration.goBack();
        generation = at.base();
        nextReport = 0;
        if (changes.isEmpty() || !(link instanceof Link.Serving(var dataplane))) {
            return List.of();
        }
        var outcome = run(new Transaction(dataplane, at.base(), 0), false, changes);
        if (outcome instanceof Outcome.Done) {
            return List.of();
        }
        lose(dataplane, "it did not go back: " + outcome);
        return List.of(
                Refusal.of(
                        "operation-failed",
                        "the worker did not go back to generation "
                                + at.base()
                                + " and is loaded again"));
    }

    private List<Refusal> doReplace(long whole, List<Edit> edits) {
        settle();
        var refusals = new ArrayList<>(configuration.replace(edits));
        generation = whole;
        nextReport = 0;
        incomplete = !refusals.isEmpty();
        known = true;
        switch (link.on(new Link.Event.Known())) {
            case Link.Absent _, Link.Waiting _ -> {}
            case Link.Loading(var dataplane) -> refusals.addAll(load(dataplane));
            case Link.Serving(var dataplane) -> refusals.addAll(load(dataplane));
        }
        tellWhetherComplete(refusals);
        return refusals;
    }

    /// What was prepared and never decided is given up; what was committed stays for good.
    private void settle() {
        var at = pending;
        pending = null;
        if (at != null && at.step() != Step.COMMITTED) {
            abandon(at);
        }
        repair();
    }

    /// A worker that failed in commit and could not bring back what it had touched is told
    /// everything again. What it still cannot do is left out, with an alarm, and tried again later;
    /// otherwise every further commit would fail for it.
    private void repair() {
        if (damaged && link instanceof Link.Serving(var dataplane)) {
            tellWhetherComplete(load(dataplane));
        }
    }

    private static Outcome run(Transaction transaction, boolean replace, List<Change> changes) {
        var prepared = transaction.prepare(replace, changes);
        return prepared instanceof Outcome.Done ? transaction.commit() : prepared;
    }

    // --- the worker's side

    private void know() {
        known = true;
        configuration.replace(List.of());
        if (link.on(new Link.Event.Known()) instanceof Link.Loading(var dataplane)) {
            tellWhetherComplete(load(dataplane));
        }
    }

    private void connect() {
        if (!(link instanceof Link.Absent)) {
            return;
        }
        Thread.ofVirtual()
                .name("worker-connect")
                .start(() -> {
                    var losses = new Losses();
                    try {
                        var dataplane = connector.connect(losses);
                        run(() -> attached(dataplane, losses));
                    } catch (IOException e) {
                        run(() -> absent(String.valueOf(e.getMessage())));
                    }
                });
    }

    /// Hears from one connection, and may hear of its end before the agent knows of its beginning.
    private final class Losses implements Dataplane.Listener {
        private @Nullable Dataplane dataplane;
        private @Nullable String lost;

        @Override
        public void linkChanged(LinkEvent event) {
            run(() -> Agent.this.linkChanged(event));
        }

        @Override
        public void lost(String why) {
            run(() -> {
                lost = why;
                if (dataplane != null) {
                    lose(dataplane, why);
                }
            });
        }
    }

    private void absent(String why) {
        if (link instanceof Link.Absent(var before) && !before.equals(why)) {
            LOG.info("no worker: {}", why);
        }
        link = link.on(new Link.Event.Lost(why));
        controller.raise(RESOURCE, WORKER_ABSENT, Severity.CRITICAL, remedy);
        if (!thread.isShutdown()) {
            var _ = thread.schedule(this::connect, RECONNECT.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void attached(Dataplane dataplane, Losses losses) {
        losses.dataplane = dataplane;
        link = link.on(new Link.Event.Attached(dataplane));
        LOG.info("worker {} is there", dataplane.welcome().pid());
        if (losses.lost != null) {
            lose(dataplane, losses.lost);
            return;
        }
        if (replays == 0) {
            adoptNumbers(dataplane);
        }
        try {
            grants.tell(dataplane);
        } catch (IOException e) {
            lose(dataplane, "it grants nothing: " + e.getMessage());
            return;
        }
        if (known && link instanceof Link.Waiting) {
            link = link.on(new Link.Event.Known());
            tellWhetherComplete(load(dataplane));
        }
    }

    /// A worker that was there before the agent keeps its numbers: volatile routes name them.
    private void adoptNumbers(Dataplane dataplane) {
        try {
            var numbers = new HashMap<String, Integer>();
            dataplane.ports().forEach(p -> numbers.put(p.name(), (int) p.port()));
            configuration.portNumbersWere(numbers);
            var instances = new HashMap<String, Integer>();
            for (var row : dataplane.dump(Table.INSTANCE_TABLE)) {
                if (row instanceof InstanceEntry i) {
                    instances.put(i.name(), (int) i.instance());
                }
            }
            configuration.instanceNumbersWere(instances);
            configuration.renumber();
        } catch (IOException e) {
            lose(dataplane, String.valueOf(e.getMessage()));
        }
    }

    private void lose(Dataplane dataplane, String why) {
        if (link.dataplane().filter(dataplane::equals).isPresent()) {
            LOG.warn("worker lost: {}", why);
            dataplane.close();
            absent(why);
            nextReport = 0;
        }
    }

    /// Sends the whole desired state. What the worker will not have is left out, object by object.
    private List<Refusal> load(Dataplane dataplane) {
        link = new Link.Loading(dataplane);
        damaged = false;
        var nothing = new Configuration.Draft(Map.of(), List.of(), List.of());
        var leftOut = new ArrayList<Refusal>();
        for (int attempt = 0; attempt < MOST_LEFT_OUT; attempt++) {
            var transaction = new Transaction(dataplane, generation, 0);
            switch (run(transaction, true, configuration.running().all())) {
                case Outcome.Done _ -> {
                    link = link.on(new Link.Event.Replayed());
                    replays++;
                    report.replayed(replays);
                    LOG.info("worker runs generation {}", generation);
                    controller.clear(RESOURCE, WORKER_ABSENT);
                    nextReport = 0;
                    var by = routes;
                    if (by != null) {
                        by.served();
                    }
                    return leftOut;
                }
                case Outcome.Refused refused -> {
                    leftOut.addAll(Reasons.of(refused, configuration, nothing));
                    var keys =
                            refused.faults().stream()
                                    .map(Outcome.Fault::key)
                                    .filter(Objects::nonNull)
                                    .toList();
                    if (keys.isEmpty()) {
                        lose(dataplane, "it takes no configuration: " + refused.faults());
                        return leftOut;
                    }
                    keys.forEach(configuration::leaveOut);
                }
                case Outcome.Lost(var why) -> {
                    lose(dataplane, why);
                    return leftOut;
                }
            }
        }
        lose(dataplane, "it refuses everything");
        return leftOut;
    }

    private void tellWhetherComplete(List<Refusal> leftOut) {
        incomplete = !leftOut.isEmpty();
        nextRetry = System.nanoTime() + RETRY.toNanos();
        if (incomplete) {
            var first = leftOut.getFirst();
            controller.raise(
                    RESOURCE,
                    CONFIGURATION_INCOMPLETE,
                    Severity.MAJOR,
                    leftOut.size()
                            + " configured objects do not run; the first: "
                            + first.path()
                            + ": "
                            + first.message());
        } else {
            controller.clear(RESOURCE, CONFIGURATION_INCOMPLETE);
        }
    }

    /// Tries again what was left out: a device may have come back.
    private void retry() {
        if (!incomplete
                || (pending != null && pending.step() != Step.COMMITTED)
                || System.nanoTime() - nextRetry < 0
                || !(link instanceof Link.Serving(var dataplane))) {
            return;
        }
        nextRetry = System.nanoTime() + RETRY.toNanos();
        settle();
        var draft = configuration.retry();
        switch (run(new Transaction(dataplane, generation, 0), false, draft.changes())) {
            case Outcome.Done _ -> {
                configuration.commit(draft);
                tellWhetherComplete(draft.refusals());
            }
            case Outcome.Refused refused ->
                    tellWhetherComplete(Reasons.of(refused, configuration, draft));
            case Outcome.Lost(var why) -> lose(dataplane, why);
        }
    }

    private void linkChanged(LinkEvent event) {
        nextReport = 0;
        for (var view : configuration.interfaces()) {
            if (view.port().filter(p -> p.number() == event.port()).isPresent()) {
                var data = JsonNodeFactory.instance.objectNode();
                data.put("interface", view.name());
                data.put("oper-status", event.linkUp() ? "UP" : "DOWN");
                controller.event("lagopus-dataplane:link-change", data);
            }
        }
    }

    private void tick() {
        try {
            long now = System.nanoTime();
            lastTick = now;
            if (nextReport == 0 || now - nextReport >= 0) {
                nextReport = now + Duration.ofSeconds(configuration.statisticsSeconds()).toNanos();
                var by = routes;
                report.waiting(by == null ? 0 : by.waiting());
                report.send(link instanceof Link.Serving(var d) ? d : null, generation);
            }
            if (pending == null || pending.step() == Step.COMMITTED) {
                grants.staleAfter(configuration.staleSeconds());
            }
            retry();
        } catch (IOException e) {
            if (link instanceof Link.Serving(var dataplane)) {
                lose(dataplane, String.valueOf(e.getMessage()));
            }
        } catch (RuntimeException e) {
            LOG.error("the report failed", e); // and the next one may not
        }
    }

    // --- the thread

    private void run(Runnable work) {
        try {
            thread.execute(() -> {
                try {
                    work.run();
                } catch (RuntimeException e) {
                    LOG.error("the agent failed", e);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("closed already", e);
        }
    }

    private <T> T call(Callable<T> work) {
        try {
            var transaction = MDC.get(org.lagopus.component.Change.LOG_KEY);
            return thread.submit(
                            () -> {
                                try (var _ =
                                        MDC.putCloseable(
                                                org.lagopus.component.Change.LOG_KEY,
                                                transaction)) {
                                    return work.call();
                                }
                            })
                    .get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        if (thread.isShutdown()) {
            return;
        }
        var by = routes;
        if (by != null) {
            by.close();
        }
        run(() -> link.dataplane().ifPresent(Dataplane::close));
        thread.shutdown();
    }
}
