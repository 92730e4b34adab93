package org.lagopus.datastore;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.xml.xpath.XPathExpressionException;
import org.jspecify.annotations.Nullable;
import org.lagopus.datastore.xpath.Names;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.common.QNameModule;
import org.opendaylight.yangtools.yang.model.api.EffectiveModelContext;
import org.opendaylight.yangtools.yang.xpath.api.YangBinaryExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangFilterExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangFunctionCallExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangLiteralExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangLocationPath;
import org.opendaylight.yangtools.yang.xpath.api.YangNaryExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangNegateExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangPathExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangQNameExpr;
import org.opendaylight.yangtools.yang.xpath.api.YangXPathExpression;

/// The prefixes of a `must` or `when`, which are those of the module it is written in.
///
/// yangtools keeps them with an expression that has a text like a name in it, and can then be
/// asked. Of any other expression it keeps what the names in it came to, and that tells the
/// prefixes as well: each stands for the module that has all the names it is written with.
final class StatementNames implements Names {
    /// A name with a prefix, outside of texts; what is a text takes the first branch.
    private static final Pattern PREFIXED =
            Pattern.compile(
                    "\"[^\"]*\"|'[^']*'|(?<![\\p{L}\\p{Nd}_.-])([\\p{L}_][\\p{L}\\p{Nd}_.-]*):(?!:)([\\p{L}_][\\p{L}\\p{Nd}_.-]*)");

    private final YangXPathExpression.QualifiedBound statement;
    private final QNameModule bare;
    private final Map<String, QNameModule> prefixes = new HashMap<>();

    /// @param bare the module of names without a prefix (RFC 7950 §6.4.1)
    StatementNames(
            EffectiveModelContext context,
            YangXPathExpression.QualifiedBound statement,
            QNameModule bare) {
        this.statement = statement;
        this.bare = bare;
        infer(context);
    }

    @Override
    public QNameModule bare() {
        return bare;
    }

    @Override
    public @Nullable QNameModule module(String prefix) {
        var known = prefixes.get(prefix);
        return known == null ? ask(prefix) : known;
    }

    private @Nullable QNameModule ask(String prefix) {
        try {
            var name = YangLiteralExpr.of(prefix + ":name");
            return statement.interpretAsQName(name).getQName() instanceof QName known
                    ? known.getModule()
                    : null;
        } catch (XPathExpressionException | IllegalArgumentException e) {
            return null;
        }
    }

    private void infer(EffectiveModelContext context) {
        var written = new HashMap<String, Set<String>>();
        var names = PREFIXED.matcher(statement.toString());
        while (names.find()) {
            if (names.group(1) != null) {
                written.computeIfAbsent(names.group(1), _ -> new HashSet<>()).add(names.group(2));
            }
        }
        written.keySet()
                .removeIf(prefix -> {
                    var told = ask(prefix);
                    if (told != null) {
                        prefixes.put(prefix, told);
                    }
                    return told != null;
                });
        if (written.isEmpty()) {
            return;
        }
        var resolved = new LinkedHashSet<QName>();
        collect(statement.getRootExpr(), resolved);
        written.forEach((prefix, locals) -> {
            var fitting =
                    resolved.stream()
                            .map(QName::getModule)
                            .distinct()
                            .filter(module ->
                                    locals.stream()
                                            .allMatch(local ->
                                                    resolved.contains(QName.create(module, local))))
                            .collect(Collectors.toCollection(LinkedHashSet::new));
            fitting.stream()
                    .filter(module -> fitting.size() == 1 || isPrefix(context, module, prefix))
                    .findFirst()
                    .ifPresent(module -> prefixes.put(prefix, module));
        });
    }

    /// Of several that would do it is the one that calls itself so.
    private static boolean isPrefix(
            EffectiveModelContext context, QNameModule module, String prefix) {
        return context.findModule(module).map(m -> m.getPrefix().equals(prefix)).orElse(false);
    }

    private static void collect(YangExpr expression, Set<QName> names) {
        switch (expression) {
            case YangNegateExpr negate -> collect(negate.getSubExpr(), names);
            case YangBinaryExpr binary -> {
                collect(binary.getLeftExpr(), names);
                collect(binary.getRightExpr(), names);
            }
            case YangNaryExpr nary -> nary.getExpressions().forEach(one -> collect(one, names));
            case YangFunctionCallExpr call ->
                    call.getArguments().forEach(one -> collect(one, names));
            case YangFilterExpr filter -> {
                collect(filter.getExpr(), names);
                filter.getPredicates().forEach(one -> collect(one, names));
            }
            case YangPathExpr path -> {
                collect(path.getFilterExpr(), names);
                path.getLocationPath().ifPresent(rest -> collect(rest, names));
            }
            case YangLocationPath path -> {
                for (var step : path.getSteps()) {
                    if (step instanceof YangLocationPath.QNameStep named
                            && named.getQName() instanceof QName name) {
                        names.add(name);
                    }
                    step.getPredicates().forEach(one -> collect(one, names));
                }
            }
            case YangQNameExpr named when named.getQName() instanceof QName name -> names.add(name);
            default -> {}
        }
    }
}
