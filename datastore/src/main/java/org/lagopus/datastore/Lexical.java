package org.lagopus.datastore;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.opendaylight.yangtools.yang.common.Decimal64;
import org.opendaylight.yangtools.yang.common.Empty;
import org.opendaylight.yangtools.yang.common.QName;
import org.opendaylight.yangtools.yang.data.api.YangInstanceIdentifier;
import org.opendaylight.yangtools.yang.model.api.TypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.BinaryTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.BitsTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.BooleanTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.DecimalTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.EmptyTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.EnumTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.IdentityrefTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.InstanceIdentifierTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.ModifierKind;
import org.opendaylight.yangtools.yang.model.api.type.PatternConstraint;
import org.opendaylight.yangtools.yang.model.api.type.RangeRestrictedTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.StringTypeDefinition;
import org.opendaylight.yangtools.yang.model.api.type.UnionTypeDefinition;

/// What RFC 7950 §9 asks of the text of a value and the codecs of yangtools do not: the patterns of
/// a type that another narrows (§9.4.6), the form and the size of a decimal (§9.3.1), and that a
/// bit is named once (§9.7.2).
final class Lexical {
    private static final Pattern DECIMAL = Pattern.compile("[+-]?[0-9]+(?:\\.[0-9]+)?");
    private static final Pattern SPACE = Pattern.compile("\\s+");
    private static final Map<String, Pattern> PATTERNS = new ConcurrentHashMap<>();

    private Lexical() {}

    /// @param value what the codec made of the text
    static boolean takes(TypeDefinition<?> type, String text, Object value) {
        return switch (type) {
            case StringTypeDefinition string -> matches(string, text);
            case DecimalTypeDefinition decimal -> isDecimal(decimal, text.strip());
            case BitsTypeDefinition _ -> namesOnce(text);
            case UnionTypeDefinition union ->
                    union.getTypes().stream()
                            .anyMatch(one -> mayBe(one, text, value) && takes(one, text, value));
            default -> true;
        };
    }

    private static boolean matches(StringTypeDefinition type, String text) {
        for (@Nullable StringTypeDefinition at = type; at != null; at = at.getBaseType()) {
            for (var constraint : at.getPatternConstraints()) {
                boolean wanted = constraint.getModifier().orElse(null) != ModifierKind.INVERT_MATCH;
                if (pattern(constraint).matcher(text).matches() != wanted) {
                    return false;
                }
            }
        }
        return true;
    }

    private static Pattern pattern(PatternConstraint constraint) {
        return PATTERNS.computeIfAbsent(constraint.getJavaPatternString(), Pattern::compile);
    }

    private static boolean isDecimal(DecimalTypeDefinition type, String text) {
        if (!DECIMAL.matcher(text).matches()) {
            return false;
        }
        var number = new BigDecimal(text).stripTrailingZeros();
        return number.scale() <= type.getFractionDigits()
                && number.movePointRight(type.getFractionDigits()).toBigInteger().bitLength()
                        < Long.SIZE;
    }

    private static boolean namesOnce(String text) {
        var names = Arrays.asList(SPACE.split(text.strip()));
        return new HashSet<>(names).size() == names.size();
    }

    /// Whether a value can be of a type of a union, by what it is.
    private static boolean mayBe(TypeDefinition<?> type, String text, Object value) {
        return switch (type) {
            case StringTypeDefinition _ -> value instanceof String;
            case EnumTypeDefinition enumeration ->
                    value instanceof String
                            && enumeration.getValues().stream()
                                    .anyMatch(one -> one.getName().equals(text));
            case BitsTypeDefinition _ -> value instanceof Set;
            case BooleanTypeDefinition _ -> value instanceof Boolean;
            case EmptyTypeDefinition _ -> value instanceof Empty;
            case BinaryTypeDefinition _ -> value instanceof byte[];
            case IdentityrefTypeDefinition _ -> value instanceof QName;
            case InstanceIdentifierTypeDefinition _ -> value instanceof YangInstanceIdentifier;
            case DecimalTypeDefinition _ -> value instanceof Decimal64;
            case RangeRestrictedTypeDefinition<?, ?> _ ->
                    value instanceof Number && !(value instanceof BigInteger);
            default -> true;
        };
    }
}
