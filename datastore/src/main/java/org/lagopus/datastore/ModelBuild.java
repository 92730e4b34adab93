package org.lagopus.datastore;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.common.Revision;
import org.opendaylight.yangtools.yang.model.api.ChoiceSchemaNode;
import org.opendaylight.yangtools.yang.model.api.DataNodeContainer;
import org.opendaylight.yangtools.yang.model.api.DataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.EffectiveModelContext;
import org.opendaylight.yangtools.yang.model.api.LeafListSchemaNode;
import org.opendaylight.yangtools.yang.model.api.LeafSchemaNode;
import org.opendaylight.yangtools.yang.model.api.TypedDataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.meta.DeclarationReference;
import org.opendaylight.yangtools.yang.model.api.meta.StatementSourceException;
import org.opendaylight.yangtools.yang.model.api.source.SourceDependency;
import org.opendaylight.yangtools.yang.model.api.source.SourceIdentifier;
import org.opendaylight.yangtools.yang.model.api.stmt.FeatureSet;
import org.opendaylight.yangtools.yang.model.api.type.LeafrefTypeDefinition;
import org.opendaylight.yangtools.yang.model.spi.source.SourceInfo;
import org.opendaylight.yangtools.yang.model.spi.source.StringYangTextSource;
import org.opendaylight.yangtools.yang.model.spi.source.YangIRSource;
import org.opendaylight.yangtools.yang.model.util.SchemaInferenceStack;
import org.opendaylight.yangtools.yang.parser.api.YangParserConfiguration;
import org.opendaylight.yangtools.yang.parser.api.YangParserException;
import org.opendaylight.yangtools.yang.parser.api.YangSyntaxErrorException;
import org.opendaylight.yangtools.yang.parser.impl.DefaultYangParserFactory;
import org.opendaylight.yangtools.yang.parser.rfc7950.repo.TextToIRTransformer;
import org.opendaylight.yangtools.yang.parser.rfc7950.repo.YangIRSourceInfoExtractor;
import org.opendaylight.yangtools.yang.xpath.impl.AntlrXPathParserFactory;

/// From texts to a model: what is asked for is implemented, what it imports and includes is found
/// and comes along, and what is wrong is told with file and line.
final class ModelBuild {
    private static final DefaultYangParserFactory PARSERS =
            new DefaultYangParserFactory(new AntlrXPathParserFactory());

    private static final Pattern IN_SOURCE = Pattern.compile(" in source .* on line (\\d+)");

    /// Errors found after parsing can name a line as well.
    private static final YangParserConfiguration WITH_LINES =
            YangParserConfiguration.builder().retainDeclarationReferences(true).build();

    private record Source(String origin, String text, YangIRSource ir, SourceInfo info) {
        String name() {
            return info.sourceId().name().getLocalName();
        }
    }

    /// @param by who needs it; null for what is asked for itself
    private record Wanted(String name, @Nullable String revision, @Nullable Source by) {}

    record Built(
            EffectiveModelContext context,
            List<ModelSource> sources,
            FeatureSet features,
            List<Migration> migrations) {}

    private final YangTexts library;
    private final Map<String, Source> own = new LinkedHashMap<>();
    private final Map<SourceIdentifier, Source> chosen = new LinkedHashMap<>();
    private final Set<String> implemented = new HashSet<>();

    /// Modules whose imports have been followed.
    private final Set<String> circleFree = new HashSet<>();

    private ModelBuild(YangTexts library) {
        this.library = library;
    }

    static Built build(ModelSources asked) throws ModelException {
        try {
            var build = new ModelBuild(YangTexts.onClassPath());
            for (var directory : asked.directories()) {
                build.readOwn(directory);
            }
            build.implemented.addAll(asked.implemented());
            build.collect(asked.implemented());
            build.checkCircles();
            var features = build.features(asked.features());
            var context = build.parse(features);
            build.checkLeafrefs(context);
            var migrations = Migration.read(YangTexts.migrations(asked.directories()));
            return new Built(context, build.sources(), features, migrations);
        } catch (IOException e) {
            throw new ModelException("cannot read modules: " + e, e);
        }
    }

