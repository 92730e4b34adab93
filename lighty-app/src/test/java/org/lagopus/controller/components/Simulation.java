package org.lagopus.controller.components;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lagopus.component.Settings;
import org.lagopus.component.SimulatedComponent;
import org.lagopus.component.wire.Message;
import org.lagopus.datastore.Actor;
import org.lagopus.datastore.DataError;
import org.lagopus.datastore.Datastore;
import org.lagopus.datastore.DatastoreException;
import org.lagopus.datastore.Edit;
import org.lagopus.datastore.Face;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNode;
import org.opendaylight.yangtools.yang.data.api.schema.NormalizedNodes;

/// One random history of a box: commits over components that refuse, hang, vanish, lie and die,
/// over connections that delay and cut, on a disk that fails, with a controller that is killed or
/// loses its power between any two steps. Time, network and disk are the simulation's; datastore,
/// log, sessions and the components' SDK are the real ones. A history follows from its number
/// alone.
///
/// It holds the box to what it promises:
///
/// - The client was told the truth: what was told done is running and boots, what was told refused
///   is not and does not; of a commit in which the controller died, all or nothing is there.
/// - Every component that serves runs its part of running, and nothing is done without those that
///   are required.
/// - A component that has prepared hears commit or abort before anybody is told, none commits what
///   it has not prepared, and those with two faces flip when those with one have applied.
/// - No number of a commit is given twice.
///
/// Nobody waits: a deadline of the coordinator is over as soon as it begins, and who has not
/// answered by then is late.
final class Simulation implements SimulatedConnection.World, AutoCloseable {
    /// The controller dies.
    private static final class Crash extends Error {
        private static final long serialVersionUID = 1;

        Crash() {
            super(null, null, false, false);
        }
    }

    /// A promise was not kept.
    static final class Broken extends RuntimeException {
        private static final long serialVersionUID = 1;

        Broken(String what) {
            super(what);
        }
    }

    private static final Actor CLIENT = new Actor(1, "alice", "netconf");
    private static final Datastore.Confirmed LONG =
            new Datastore.Confirmed(Duration.ofHours(1), null);
    private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
    private static final Path SOCKET = Path.of("/nowhere");
    private static final Records RECORDS = new Records(BoxModel.MODEL);

    /// Longer than any component may take to answer.
    private static final long LONG_NANOS = 300_000_000_000L;

    private static final List<List<Edit>> EDITS = edits();

    private static List<List<Edit>> edits() {
        var all = new ArrayList<List<Edit>>();
        for (int i = 0; i < 4; i++) {
            all.add(List.of(text("n" + i)));
            all.add(List.of(port("{'name':'e%d','config':{'mtu':%d}}".formatted(i, 1500 + i))));
            all.add(
                    List.of(
                            port(
                                    "{'name':'e%d','subs':{'sub':[{'index':%d,'type':'a','description':'s'}]}}"
                                            .formatted(i, i))));
            all.add(
                    List.of(
                            text("m" + i),
                            port(
                                    "{'name':'f%d','present':{},'subs':{'sub':[{'index':1,'type':'b','addresses':{'address':[{'ip':'%d'}]}}]}}"
                                            .formatted(i, i))));
            all.add(List.of(remove("/box:interfaces/interface[name='e%d']".formatted(i))));
        }
        all.add(List.of(remove("/box:interfaces/interface[name='e1']/subs")));
        all.add(List.of(remove("/box:interfaces")));
        all.add(List.of(remove("/box:other")));
        all.add(List.of(remove("/box:other"), remove("/box:interfaces")));
        return all;
    }

    private static Edit text(String text) {
        return merge("/box:other", "{'text':'%s'}".formatted(text));
    }

    private static Edit port(String entry) {
        return merge("/box:interfaces", "{'interface':[%s]}".formatted(entry));
    }

    private static Edit merge(String path, String json) {
        return Edit.merge(BoxModel.MODEL.parse(path), BoxModel.node(path, json.replace('\'', '"')));
    }

    private static Edit remove(String path) {
        return Edit.remove(BoxModel.MODEL.parse(path));
    }

    private static final List<List<String>> SUBSCRIPTIONS =
            List.of(
                    List.of("/box:other"),
                    List.of("/box:interfaces"),
                    List.of("/box:interfaces/interface"),
                    List.of("/box:other", "/box:interfaces"),
                    List.of("/"));

    private record Task(String name, Runnable work) {}

