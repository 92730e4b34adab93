package org.lagopus.datastore;

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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.schema.ContainerNode;
import org.opendaylight.yangtools.yang.data.api.schema.DataContainerChild;

/// One random history of a box: commits over components that refuse, hang, vanish and die, on a
/// disk that fails, with a controller that is killed or loses its power between any two steps.
/// Time, connections and disk are the simulation's, and a history follows from its number alone.
///
/// It holds the coordinator to what it promises:
///
/// - The client was told the truth: what was told done is running and boots, what was told refused
///   is not and does not; of a commit in which the controller died, all or nothing is there.
/// - Every component that is in step runs its part of running, and nothing is done without those
///   that are required.
/// - A component that has prepared hears commit or abort before anybody is told, none commits what
///   it has not prepared, and those with two faces flip when those with one have applied.
/// - No number of a commit is given twice.
///
/// Nobody waits: a deadline is over as soon as it begins, and who has not answered by then is late.
final class Simulation implements SimulatedComponent.World, AutoCloseable {
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

    private static final Datastore.Confirmed LONG =
            new Datastore.Confirmed(Duration.ofHours(1), null);

    private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

    private static final List<List<Edit>> EDITS = edits();

    private static List<List<Edit>> edits() {
        var all = new ArrayList<List<Edit>>();
        for (int i = 0; i < 4; i++) {
            all.add(List.of(Shop.merge("{'shop:name':'n%d'}".formatted(i))));
            all.add(List.of(Shop.merge("{'shop:routes':{'route':[{'id':%d}]}}".formatted(i))));
            all.add(List.of(Shop.merge("{'shop:stock':{'shelf':[{'name':'s%d'}]}}".formatted(i))));
            all.add(
                    List.of(
                            Shop.merge(
                                    "{'shop:name':'m%d','shop:routes':{'route':[{'id':%d}]},'shop:stock':{'shelf':[{'name':'t%d'}]}}"
                                            .formatted(i, i + 10, i))));
        }
        all.add(List.of(Shop.remove("/shop:routes")));
        all.add(List.of(Shop.remove("/shop:stock")));
        all.add(List.of(Shop.remove("/shop:name"), Shop.remove("/shop:stock")));
        return all;
    }

    private static final List<List<YangInstanceIdentifier>> SUBSCRIPTIONS =
            Stream.of(
                            List.of("/shop:stock"),
                            List.of("/shop:routes"),
                            List.of("/shop:name", "/shop:routes"),
                            List.of("/shop:stock", "/shop:routes", "/shop:name"))
                    .map(paths -> paths.stream().map(Shop::path).toList())
                    .toList();

    private final Random chance;
    private final Path directory;
    private final double trouble;
    private final List<SimulatedComponent> components = new ArrayList<>();
    private final List<Supplier<String>> story = new ArrayList<>();
    private Path state;
    private int boots;
    private @Nullable Datastore datastore;
    private boolean crashed;
    private boolean healed;
    private boolean booting;
    private long durable;
    private long highest;

    /// What running may be: one version but for a commit in which the controller died.
    private List<ContainerNode> expected = List.of(Nodes.emptyRoot());

    /// What the next start brings instead, and the client was told so: that a commit was taken back
    /// could not be written.
    private @Nullable ContainerNode atNextStart;

    private @Nullable String broken;

    Simulation(long number, Path directory) {
        chance = new Random(number * 0x9E3779B97F4A7C15L);
        this.directory = directory;
        state = directory.resolve("0");
        trouble = chance.nextInt(4) * 0.1;
        for (int i = 0; i <= chance.nextInt(3); i++) {
            components.add(
                    new SimulatedComponent(
                            this,
                            "c" + i,
                            1 + chance.nextInt(2),
                            chance.nextInt(4) > 0,
                            SUBSCRIPTIONS.get(chance.nextInt(SUBSCRIPTIONS.size()))));
        }
    }