    private void readOwn(Path directory) throws IOException, ModelException {
        for (var file : YangTexts.files(directory)) {
            try {
                var source = source(YangTexts.read(file));
                var before = own.get(source.name());
                if (before != null
                        && revision(before).equals(revision(source))
                        && !before.text().equals(source.text())) {
                    throw new ModelException(
                            "%s:1: %s is in %s, too, and is not the same there"
                                    .formatted(file, source.name(), before.origin()));
                }
                if (before == null || revision(before).compareTo(revision(source)) < 0) {
                    own.put(source.name(), source);
                }
                if (source.info() instanceof SourceInfo.Module) {
                    implemented.add(source.name());
                }
            } catch (MalformedInputException e) {
                throw new ModelException(file + ": not UTF-8", e);
            }
        }
    }

    /// Everything asked for and everything it needs, breadth first.
    private void collect(List<String> roots) throws IOException, ModelException {
        var queue = new ArrayDeque<Wanted>();
        roots.forEach(name -> queue.add(new Wanted(name, null, null)));
        own.keySet().forEach(name -> queue.add(new Wanted(name, null, null)));
        var seen = new HashSet<Wanted>();
        while (!queue.isEmpty()) {
            var wanted = queue.remove();
            if (!seen.add(new Wanted(wanted.name(), wanted.revision(), null))) {
                continue;
            }
            var source = find(wanted);
            if (chosen.putIfAbsent(source.info().sourceId(), source) == null) {
                source.info().imports().forEach(next -> queue.add(wanted(next, source)));
                source.info().includes().forEach(next -> queue.add(wanted(next, source)));
                if (source.info() instanceof SourceInfo.Submodule submodule) {
                    queue.add(wanted(submodule.belongsTo(), source));
                }
            }
        }
    }

    private static Wanted wanted(SourceDependency dependency, Source by) {
        return new Wanted(dependency.name().getLocalName(), text(dependency.revision()), by);
    }

    private static @Nullable String text(@Nullable Revision revision) {
        return revision == null ? null : revision.toString();
    }

    private Source find(Wanted wanted) throws IOException, ModelException {
        var ours = own.get(wanted.name());
        if (ours != null
                && (wanted.revision() == null
                        || wanted.revision().equals(text(ours.info().sourceId().revision())))) {
            return ours;
        }
        var text = library.find(wanted.name(), wanted.revision());
        if (text != null) {
            return source(text);
        }
        if (ours != null) {
            return ours;
        }
        var by = wanted.by();
        throw new ModelException(
                by == null
                        ? "module %s is not to be found".formatted(wanted.name())
                        : "%s: %s is not to be found"
                                .formatted(place(by, wanted.name()), wanted.name()));
    }

    /// Where a text asks for another.
    private static String place(Source source, String needed) {
        var asking =
                Pattern.compile(
                                "\\b(?:import|include|belongs-to)\\s+[\"']?"
                                        + Pattern.quote(needed))
                        .matcher(source.text());
        long line = asking.find() ? source.text().substring(0, asking.start()).lines().count() : 1;
        return source.origin() + ":" + Math.max(line, 1);
    }

    /// The parser would say of one of them that it is not to be found.
    private void checkCircles() throws ModelException {
        for (var source : own.values()) {
            checkCircles(source, new ArrayList<>());
        }
    }

    private void checkCircles(Source source, List<String> above) throws ModelException {
        above.add(source.name());
        for (var dependency : source.info().imports()) {
            var next = own.get(dependency.name().getLocalName());
            if (next != null && above.contains(next.name())) {
                throw new ModelException(
                        "%s: modules import each other in a circle: %s, %s"
                                .formatted(
                                        place(source, next.name()),
                                        String.join(
                                                ", ",
                                                above.subList(
                                                        above.indexOf(next.name()), above.size())),
                                        next.name()));
            }
            if (next != null && circleFree.add(next.name())) {
                checkCircles(next, above);
            }
        }
        above.removeLast();
    }