    private final Random chance;
    private final Path directory;
    private final double trouble;
    private final List<SimulatedComponent> components = new ArrayList<>();
    private final Map<SimulatedComponent, SimulatedConnection> connections = new HashMap<>();

    /// Those that a component has given up and replaced, and the controller may not have noticed.
    private final List<SimulatedConnection> former = new ArrayList<>();

    private final Set<SimulatedComponent> known = new HashSet<>();
    private final Deque<Task> tasks = new ArrayDeque<>();
    private final List<Supplier<String>> story = new ArrayList<>();
    private Path state;
    private int boots;
    private int histories;
    private long ids;
    private long now;
    private @Nullable Datastore datastore;
    private @Nullable Shared shared;
    private boolean crashed;
    private boolean healed;
    private boolean booting;
    private boolean committing;
    private long durable;
    private long highest;

    /// What running may be: one version but for a commit in which the controller died.
    private List<Optional<NormalizedNode>> expected = List.of(Optional.empty());

    /// What the next start brings instead, and the client was told so: that a commit was taken back
    /// could not be written.
    private @Nullable Optional<NormalizedNode> atNextStart;

    private @Nullable String broken;

    Simulation(long number, Path directory) {
        chance = new Random(number * 0x9E3779B97F4A7C15L);
        this.directory = directory;
        state = directory.resolve("0");
        trouble = chance.nextInt(4) * 0.1;
        for (int i = 0; i <= chance.nextInt(3); i++) {
            var subscriptions = SUBSCRIPTIONS.get(chance.nextInt(SUBSCRIPTIONS.size()));
            components.add(
                    new SimulatedComponent(
                            Settings.of(SOCKET, "c" + i, "1", subscriptions)
                                    .withFaces(1 + chance.nextInt(2))
                                    .withRequired(chance.nextInt(4) > 0),
                            new Witness()));
        }
    }

