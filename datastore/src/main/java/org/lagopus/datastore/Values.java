package org.lagopus.datastore;

import java.util.Base64;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.Empty;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.data.api.YangNetconfErrorAware;
import org.opendaylight.yangtools.yang.model.api.EffectiveModelContext;
import org.opendaylight.yangtools.yang.model.api.IdentitySchemaNode;
import org.opendaylight.yangtools.yang.model.api.TypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.BinaryTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.BitsTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.BooleanTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.DecimalTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.EmptyTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.EnumTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.IdentityrefTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.InstanceIdentifierTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.UnionTypeDefinition;

/// Values as clients write them. The codecs of yangtools pass some texts that RFC 7950 does not,
/// and fail on others in ways of their own; here both are refused with words a client can use.
public final class Values {
    private static final Pattern BASE64 =
            Pattern.compile("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?");
    private static final Pattern SPACE = Pattern.compile("\\s+");
    private static final int SHOWN = 12;

    private Values() {}

    /// What a codec makes of a text.
    ///
    /// @throws IllegalArgumentException when it is no value of the type; the message says what
    ///   would be. Where the module has words of its own for it, the exception is also a
    ///   `YangNetconfErrorAware`.
    public static Object parse(
            EffectiveModelContext context, TypeDefinition<?> type, String text, Supplier<?> codec) {
        characters(text);
        if (type instanceof EmptyTypeDefinition ? !text.isBlank() : !base64(type, text)) {
            throw new IllegalArgumentException(wanted(type));
        }
        Object value;
        try {
            value = codec.get();
        } catch (RuntimeException e) {
            if (e instanceof IllegalArgumentException && e instanceof YangNetconfErrorAware) {
                throw e;
            }
            throw new IllegalArgumentException(wanted(type), e);
        } catch (StackOverflowError e) {
            // Repeated groups of a pattern are matched by recursion, once for each character.
            throw new IllegalArgumentException("too long for the pattern of its type", e);
        }
        if (!Lexical.takes(type, text, value)) {
            throw new IllegalArgumentException(wanted(type));
        }
        if (value instanceof QName name
                        && type instanceof IdentityrefTypeDefinition reference
                        && !derived(context, name, reference)
                || value instanceof YangInstanceIdentifier path && path.isEmpty()) {
            throw new IllegalArgumentException(wanted(type));
        }
        return value;
    }

    /// RFC 7950 §9.4: what XML cannot carry is in no string, however it came.
    private static void characters(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean bad;
            if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
                bad = false;
            } else {
                bad =
                        c < 0x20 && c != '\t' && c != '\n' && c != '\r'
                                || Character.isSurrogate(c)
                                || c >= 0xFFFE;
            }
            if (bad) {
                throw new IllegalArgumentException(
                        "the character U+%04X is in no value".formatted((int) c));
            }
        }
    }

    private static boolean base64(TypeDefinition<?> type, String text) {
        return !(type instanceof BinaryTypeDefinition)
                || BASE64.matcher(SPACE.matcher(text).replaceAll("")).matches();
    }

    /// A value as its type writes it (RFC 7950 §9), where no prefixes are declared: an identity
    /// with the name of its module.
    public static String text(Model model, @Nullable TypeDefinition<?> type, Object value) {
        return switch (value) {
            case Empty _ -> "";
            case byte[] bytes -> Base64.getEncoder().encodeToString(bytes);
            case QName identity -> model.moduleName(identity) + ":" + identity.getLocalName();
            case YangInstanceIdentifier path -> model.format(path);
            case Set<?> bits when type instanceof BitsTypeDefinition known ->
                    known.getBits().stream()
                            .map(BitsTypeDefinition.Bit::getName)
                            .filter(bits::contains)
                            .collect(Collectors.joining(" "));
            case Set<?> bits ->
                    bits.stream().map(Object::toString).collect(Collectors.joining(" "));
            default -> value.toString();
        };
    }

    /// Whether an identity is derived from another (RFC 7950 §9.10.2).
    public static boolean isDerived(EffectiveModelContext context, QName identity, QName base) {
        var above = new HashSet<QName>();
        find(context, identity).ifPresent(found -> bases(found, above));
        return above.contains(base);
    }

    private static Optional<? extends IdentitySchemaNode> find(
            EffectiveModelContext context, QName name) {
        return context.findModule(name.getModule()).stream()
                .flatMap(module -> module.getIdentities().stream())
                .filter(identity -> identity.getQName().equals(name))
                .findFirst();
    }

    /// RFC 7950 §9.10.2: derived from each of the bases, which are no values themselves.
    private static boolean derived(
            EffectiveModelContext context, QName name, IdentityrefTypeDefinition type) {
        var found = find(context, name);
        if (found.isEmpty()) {
            return false;
        }
        var above = new HashSet<QName>();
        bases(found.get(), above);
        return type.getIdentities().stream().allMatch(base -> above.contains(base.getQName()));
    }

    private static void bases(IdentitySchemaNode identity, Set<QName> into) {
        for (var base : identity.getBaseIdentities()) {
            if (into.add(base.getQName())) {
                bases(base, into);
            }
        }
    }

    private static String wanted(TypeDefinition<?> type) {
        return switch (type) {
            case EmptyTypeDefinition _ -> "it carries no value";
            case BooleanTypeDefinition _ -> "true or false expected";
            case BinaryTypeDefinition _ -> "base64 expected";
            case InstanceIdentifierTypeDefinition _ -> "a path to a node of the model expected";
            case DecimalTypeDefinition decimal ->
                    "a decimal number with at most %d fraction digits expected"
                            .formatted(decimal.getFractionDigits());
            case EnumTypeDefinition enumeration ->
                    "one of %s expected"
                            .formatted(
                                    some(
                                            enumeration.getValues().stream()
                                                    .map(EnumTypeDefinition.EnumPair::getName)
                                                    .toList()));
            case BitsTypeDefinition bits ->
                    "some of %s expected"
                            .formatted(
                                    some(
                                            bits.getBits().stream()
                                                    .map(BitsTypeDefinition.Bit::getName)
                                                    .toList()));
            case IdentityrefTypeDefinition reference ->
                    "an identity derived from %s expected, named with its module"
                            .formatted(
                                    reference.getIdentities().stream()
                                            .map(base -> base.getQName().getLocalName())
                                            .collect(Collectors.joining(" and ")));
            case UnionTypeDefinition union ->
                    union.getTypes().stream()
                            .map(member -> builtIn(member))
                            .distinct()
                            .collect(Collectors.joining(" or ", "", " expected"));
            default -> builtIn(type) + " expected";
        };
    }

    private static String some(java.util.List<String> names) {
        return names.size() <= SHOWN
                ? String.join(", ", names)
                : String.join(", ", names.subList(0, SHOWN)) + ", …";
    }

    private static String builtIn(TypeDefinition<?> type) {
        TypeDefinition<?> known = type;
        for (@Nullable TypeDefinition<?> t = type; t != null; t = t.getBaseType()) {
            known = t;
        }
        return known.getQName().getLocalName();
    }
}
