package org.lagopus.component.ring;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.lagopus.component.ring.messages.Scope;

/// Names of ring.msg as its text, the models and people write them: `rib-write`.
public final class Words {
    private Words() {}

    public static String of(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// The counterpart of [#of].
    ///
    /// @throws IllegalArgumentException if nothing of this type has that name
    public static <E extends Enum<E>> E parse(Class<E> type, String word) {
        try {
            return Enum.valueOf(type, word.toUpperCase(Locale.ROOT).replace('-', '_'));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("unknown word " + word, e);
        }
    }

    /// @param mask as [Scope] says
    public static List<String> scopes(long mask) {
        return Arrays.stream(Scope.values())
                .filter(scope -> (mask >> scope.number() & 1) != 0)
                .map(Words::of)
                .toList();
    }
}
