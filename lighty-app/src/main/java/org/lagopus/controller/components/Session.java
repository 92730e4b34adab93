package org.lagopus.controller.components;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.lagopus.component.wire.Message;
import org.lagopus.component.wire.Outgoing;
import org.lagopus.component.wire.Parts;
import org.lagopus.component.wire.ProtocolException;
import org.lagopus.component.wire.Severity;
import org.lagopus.component.wire.WireEdit;
import org.lagopus.component.wire.WireError;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.Commit;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Participant;
import org.lagopus.datastore.Transaction;
import org.opendaylight.yangtools.concepts.Registration;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeCandidate;
import org.opendaylight.yangtools.yang.data.tree.api.DataTreeSnapshot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// One connection, from its hello to its end.
///
///     Greeting --hello--> Serving --end of any kind--> Gone
///
/// While serving it is the coordinator's participant of that name. Who carries its messages, what time
/// it is and which threads there are is told from outside. What comes in and the ticks of the clock
/// belong to one thread; what the coordinator asks is queued under a lock, so that a `replace` and
/// the changes after it reach the component in the order in which they happened.
final class Session implements Participant {
    private static final Logger LOG = LoggerFactory.getLogger(Session.class);

    private static final int MISSED_HEARTBEATS = 3;
    private static final Set<String> TAGS =
            Set.of(
                    "in-use",
                    "invalid-value",
                    "too-big",
                    "missing-attribute",
                    "bad-attribute",
                    "unknown-attribute",
                    "missing-element",
                    "bad-element",
                    "unknown-element",
                    "unknown-namespace",
                    "access-denied",
                    "lock-denied",
                    "resource-denied",
                    "rollback-failed",
                    "data-exists",
                    "data-missing",
                    "operation-not-supported",
                    "operation-failed");

    private enum Kind {
        REPLACE,
        PREPARE,
        COMMIT,
        ABORT
    }

    /// A request that waits for its answer until `deadline`, in nanoseconds.
    private record Request(
            Kind kind,
            long generation,
            List<String> paths,
            long deadline,
            CompletableFuture<List<DataError>> answer) {}

    private final Shared shared;
    private final Outgoing out;
    private final Peer peer;
    private final Calls calls;
    private final List<Registration> registered = new ArrayList<>();
    private final Map<Long, Request> requests = new ConcurrentHashMap<>();
    private final Object order = new Object();

    private volatile Message.@Nullable Hello hello;
    private volatile List<YangInstanceIdentifier> subscriptions = List.of();
    private volatile List<Watch> watches = List.of();
    private long heard;
    private long said;
    private boolean settled;
    private boolean isShutOut;
    private volatile boolean gone;
    private volatile @Nullable String expelled;

    // Written under the lock.
    private volatile boolean attached;

    /// Paths of the records of the change under preparation.
    private volatile List<String> paths = List.of();

    // Under the lock. The generation under preparation, if it has no record of this component in
    // it.
    private long untouched = -1;

    Session(Shared shared, Outgoing out, Peer peer) {
        this.shared = shared;
        this.out = out;
        this.peer = peer;
        calls = new Calls(shared.ids(), shared.nanos(), out);
        heard = shared.nanos().getAsLong();
        said = heard;
    }

    // --- the connection's thread --------------------------------------------------------------

    /// Whether commits ask it.
    boolean isServing() {
        return attached && !gone;
    }

    /// Something of a message has arrived.
    void heard() {
        heard = shared.nanos().getAsLong();
    }

    /// Heartbeats and deadlines.
    ///
    /// @throws IOException if the connection has to end
    void tick(long now) throws IOException {
        var why = expelled;
        if (why != null) {
            throw new IOException(why);
        }
        long beat = shared.settings().heartbeatMillis() * 1_000_000;
        if (now - heard > MISSED_HEARTBEATS * beat) {
            throw new IOException("no sign of life");
        }
        if (hello != null && now - said >= beat) {
            out.send(new Message.Heartbeat());
            said = now;
        }
        calls.tick(now);
        for (var entry : requests.entrySet()) {
            if (now - entry.getValue().deadline() >= 0) {
                overdue(entry.getKey(), entry.getValue());
            }
        }
    }

