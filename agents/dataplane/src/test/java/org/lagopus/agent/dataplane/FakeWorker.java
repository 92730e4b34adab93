package org.lagopus.agent.dataplane;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lagopus.agent.dataplane.worker.Dataplane;
import org.lagopus.component.ring.RingClient;
import org.lagopus.component.ring.messages.Abort;
import org.lagopus.component.ring.messages.AddressDelete;
import org.lagopus.component.ring.messages.AddressSet;
import org.lagopus.component.ring.messages.Answer;
import org.lagopus.component.ring.messages.Begin;
import org.lagopus.component.ring.messages.Commit;
import org.lagopus.component.ring.messages.GrantDelete;
import org.lagopus.component.ring.messages.GrantSet;
import org.lagopus.component.ring.messages.InstanceDelete;
import org.lagopus.component.ring.messages.InstanceEntry;
import org.lagopus.component.ring.messages.InstanceSet;
import org.lagopus.component.ring.messages.InterfaceDelete;
import org.lagopus.component.ring.messages.InterfaceSet;
import org.lagopus.component.ring.messages.LinkEvent;
import org.lagopus.component.ring.messages.Message;
import org.lagopus.component.ring.messages.PortDelete;
import org.lagopus.component.ring.messages.PortEntry;
import org.lagopus.component.ring.messages.PortSet;
import org.lagopus.component.ring.messages.Prepare;
import org.lagopus.component.ring.messages.RingError;
import org.lagopus.component.ring.messages.RingObject;
import org.lagopus.component.ring.messages.RouteDelete;
import org.lagopus.component.ring.messages.RouteSet;
import org.lagopus.component.ring.messages.StaticNeighborDelete;
import org.lagopus.component.ring.messages.StaticNeighborSet;
import org.lagopus.component.ring.messages.Table;
import org.lagopus.component.ring.messages.VlanMemberDelete;
import org.lagopus.component.ring.messages.VlanMemberSet;
import org.lagopus.component.ring.messages.Welcome;

/// A worker that keeps its configuration in maps: what it takes, refuses and runs is what ring.msg
/// says, and it can be told to fail.
final class FakeWorker implements Dataplane.Connector {
    private record Grudge(Predicate<Message> against, Answer answer, int[] left) {}

    private final List<Message> received = new ArrayList<>();
    private final List<Grudge> grudges = new ArrayList<>();
    private Map<List<Object>, Message> running = new LinkedHashMap<>();
    private @Nullable Map<List<Object>, Message> draft;
    private boolean prepared;
    private long instance = 1;
    private long generation;
    private final Map<String, GrantSet> grants = new LinkedHashMap<>();
    private boolean up = true;
    private long packets;
    private @Nullable Session session;

    // --- what a test does to it

    /// Answers so to the next `times` messages of that kind.
    synchronized void refuse(
            int times, Predicate<Message> against, RingError error, RingObject object, long id) {
        var answer = new Answer(error, object, id, 0, "told to");
        grudges.add(new Grudge(against, answer, new int[] {times}));
    }

    /// Dies, with all it had, and stays away.
    void crash() {
        Session gone;
        synchronized (this) {
            up = false;
            running = new LinkedHashMap<>();
            grants.clear();
            draft = null;
            generation = 0;
            instance++;
            gone = session;
            session = null;
        }
        if (gone != null) {
            gone.listener.lost("crashed");
        }
    }

    /// Cuts the connection and lives on.
    void cut() {
        Session gone;
        synchronized (this) {
            draft = null;
            gone = session;
            session = null;
        }
        if (gone != null) {
            gone.listener.lost("cut");
        }
    }

    synchronized void start() {
        up = true;
    }

    void link(long port, boolean linkUp) {
        Session to;
        synchronized (this) {
            to = session;
        }
        if (to != null) {
            to.listener.linkChanged(new LinkEvent(port, linkUp, 1000, 1));
        }
    }

    synchronized void count(long more) {
        packets += more;
    }

    // --- what a test asks it

    /// Takes what was received since the last time.
    synchronized List<Message> take() {
        var all = List.copyOf(received);
        received.clear();
        return all;
    }

    synchronized List<Message> running() {
        return List.copyOf(running.values());
    }

    synchronized Map<String, GrantSet> grants() {
        return Map.copyOf(grants);
    }

