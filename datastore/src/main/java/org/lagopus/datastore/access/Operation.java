package org.lagopus.datastore.access;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;

/// What can be done to a node (RFC 8341 §3.2): the bits of `access-operations-type`.
enum Operation {
    CREATE,
    READ,
    UPDATE,
    DELETE,
    EXEC;

    static final int ALL = (1 << 5) - 1;

    final int bit = 1 << ordinal();

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// Of the names of bits.
    static int mask(Collection<?> names) {
        return Arrays.stream(values())
                .filter(operation -> names.contains(operation.word()))
                .mapToInt(operation -> operation.bit)
                .sum();
    }
}
