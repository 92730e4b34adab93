package org.lagopus.controller.components;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.tools.ToolProvider;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The simulation finds what is wrong: each of these mistakes is made in the coordinator, in the
/// sessions of the components or in their SDK, one at a time, and some history has to notice.
@Tag("R22")
class MutantsTest {
    /// @param source the file, in the repository
    /// @param right what is there
    /// @param wrong what is put in its place
    record Mutant(String what, String source, String right, String wrong) {
        @Override
        public String toString() {
            return what;
        }
    }

    private static final int HISTORIES = 4000;

    static List<Mutant> mutants() {
        return List.of(
                gate(
                        "two faces flip first",
                        "for (int faces = 1; faces <= 2; faces++)",
                        "for (int faces = 2; faces >= 1; faces--)"),
                gate(
                        "those with two faces are never told to flip",
                        "for (int faces = 1; faces <= 2; faces++)",
                        "for (int faces = 1; faces < 2; faces++)"),
                gate(
                        "whoever has prepared a refused commit is left with it",
                        "            } else {\n                goBack();\n            }",
                        "            }"),
                gate("the decision is not synced", "journal.sync();", ""),
                gate(
                        "nobody is asked to go back",
                        "ask(Attempt.Phase.ABORT, asked, commitTimeout,",
                        "ask(Attempt.Phase.ABORT, List.of(), commitTimeout,"),
                gate(
                        "only those that applied are asked to go back",
                        "ask(Attempt.Phase.ABORT, asked, commitTimeout,",
                        "ask(Attempt.Phase.ABORT, mayHaveApplied, commitTimeout,"),
                gate(
                        "that a commit was taken back is not written",
                        "compensate().ifPresent(errors::add);",
                        ""),
                gate(
                        "what is decided does not become running",
                        "publish(List.of(member(decided)));",
                        ""),
                gate(
                        "only one component is asked",
                        ".filter(p -> !slices(p).isEmpty())",
                        ".filter(p -> !slices(p).isEmpty()).limit(1)"),
                gate("required components may be missing", "inTheWay = missing();", ""),
                gate(
                        "a number is given again after a refusal",
                        "new Commit(++taken,",
                        "new Commit(base.generation() + 1,"),
                gate(
                        "a refusal to commit is not heard",
                        "return errors.stream().map(Passage::failed).toList();",
                        "break;"),
                gate(
                        "a log that fails is taken for written",
                        "return List.of(notWritten(e));\n            }\n        }\n\n        private static DataError notWritten",
                        "return List.of();\n            }\n        }\n\n        private static DataError notWritten"),
                gate(
                        "running is published before components apply",
                        "decided = written;",
                        "publish(List.of(member(written)));"),
                round(
                        "who is late has agreed",
                        "return new Answer.Late();",
                        "return new Answer.Yes();"),
                round("who is gone is not missed", "if (participant.required()) {", "if (false) {"),
                round(
                        "a refusal is a yes",
                        "errors.isEmpty() ? new Answer.Yes() : new Answer.No(errors)",
                        "new Answer.Yes()"),
                life(
                        "a commit that was declined is decided",
                        "errors.isEmpty() ? new Deciding() : new Refused(errors)",
                        "new Deciding()"),
                life(
                        "a commit that is not logged is applied",
                        "errors.isEmpty() ? new Applying() : new RollingBack(errors)",
                        "new Applying()"),
                life(
                        "a commit that failed is running",
                        "errors.isEmpty() ? new Running() : new RollingBack(errors)",
                        "new Running()"),
                session(
                        "who is late stays",
                        "if (request.kind() != Kind.PREPARE) {",
                        "if (false) {"),
                session(
                        "who does not go back stays",
                        "if (request.kind() == Kind.ABORT && !errors.isEmpty()) {",
                        "if (false) {"),
                session(
                        "a number of another history is taken for one of this",
                        "&& shared.settings().instance().equals(first.instance())",
                        ""),
                session(
                        "who comes back is not told what it has missed",
                        "&& first.generation() == base.generation()",
                        ""),
                session("who comes is told nothing", "replace(base);", ""),
                session(
                        "what is removed is not told",
                        "(edit.value() == null ? removed : put).add(edit);",
                        "put.add(edit); put.removeIf(each -> each.value() == null);"),
                session(
                        "a component that refuses has agreed",
                        "request.answer().complete(errors);",
                        "request.answer().complete(List.of());"),
                session(
                        "any answer is an answer",
                        "requests.remove(answer.id())",
                        "requests.isEmpty() ? null : requests.remove(requests.keySet().iterator().next())"),
                session(
                        "who is needed is forgotten over a restart",
                        "shared.roster().remember(first.name());",
                        ""),
                roster("two may have one name", "if (member.connected) {", "if (false) {"),
                roster(
                        "who is connected takes part",
                        "!member.attached && required(member)",
                        "!member.connected && required(member)"),
                performer(
                        "what was prepared outlives the connection",
                        "forgetPrepared();\n        quietly(() -> handler.disconnected(reason));",
                        "quietly(() -> handler.disconnected(reason));"),
                performer(
                        "a number outlives its history",
                        "instance = history;\n            generation = 0;",
                        "instance = history;"),
                new Mutant(
                        "that a commit has to be confirmed is not written",
                        GATE,
                        "confirmBase = base;",
                        ""),
                new Mutant(
                        "that a commit was confirmed is not written",
                        DATASTORE + "ConfirmedCommits.java",
                        "journal.settled(gate.running().generation());",
                        "if (false) journal.settled(gate.running().generation());"),
                new Mutant(
                        "a commit that is cancelled stays",
                        DATASTORE + "ConfirmedCommits.java",
                        "restoring.restore(passage, content);",
                        ""),
                new Mutant(
                        "what was taken back boots",
                        DATASTORE + "Journal.java",
                        "COMPENSATED, Map.of()",
                        "APPLIED, Map.of()"),
                new Mutant(
                        "a component hears of its first subscription only",
                        DATASTORE + "Subscriptions.java",
                        "boolean covered =",
                        "boolean covered = !slices.isEmpty() ||"),
                new Mutant(
                        "what a failed sync left stays in the log",
                        DATASTORE + "file/StateFiles.java",
                        "log.truncate(length);",
                        ""));
    }