    private void overdue(long id, Request request) throws IOException {
        if (!requests.remove(id, request)) {
            return;
        }
        var what = request.kind().name().toLowerCase(Locale.ROOT);
        var text = "component " + name() + " did not answer " + what + " in time";
        shared.roster().error(name(), text);
        request.answer().complete(List.of(DataError.of(ErrorTag.OPERATION_FAILED, text)));
        if (request.kind() != Kind.PREPARE) {
            outOfStep(text);
        }
    }

    /// Nobody knows what it runs: it has to come back and be told everything.
    private void outOfStep(String text) throws IOException {
        shared.roster()
                .raise(
                        name(),
                        Roster.resource(name()),
                        Roster.OUT_OF_STEP,
                        Severity.CRITICAL,
                        text);
        throw new IOException(text);
    }

    /// @throws IOException if the connection has to end
    void on(Message message) throws IOException {
        if (hello == null && !(message instanceof Message.Hello)) {
            throw new ProtocolException("hello comes first");
        }
        switch (message) {
            case Message.Hello first -> greet(first);
            case Message.Answer answer -> answered(answer);
            case Message.State(var edits) -> state(edits);
            case Message.Event(var topic, var data) ->
                    shared.settings().events().on(name(), topic, data);
            case Message.Alarm alarm -> shared.roster().alarm(name(), alarm);
            case Message.LookupApi(var id, var api) ->
                    out.send(new Message.Apis(id, shared.roster().offers(api)));
            case Message.RequestGrant asked ->
                    shared.grants().request(name(), peer, asked).thenAccept(out::send);
            case Message.Granted granted -> calls.answered(granted.id(), granted);
            case Message.Result result -> calls.answered(result.id(), result);
            case Message.Rows rows -> calls.answered(rows.id(), rows);
            case Message.Heartbeat _ -> {
                if (!settled) {
                    settled = true;
                    shared.roster().toldAll(name());
                }
            }
            case Message.Bye(var reason) -> throw new IOException("it said goodbye: " + reason);
            case Message.Welcome _,
                    Message.Replace _,
                    Message.Prepare _,
                    Message.Commit _,
                    Message.Abort _,
                    Message.Notify _,
                    Message.Restart _,
                    Message.Grant _,
                    Message.Revoke _,
                    Message.Invoke _,
                    Message.Read _,
                    Message.Apis _ ->
                    throw new ProtocolException(
                            "a component sends no " + message.getClass().getSimpleName());
        }
    }

    private void greet(Message.Hello first) throws ProtocolException {
        if (hello != null) {
            throw new ProtocolException("a second hello");
        }
        if (first.protocol() != Message.PROTOCOL) {
            throw new ProtocolException("protocol " + first.protocol() + " is not spoken here");
        }
        if (!first.name().matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
            throw new ProtocolException("'" + first.name() + "' is no name for a component");
        }
        isShutOut = shared.roster().isIsolated(first.name());
        if (isShutOut) {
            throw new ProtocolException("an operator has isolated the component " + first.name());
        }
        subscriptions = paths(first.subscriptions());
        watches = watches(first.watches());
        if (!shared.roster().connected(first, peer, subscriptions)) {
            throw new ProtocolException("a component " + first.name() + " is connected already");
        }
        hello = first;
        implement(first.operations());
        provide(first.lists());
        LOG.info("component {} {} is here, process {}", first.name(), first.version(), peer.pid());
        var settings = shared.settings();
        out.send(
                new Message.Welcome(
                        shared.datastore().generation(),
                        settings.heartbeatMillis(),
                        settings.prepareMillis(),
                        settings.commitMillis(),
                        settings.replaceMillis(),
                        settings.instance()));
        // Attaching may have to wait for a commit, and this thread waits for nobody.
        shared.threads().start("begin-" + first.name(), () -> begin(first));
    }