    /// @throws Broken with the story up to there
    void run() {
        try {
            boot();
            for (int step = 3 + chance.nextInt(8); step > 0; step--) {
                switch (chance.nextInt(12)) {
                    case 0 -> die(false);
                    case 1 -> restart(components.get(chance.nextInt(components.size())));
                    case 2 -> tentative(EDITS.get(chance.nextInt(EDITS.size())));
                    case 3 -> {
                        if (chance.nextInt(4) == 0) {
                            die(true);
                        }
                    }
                    default -> commit(EDITS.get(chance.nextInt(EDITS.size())), true);
                }
                settle(false);
                check();
            }
            healed = true;
            settle(true);
            check();
            die(false);
            settle(true);
            check();
            if (!commit(List.of(text("end")), true)) {
                throw new Broken("it is refused when all is well");
            }
            settle(true);
            check();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (DatastoreException e) {
            throw new IllegalStateException(e);
        } catch (Broken e) {
            throw new Broken(
                    e.getMessage()
                            + "\n  "
                            + story.stream()
                                    .map(Supplier::get)
                                    .collect(Collectors.joining("\n  ")));
        }
    }

    private void tell(Supplier<String> event) {
        story.add(event);
    }

    @Override
    public boolean perhaps() {
        return chance.nextBoolean();
    }

    // ---- the controller

    private Datastore datastore() {
        return Objects.requireNonNull(datastore);
    }

    private Optional<NormalizedNode> running() {
        return read(Face.RUNNING);
    }

    private Optional<NormalizedNode> read(Face face) {
        return datastore()
                .read(face)
                .readNode(YangInstanceIdentifier.of())
                .filter(root -> !((ContainerNode) root).isEmpty());
    }

    private void boot() throws IOException {
        crashed = false;
        booting = true;
        durable = logLength();
        var store =
                Datastore.open(
                        BoxModel.MODEL,
                        new Datastore.Settings(
                                state, CLOCK, Duration.ZERO, Duration.ZERO, Long.MAX_VALUE),
                        this::sync);
        datastore = store;
        booting = false;
        highest = Math.max(highest, store.generation());
        var memory = state.resolve("components.json");
        var roster = new Roster(store, CLOCK, Map.of(), KnownComponents.at(memory));
        store.requires(roster::absent);
        shared =
                new Shared(
                        new ComponentSettings(
                                SOCKET,
                                "history " + histories,
                                Set.of(),
                                memory,
                                Map.of(),
                                1000,
                                5000,
                                10_000,
                                120_000,
                                (_, _, _) -> {}),
                        store,
                        RECORDS,
                        BoxModel.READER,
                        roster,
                        new Grants(store, roster, _ -> Optional.empty()),
                        () -> ++ids,
                        () -> now,
                        this::start);
        var found = running();
        if (atNextStart != null) {
            expected = List.of(atNextStart);
            atNextStart = null;
        }
        if (expected.stream().noneMatch(found::equals)) {
            throw new Broken(
                    "it boots "
                            + told(found)
                            + ", expected "
                            + expected.stream().map(Simulation::told).toList());
        }
        expected = List.of(found);
        long generation = store.generation();
        tell(() -> "boot " + generation + ": " + told(found));
    }

    /// The power goes, or the process is killed: what was not synced may be on the disk in part.
    ///
    /// @param anew whether the box begins a history of its own, with nothing in it
    private void die(boolean anew) throws IOException {
        tell(() -> anew ? "the controller is set back" : "the controller dies");
        crashed = true;
        all().forEach(SimulatedConnection::orphan);
        connections.clear();
        former.clear();
        tasks.clear();
        var next = directory.resolve(Integer.toString(++boots));
        Files.createDirectory(next);
        if (!anew) {
            try (var files = Files.list(state)) {
                for (var file : files.filter(Files::isRegularFile).toList()) {
                    Files.copy(file, next.resolve(file.getFileName()));
                }
            }
        }
        datastore().close();
        delete(state);
        state = next;
        if (anew) {
            histories++;
            highest = 0;
            known.clear();
            atNextStart = null;
            expected = List.of(Optional.empty());
        }
        var log = log();
        long length = logLength();
        if (log.isPresent() && chance.nextBoolean() && length > durable) {
            long left = durable + chance.nextLong(length - durable + 1);
            try (var channel = FileChannel.open(log.get(), StandardOpenOption.WRITE)) {
                channel.truncate(left);
            }
            tell(() -> "the power is cut: %d of %d octets are left".formatted(left, length));
        }
        boot();
    }

    private Optional<Path> log() throws IOException {
        if (!Files.isDirectory(state)) {
            return Optional.empty();
        }
        try (var files = Files.list(state)) {
            return files.filter(file -> file.getFileName().toString().matches("log\\.\\d+"))
                    .max(
                            Comparator.comparingInt(file ->
                                    Integer.parseInt(
                                            file.getFileName()
                                                    .toString()
                                                    .substring("log.".length()))));
        }
    }

    private long logLength() throws IOException {
        var log = log();
        return log.isPresent() ? Files.size(log.get()) : 0;
    }

    private void sync(FileChannel file) throws IOException {
        if (crashed) {
            throw new IOException("dead");
        }
        if (!healed && !booting) {
            double luck = chance.nextDouble();
            if (luck < trouble / 10) {
                tell(() -> "the disk fails");
                throw new IOException("no such disk");
            }
            if (luck < trouble / 5) {
                crash();
            }
        }
        durable = file.size();
        if (!healed && !booting && chance.nextDouble() < trouble / 10) {
            crash();
        }
    }

    @Override
    public void crash() {
        crashed = true;
        throw new Crash();
    }

    /// Attaching waits for the commit that is under way, and detaching does not.
    private void start(String name, Runnable work) {
        if (name.startsWith("end-") && chance.nextBoolean()) {
            work.run();
        } else {
            tasks.add(new Task(name, work));
        }
    }

    // ---- a client

    /// @param stays false for one that has to be confirmed
    /// @return whether it is done, and the controller alive
    private boolean commit(List<Edit> edits, boolean stays) throws IOException {
        var before = running();
        var after = after(edits);
        tell(() -> (stays ? "commit " : "commit to be confirmed ") + told(after));
        boolean done = false;
        committing = true;
        try {
            if (stays) {
                datastore().edit(Face.RUNNING, edits, CLIENT);
            } else {
                datastore().edit(Face.CANDIDATE, edits, CLIENT);
                datastore().commit(CLIENT, null, LONG, null);
            }
            done = true;
        } catch (DatastoreException e) {
            tell(() -> "refused: " + e.errors().stream().map(DataError::message).toList());
            if (e.errors().stream()
                    .anyMatch(error -> error.message().contains("the next start brings it"))) {
                atNextStart = stays ? after : before;
            }
        } catch (Crash e) {
            crashed = true;
        } finally {
            committing = false;
        }
        if (crashed) {
            expected = stays ? List.of(before, after) : List.of(before);
            die(false);
            return false;
        }
        expected = List.of(done ? after : before);
        long last = datastore().generation();
        if (done) {
            tell(() -> "done, " + last);
            for (var one : components) {
                if (one.settings().required()
                        && known.contains(one)
                        && one.applied() != last
                        && !records(one, before).equals(records(one, after))) {
                    throw new Broken("it is done without " + one.name());
                }
            }
        }
        for (var connection : connections.values()) {
            if (connection.isServing()
                    && connection.isQuiet()
                    && connection.component().isPrepared()) {
                throw new Broken(connection + " has prepared and heard nothing more");
            }
        }
        if (done && !after.equals(before)) {
            if (last <= highest) {
                throw new Broken("commit " + last + " is told after " + highest);
            }
            highest = last;
        }
        return done;
    }

    /// What running becomes by these edits.
    private Optional<NormalizedNode> after(List<Edit> edits) {
        try {
            datastore().edit(Face.CANDIDATE, edits, CLIENT);
            var after = read(Face.CANDIDATE);
            datastore().discard(CLIENT);
            return after;
        } catch (DatastoreException e) {
            throw new IllegalStateException(e);
        }
    }

    /// A commit that has to be confirmed (RFC 6241 §8.4), and what becomes of it.
    private void tentative(List<Edit> edits) throws IOException, DatastoreException {
        var before = running();
        if (!commit(edits, false)) {
            datastore().discard(CLIENT);
            return;
        }
        var after = running();
        boolean was = healed;
        healed = true;
        settle(true);
        healed = was;
        check();
        int what = chance.nextInt(4);
        switch (what) {
            case 0 -> {
                tell(() -> "confirm");
                confirm(before, after);
            }
            case 1, 2 -> {
                tell(() -> what == 1 ? "cancel" : "the session ends");
                healed = true;
                expected = List.of(before);
                try {
                    if (what == 1) {
                        datastore().cancelCommit(CLIENT, null);
                    } else {
                        datastore().ended(CLIENT.session());
                    }
                } catch (DatastoreException e) {
                    // A log that has failed before takes nothing any more.
                    tell(() -> "refused: " + e.getMessage());
                    die(false);
                }
                healed = was;
            }
            default -> {
                expected = List.of(before);
                die(false);
            }
        }
    }

    private void confirm(Optional<NormalizedNode> before, Optional<NormalizedNode> after)
            throws IOException {
        try {
            datastore().commit(CLIENT, null);
        } catch (Crash e) {
            crashed = true;
        } catch (DatastoreException e) {
            // Only the disk can be in the way, and then nothing is left but a new start.
            tell(() -> "refused: " + e.getMessage());
            expected = List.of(before);
            die(false);
            return;
        }
        if (crashed) {
            expected = List.of(before, after);
            die(false);
        }
    }

    // ---- components

    @Override
    public SimulatedConnection.Fate fate(SimulatedConnection connection, Message request) {
        if (crashed) {
            throw new Crash();
        }
        var fate = SimulatedConnection.Fate.ARRIVES;
        if (!healed && chance.nextDouble() < trouble) {
            var fates = SimulatedConnection.Fate.values();
            fate = fates[chance.nextInt(fates.length)];
        }
        if (!committing) {
            // What is told outside of a commit is done as far as it can be, and refuses nothing.
            fate =
                    switch (fate) {
                        case REFUSED, CRASH, CRASH_BEHIND -> SimulatedConnection.Fate.ARRIVES;
                        default -> fate;
                    };
        }
        var met = fate;
        tell(() -> "%s %s %s".formatted(connection, request.getClass().getSimpleName(), met));
        return fate;
    }

    private final class Witness implements SimulatedComponent.Witness {
        @Override
        public void flips(SimulatedComponent component, long generation) {
            if (component.settings().faces() != 2) {
                return;
            }
            for (var other : components) {
                var connection = connections.get(other);
                if (other.settings().faces() == 1
                        && connection != null
                        && connection.isServing()
                        && connection.isQuiet()
                        && other.isPrepared()) {
                    broken(
                            "%s flips before %s has applied"
                                    .formatted(component.name(), other.name()));
                }
            }
        }

        /// The coordinator would take an exception for an answer.
        @Override
        public void broken(String what) {
            tell(() -> what);
            broken = broken == null ? what : broken;
        }
    }

    private void restart(SimulatedComponent component) {
        tell(() -> component.name() + " restarts");
        component.die();
        var connection = connections.get(component);
        if (connection != null) {
            connection.cut();
        }
    }

    /// Between two commits: both ends of each connection learn what has happened, time passes, who
    /// waits to be attached or detached is, and who is away may come back.
    ///
    /// @param everybody whether all is done, and nobody stays away
    private void settle(boolean everybody) {
        for (int round = everybody ? 3 : 1; round > 0; round--) {
            if (everybody || chance.nextBoolean()) {
                now += LONG_NANOS;
                all().forEach(one -> one.tick(now, !healed && chance.nextInt(8) == 0));
            }
            for (var one : all().toList()) {
                if (everybody || one.isOpen() || chance.nextBoolean()) {
                    one.settle();
                }
            }
            former.removeIf(one -> !one.isAlive());
            connections.values().removeIf(one -> !one.isAlive());
            attach(everybody);
            for (var one : components) {
                var last = connections.get(one);
                if ((last == null || !last.isOpen()) && (everybody || chance.nextInt(3) > 0)) {
                    if (last != null) {
                        former.add(last);
                    }
                    connect(one);
                }
            }
            attach(everybody);
        }
    }

    private Stream<SimulatedConnection> all() {
        return Stream.concat(former.stream(), connections.values().stream());
    }

    private void attach(boolean all) {
        for (int i = tasks.size(); i > 0; i--) {
            var task = tasks.remove();
            if (all || chance.nextInt(4) > 0) {
                tell(task::name);
                task.work.run();
                connections.forEach((component, connection) -> {
                    if (connection.isServing()) {
                        known.add(component);
                    }
                });
            } else {
                tasks.add(task);
            }
        }
    }

    private void connect(SimulatedComponent component) {
        tell(() -> component.name() + " connects");
        var connection = new SimulatedConnection(this, component);
        connections.put(component, connection);
        connection.greet(
                new Session(Objects.requireNonNull(shared), connection, new Peer(1, 0, true)));
    }

    // ---- what is promised

    private void check() {
        if (broken != null) {
            throw new Broken(broken);
        }
        var found = running();
        if (expected.stream().noneMatch(found::equals)) {
            throw new Broken("running is " + told(found));
        }
        if (healed) {
            for (var one : Objects.requireNonNull(shared).roster().absent()) {
                throw new Broken(one.name() + " is missed when all is well");
            }
        }
        for (var one : components) {
            var connection = connections.get(one);
            if (connection == null) {
                continue;
            }
            if (connection.isServing()
                    && connection.isQuiet()
                    && !one.running().equals(records(one, found))) {
                throw new Broken(
                        "%s runs %s, and not %s"
                                .formatted(one.name(), one.running(), records(one, found)));
            }
            if (healed && !(connection.isServing() && connection.isQuiet())) {
                throw new Broken(one.name() + " does not serve when all is well");
            }
        }
    }

    /// What a component has to run of a configuration.
    private static SortedMap<String, String> records(
            SimulatedComponent component, Optional<NormalizedNode> root) {
        var records = new TreeMap<String, String>();
        if (root.isEmpty()) {
            return records;
        }
        for (var text : component.settings().subscriptions()) {
            var path = BoxModel.MODEL.parse(text);
            NormalizedNodes.findNode(root.get(), path)
                    .ifPresent(node ->
                            RECORDS.all(path, node)
                                    .forEachRemaining(edit ->
                                            records.put(
                                                    edit.path(), String.valueOf(edit.value()))));
        }
        return records;
    }

    private static String told(Optional<NormalizedNode> root) {
        return root.map(node ->
                        node.toString().replaceAll("\\(urn[^)]*\\)|Immutable|Node|body=|name=", ""))
                .orElse("nothing");
    }

    @Override
    public void close() throws IOException {
        crashed = true;
        if (datastore != null) {
            datastore.close();
        }
        delete(directory);
    }

    static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /// Plays the histories of these numbers, the last one not among them.
    ///
    /// @throws Broken with the number and the story of the first that goes wrong
    static void play(long first, long end, Path directory) throws IOException {
        for (long number = first; number < end; number++) {
            var own = Files.createDirectory(directory.resolve("history." + number));
            try (var simulation = new Simulation(number, own)) {
                simulation.run();
            } catch (Broken e) {
                throw new Broken("history " + number + ": " + e.getMessage());
            }
        }
    }
}