    private static final String DATASTORE = "datastore/src/main/java/org/lagopus/datastore/";
    private static final String GATE = DATASTORE + "Gate.java";
    private static final String COMPONENTS =
            "lighty-app/src/main/java/org/lagopus/controller/components/";

    private static Mutant gate(String what, String right, String wrong) {
        return new Mutant(what, GATE, right, wrong);
    }

    private static Mutant round(String what, String right, String wrong) {
        return new Mutant(what, DATASTORE + "Round.java", right, wrong);
    }

    private static Mutant life(String what, String right, String wrong) {
        return new Mutant(what, DATASTORE + "Life.java", right, wrong);
    }

    private static Mutant session(String what, String right, String wrong) {
        return new Mutant(what, COMPONENTS + "Session.java", right, wrong);
    }

    private static Mutant roster(String what, String right, String wrong) {
        return new Mutant(what, COMPONENTS + "Roster.java", right, wrong);
    }

    private static Mutant performer(String what, String right, String wrong) {
        return new Mutant(
                what,
                "component-api/src/main/java/org/lagopus/component/Performer.java",
                right,
                wrong);
    }

    @TempDir static Path directory;

    private static final ExecutorService PLAYERS =
            Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    private static final Map<Mutant, Future<@Nullable String>> FOUND = new LinkedHashMap<>();

    /// All are played at once, as far as the machine can. What goes wrong is meant to, and would be
    /// logged a million times.
    @BeforeAll
    static void play() {
        Configurator.setLevel("org.lagopus", Level.OFF);
        for (var mutant : mutants()) {
            FOUND.put(
                    mutant,
                    PLAYERS.submit(() -> {
                        var own = Files.createTempDirectory(directory, "mutant");
                        compile(mutant, own);
                        return played(own, HISTORIES);
                    }));
        }
    }

    @AfterAll
    static void end() {
        PLAYERS.shutdownNow();
        PLAYERS.close();
        Configurator.setLevel("org.lagopus", Level.INFO);
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void aMistakeIsNoticed(Mutant mutant) throws Exception {
        assertThat(Objects.requireNonNull(FOUND.get(mutant)).get())
                .as("what the histories find")
                .isNotNull()
                .startsWith("org.lagopus.controller.components.Simulation$Broken");
    }

    /// The same way of playing finds nothing where nothing is wrong.
    @Test
    void withoutAMistakeNothingIsNoticed() throws Exception {
        assertThat(played(Files.createTempDirectory(directory, "none"), 500)).isNull();
    }

    private static void compile(Mutant mutant, Path classes) throws IOException {
        var path = Path.of("..", mutant.source);
        var text = Files.readString(path);
        int at = text.indexOf(mutant.right);
        assertThat(at).as("the place of the mistake").isNotNegative();
        var changed =
                text.substring(0, at) + mutant.wrong + text.substring(at + mutant.right.length());
        var source = classes.resolve(path.getFileName());
        Files.writeString(source, changed);
        var compiler = ToolProvider.getSystemJavaCompiler();
        var said = new StringWriter();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            boolean done =
                    compiler.getTask(
                                    said,
                                    files,
                                    null,
                                    List.of(
                                            "-proc:none",
                                            "-nowarn",
                                            "-cp",
                                            System.getProperty("java.class.path"),
                                            "-d",
                                            classes.toString()),
                                    null,
                                    files.getJavaFileObjects(source))
                            .call();
            assertThat(done).as(said.toString()).isTrue();
        }
    }

    /// What the first history says that notices; null if none does.
    private static @Nullable String played(Path classes, long histories) throws Exception {
        var urls = new ArrayList<URL>();
        urls.add(classes.toUri().toURL());
        for (var entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        var memory = Files.createTempDirectory(Path.of("/dev/shm"), "lagopus-");
        try (var loader = new OwnFirst(urls.toArray(URL[]::new))) {
            var play =
                    loader.loadClass("org.lagopus.controller.components.Simulation")
                            .getDeclaredMethod("play", long.class, long.class, Path.class);
            play.setAccessible(true);
            play.invoke(null, 0L, histories, memory);
            return null;
        } catch (InvocationTargetException e) {
            return Objects.requireNonNull(e.getCause()).toString();
        } finally {
            Files.deleteIfExists(memory);
        }
    }

    /// Loads what is ours anew, and all else as everybody does.
    private static final class OwnFirst extends URLClassLoader {
        OwnFirst(URL[] urls) {
            super(urls, MutantsTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("org.lagopus.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                var known = findLoadedClass(name);
                return known == null ? findClass(name) : known;
            }
        }
    }
}