    private static Source source(YangTexts.Text text) throws IOException, ModelException {
        try {
            var id = new SourceIdentifier(stem(text.origin()));
            var ir =
                    TextToIRTransformer.transformText(
                            new StringYangTextSource(id, text.content(), text.origin()));
            return new Source(
                    text.origin(), text.content(), ir, YangIRSourceInfoExtractor.forIR(ir));
        } catch (YangSyntaxErrorException e) {
            throw refusal(text.origin(), e);
        } catch (StatementSourceException | IllegalArgumentException e) {
            throw refusal(text.origin(), e);
        }
    }

    /// A name the parser accepts; the true one is read from the text.
    private static String stem(String origin) {
        var file = origin.substring(origin.lastIndexOf('/') + 1);
        var name = file.replaceFirst("(@.*)?\\.yang$", "").replaceAll("[^\\w.-]", "_");
        return name.isEmpty() || !Character.isLetter(name.charAt(0)) ? "m" + name : name;
    }

    private FeatureSet features(@Nullable Map<String, Set<String>> supported) {
        var features = FeatureSet.builder();
        for (var source : chosen.values()) {
            if (supported != null
                    && source.info() instanceof SourceInfo.Module module
                    && !own.containsValue(source)) {
                features.addModuleFeatures(
                        QNameModule.ofRevision(module.namespace(), module.sourceId().revision()),
                        supported.getOrDefault(source.name(), Set.of()));
            }
        }
        return features.build();
    }

    private EffectiveModelContext parse(FeatureSet features) throws IOException, ModelException {
        var parser = PARSERS.createParser(WITH_LINES);
        parser.setSupportedFeatures(features);
        try {
            for (var source : chosen.values()) {
                if (isImplemented(source)) {
                    parser.addSource(source.ir());
                } else {
                    parser.addLibSource(source.ir());
                }
            }
            return parser.buildEffectiveModel();
        } catch (YangParserException | RuntimeException e) {
            throw refusal(null, Objects.requireNonNullElse(ownMistake(e), e));
        }
    }

    /// yangtools takes a path to nowhere. In a module somebody wrote for this box it is an error; a
    /// standard one may lose a target by a deviation.
    private void checkLeafrefs(EffectiveModelContext context) throws ModelException {
        var stack = SchemaInferenceStack.of(context);
        for (var child : context.getChildNodes()) {
            checkLeafrefs(child, stack);
        }
    }

    private void checkLeafrefs(DataSchemaNode node, SchemaInferenceStack stack)
            throws ModelException {
        stack.enterSchemaTree(node.getQName());
        if (node instanceof TypedDataSchemaNode leaf
                && leaf.getType() instanceof LeafrefTypeDefinition type
                && isOwn(node)) {
            try {
                stack.resolveLeafref(type);
            } catch (IllegalArgumentException | IllegalStateException e) {
                throw new ModelException(
                        "%s: leafref %s leads nowhere: %s"
                                .formatted(
                                        place(leaf),
                                        leaf.getQName().getLocalName(),
                                        type.getPathStatement().getOriginalString()),
                        e);
            }
        }
        if (node instanceof DataNodeContainer container) {
            for (var child : container.getChildNodes()) {
                checkLeafrefs(child, stack);
            }
        } else if (node instanceof ChoiceSchemaNode choice) {
            for (var one : choice.getCases()) {
                checkLeafrefs(one, stack);
            }
        }
        stack.exit();
    }

    private boolean isOwn(DataSchemaNode node) {
        var namespace = node.getQName().getNamespace();
        return own.values().stream()
                .anyMatch(source ->
                        source.info() instanceof SourceInfo.Module module
                                && module.namespace().equals(namespace));
    }

    private static String place(TypedDataSchemaNode leaf) {
        var declared =
                switch (leaf) {
                    case LeafSchemaNode one -> one.asEffectiveStatement().getDeclared();
                    case LeafListSchemaNode several -> several.asEffectiveStatement().getDeclared();
                    default -> null;
                };
        return declared == null
                ? leaf.getQName().toString()
                : declared.declarationReference()
                        .map(DeclarationReference::toHumanReadable)
                        .orElse(leaf.getQName().toString());
    }