    private List<YangInstanceIdentifier> paths(List<String> texts) throws ProtocolException {
        var paths = new ArrayList<YangInstanceIdentifier>();
        for (var text : texts) {
            try {
                var path = shared.datastore().model().parse(text);
                shared.records().check(path);
                paths.add(path);
            } catch (IllegalArgumentException | IllegalStateException e) {
                throw new ProtocolException("cannot subscribe to " + text + ": " + e.getMessage());
            }
        }
        return paths;
    }

    /// The operations of these paths are carried out by the component, as long as it is here.
    private void implement(List<String> paths) throws ProtocolException {
        var model = shared.datastore().model();
        for (var path : paths) {
            try {
                var rpc = model.operation(path);
                var json = new OperationJson(model, rpc);
                registered.add(
                        shared.datastore()
                                .operations()
                                .register(rpc, (input, by) -> invoke(path, json, input, by)));
            } catch (IllegalArgumentException | IllegalStateException e) {
                throw new ProtocolException("cannot carry out " + path + ": " + e.getMessage());
            }
        }
    }

    /// The entries of these lists come from the component, as long as it is here.
    private void provide(List<String> lists) throws ProtocolException {
        var datastore = shared.datastore();
        for (var text : lists) {
            try {
                var path = datastore.model().parse(text);
                registered.add(
                        datastore.provide(
                                path,
                                new ComponentList(
                                        datastore.model(),
                                        name(),
                                        text,
                                        path,
                                        calls,
                                        shared.settings().prepareMillis())));
            } catch (IllegalArgumentException | IllegalStateException e) {
                throw new ProtocolException("cannot provide " + text + ": " + e.getMessage());
            }
        }
    }

    private List<Watch> watches(List<String> texts) throws ProtocolException {
        var places = new ArrayList<Watch>();
        for (var text : texts) {
            try {
                places.add(Watch.of(shared.datastore().model(), shared.records(), text));
            } catch (IllegalArgumentException e) {
                throw new ProtocolException("cannot watch " + text + ": " + e.getMessage());
            }
        }
        return places;
    }

    private void answered(Message.Answer answer) throws IOException {
        var request = requests.remove(answer.id());
        if (request == null) {
            LOG.debug("{} answers {}, which nobody asked or waits for", name(), answer.id());
            return;
        }
        var errors = errors(answer);
        if (!errors.isEmpty()) {
            shared.roster().error(name(), errors.getFirst().message());
        }
        switch (request.kind()) {
            case REPLACE -> replaced(request, answer, errors);
            case PREPARE -> {}
            case COMMIT -> committed(request, errors);
            case ABORT -> {}
        }
        request.answer().complete(errors);
        if (request.kind() == Kind.ABORT && !errors.isEmpty()) {
            outOfStep("component " + name() + " did not go back: " + errors.getFirst().message());
        }
    }

    private void replaced(Request request, Message.Answer answer, List<DataError> errors) {
        var roster = shared.roster();
        roster.clear(name(), Roster.REFUSED);
        roster.clear(name(), Roster.OUT_OF_STEP);
        for (int i = 0; i < errors.size(); i++) {
            var path = i < answer.errors().size() ? answer.errors().get(i).path() : null;
            roster.raise(
                    name(),
                    path == null ? Roster.resource(name()) : path,
                    Roster.REFUSED,
                    Severity.MAJOR,
                    errors.get(i).message());
        }
        roster.generation(name(), request.generation());
    }

    private void committed(Request request, List<DataError> errors) {
        if (errors.isEmpty()) {
            shared.roster().generation(name(), request.generation());
            shared.roster().accepted(name(), request.paths());
        }
    }

