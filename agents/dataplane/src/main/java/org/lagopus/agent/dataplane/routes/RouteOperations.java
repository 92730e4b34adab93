package org.lagopus.agent.dataplane.routes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lagopus.agent.dataplane.worker.Dataplane;
import org.lagopus.component.Page;
import org.lagopus.component.RefusedException;
import org.lagopus.component.ip.Prefix;
import org.lagopus.component.ring.RingClient;
import org.lagopus.component.ring.Words;
import org.lagopus.component.ring.messages.OwnerEntry;
import org.lagopus.component.ring.messages.RingError;
import org.lagopus.component.ring.messages.RoutesFlush;
import org.lagopus.component.routes.Route;
import org.lagopus.component.routes.RouteClient;
import org.lagopus.component.routes.RouteClient.Failure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The operations of lagopus-routes. What they set has no session that could tell it again, so it
/// is remembered here: a worker that has started anew is told it, and so is one whose instances and
/// interfaces have changed, for a route may name one that was away. An agent that has started anew
/// takes over what the worker has of it.
///
/// Every operation costs what it is about, `dump` the whole table.
public final class RouteOperations implements AutoCloseable {
    /// Paths of the operations.
    public static final List<String> ALL =
            List.of(
                    "/lagopus-routes:add",
                    "/lagopus-routes:replace",
                    "/lagopus-routes:delete",
                    "/lagopus-routes:flush",
                    "/lagopus-routes:dump");

    /// The list of what packets follow.
    public static final String FORWARDING = "/lagopus-routes:routes/forwarding";

    private static final Logger LOG = LoggerFactory.getLogger(RouteOperations.class);
    private static final int MOST_HELD = 100_000;
    private static final int ROWS = 1000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Supplier<Optional<Dataplane>> worker;
    private final RouteClient client;
    private final Map<Route.Key, Route> held = new LinkedHashMap<>();
    private boolean knowsWhatIsThere;
    private volatile int waiting;

    /// @param settings of a ring to the worker, without a grant
    /// @param worker the one that serves
    public RouteOperations(
            RingClient.Settings settings, Grants grants, Supplier<Optional<Dataplane>> worker) {
        this.worker = worker;
        this.client =
                RouteClient.start(
                        Grants.NORTHBOUND,
                        () -> open(settings, grants),
                        new RouteClient.Listener() {
                            @Override
                            public void tellAll(RouteClient routes) throws IOException {
                                RouteOperations.this.tellAll(routes);
                            }

                            @Override
                            public void namesChanged(RouteClient routes) throws IOException {
                                if (waiting > 0) {
                                    RouteOperations.this.tellAll(routes);
                                }
                            }
                        });
    }