    private boolean isImplemented(Source source) {
        return switch (source.info()) {
            case SourceInfo.Module _ ->
                    implemented.contains(source.name()) && isNewestChosen(source);
            case SourceInfo.Submodule submodule ->
                    implemented.contains(submodule.belongsTo().name().getLocalName());
        };
    }

    private boolean isNewestChosen(Source source) {
        return own.containsValue(source)
                || chosen.values().stream()
                        .filter(other -> other.name().equals(source.name()))
                        .allMatch(other -> revision(other).compareTo(revision(source)) <= 0);
    }

    private static String revision(Source source) {
        var revision = text(source.info().sourceId().revision());
        return revision == null ? "" : revision;
    }

    private List<ModelSource> sources() {
        var namespaces = new HashMap<String, String>();
        for (var source : chosen.values()) {
            if (source.info() instanceof SourceInfo.Module module) {
                namespaces.put(source.name(), module.namespace().toString());
            }
        }
        var all = new ArrayList<ModelSource>();
        for (var source : chosen.values()) {
            var parent =
                    source.info() instanceof SourceInfo.Submodule submodule
                            ? submodule.belongsTo().name().getLocalName()
                            : null;
            all.add(
                    new ModelSource(
                            source.name(),
                            text(source.info().sourceId().revision()),
                            namespaces.getOrDefault(parent == null ? source.name() : parent, ""),
                            parent,
                            isImplemented(source),
                            source.text()));
        }
        all.sort(Comparator.comparing(ModelSource::name));
        return all;
    }

    /// One mistake stops the parser in many modules, and it tells of any one of them first; ours
    /// cannot be in those that come with the box.
    private @Nullable StatementSourceException ownMistake(Throwable thrown) {
        StatementSourceException found = null;
        if (thrown instanceof StatementSourceException e) {
            var place = String.valueOf(e.sourceRef());
            if (own.values().stream().anyMatch(source -> place.startsWith(source.origin() + ":"))) {
                found = e;
            }
        }
        var deeper = thrown.getCause() == null ? null : ownMistake(thrown.getCause());
        if (deeper != null) {
            return deeper;
        }
        for (var beside : found == null ? thrown.getSuppressed() : new Throwable[0]) {
            if (found == null) {
                found = ownMistake(beside);
            }
        }
        return found;
    }

    /// The parser wraps its reasons several times over; the one that knows a statement is the one
    /// to tell.
    private static ModelException refusal(@Nullable String origin, Exception thrown) {
        @Nullable Throwable told = null;
        for (@Nullable Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof StatementSourceException || t instanceof YangSyntaxErrorException) {
                told = t;
            }
        }
        return switch (told) {
            case StatementSourceException e -> {
                var place = String.valueOf(e.sourceRef());
                var message = String.valueOf(e.getMessage());
                int at = message.lastIndexOf(" [at ");
                yield new ModelException(
                        place + ": " + (at < 0 ? message : message.substring(0, at)), thrown);
            }
            case YangSyntaxErrorException e ->
                    new ModelException(
                            "%s:%d:%d: %s"
                                    .formatted(
                                            origin == null ? e.getSource() : origin,
                                            line(e),
                                            e.getCharPositionInLine(),
                                            reason(e)),
                            thrown);
            case null, default ->
                    new ModelException(
                            (origin == null ? "" : origin + ":1: ") + rootMessage(thrown), thrown);
        };
    }

    private static String reason(YangSyntaxErrorException e) {
        var message = String.valueOf(e.getMessage());
        return IN_SOURCE
                .matcher(message.lines().findFirst().orElse("syntax error"))
                .replaceFirst("");
    }

    /// Some errors have their line in the words only.
    private static int line(YangSyntaxErrorException e) {
        var said = IN_SOURCE.matcher(String.valueOf(e.getMessage()));
        return e.getLine() == 0 && said.find() ? Integer.parseInt(said.group(1)) : e.getLine();
    }

    private static String rootMessage(Throwable thrown) {
        var t = thrown;
        for (var cause = t.getCause(); cause != null; cause = t.getCause()) {
            t = cause;
        }
        return String.valueOf(t.getMessage());
    }
}