    /// @throws Broken with the story up to there
    void run() {
        try {
            boot();
            for (int step = 3 + chance.nextInt(8); step > 0; step--) {
                switch (chance.nextInt(10)) {
                    case 0 -> die();
                    case 1 -> restart(components.get(chance.nextInt(components.size())));
                    case 2 -> tentative(EDITS.get(chance.nextInt(EDITS.size())));
                    default -> commit(EDITS.get(chance.nextInt(EDITS.size())), true);
                }
                connect(false);
                check();
            }
            healed = true;
            connect(true);
            check();
            die();
            connect(true);
            check();
            commit(List.of(Shop.merge("{'shop:name':'end','shop:drawer':1}")), true);
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

    // ---- the controller

    private Datastore datastore() {
        return Objects.requireNonNull(datastore);
    }

    private ContainerNode running() {
        return Crasher.running(datastore());
    }

    private void boot() throws IOException {
        crashed = false;
        booting = true;
        durable = logLength();
        var store =
                Datastore.open(
                        Shop.MODEL,
                        Shop.SCHEMA,
                        new Datastore.Settings(
                                state, CLOCK, Duration.ZERO, Duration.ZERO, Long.MAX_VALUE),
                        this::sync);
        datastore = store;
        booting = false;
        highest = Math.max(highest, store.generation());
        store.requires(() ->
                components.stream()
                        .filter(one -> one.required() && !one.connected)
                        .map(one -> new Datastore.Absent(one.name(), one.subscriptions()))
                        .toList());
        var now = running();
        if (atNextStart != null) {
            expected = List.of(atNextStart);
            atNextStart = null;
        }
        if (expected.stream().noneMatch(now::equals)) {
            throw new Broken(
                    "it boots "
                            + told(now)
                            + ", expected "
                            + expected.stream().map(Simulation::told).toList());
        }
        expected = List.of(now);
        long generation = store.generation();
        tell(() -> "boot " + generation + ": " + told(now));
    }

    /// The power goes, or the process is killed: what was not synced may be on the disk in part.
    private void die() throws IOException {
        tell(() -> "the controller dies");
        crashed = true;
        components.forEach(SimulatedComponent::cut);
        var next = directory.resolve(Integer.toString(++boots));
        Files.createDirectory(next);
        try (var files = Files.list(state)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, next.resolve(file.getFileName()));
            }
        }
        datastore().close();
        delete(state);
        state = next;
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

    // ---- a client

    /// @param stays false for one that has to be confirmed
    /// @return whether it is done, and the controller alive
    private boolean commit(List<Edit> edits, boolean stays) throws IOException {
        var before = running();
        var draft = new Draft(Shop.SCHEMA, before);
        try {
            draft.apply(edits);
        } catch (DatastoreException e) {
            throw new IllegalStateException(e);
        }
        var after = draft.root();
        tell(() -> (stays ? "commit " : "commit to be confirmed ") + told(after));
        boolean done = false;
        try {
            if (stays) {
                datastore().edit(Face.RUNNING, edits, Shop.ALICE);
            } else {
                datastore().edit(Face.CANDIDATE, edits, Shop.ALICE);
                datastore().commit(Shop.ALICE, null, LONG, null);
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
        }
        if (crashed) {
            expected = stays ? List.of(before, after) : List.of(before);
            die();
            return false;
        }
        expected = List.of(done ? after : before);
        if (done) {
            long last = datastore().generation();
            tell(() -> "done, " + last);
            for (var one : components) {
                boolean isThere = one.connected && !one.isLost;
                if (one.required() && !isThere && !part(one, before).equals(part(one, after))) {
                    throw new Broken("it is done without " + one.name());
                }
            }
        }
        for (var one : components) {
            if (one.connected && one.isPrepared() && !one.isLost) {
                throw new Broken(one.name() + " has prepared and heard nothing more");
            }
        }
        long told = datastore().generation();
        if (done && !after.equals(before)) {
            if (told <= highest) {
                throw new Broken("commit " + told + " is told after " + highest);
            }
            highest = told;
        }
        return done;
    }

    /// A commit that has to be confirmed (RFC 6241 §8.4), and what becomes of it.
    private void tentative(List<Edit> edits) throws IOException, DatastoreException {
        var before = running();
        if (!commit(edits, false)) {
            datastore().discard(Shop.ALICE);
            return;
        }
        var after = running();
        connect(true);
        check();
        int what = chance.nextInt(4);
        switch (what) {
            case 0 -> {
                tell(() -> "confirm");
                confirm(before, after);
            }
            case 1, 2 -> {
                tell(() -> what == 1 ? "cancel" : "the session ends");
                boolean was = healed;
                healed = true;
                expected = List.of(before);
                try {
                    if (what == 1) {
                        datastore().cancelCommit(Shop.ALICE, null);
                    } else {
                        datastore().ended(Shop.ALICE.session());
                    }
                } catch (DatastoreException e) {
                    // A log that has failed before takes nothing any more.
                    tell(() -> "refused: " + e.getMessage());
                    die();
                }
                healed = was;
            }
            default -> {
                expected = List.of(before);
                die();
            }
        }
    }

    private void confirm(ContainerNode before, ContainerNode after) throws IOException {
        try {
            datastore().commit(Shop.ALICE, null);
        } catch (Crash e) {
            crashed = true;
        } catch (DatastoreException e) {
            // Only the disk can be in the way, and then nothing is left but a new start.
            tell(() -> "refused: " + e.getMessage());
            expected = List.of(before);
            die();
            return;
        }
        if (crashed) {
            expected = List.of(before, after);
            die();
        }
    }

    // ---- components

    @Override
    public SimulatedComponent.Fate fate(
            SimulatedComponent component, SimulatedComponent.Kind kind) {
        if (crashed) {
            throw new Crash();
        }
        var fates = SimulatedComponent.Fate.values();
        var fate =
                healed || chance.nextDouble() >= trouble
                        ? SimulatedComponent.Fate.ARRIVES
                        : fates[chance.nextInt(fates.length)];
        tell(() -> "%s %s %s".formatted(component.name(), kind, fate));
        return fate;
    }

    /// The coordinator would take an exception for an answer.
    @Override
    public void broken(String what) {
        tell(() -> what);
        broken = broken == null ? what : broken;
    }

    @Override
    public void committed(SimulatedComponent component, long generation) {
        if (component.faces() == 2) {
            for (var other : components) {
                if (other.faces() == 1 && other.connected && other.isPrepared()) {
                    broken(
                            "%s flips before %s has applied"
                                    .formatted(component.name(), other.name()));
                }
            }
        }
    }

    private void restart(SimulatedComponent component) {
        tell(() -> component.name() + " restarts");
        if (component.connected) {
            component.cut();
            datastore().detach(component);
        }
        component.forget();
    }

    /// Whoever is out of step or late is cut off, and whoever is away may come back: as the server
    /// of the component protocol does it.
    private void connect(boolean all) {
        for (var one : components) {
            if (one.connected && one.isLost) {
                if (chance.nextBoolean()) {
                    one.drain();
                }
                one.cut();
                tell(() -> one.name() + " is cut off");
            }
            if (!one.connected) {
                datastore().detach(one);
            }
            if (!one.connected && (all || chance.nextInt(3) > 0)) {
                one.connected = true;
                one.isLost = false;
                var base = datastore().attach(one);
                if (one.generation == 0 || one.generation != base.generation()) {
                    one.replace(part(one, running()), base.generation());
                }
                tell(() -> one.name() + " is there");
            }
        }
    }

    // ---- what is promised

    private void check() {
        if (broken != null) {
            throw new Broken(broken);
        }
        var now = running();
        if (expected.stream().noneMatch(now::equals)) {
            throw new Broken("running is " + told(now));
        }
        for (var one : components) {
            if (one.connected && !one.isLost && !one.content.equals(part(one, now))) {
                throw new Broken(
                        "%s runs %s of %s".formatted(one.name(), told(one.content), told(now)));
            }
        }
    }

    private static ContainerNode part(SimulatedComponent component, ContainerNode root) {
        var edits = new ArrayList<Edit>();
        for (var path : component.subscriptions()) {
            var node = Nodes.find(root, path);
            if (node != null) {
                edits.add(Edit.replace(path, node));
            }
        }
        return Nodes.edited(Nodes.emptyRoot(), edits);
    }

    private static String told(ContainerNode root) {
        return root.body().stream()
                .map(DataContainerChild::toString)
                .map(text -> text.replaceAll("\\(urn[^)]*\\)|Immutable|Node|body=|name=", ""))
                .toList()
                .toString();
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