    private RingClient.Settings open(RingClient.Settings settings, Grants grants)
            throws IOException {
        if (worker.get().isEmpty()) {
            throw new IOException("the worker does not serve yet");
        }
        try {
            return settings.with(grants.northbound());
        } catch (RefusedException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /// The worker serves from now on.
    public void served() {
        client.retry();
    }

    /// Remembered routes that name something that is not there.
    public int waiting() {
        return waiting;
    }

    private void tellAll(RouteClient to) throws IOException {
        synchronized (held) {
            if (!knowsWhatIsThere) {
                to.read(
                        true,
                        entry -> {
                            if (entry.owner().equals(Grants.NORTHBOUND)) {
                                held.put(entry.route().key(), entry.route());
                            }
                        });
                knowsWhatIsThere = true;
            }
            var failures = to.replace(List.copyOf(held.values()));
            if (failures.size() != waiting) {
                LOG.info("{} of {} routes of operations wait", failures.size(), held.size());
            }
            waiting = failures.size();
        }
    }

    /// @param operation one of [#ALL]
    public @Nullable JsonNode invoke(String operation, JsonNode input) throws RefusedException {
        try {
            return switch (operation) {
                case "/lagopus-routes:add" -> set(input, client::add);
                case "/lagopus-routes:replace" -> set(input, client::replace);
                case "/lagopus-routes:delete" -> delete(input);
                case "/lagopus-routes:flush" -> flush(input);
                case "/lagopus-routes:dump" -> dump(input);
                default ->
                        throw new RefusedException(
                                "operation-not-supported", operation + " is not done here");
            };
        } catch (IOException e) {
            throw new RefusedException("resource-denied", String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            throw new RefusedException("invalid-value", String.valueOf(e.getMessage()));
        }
    }

    // --- changes

    private interface Change<T> {
        SortedMap<Integer, Failure> of(List<T> wanted) throws IOException;
    }

    private ObjectNode set(JsonNode input, Change<Route> change) throws IOException {
        var batch = new Batch<>(input, RouteJson::route);
        synchronized (held) {
            batch.refuseBeyond(MOST_HELD - held.size(), route -> !held.containsKey(route.key()));
            batch.run(change);
            batch.done().forEach(route -> held.put(route.key(), route));
        }
        return batch.output();
    }

    private ObjectNode delete(JsonNode input) throws IOException {
        var batch = new Batch<>(input, RouteJson::key);
        synchronized (held) {
            batch.run(keys -> {
                var failures = client.delete(keys);
                // What waits is in no table of the worker, and is gone with this.
                failures.keySet().removeIf(index -> held.containsKey(keys.get(index)));
                return failures;
            });
            batch.done().forEach(held::remove);
        }
        return batch.output();
    }

    /// Elements of a list, and what became of them, by their index.
    private static final class Batch<T> {
        private final SortedMap<Integer, T> left = new TreeMap<>();
        private final SortedMap<Integer, Failure> failures = new TreeMap<>();

        Batch(JsonNode input, Function<JsonNode, T> parse) {
            int index = 0;
            for (var each : input.path("route")) {
                try {
                    left.put(index, parse.apply(each));
                } catch (IllegalArgumentException e) {
                    fail(index, RingError.MALFORMED, String.valueOf(e.getMessage()));
                }
                index++;
            }
        }

        private void fail(int index, RingError error, String text) {
            failures.put(index, new Failure(error, text));
            left.remove(index);
        }

        void refuseBeyond(int room, Predicate<T> takesRoom) {
            int used = 0;
            for (var each : List.copyOf(left.entrySet())) {
                if (takesRoom.test(each.getValue()) && ++used > room) {
                    fail(
                            each.getKey(),
                            RingError.NO_RESOURCE,
                            "operations can have %d routes: use the API %s for more"
                                    .formatted(MOST_HELD, RouteClient.API));
                }
            }
        }

        void run(Change<T> change) throws IOException {
            var indexes = List.copyOf(left.keySet());
            change.of(List.copyOf(left.values()))
                    .forEach((place, failure) ->
                            fail(indexes.get(place), failure.error(), failure.text()));
        }

        Iterable<T> done() {
            return left.values();
        }

        ObjectNode output() {
            var output = RouteJson.object().put("done", left.size());
            var errors = new ArrayList<ObjectNode>();
            failures.forEach((index, failure) ->
                    errors.add(
                            RouteJson.object()
                                    .put("index", index)
                                    .put("error", Words.of(failure.error()))
                                    .put("message", failure.text())));
            if (!errors.isEmpty()) {
                output.set("error", RouteJson.array(errors));
            }
            return output;
        }
    }

    private ObjectNode flush(JsonNode input) throws IOException, RefusedException {
        var owner = input.path("owner").asText(Grants.NORTHBOUND);
        var instance = input.has("instance") ? text(input, "instance") : null;
        long removed =
                owner.equals(Grants.NORTHBOUND) ? flushOwn(instance) : flushOther(owner, instance);
        return RouteJson.object().put("removed", Long.toString(removed));
    }

    private long flushOwn(@Nullable String instance) throws IOException {
        synchronized (held) {
            var keys =
                    held.keySet().stream()
                            .filter(key -> instance == null || key.instance().equals(instance))
                            .toList();
            long removed = 0;
            try {
                removed = client.flush(instance);
            } catch (IllegalArgumentException e) {
                if (keys.isEmpty()) {
                    throw e; // nothing waits for an instance of that name either
                }
            }
            keys.forEach(held::remove);
            waiting = held.isEmpty() ? 0 : waiting;
            return Math.max(removed, keys.size());
        }
    }

    /// The routes of another owner, which only the ring of the configuration may remove.
    private long flushOther(String name, @Nullable String instance)
            throws IOException, RefusedException {
        if (instance != null) {
            throw new RefusedException(
                    "operation-not-supported",
                    "the routes of " + name + " can be flushed in all instances only");
        }
        var owners =
                client.owners().values().stream()
                        .collect(Collectors.toMap(OwnerEntry::name, OwnerEntry::owner));
        var number = owners.get(name);
        var to = worker.get();
        if (number == null || number == 0 || to.isEmpty()) {
            throw new RefusedException(
                    "data-missing", "there is no owner " + name + " of volatile routes");
        }
        var answer = to.get().askFor(number, new RoutesFlush(0), PATIENCE);
        if (answer.error() != RingError.OK) {
            throw new IOException(answer.text());
        }
        return answer.detail();
    }

    // --- reading

    private ObjectNode dump(JsonNode input) throws IOException {
        boolean all = !input.path("table").asText("rib").equals("forwarding");
        int most = input.path("maximum").asInt(ROWS);
        var rows = new ArrayList<ObjectNode>();
        var wanted = wanted(input);
        var more = new boolean[1];
        client.read(
                all,
                entry -> {
                    if (wanted.test(entry)) {
                        if (rows.size() < most) {
                            rows.add(RouteJson.entry(entry).put("active", entry.active()));
                        } else {
                            more[0] = true;
                        }
                    }
                });
        var output = RouteJson.object().put("more", more[0]);
        if (!rows.isEmpty()) {
            output.set("route", RouteJson.array(rows));
        }
        return output;
    }

    private static Predicate<Route.Entry> wanted(JsonNode input) {
        Predicate<Route.Entry> wanted = _ -> true;
        if (input.has("instance")) {
            wanted = wanted.and(e -> e.route().key().instance().equals(text(input, "instance")));
        }
        if (input.has("owner")) {
            wanted = wanted.and(e -> e.owner().equals(text(input, "owner")));
        }
        if (input.has("prefix")) {
            var prefix = Prefix.parse(text(input, "prefix"));
            wanted = wanted.and(e -> prefix.equals(Optional.of(e.route().key().prefix())));
        }
        return wanted;
    }

    private static String text(JsonNode input, String name) {
        return input.path(name).asText();
    }

    /// The entry of [#FORWARDING] with these keys.
    public Optional<JsonNode> entry(Map<String, JsonNode> keys) throws RefusedException {
        try {
            var prefix = Prefix.parse(text(keys, "prefix"));
            return prefix.isEmpty()
                    ? Optional.empty()
                    : client.find(text(keys, "instance"), prefix.get())
                            .map(RouteJson::entry)
                            // As it was asked for: one prefix has many texts.
                            .map(json -> json.put("prefix", text(keys, "prefix")));
        } catch (IOException e) {
            throw new RefusedException("resource-denied", String.valueOf(e.getMessage()));
        }
    }

    private static String text(Map<String, JsonNode> keys, String name) {
        var key = keys.get(name);
        return key == null ? "" : key.asText();
    }

    /// Entries of [#FORWARDING]; they begin where the worker's table does.
    public Page page(@Nullable String after, int most) throws RefusedException {
        try {
            var page = client.page(after == null ? 0 : Long.parseUnsignedLong(after), most);
            return new Page(
                    page.entries().stream().<JsonNode>map(RouteJson::entry).toList(),
                    page.next() == 0 ? null : Long.toUnsignedString(page.next()));
        } catch (NumberFormatException e) {
            throw new RefusedException("invalid-value", after + " is no place in a table");
        } catch (IOException e) {
            throw new RefusedException("resource-denied", String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
