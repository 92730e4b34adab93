package org.lagopus.component.routes;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lagopus.component.Component;
import org.lagopus.component.ip.Prefix;
import org.lagopus.component.ring.Grant;
import org.lagopus.component.ring.RingClient;
import org.lagopus.component.ring.RingLostException;
import org.lagopus.component.ring.messages.Answer;
import org.lagopus.component.ring.messages.Dump;
import org.lagopus.component.ring.messages.Message;
import org.lagopus.component.ring.messages.NamesEvent;
import org.lagopus.component.ring.messages.OwnerEntry;
import org.lagopus.component.ring.messages.Ping;
import org.lagopus.component.ring.messages.RingError;
import org.lagopus.component.ring.messages.RouteEntry;
import org.lagopus.component.ring.messages.RoutesFlush;
import org.lagopus.component.ring.messages.RoutesSynced;
import org.lagopus.component.ring.messages.Scope;
import org.lagopus.component.ring.messages.Table;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Volatile routes of one owner in the worker. It connects, and connects again for ever:
///
///     Away --granted, connected--> Empty --a configuration runs--> Telling --all told--> Serving
///      ^                             |                                |   ^                 |
///      +------------- lost ----------+--------------------------------+   +--names changed--+
///
/// In *Telling* the listener tells all its routes; what the worker has from before and was not told
/// again is removed. This happens after each connection, whatever the worker still has, and when
/// commits took away what routes named.
///
/// Routes name instances and interfaces as the configuration does. The worker knows numbers; a
/// request says which state of the names its numbers come from, and the worker refuses it if they
/// mean something else by then, so no route ends up where it was not meant. That takes both scopes,
/// `rib-write` and `rib-read`; with the latter alone there is only reading.
///
/// All methods may be called by any thread, wait for the worker, and throw an IOException while it
/// is not there or when it goes meanwhile: then the listener will be asked to tell all.
public final class RouteClient implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RouteClient.class);
    private static final long FIRST_PAUSE = 50;
    private static final long LONGEST_PAUSE = 2000;
    private static final int PART = 4096;
    private static final int ATTEMPTS = 5;
    private static final Duration DUMP = Duration.ofSeconds(60);

    /// Of a worker that was told no configuration yet.
    private static final long NO_NAMES = 1;

    /// Why a route was not changed.
    ///
    /// @param text for people
    public record Failure(RingError error, String text) {}

    /// Where the worker is and what opens it, asked for each connection.
    public interface Access {
        /// The ring's settings, with a grant. Fails if there is nothing to connect to now.
        RingClient.Settings open() throws IOException;

        /// The API as another component grants it; a process that has no grant of its own yet.
        ///
        /// @param name tells the worker who asks, at most 31 bytes
        static Access by(Component component, String name, List<String> scopes) {
            return () -> {
                var granted =
                        RingClient.await(
                                component.requestGrant(API, scopes).toCompletableFuture(),
                                Duration.ofSeconds(10));
                var token = granted.token();
                var endpoint = granted.endpoint();
                if (token == null || endpoint == null) {
                    throw new IOException(API + " is granted without a token or a place");
                }
                return RingClient.Settings.of(Path.of(endpoint), name).with(Grant.parse(token));
            };
        }
    }

    /// Told on the client's own thread.
    public interface Listener {
        /// Tell all routes of this owner with [RouteClient#replace]. When it returns, what was not
        /// told is gone. Called again when a commit took away what some of them named.
        void tellAll(RouteClient routes) throws IOException;

        /// Instances or interfaces have come, gone or changed; no route of this owner went along.
        default void namesChanged(RouteClient routes) throws IOException {}

        /// The worker went, or cannot be reached; the client goes on trying.
        default void away(String why) {}
    }

    /// Name of the API in the registry of components.
    public static final String API = "dataplane.routes";

    private final Access access;
    private final Listener listener;
    private final Thread thread;
    private final Semaphore retries = new Semaphore(0);
    private volatile boolean closing;
    private volatile boolean serving;
    private volatile @Nullable Connection connection;

    /// One life of the rings.
    private final class Connection implements RingClient.Listener {
        final AtomicLong latest = new AtomicLong();
        final AtomicLong removed = new AtomicLong();
        final Semaphore news = new Semaphore(0);
        volatile @Nullable String lost;
        volatile @Nullable RingClient ring;
        private volatile @Nullable Names names;

        @Override
        public void event(Message event) {
            if (event instanceof NamesEvent changed) {
                latest.accumulateAndGet(changed.names(), Math::max);
                removed.addAndGet(changed.removed());
                news.release();
            }
        }

        @Override
        public void lost(RingLostException reason) {
            lost = String.valueOf(reason.getMessage());
            news.release();
        }

        RingClient ring() throws IOException {
            var open = ring;
            if (open == null || lost != null) {
                throw new IOException("the worker is not there");
            }
            return open;
        }

        /// What the worker's numbers mean now, as far as is known here.
        Names names() throws IOException {
            var known = names;
            return known != null && known.version() == latest.get() ? known : readNames();
        }

        private synchronized Names readNames() throws IOException {
            var known = names;
            while (known == null || known.version() != latest.get()) {
                long version = latest.get();
                var rows = new ArrayList<Message>();
                dump(Table.INSTANCE_TABLE, rows::add);
                dump(Table.INTERFACE_TABLE, rows::add);
                known = new Names(version, rows);
                names = known;
            }
            return known;
        }

        /// The same, and whatever the worker did before this call is in it: it tells of changes
        /// before it answers the next request.
        Names namesForSure() throws IOException {
            RingClient.await(ring().ask(0, new Ping(0)), DUMP);
            return names();
        }

        void dump(Table table, Consumer<Message> rows) throws IOException {
            good(RingClient.await(ring().dump(RingClient.whole(table), rows), DUMP));
        }
    }

    private RouteClient(String name, Access access, Listener listener) {
        this.access = access;
        this.listener = listener;
        this.thread = Thread.ofPlatform().daemon().name("routes-" + name).unstarted(this::run);
    }

    /// Starts to connect; returns at once.
    ///
    /// @param name of the owner, for the log
    public static RouteClient start(String name, Access access, Listener listener) {
        var client = new RouteClient(name, access, listener);
        client.thread.start();
        return client;
    }

    /// Tries to connect now, and not only when a pause is over.
    public void retry() {
        retries.release();
    }

    /// Whether the worker has what was told.
    public boolean isServing() {
        return serving;
    }

    /// Sets routes that this owner does not have; those it has fail with EXISTS.
    ///
    /// @return what failed, by the index in `routes`; the others are in the worker's tables
    public SortedMap<Integer, Failure> add(List<Route> routes) throws IOException {
        return set(routes, true);
    }

    /// Sets routes, whether this owner has them or not.
    public SortedMap<Integer, Failure> replace(List<Route> routes) throws IOException {
        return set(routes, false);
    }

    private SortedMap<Integer, Failure> set(List<Route> routes, boolean strict) throws IOException {
        return change(
                routes,
                strict,
                (names, route) ->
                        route.problem()
                                .map(why -> new Failure(RingError.MALFORMED, why))
                                .or(() ->
                                        names.unknown(route)
                                                .map(why ->
                                                        new Failure(RingError.UNKNOWN_OBJECT, why)))
                                .orElse(null),
                names -> names::set);
    }

    /// Deletes routes of this owner; those it does not have fail with MISSING.
    public SortedMap<Integer, Failure> delete(List<Route.Key> keys) throws IOException {
        return change(
                keys,
                true,
                (names, key) ->
                        names.unknown(key)
                                .map(why -> new Failure(RingError.UNKNOWN_OBJECT, why))
                                .orElse(null),
                names -> names::delete);
    }

    private <T> SortedMap<Integer, Failure> change(
            List<T> wanted,
            boolean strict,
            BiFunction<Names, T, @Nullable Failure> check,
            Function<Names, Function<T, Message>> message)
            throws IOException {
        var failures = new TreeMap<Integer, Failure>();
        for (int from = 0; from < wanted.size(); from += PART) {
            int first = from;
            var part = wanted.subList(from, Math.min(from + PART, wanted.size()));
            changePart(part, strict, check, message)
                    .forEach((index, failure) -> failures.put(first + index, failure));
        }
        return failures;
    }

    private <T> SortedMap<Integer, Failure> changePart(
            List<T> part,
            boolean strict,
            BiFunction<Names, T, @Nullable Failure> check,
            Function<Names, Function<T, Message>> message)
            throws IOException {
        var to = connected();
        var failures = new TreeMap<Integer, Failure>();
        var left = new ArrayList<Integer>();
        for (int i = 0; i < part.size(); i++) {
            left.add(i);
        }
        boolean sure = false;
        for (int attempt = 0; attempt < ATTEMPTS && !left.isEmpty(); attempt++) {
            var names = sure ? to.namesForSure() : to.names();
            var encode = message.apply(names);
            var sent = new ArrayList<Integer>();
            var again = new ArrayList<Integer>();
            var requests = new ArrayList<Message>();
            for (int index : left) {
                var failure = check.apply(names, part.get(index));
                if (failure == null) {
                    sent.add(index);
                    requests.add(encode.apply(part.get(index)));
                } else if (failure.error() == RingError.UNKNOWN_OBJECT && !sure) {
                    again.add(index); // it may have come a moment ago
                } else {
                    failures.put(index, failure);
                }
            }
            RingClient.await(to.ring().change(names.version(), strict, requests), DUMP)
                    .forEach((place, answer) -> {
                        if (answer.error() == RingError.STALE_NAMES) {
                            to.latest.accumulateAndGet(answer.detail(), Math::max);
                            again.add(sent.get(place));
                        } else {
                            failures.put(sent.get(place), failure(answer));
                        }
                    });
            left = again;
            sure = true;
        }
        for (int index : left) {
            failures.put(
                    index,
                    new Failure(RingError.STALE_NAMES, "instances and interfaces keep changing"));
        }
        return failures;
    }

    private static Failure failure(Answer answer) {
        return new Failure(answer.error(), answer.text());
    }

    /// Removes all routes of this owner.
    ///
    /// @param instance those of this network instance alone; null for all
    /// @return how many
    public long flush(@Nullable String instance) throws IOException {
        var to = connected();
        if (instance == null) {
            return done(to, 0, new RoutesFlush(0)).detail();
        }
        var names = to.namesForSure();
        long number =
                names.instance(instance)
                        .orElseThrow(() ->
                                new IllegalArgumentException(
                                        "there is no network instance " + instance));
        return done(to, names.version(), new RoutesFlush(number)).detail();
    }

    private static Answer done(Connection to, long names, Message request) throws IOException {
        return good(RingClient.await(to.ring().ask(names, request, DUMP), DUMP));
    }

    private static Answer good(Answer answer) throws IOException {
        if (answer.error() != RingError.OK) {
            throw new IOException(answer.error() + ": " + answer.text());
        }
        return answer;
    }

    /// Reads routes, of all owners and the configuration.
    ///
    /// @param all also those that others are better than
    /// @param wanted is given each one on a thread that must not be held up
    public void read(boolean all, Consumer<Route.Entry> wanted) throws IOException {
        var from = connected();
        var names = from.namesForSure();
        var owners = owners();
        from.dump(
                all ? Table.RIB_TABLE : Table.ROUTE_TABLE,
                row -> {
                    if (row instanceof RouteEntry entry) {
                        wanted.accept(names.entry(entry, owners));
                    }
                });
    }

    /// A part of a table.
    ///
    /// @param next where the next one begins; 0 at the end
    public record Page(List<Route.Entry> entries, long next) {
        public Page {
            entries = List.copyOf(entries);
        }
    }

    /// Reads some of what packets follow, in no order. What changes between two pages may be missed
    /// or come twice; everything else comes once.
    ///
    /// @param from 0, or what the page before said is next
    public Page page(long from, int most) throws IOException {
        var dump = new Dump(0, Table.ROUTE_TABLE, 0, 0, most, from, 0, 0);
        var to = connected();
        return page(to, to.namesForSure(), 0, dump);
    }

    /// What packets to exactly this prefix follow; empty if there is no such route.
    public Optional<Route.Entry> find(String instance, Prefix prefix) throws IOException {
        var to = connected();
        var names = to.namesForSure();
        var number = names.instance(instance);
        if (number.isEmpty()) {
            return Optional.empty();
        }
        var ip = prefix.ip();
        var dump =
                new Dump(
                        number.get(),
                        Table.ROUTE_TABLE,
                        ip.family(),
                        prefix.length(),
                        0,
                        0,
                        ip.high(),
                        ip.low());
        return page(to, names, names.version(), dump).entries().stream().findFirst();
    }

    /// @param version of the names, if `dump` has a number of one; 0 if not
    private Page page(Connection from, Names names, long version, Dump dump) throws IOException {
        var owners = owners();
        var entries = new ArrayList<Route.Entry>();
        Consumer<Message> rows =
                row -> {
                    if (row instanceof RouteEntry entry) {
                        entries.add(names.entry(entry, owners));
                    }
                };
        var asked = from.ring().dump(RingClient.OWN, version, dump, rows);
        return new Page(entries, good(RingClient.await(asked, DUMP)).objectId());
    }

    /// Who has routes, by the worker's numbers; 0 stands for those without a grant.
    public Map<Long, OwnerEntry> owners() throws IOException {
        var rows = new ArrayList<Message>();
        connected().dump(Table.OWNER_TABLE, rows::add);
        return rows.stream()
                .map(OwnerEntry.class::cast)
                .collect(Collectors.toMap(OwnerEntry::owner, Function.identity()));
    }

    private Connection connected() throws IOException {
        var open = connection;
        if (open == null) {
            throw new IOException("the worker is not there");
        }
        return open;
    }

    @Override
    public void close() {
        closing = true;
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // --- the thread

    private void run() {
        long pause = FIRST_PAUSE;
        var before = "";
        while (!closing) {
            var why = "closed";
            try {
                var rings = new Connection();
                try (var ring = RingClient.connect(access.open(), rings)) {
                    rings.latest.accumulateAndGet(ring.welcome().names(), Math::max);
                    rings.ring = ring;
                    pause = FIRST_PAUSE;
                    serve(rings);
                    why = String.valueOf(rings.lost);
                }
            } catch (IOException e) {
                why = String.valueOf(e.getMessage());
            } catch (InterruptedException e) {
                break;
            } catch (RuntimeException e) {
                LOG.error("{} failed", thread.getName(), e);
                why = e.toString();
            } finally {
                connection = null;
                serving = false;
            }
            if (!why.equals(before)) {
                LOG.info("{} is away: {}", thread.getName(), why);
                before = why;
            }
            listener.away(why);
            try {
                if (retries.tryAcquire(pause, TimeUnit.MILLISECONDS)) {
                    retries.drainPermits();
                    pause = FIRST_PAUSE;
                    continue;
                }
            } catch (InterruptedException e) {
                break;
            }
            pause = Math.min(2 * pause, LONGEST_PAUSE);
        }
    }

    private void serve(Connection rings) throws IOException, InterruptedException {
        while (rings.latest.get() <= NO_NAMES && rings.lost == null && !closing) {
            rings.news.acquire();
        }
        connection = rings;
        boolean first = true;
        while (rings.lost == null && !closing) {
            rings.news.drainPermits();
            long removed = rings.removed.getAndSet(0);
            if (first) {
                listener.tellAll(this);
                if (mayWrite(rings.ring())) {
                    done(rings, 0, new RoutesSynced());
                    LOG.info("{} has told its routes", thread.getName());
                }
                first = false;
            } else if (removed > 0) {
                listener.tellAll(this);
            } else {
                listener.namesChanged(this);
            }
            serving = true;
            rings.news.acquire();
        }
    }

    private static boolean mayWrite(RingClient ring) {
        return (ring.welcome().scopes() >> Scope.RIB_WRITE.number() & 1) != 0;
    }
}