    synchronized GrantSet granted(String name) {
        return Objects.requireNonNull(grants.get(name), name);
    }

    synchronized boolean hasDraft() {
        return draft != null;
    }

    synchronized long generation() {
        return generation;
    }

    <M extends Message> List<M> running(Class<M> kind) {
        return running().stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    // --- the worker

    @Override
    public synchronized Dataplane connect(Dataplane.Listener listener) throws IOException {
        if (!up) {
            throw new IOException("connection refused");
        }
        session = new Session(listener, instance);
        return session;
    }

    private synchronized Answer answer(long of, Message request) {
        received.add(request);
        for (var grudge : grudges) {
            if (grudge.left[0] > 0 && grudge.against.test(request)) {
                grudge.left[0]--;
                if (request instanceof Commit || request instanceof Prepare) {
                    draft = null; // a worker that refuses one of these is as before
                }
                return grudge.answer;
            }
        }
        return switch (request) {
            case GrantSet grant -> {
                grants.put(grant.name(), grant);
                yield ok();
            }
            case GrantDelete(var name) -> {
                grants.remove(name);
                yield ok();
            }
            case Begin(var replace, _) -> begin(replace);
            case Prepare _ -> prepare();
            case Commit _ -> commit(of);
            case Abort _ -> {
                draft = null;
                yield ok();
            }
            default -> change(request);
        };
    }

    private Answer begin(boolean replace) {
        if (draft != null) {
            return no(RingError.IN_TRANSACTION, RingObject.NONE, 0, "a draft is open");
        }
        draft = replace ? new LinkedHashMap<>() : new LinkedHashMap<>(running);
        prepared = false;
        return ok();
    }

    private Answer change(Message request) {
        var to = draft;
        if (to == null || prepared) {
            return no(RingError.NO_TRANSACTION, RingObject.NONE, 0, "no draft");
        }
        var key = key(request);
        if (!request.getClass().getSimpleName().endsWith("Delete")) {
            to.put(key, request);
            return ok();
        }
        if (to.remove(key) == null) {
            return no(RingError.UNKNOWN_OBJECT, RingObject.NONE, 0, "no such object: " + request);
        }
        to.values().removeIf(other -> belongsTo(other, request));
        return ok();
    }

    private Answer prepare() {
        var of = draft;
        if (of == null) {
            return no(RingError.NO_TRANSACTION, RingObject.NONE, 0, "no draft");
        }
        var devices = new LinkedHashMap<String, Long>();
        for (var each : of.values()) {
            for (var needed : references(each)) {
                if (!of.containsKey(needed)) {
                    return no(
                            RingError.UNKNOWN_OBJECT,
                            RingObject.NONE,
                            0,
                            each + " needs " + needed);
                }
            }
            if (each instanceof PortSet port && !port.device().isEmpty()) {
                var other = devices.put(port.device(), port.port());
                if (other != null) {
                    return no(RingError.IN_USE, RingObject.PORT, port.port(), port.device());
                }
            }
        }
        prepared = true;
        return ok();
    }

    private Answer commit(long of) {
        if (draft == null || !prepared) {
            return no(RingError.NO_TRANSACTION, RingObject.NONE, 0, "nothing prepared");
        }
        running = draft;
        draft = null;
        generation = of;
        return ok();
    }

    private static Answer ok() {
        return new Answer(RingError.OK, RingObject.NONE, 0, 0, "");
    }

    private static Answer no(RingError error, RingObject object, long id, String text) {
        return new Answer(
                error, object, id, 0, text.length() > 120 ? text.substring(0, 120) : text);
    }

    private static List<Object> key(Message message) {
        return switch (message) {
            case PortSet m -> List.of("port", m.port());
            case PortDelete m -> List.of("port", m.port());
            case InstanceSet m -> List.of("instance", m.instance());
            case InstanceDelete m -> List.of("instance", m.instance());
            case InterfaceSet m -> List.of("interface", m.interface_());
            case InterfaceDelete m -> List.of("interface", m.interface_());
            case VlanMemberSet m -> List.of("vlans", m.interface_(), m.first(), m.last());
            case VlanMemberDelete m -> List.of("vlans", m.interface_(), m.first(), m.last());
            case AddressSet m ->
                    List.of(
                            "address",
                            m.interface_(),
                            m.prefixLength(),
                            m.addressHi(),
                            m.addressLo());
            case AddressDelete m ->
                    List.of(
                            "address",
                            m.interface_(),
                            m.prefixLength(),
                            m.addressHi(),
                            m.addressLo());
            case StaticNeighborSet m ->
                    List.of("neighbor", m.interface_(), m.addressHi(), m.addressLo());
            case StaticNeighborDelete m ->
                    List.of("neighbor", m.interface_(), m.addressHi(), m.addressLo());
            case RouteSet m ->
                    List.of("route", m.instance(), m.prefixLength(), m.prefixHi(), m.prefixLo());
            case RouteDelete m ->
                    List.of("route", m.instance(), m.prefixLength(), m.prefixHi(), m.prefixLo());
            default -> throw new AssertionError("not expected here: " + message);
        };
    }

    private static List<List<Object>> references(Message message) {
        return switch (message) {
            case InterfaceSet m ->
                    List.of(List.of("port", m.port()), List.of("instance", m.instance()));
            case VlanMemberSet m -> List.of(List.of("interface", m.interface_()));
            case AddressSet m -> List.of(List.of("interface", m.interface_()));
            case StaticNeighborSet m -> List.of(List.of("interface", m.interface_()));
            case RouteSet m ->
                    Stream.concat(
                                    Stream.of(List.<Object>of("instance", m.instance())),
                                    m.nextHops().stream()
                                            .filter(h -> h.interface_() != 0)
                                            .map(h -> List.<Object>of("interface", h.interface_())))
                            .toList();
            default -> List.of();
        };
    }

    private static boolean belongsTo(Message other, Message deleted) {
        return references(other).contains(key(deleted));
    }

    /// One connection.
    private final class Session implements Dataplane {
        private final Listener listener;
        private final long of;

        Session(Listener listener, long of) {
            this.listener = listener;
            this.of = of;
        }

        private void check() throws IOException {
            synchronized (FakeWorker.this) {
                if (!Objects.equals(session, this)) {
                    throw new IOException("worker gone");
                }
            }
        }

        @Override
        public Welcome welcome() {
            return new Welcome(
                    1,
                    4711,
                    of,
                    generation(),
                    64,
                    2,
                    false,
                    true,
                    false,
                    RingClient.CONFIGURATION,
                    0,
                    1,
                    "0.1.0-fake");
        }

        @Override
        public List<Answer> ask(long with, List<? extends Message> requests, Duration patience)
                throws IOException {
            check();
            var answers = new ArrayList<Answer>();
            for (var request : requests) {
                answers.add(answer(with, request));
                check();
            }
            return answers;
        }

        @Override
        public Answer askFor(long owner, Message request, Duration patience) throws IOException {
            check();
            return no(RingError.UNKNOWN_OBJECT, RingObject.ROUTE, owner, "no such owner");
        }

        @Override
        public List<Message> dump(Table table) throws IOException {
            check();
            if (table == Table.INSTANCE_TABLE) {
                return running(InstanceSet.class).stream()
                        .<Message>map(i -> new InstanceEntry(i.instance(), i.kind(), i.name()))
                        .toList();
            }
            if (table != Table.PORT_TABLE) {
                return List.of();
            }
            return running(PortSet.class).stream()
                    .<Message>map(p ->
                            new PortEntry(
                                    p.port(),
                                    true,
                                    true,
                                    p.mtu(),
                                    1000,
                                    0x020000000001L,
                                    1000L,
                                    p.name(),
                                    "net_fake"))
                    .toList();
        }

        @Override
        public List<Counts> counters(String kind) {
            return switch (kind) {
                case "port" ->
                        running(PortSet.class).stream()
                                .map(p -> new Counts(p.port(), "", Map.of("rx-packets", packets)))
                                .toList();
                case "drop" ->
                        List.of(
                                new Counts(0, "ttl-exceeded", Map.of("packets", packets)),
                                new Counts(0, "no-route", Map.of("packets", 0L)));
                default -> List.of();
            };
        }

        @Override
        public void close() {
            synchronized (FakeWorker.this) {
                if (Objects.equals(session, this)) {
                    session = null;
                    draft = null;
                }
            }
        }
    }
}