    private List<DataError> errors(Message.Answer answer) {
        if (answer.ok()) {
            answer.errors().forEach(e -> LOG.warn("{} did it, but: {}", name(), e));
            return List.of();
        }
        if (answer.errors().isEmpty()) {
            return List.of(
                    DataError.of(
                            ErrorTag.OPERATION_FAILED,
                            "component " + name() + " refused without a reason"));
        }
        return answer.errors().stream().map(this::error).toList();
    }

    private DataError error(WireError error) {
        var tag =
                TAGS.contains(error.tag()) ? new ErrorTag(error.tag()) : ErrorTag.OPERATION_FAILED;
        var path = error.path();
        if (path == null) {
            return DataError.of(tag, error.message());
        }
        try {
            return DataError.at(shared.datastore().model().parse(path), tag, error.message());
        } catch (IllegalArgumentException | IllegalStateException e) {
            LOG.warn("{} refuses at a path that is none: {}", name(), path, e);
            return DataError.of(tag, error.message() + " (at " + path + ")");
        }
    }

    private void state(List<WireEdit> wire) {
        var edits = new ArrayList<Edit>();
        var current = shared.datastore().operational();
        for (var edit : wire) {
            try {
                edits.addAll(shared.stateReader().read(edit, current));
            } catch (StateReader.BadState e) {
                LOG.warn("state of {} is refused: {}", name(), e.getMessage());
                shared.roster().error(name(), "bad state: " + e.getMessage());
            }
        }
        if (!edits.isEmpty()) {
            shared.datastore().writeState(edits);
        }
    }

    /// The connection is over; what was asked and not answered has failed.
    void end(String reason) {
        gone = true;
        if (hello == null) {
            // One that is shut out keeps trying.
            LOG.atLevel(isShutOut ? Level.DEBUG : Level.WARN)
                    .log("a connection of process {} ended: {}", peer.pid(), reason);
            return;
        }
        LOG.warn("component {} is gone: {}", name(), reason);
        registered.forEach(Registration::close);
        calls.end("component " + name() + " is gone");
        shared.roster().disconnected(name(), reason);
        // Attaching may still be under way; whoever comes second detaches.
        shared.threads().start("end-" + name(), this::detach);
        requests.keySet().forEach(id -> fail(requests.remove(id)));
    }

    private void fail(@Nullable Request request) {
        if (request != null) {
            request.answer()
                    .completeExceptionally(new IOException("component " + name() + " is gone"));
        }
    }

    // --- other threads ------------------------------------------------------------------------

    /// From here on it takes part in commits; before the first of them it hears what it must run.
    private void begin(Message.Hello first) {
        shared.roster().remember(first.name());
        synchronized (order) {
            if (gone) {
                return;
            }
            var base = shared.datastore().attach(this);
            attached = true;
            shared.roster().attached(name());
            // Generation 0 of a component is that it knows nothing.
            if (first.generation() != 0
                    && first.generation() == base.generation()
                    && shared.settings().instance().equals(first.instance())) {
                shared.roster().clear(name(), Roster.OUT_OF_STEP);
            } else {
                replace(base);
            }
        }
        if (gone) {
            detach();
        }
    }

    private void detach() {
        synchronized (order) {
            if (attached) {
                attached = false;
                shared.datastore().detach(this);
            }
        }
    }

    /// It hears everything again, as if it had come anew.
    ///
    /// @return what it could not do, once it has answered
    CompletionStage<List<DataError>> resynchronise() {
        // The lock comes after the gate, as in a commit.
        return shared.datastore()
                .betweenCommits(base -> {
                    synchronized (order) {
                        return attached && !gone
                                ? replace(base)
                                : CompletableFuture.failedFuture(
                                        new IOException("component " + name() + " is gone"));
                    }
                });
    }

