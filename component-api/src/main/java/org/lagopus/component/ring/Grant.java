package org.lagopus.component.ring;

import java.util.Arrays;
import java.util.HexFormat;

/// What opens an API of the worker to somebody: a ring that says hello with the token has the
/// scopes of the grant, and what it sets belongs to its owner. Whoever knows the token can use it,
/// so it is not shown.
public record Grant(byte[] token) {
    private static final int BYTES = 32;

    public Grant {
        if (token.length != BYTES) {
            throw new IllegalArgumentException("a token has " + BYTES + " bytes");
        }
        token = token.clone();
    }

    /// As messages of the component channel carry it.
    ///
    /// @throws IllegalArgumentException if it is not 64 hexadecimal digits
    public static Grant parse(String hexadecimal) {
        return new Grant(HexFormat.of().parseHex(hexadecimal));
    }

    @Override
    public byte[] token() {
        return token.clone();
    }

    /// The counterpart of [#parse].
    public String hexadecimal() {
        return HexFormat.of().formatHex(token);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Grant that && Arrays.equals(token, that.token);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(token);
    }

    @Override
    public String toString() {
        return "Grant";
    }
}
