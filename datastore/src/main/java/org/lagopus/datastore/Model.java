package org.lagopus.datastore;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.codec.gson.JSONCodecFactory;
import org.opendaylight.yangtools.yang.data.codec.gson.JSONCodecFactorySupplier;
import org.opendaylight.yangtools.yang.data.codec.xml.XmlCodecFactory;
import org.opendaylight.yangtools.yang.data.util.DataSchemaContextTree;
import org.opendaylight.yangtools.yang.model.api.EffectiveModelContext;
import org.opendaylight.yangtools.yang.model.api.IdentitySchemaNode;
import org.opendaylight.yangtools.yang.model.api.Module;
import org.opendaylight.yangtools.yang.model.api.stmt.FeatureSet;

/// One generation of the schema, and what is computed from it. It never changes; a module more or
/// less makes another model.
public final class Model {
    /// A path as an XPath expression, with the namespaces its prefixes stand for.
    public record XPath(String expression, Map<String, String> namespaces) {
        public XPath {
            namespaces = Map.copyOf(namespaces);
        }
    }

    private final EffectiveModelContext context;
    private final List<ModelSource> sources;
    private final Set<QNameModule> implemented;
    private final FeatureSet features;
    private final String contentId;
    private final XmlCodecFactory xml;
    private final JSONCodecFactory json;
    private final DataSchemaContextTree tree;
    private final Paths paths;
    private final List<Migration> migrations;
    private @Nullable SchemaNode schema;

    private Model(
            EffectiveModelContext context,
            List<ModelSource> sources,
            FeatureSet features,
            List<Migration> migrations) {
        this.migrations = migrations;
        this.features = features;
        this.context = context;
        this.sources = List.copyOf(sources);
        implemented = implemented(context, sources);
        contentId = digest(sources, features);
        xml = XmlCodecFactory.create(context);
        json = JSONCodecFactorySupplier.RFC7951.createLazy(context);
        tree = DataSchemaContextTree.from(context);
        paths = new Paths(context, tree, json);
    }

    /// As validation needs it.
    synchronized SchemaNode schema() {
        var made = schema;
        if (made == null) {
            made = SchemaNode.of(this);
            schema = made;
        }
        return made;
    }

    /// Refuses what is wrong with file, line and reason.
    public static Model load(ModelSources sources) throws ModelException {
        var built = ModelBuild.build(sources);
        return new Model(built.context(), built.sources(), built.features(), built.migrations());
    }

    public EffectiveModelContext context() {
        return context;
    }

    public Collection<ModelSource> sources() {
        return sources;
    }

    /// False for a module that is there for others to import from: its nodes hold no data.
    public boolean implemented(QNameModule module) {
        return implemented.contains(module);
    }

    /// The module of a name; empty where there is none, or only for others to import from.
    public Optional<QNameModule> module(String name) {
        return context.findModules(name).stream()
                .map(Module::getQNameModule)
                .filter(implemented::contains)
                .findFirst();
    }

    /// Whether a feature is supported (RFC 7950 §7.20.1); what depends on one that is not is not in
    /// the model.
    public boolean supports(QName feature) {
        return features.contains(feature);
    }

    /// What brings data of older module sets to this one, in order.
    List<Migration> migrations() {
        return migrations;
    }

    /// Changes with every change of any text (RFC 8525 `content-id`).
    public String contentId() {
        return contentId;
    }

    public XmlCodecFactory xml() {
        return xml;
    }

    public JSONCodecFactory json() {
        return json;
    }

    public DataSchemaContextTree tree() {
        return tree;
    }

    /// The path as RFC 7951 §6.11 writes it, such as `/openconfig-interfaces:interfaces/
    /// interface[name='eth0']`. Steps the model does not know are written as they are.
    public String format(YangInstanceIdentifier path) {
        return paths.format(path);
    }

    /// The other way round.
    ///
    /// @throws IllegalArgumentException telling what is wrong with it
    public YangInstanceIdentifier parse(String instanceIdentifier) {
        return paths.parse(instanceIdentifier);
    }

    /// Like [#parse], but for a list without keys on the way, which stands for all its entries.
    ///
    /// @throws IllegalArgumentException telling what is wrong with it
    public PathPattern pattern(String text) {
        return paths.pattern(text);
    }

    /// The operation (YANG `rpc`) that `/module:name` stands for.
    ///
    /// @throws IllegalArgumentException if there is none
    public QName operation(String path) {
        int colon = path.indexOf(':');
        if (!path.startsWith("/") || colon < 0) {
            throw new IllegalArgumentException(path + " is no /module:name");
        }
        var name = path.substring(colon + 1);
        return module(path.substring(1, colon))
                .flatMap(context::findModule)
                .flatMap(module ->
                        module.getRpcs().stream()
                                .map(rpc -> rpc.getQName())
                                .filter(rpc -> rpc.getLocalName().equals(name))
                                .findFirst())
                .orElseThrow(
                        () -> new IllegalArgumentException("the model has no operation " + path));
    }

    /// The path as `error-path` of RFC 6241 writes it, with every name prefixed.
    public XPath toXPath(YangInstanceIdentifier path) {
        return paths.toXPath(path);
    }

    /// The path as RFC 8040 §3.5.3 writes it in a URI, behind the root of the datastore.
    public String toResource(YangInstanceIdentifier path) {
        return paths.toResource(path);
    }

    /// The name a module has in RFC 7951.
    public String moduleName(QName name) {
        return context.findModule(name.getModule())
                .map(Module::getName)
                .orElseGet(() -> name.getNamespace().toString());
    }

    Optional<? extends IdentitySchemaNode> identity(QName name) {
        return context.findModule(name.getModule())
                .flatMap(module ->
                        module.getIdentities().stream()
                                .filter(one -> one.getQName().equals(name))
                                .findFirst());
    }

    /// The identity that RFC 7951 §6.8 writes so; null if there is none.
    @Nullable QName identity(String text) {
        int colon = text.indexOf(':');
        return colon < 0
                ? null
                : context.findModules(text.substring(0, colon)).stream()
                        .filter(module -> implemented.contains(module.getQNameModule()))
                        .findFirst()
                        .map(module -> identityOf(module, text.substring(colon + 1)))
                        .orElse(null);
    }

    private static @Nullable QName identityOf(Module module, String name) {
        return module.getIdentities().stream()
                .map(IdentitySchemaNode::getQName)
                .filter(one -> one.getLocalName().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static Set<QNameModule> implemented(
            EffectiveModelContext context, List<ModelSource> sources) {
        var names =
                sources.stream()
                        .filter(source -> source.implemented() && !source.isSubmodule())
                        .map(source -> source.name() + "@" + source.revision())
                        .collect(Collectors.toSet());
        return context.getModules().stream()
                .filter(m -> names.contains(m.getName() + "@" + revision(m)))
                .map(Module::getQNameModule)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static String revision(Module module) {
        return module.getRevision().map(Object::toString).orElse("null");
    }

    private static String digest(List<ModelSource> sources, FeatureSet features) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            for (var source : sources) {
                digest.update((byte) (source.implemented() ? 1 : 0));
                digest.update(source.text().getBytes(StandardCharsets.UTF_8));
            }
            digest.update(features.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
