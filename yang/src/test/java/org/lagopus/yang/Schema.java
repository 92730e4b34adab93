package org.lagopus.yang;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.common.Revision;
import org.opendaylight.yangtools.yang.common.XMLNamespace;
import org.opendaylight.yangtools.yang.model.api.ChoiceSchemaNode;
import org.opendaylight.yangtools.yang.model.api.DataNodeContainer;
import org.opendaylight.yangtools.yang.model.api.DataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.EffectiveModelContext;
import org.opendaylight.yangtools.yang.model.api.source.SourceIdentifier;
import org.opendaylight.yangtools.yang.model.api.stmt.FeatureSet;
import org.opendaylight.yangtools.yang.model.spi.source.StringYangTextSource;
import org.opendaylight.yangtools.yang.parser.impl.DefaultYangParserFactory;
import org.opendaylight.yangtools.yang.xpath.impl.AntlrXPathParserFactory;

/// The model of [FirstModuleSet], loaded once for all tests, from the texts the jar will hold.
final class Schema {
    static final Path TEXTS = Path.of("target/classes/META-INF/yang");

    private static final Pattern NEEDS =
            Pattern.compile(
                    "^\\s*(?:import|include|belongs-to)\\s+\"?([\\w.-]+)\"?\\s*[{;]",
                    Pattern.MULTILINE);
    private static final Pattern NAMESPACE =
            Pattern.compile("^ {2}namespace\\s+\"?([^\"\\s;]+)", Pattern.MULTILINE);
    private static final Pattern REVISION =
            Pattern.compile("^\\s*revision\\s+\"?(\\d{4}-\\d\\d-\\d\\d)", Pattern.MULTILINE);
    private static final Map<String, Path> FILES = files();
    private static final EffectiveModelContext CONTEXT = load(FirstModuleSet.IMPLEMENTED);

    private Schema() {}

    static EffectiveModelContext context() {
        return CONTEXT;
    }

    /// Every data node of the implemented modules with its schema path, `/module:a/b/module2:c`.
    /// Choices and cases do not show in the path, as in data.
    record Node(String path, DataSchemaNode node, boolean config, QName[] names) {}

    static void walk(Consumer<Node> each) {
        for (var module : CONTEXT.getModuleStatements().values()) {
            if (!FirstModuleSet.IMPLEMENTED.contains(module.argument().getLocalName())) {
                continue; // there for others to import from
            }
            walk(
                    CONTEXT.findModule(module.localQNameModule()).orElseThrow(),
                    "",
                    new QName[0],
                    each);
        }
    }

    private static void walk(
            DataNodeContainer parent, String path, QName[] above, Consumer<Node> each) {
        for (var child : parent.getChildNodes()) {
            if (child instanceof ChoiceSchemaNode choice) {
                choice.getCases().forEach(c -> walk(c, path, above, each));
                continue;
            }
            var name = child.getQName();
            var prefix =
                    above.length > 0 && above[above.length - 1].getModule().equals(name.getModule())
                            ? ""
                            : module(name) + ":";
            var here = path + "/" + prefix + name.getLocalName();
            var names = Arrays.copyOf(above, above.length + 1);
            names[above.length] = name;
            each.accept(new Node(here, child, child.effectiveConfig().orElse(true), names));
            if (child instanceof DataNodeContainer container) {
                walk(container, here, names, each);
            }
        }
    }

    static String module(QName name) {
        return CONTEXT.findModule(name.getModule()).orElseThrow().getName();
    }

    static String text(String module) {
        try {
            var file = FILES.get(module);
            if (file == null) {
                throw new IllegalArgumentException("no text for module " + module);
            }
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String> ours() {
        return FILES.keySet().stream().filter(n -> n.startsWith("lagopus-")).sorted().toList();
    }

    private static Map<String, Path> files() {
        var files = new HashMap<String, Path>();
        try (var all = Files.list(TEXTS)) {
            all.filter(f -> f.toString().endsWith(".yang"))
                    .sorted()
                    .forEach(f ->
                            files.put(
                                    f.getFileName().toString().replaceAll("(@.*)?\\.yang$", ""),
                                    f));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files;
    }

    /// Empty for a submodule.
    private static Optional<QNameModule> module(String text) {
        var revision =
                REVISION.matcher(text)
                        .results()
                        .map(r -> r.group(1))
                        .max(String::compareTo)
                        .map(Revision::of);
        return NAMESPACE
                .matcher(text)
                .results()
                .findFirst()
                .map(r -> XMLNamespace.of(r.group(1)))
                .map(namespace -> QNameModule.ofRevision(namespace, revision.orElse(null)));
    }

    private static EffectiveModelContext load(List<String> implemented) {
        var wanted = new LinkedHashSet<String>();
        var left = new ArrayDeque<>(implemented);
        while (!left.isEmpty()) {
            var name = left.remove();
            if (wanted.add(name)) {
                NEEDS.matcher(text(name)).results().forEach(r -> left.add(r.group(1)));
            }
        }
        try {
            var parser = new DefaultYangParserFactory(new AntlrXPathParserFactory()).createParser();
            for (var name : wanted) {
                var source = new StringYangTextSource(new SourceIdentifier(name), text(name), name);
                if (implemented.contains(name)) {
                    parser.addSource(source);
                } else {
                    parser.addLibSource(source);
                }
            }
            var features = FeatureSet.builder();
            for (var name : wanted) {
                var supported = FirstModuleSet.FEATURES.getOrDefault(name, Set.of());
                module(text(name)).ifPresent(m -> features.addModuleFeatures(m, supported));
            }
            parser.setSupportedFeatures(features.build());
            return parser.buildEffectiveModel();
        } catch (Exception e) {
            throw new IllegalStateException("the modules do not make a model", e);
        }
    }
}
