package org.lagopus.restconf;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.Audit;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Model;
import org.lagopus.datastore.UnreadableException;
import org.opendaylight.yangtools.yang.common.ErrorTag;
import org.opendaylight.yangtools.yang.common.ErrorType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Every request comes in here: it is told apart by its path, its user is checked, and whatever
/// goes wrong below becomes an answer.
final class Front extends Handler.Abstract {
    private static final Logger LOG = LoggerFactory.getLogger(Front.class);
    private static final String READ = "GET, HEAD, OPTIONS";

    private volatile RestconfServer.Settings settings;
    private final Datastore datastore;
    private final Accounts accounts;
    private volatile Bodies bodies;
    private volatile Generation generation;
    private volatile Supplier<Map<String, Boolean>> required = Map::of;
    private volatile @Nullable MetricsPage metrics;

    /// What hangs on one model.
    private record Generation(
            Model model, Instances instances, DataResource data, OperationsResource operations) {
        static Generation of(Datastore datastore) {
            var model = datastore.model();
            var names = new Names(model);
            var instances = new Instances(model, names);
            return new Generation(
                    model,
                    instances,
                    new DataResource(datastore, names, instances),
                    new OperationsResource(datastore, names, instances));
        }
    }

    Front(RestconfServer.Settings settings, Datastore datastore, Accounts accounts) {
        this.settings = settings;
        this.datastore = datastore;
        this.accounts = accounts;
        bodies = new Bodies(settings);
        generation = Generation.of(datastore);
    }

    /// Who tells which components the box needs, and whether they are there.
    void requires(Supplier<Map<String, Boolean>> components) {
        required = components;
    }

    void metrics(MetricsPage page) {
        metrics = page;
    }

    /// What the requests that come next are granted.
    void grant(RestconfServer.Settings next) {
        var last = settings;
        settings = next;
        if (next.maxBody() != last.maxBody() || !next.bodyTime().equals(last.bodyTime())) {
            bodies = new Bodies(next);
        }
    }

    private Generation generation() {
        var now = generation;
        if (now.model != datastore.model()) {
            now = Generation.of(datastore);
            generation = now;
        }
        return now;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        var exchange = new Exchange(request, response, callback, settings);
        exchange.header(HttpHeader.CACHE_CONTROL, "no-cache");
        try {
            route(exchange);
        } catch (Refusal refusal) {
            refuse(exchange, refusal);
        } catch (DatastoreException e) {
            refuse(exchange, refusal(e));
        } catch (UnreadableException e) {
            refuse(exchange, refusal(e.refusal()));
        } catch (BoundedInput.Limit limit) {
            refuse(exchange, limit.refusal());
        } catch (IOException e) {
            LOG.debug("connection lost", e);
            exchange.fail(e);
        } catch (RuntimeException | StackOverflowError e) {
            LOG.error(
                    "{} {} failed",
                    request.getMethod(),
                    request.getHttpURI().getCanonicalPath(),
                    e);
            refuse(
                    exchange,
                    new Refusal(
                            DataError.of(ErrorTag.OPERATION_FAILED, "internal error")
                                    .withType(ErrorType.APPLICATION)));
        }
        return true;
    }

    private void route(Exchange exchange) throws IOException, Refusal, DatastoreException {
        var path = exchange.request().getHttpURI().getPath();
        var root = settings.root();
        switch (path) {
            case "/health" -> {
                if (plain(exchange)) {
                    text(exchange, "text/plain", "ok\n");
                }
            }
            case "/healthz" -> {
                if (plain(exchange)) {
                    health(exchange);
                }
            }
            case "/metrics" -> metrics(exchange);
            case "/.well-known/host-meta" -> {
                if (plain(exchange)) {
                    text(
                            exchange,
                            "application/xrd+xml",
                            """
                            <XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">
                              <Link rel="restconf" href="%s"/>
                            </XRD>
                            """
                                    .formatted(root));
                }
            }
            case "/.well-known/host-meta.json" -> {
                if (plain(exchange)) {
                    text(
                            exchange,
                            "application/json",
                            "{\"links\":[{\"rel\":\"restconf\",\"href\":\"%s\"}]}\n"
                                    .formatted(root));
                }
            }
            default -> {
                if (!path.equals(root) && !path.startsWith(root + "/")) {
                    throw Refusal.notFound("there is nothing here; RESTCONF is at " + root);
                }
                restconf(exchange, path.substring(root.length()));
            }
        }
    }

    /// Counts, for a reader that has logged in: what it may not read of the state is not in them.
    private void metrics(Exchange exchange) throws IOException, Refusal {
        var page = metrics;
        if (page == null) {
            throw Refusal.notFound("nothing is counted here");
        }
        var actor = actor(exchange.request());
        if (plain(exchange)) {
            var accept = String.valueOf(exchange.request().getHeaders().get(HttpHeader.ACCEPT));
            var view = datastore.view(actor);
            exchange.reply(200, page.type(accept), to -> page.write(accept, view, to));
        }
    }

    private Actor actor(Request request) throws Refusal {
        var user = user(request, Request.getRemoteAddr(request)).orElseThrow(Front::unauthorized);
        var groups =
                request.getHeaders().contains(HttpHeader.AUTHORIZATION)
                        ? accounts.groups(user)
                        : Set.<String>of();
        return new Actor(0, user, "restconf", groups);
    }