    /// Asks it to let a client use its interface.
    CompletionStage<Message.Granted> grant(String api, String client, List<String> scopes) {
        return calls.ask(
                        "grant",
                        shared.settings().prepareMillis(),
                        id -> new Message.Grant(id, api, client, scopes))
                .thenApply(Message.Granted.class::cast);
    }

    void revoke(String api, String client) {
        out.send(new Message.Revoke(api, client));
    }

    /// Has it carry out an operation; waits for the result.
    private Optional<ContainerNode> invoke(
            String path, OperationJson json, ContainerNode input, Actor by)
            throws DatastoreException {
        try {
            var result =
                    (Message.Result)
                            calls.ask(
                                            path,
                                            shared.settings().replaceMillis(),
                                            id ->
                                                    new Message.Invoke(
                                                            id, path, json.input(input), by.user()))
                                    .get();
            if (!result.errors().isEmpty()) {
                throw new DatastoreException(result.errors().stream().map(this::error).toList());
            }
            return output(path, json, result);
        } catch (IllegalArgumentException e) {
            throw new DatastoreException(
                    DataError.of(
                            ErrorTag.TOO_BIG,
                            "the input of %s for component %s: %s"
                                    .formatted(path, name(), e.getMessage())));
        } catch (ExecutionException e) {
            throw failed(name() + ": " + Objects.requireNonNull(e.getCause()).getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed(name() + ": interrupted");
        }
    }

    private Optional<ContainerNode> output(String path, OperationJson json, Message.Result result)
            throws DatastoreException {
        try {
            return json.output(result.output());
        } catch (IllegalArgumentException e) {
            throw failed(
                    name() + " gives out what is no output of " + path + ": " + e.getMessage());
        }
    }

    private static DatastoreException failed(String why) {
        return new DatastoreException(DataError.of(ErrorTag.OPERATION_FAILED, "component " + why));
    }

    /// It is asked to end its process.
    void restart(String reason) {
        out.send(new Message.Restart(reason));
    }

    /// The connection ends at the next tick.
    void expel(String reason) {
        expelled = reason;
    }

    private CompletionStage<List<DataError>> replace(Datastore.Base base) {
        return ask(
                Kind.REPLACE,
                base.generation(),
                List.of(),
                shared.settings().replaceMillis(),
                id ->
                        new Numbered(
                                new Parts(new All(base.running())),
                                (part, last, edits) ->
                                        new Message.Replace(
                                                id, base.generation(), part, last, edits)));
    }

    /// The records under all subscriptions.
    private final class All implements Iterator<WireEdit> {
        private final DataTreeSnapshot running;
        private final Iterator<YangInstanceIdentifier> paths = subscriptions.iterator();
        private Iterator<WireEdit> edits = List.<WireEdit>of().iterator();

        All(DataTreeSnapshot running) {
            this.running = running;
        }

        @Override
        public boolean hasNext() {
            while (!edits.hasNext() && paths.hasNext()) {
                var path = paths.next();
                running.readNode(path).ifPresent(node -> edits = shared.records().all(path, node));
            }
            return edits.hasNext();
        }

        @Override
        public WireEdit next() {
            return hasNext() ? edits.next() : Collections.<WireEdit>emptyIterator().next();
        }
    }

    /// Parts as messages that carry their number and know the last.
    private static final class Numbered implements Iterator<Message> {
        @FunctionalInterface
        interface ToMessage {
            Message of(int part, boolean last, List<WireEdit> edits);
        }

        private final Parts parts;
        private final ToMessage toMessage;
        private int part;

        Numbered(Parts parts, ToMessage toMessage) {
            this.parts = parts;
            this.toMessage = toMessage;
        }

        @Override
        public boolean hasNext() {
            return parts.hasNext();
        }

        @Override
        public Message next() {
            var edits = parts.next();
            return toMessage.of(part++, !parts.hasNext(), edits);
        }
    }

    private CompletionStage<List<DataError>> ask(
            Kind kind,
            long generation,
            List<String> paths,
            long millis,
            LongFunction<Iterator<? extends Message>> messages) {
        long id = shared.ids().getAsLong();
        long deadline = shared.nanos().getAsLong() + millis * 1_000_000;
        var request = new Request(kind, generation, paths, deadline, new CompletableFuture<>());
        requests.put(id, request);
        out.send(messages.apply(id));
        if (gone) {
            fail(requests.remove(id));
        }
        return request.answer();
    }

    @Override
    public String name() {
        return Objects.requireNonNull(hello).name();
    }

    @Override
    public int faces() {
        return Objects.requireNonNull(hello).faces();
    }

    @Override
    public boolean required() {
        return shared.roster().required(name());
    }

    /// A millisecond for each record of the change above a thousand.
    @Override
    public Duration allowance() {
        return Duration.ofMillis(Math.max(0, paths.size() - 1000));
    }

    @Override
    public Collection<YangInstanceIdentifier> subscriptions() {
        return subscriptions;
    }

    @Override
    public CompletionStage<List<DataError>> prepare(Transaction transaction) {
        var edits = edits(transaction.slices());
        paths = edits.stream().map(WireEdit::path).toList();
        synchronized (order) {
            if (edits.isEmpty()) {
                untouched = transaction.generation();
                return CompletableFuture.completedFuture(List.of());
            }
            return ask(
                    Kind.PREPARE,
                    transaction.generation(),
                    paths,
                    shared.settings().prepareMillis() + allowance().toMillis(),
                    id ->
                            new Numbered(
                                    new Parts(edits.iterator()),
                                    (part, last, some) ->
                                            new Message.Prepare(
                                                    id,
                                                    transaction.generation(),
                                                    transaction.base(),
                                                    part,
                                                    last,
                                                    some,
                                                    transaction.by().user(),
                                                    transaction.comment(),
                                                    transaction.id())));
        }
    }

    private List<WireEdit> edits(List<DataTreeCandidate> slices) {
        var removed = new ArrayList<WireEdit>();
        var put = new ArrayList<WireEdit>();
        for (var slice : slices) {
            for (var edit : shared.records().changes(slice.getRootPath(), slice.getRootNode())) {
                (edit.value() == null ? removed : put).add(edit);
            }
        }
        removed.addAll(put);
        return removed;
    }

    @Override
    public CompletionStage<List<DataError>> commit(Transaction transaction) {
        return ask(
                Kind.COMMIT, transaction, id -> new Message.Commit(id, transaction.generation()));
    }

    @Override
    public CompletionStage<List<DataError>> abort(Transaction transaction) {
        return ask(Kind.ABORT, transaction, id -> new Message.Abort(id, transaction.generation()));
    }

    private CompletionStage<List<DataError>> ask(
            Kind kind, Transaction transaction, LongFunction<Message> message) {
        synchronized (order) {
            if (untouched == transaction.generation()) {
                return CompletableFuture.completedFuture(List.of());
            }
            return ask(
                    kind,
                    transaction.generation(),
                    paths,
                    shared.settings().commitMillis() + allowance().toMillis(),
                    id -> List.of(message.apply(id)).iterator());
        }
    }

    /// A commit runs; who watches hears of it.
    void committed(Commit commit, DataTreeCandidate candidate) {
        if (hello != null && !gone && !watches.isEmpty()) {
            var root = candidate.getRootNode();
            notice(commit, watches.stream().flatMap(each -> each.changes(root).stream()).toList());
        }
    }

    private void notice(Commit commit, List<WireEdit> edits) {
        if (!edits.isEmpty()) {
            out.send(
                    new Numbered(
                            new Parts(edits.iterator()),
                            (part, last, some) ->
                                    new Message.Notify(
                                            commit.generation(),
                                            part,
                                            last,
                                            some,
                                            commit.by().user(),
                                            commit.comment())));
        }
    }
}
