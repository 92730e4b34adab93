package org.lagopus.datastore;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.XMLNamespace;
import org.opendaylight.yangtools.yang.model.api.ChoiceSchemaNode;
import org.opendaylight.yangtools.yang.model.api.DataNodeContainer;
import org.opendaylight.yangtools.yang.model.api.EffectiveModelContext;
import org.opendaylight.yangtools.yang.model.api.Module;
import org.opendaylight.yangtools.yang.model.api.TypeDefinition;
import org.opendaylight.yangtools.yang.model.api.TypedDataSchemaNode;
import org.opendaylight.yangtools.yang.model.api.type.StringTypeDefinition;

/// Values that are XPath expressions: `yang:xpath1.0` (RFC 6991) and what is derived from it, such
/// as the paths of access rules. To YANG they are strings, and what their prefixes mean is said
/// around them. Here they are kept with the names of modules for prefixes, which mean the same
/// everywhere; XML gets its prefixes declared.
public final class XPathNames {
    private static final String TYPES = "urn:ietf:params:xml:ns:yang:ietf-yang-types";

    /// A literal, or a prefix with the colon behind it; `axis::` is none.
    private static final Pattern TOKEN =
            Pattern.compile("\"[^\"]*\"|'[^']*'|(?<![\\w.-])([A-Za-z_][\\w.-]*):(?=[A-Za-z_*])");

    private XPathNames() {}

    public static boolean isXPath(TypeDefinition<?> type) {
        if (!(type instanceof StringTypeDefinition)) {
            return false;
        }
        for (@Nullable TypeDefinition<?> at = type; at != null; at = at.getBaseType()) {
            var name = at.getQName();
            if (name.getLocalName().equals("xpath1.0")
                    && name.getNamespace().toString().equals(TYPES)) {
                return true;
            }
        }
        return false;
    }

    /// As it is kept.
    ///
    /// @param namespaces what the prefixes mean where it is written; null for one that is not
    ///   declared, which has to be the name of a module then
    /// @throws IllegalArgumentException when a prefix means nothing
    public static String read(
            EffectiveModelContext context,
            String text,
            Function<String, @Nullable String> namespaces) {
        return TOKEN.matcher(text)
                .replaceAll(token -> {
                    var prefix = token.group(1);
                    var kept =
                            prefix == null
                                    ? token.group()
                                    : moduleOf(context, prefix, namespaces.apply(prefix)) + ":";
                    return Matcher.quoteReplacement(kept);
                });
    }

    private static String moduleOf(
            EffectiveModelContext context, String prefix, @Nullable String namespace) {
        var found =
                namespace == null || namespace.isEmpty()
                        ? context.findModules(prefix)
                        : context.findModules(XMLNamespace.of(namespace));
        return found.stream()
                .findFirst()
                .map(Module::getName)
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "an XPath expression expected, and its prefix %s stands for no module"
                                        .formatted(prefix)));
    }

    /// The prefixes in it, with the namespaces they stand for.
    public static Map<String, String> prefixes(EffectiveModelContext context, String kept) {
        var all = new LinkedHashMap<String, String>();
        TOKEN.matcher(kept)
                .results()
                .map(token -> token.group(1))
                .filter(prefix -> prefix != null)
                .forEach(prefix ->
                        context.findModules(prefix).stream()
                                .findFirst()
                                .ifPresent(module ->
                                        all.put(prefix, module.getNamespace().toString())));
        return all;
    }

    /// Names of the leaves of a model whose values are expressions.
    public static Set<QName> leaves(EffectiveModelContext context) {
        var all = new HashSet<QName>();
        collect(context, all);
        return Set.copyOf(all);
    }

    private static void collect(DataNodeContainer parent, Set<QName> into) {
        for (var child : parent.getChildNodes()) {
            switch (child) {
                case TypedDataSchemaNode leaf when isXPath(leaf.getType()) ->
                        into.add(leaf.getQName());
                case DataNodeContainer container -> collect(container, into);
                case ChoiceSchemaNode choice ->
                        choice.getCases().forEach(one -> collect(one, into));
                default -> {}
            }
        }
    }
}