    private void restconf(Exchange exchange, String path)
            throws IOException, Refusal, DatastoreException {
        var peer = Request.getRemoteAddr(exchange.request());
        var actor = actor(exchange.request());
        var verdict = ErrorTag.OPERATION_FAILED.elementBody();
        try {
            resource(exchange, path, actor);
            verdict = Audit.Event.OK;
        } catch (Refusal refusal) {
            verdict = refusal.errors().getFirst().tag().elementBody();
            throw refusal;
        } catch (DatastoreException e) {
            verdict = e.errors().getFirst().tag().elementBody();
            throw e;
        } finally {
            datastore
                    .audit()
                    .tell(Audit.Event.request(actor, peer, exchange.method(), path, verdict));
        }
    }

    private void resource(Exchange exchange, String path, Actor actor)
            throws IOException, Refusal, DatastoreException {
        var parts = path.split("/", 3);
        var resource = parts.length > 1 ? parts[1] : "";
        var rest = parts.length > 2 ? parts[2] : "";
        switch (resource) {
            case "" -> root(exchange, actor);
            case "data", "operations" -> {
                var admitted = bodies;
                int room = admitted.enter(exchange.request());
                try {
                    if (resource.equals("data")) {
                        generation().data.handle(exchange, rest, actor);
                    } else {
                        Query.none(Query.of(exchange.request()));
                        generation().operations.handle(exchange, rest, actor);
                    }
                } finally {
                    admitted.leave(room);
                }
            }
            case "yang-library-version" -> libraryVersion(exchange);
            default -> throw Refusal.notFound("there is no resource " + resource);
        }
    }

    /// Who says a name and a password has to prove them, certificate or not.
    private Optional<String> user(Request request, String peer) {
        var headers = request.getHeaders();
        return headers.contains(HttpHeader.AUTHORIZATION)
                ? accounts.user(headers, peer)
                : Door.user(request);
    }

    private static Refusal unauthorized() {
        var error =
                DataError.of(ErrorTag.ACCESS_DENIED, "name and password, please")
                        .withType(ErrorType.PROTOCOL);
        return new Refusal(
                401,
                List.of(error),
                Map.of("WWW-Authenticate", "Basic realm=\"restconf\", charset=\"UTF-8\""));
    }

    /// RFC 8040 §3.3.
    private void root(Exchange exchange, Actor actor) throws IOException, Refusal {
        if (!plain(exchange)) {
            return;
        }
        Query.none(Query.of(exchange.request()));
        var media = Media.accepted(exchange.request().getHeaders());
        var now = generation();
        exchange.reply(
                200,
                media.type(),
                to -> {
                    try (var out = now.instances.output(media.encoding(), to)) {
                        var name = Instances.name("restconf");
                        out.startContainer(name);
                        out.startContainer(Instances.DATA);
                        out.endContainer(Instances.DATA);
                        now.operations.write(out, actor);
                        out.leaf(Instances.name("yang-library-version"), libraryRevision());
                        out.endContainer(name);
                    }
                });
    }

    private void libraryVersion(Exchange exchange) throws IOException, Refusal {
        if (!plain(exchange)) {
            return;
        }
        Query.none(Query.of(exchange.request()));
        var media = Media.accepted(exchange.request().getHeaders());
        exchange.reply(
                200,
                media.type(),
                to -> {
                    try (var out = generation().instances.output(media.encoding(), to)) {
                        out.leaf(Instances.name("yang-library-version"), libraryRevision());
                    }
                });
    }

    private String libraryRevision() {
        return datastore.model().context().findModules("ietf-yang-library").stream()
                .flatMap(module -> module.getRevision().stream())
                .map(Object::toString)
                .max(String::compareTo)
                .orElse("2019-01-04");
    }

    /// For resources that are only read: false when OPTIONS was answered.
    private static boolean plain(Exchange exchange) throws Refusal {
        if (exchange.method().equals("OPTIONS")) {
            exchange.header(HttpHeader.ALLOW, READ);
            exchange.reply(200);
            return false;
        }
        if (!exchange.reading()) {
            throw Refusal.method(exchange.method(), READ);
        }
        return true;
    }

    /// Whoever gets an answer knows that the process lives; it is ready when every component that
    /// it needs is there.
    private void health(Exchange exchange) throws IOException {
        var components = new JsonObject();
        boolean ready = true;
        for (var one : new TreeMap<>(required.get()).entrySet()) {
            components.addProperty(one.getKey(), one.getValue());
            ready &= one.getValue();
        }
        var answer = new JsonObject();
        answer.addProperty("live", true);
        answer.addProperty("ready", ready);
        answer.add("components", components);
        var text = answer + "\n";
        exchange.reply(
                ready ? 200 : 503,
                "application/json",
                to -> to.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static void text(Exchange exchange, String type, String text) throws IOException {
        exchange.reply(200, type, to -> to.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static Refusal refusal(DatastoreException e) {
        return new Refusal(Refusal.status(e.errors().getFirst()), e.errors(), Map.of());
    }

    private void refuse(Exchange exchange, Refusal refusal) {
        if (exchange.committed()) {
            exchange.fail(refusal);
            return;
        }
        refusal.headers().forEach(exchange::header);
        exchange.drain();
        try {
            var media = media(exchange);
            exchange.reply(
                    refusal.status(),
                    media.type(),
                    to -> generation().instances.errors(refusal, media.encoding(), to));
        } catch (IOException | RuntimeException e) {
            LOG.debug("an error could not be told", e);
            exchange.fail(e);
        }
    }

    /// An error is told even to who accepts nothing we can write.
    private static Media media(Exchange exchange) {
        try {
            return Media.accepted(exchange.request().getHeaders());
        } catch (Refusal _) {
            return Media.JSON;
        }
    }
}
